import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Answer, Item } from '../api.ts'
import { clockTime, count, plural } from '../format.ts'
import { Time } from '../parts/bits.tsx'
import { Show } from '../parts/page.tsx'
import { useAct, useApi } from '../query.ts'
import type { ShownVersion } from './version-preview.tsx'
import { PublishDiff } from './version-preview.tsx'

type Version = Item<'GET /campaigns/:id/versions'>

/** What the history of versions can have the builder do. */
export interface VersionActions {
  /** The version that the canvas shows; null = the draft. */
  shown: ShownVersion | null
  /** Whether the draft can take a version. */
  canRestore: boolean
  /** When the builder was opened, where something was changed since. */
  openedAt: Date | null
  preview(number: number): void
  endPreview(): void
  restore(number: number): void
  /** Takes back everything since the builder was opened, as one step. */
  discard(): void
}

/** The draft and what was published: look at one on the canvas, compare, bring it back, say what it was about. */
export function VersionHistory({ campaign, ...actions }: VersionActions & { campaign: Answer<'GET /campaigns/:id'> }) {
  const versions = useApi('GET /campaigns/:id/versions', { params: { id: campaign.id } }, { staleTime: 0 })
  return (
    <Stack gap={0}>
      <div className="tl-version" aria-current={actions.shown === null || undefined}>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm">
            <b>Draft</b>
            <span className="tl-muted">
              {' '}
              {campaign.workflowVersion === null
                ? '· never published'
                : campaign.unpublishedChanges > 0
                  ? `· ${plural(campaign.unpublishedChanges, 'change')} not published`
                  : '· what is live'}
            </span>
          </Text>
          {actions.shown !== null && (
            <Button size="compact-xs" variant="default" onClick={actions.endPreview}>
              Show
            </Button>
          )}
        </Group>
        {actions.openedAt && actions.canRestore && (
          <Anchor component="button" type="button" size="xs" onClick={actions.discard}>
            Discard my changes since {clockTime(actions.openedAt)}
          </Anchor>
        )}
      </div>
      <Show of={versions}>
        {({ items }) => (
          <>
            {items.map((version) => (
              <VersionRow key={version.number} version={version} campaignId={campaign.id} {...actions} />
            ))}
            {items.length === 0 && (
              <Text c="dimmed" py={12}>
                Nothing was published yet. Activating the campaign publishes v1.
              </Text>
            )}
          </>
        )}
      </Show>
    </Stack>
  )
}

function VersionRow({
  version,
  campaignId,
  shown,
  canRestore,
  preview,
  endPreview,
  restore,
}: VersionActions & { version: Version; campaignId: string }) {
  const isShown = shown?.number === version.number
  return (
    <div className="tl-version" aria-current={isShown || undefined}>
      <Text size="sm">
        <b>v{version.number}</b> {version.current && <b>· live</b>} · {count(version.inside)}{' '}
        {version.inside === 1 ? 'person' : 'people'} on it
        <span className="tl-muted">
          {' '}
          · {version.publishedByName ?? 'somebody who left'}, <Time at={version.publishedAt} />
        </span>
      </Text>
      <NoteField version={version} campaignId={campaignId} />
      <Group gap={6} mt={6}>
        <Button
          size="compact-xs"
          variant={isShown ? 'light' : 'default'}
          aria-pressed={isShown}
          onClick={() => (isShown ? endPreview() : preview(version.number))}
        >
          {isShown ? 'Back to the draft' : 'Compare with the draft'}
        </Button>
        {canRestore && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Restore to draft: v${version.number}`}
            onClick={() => restore(version.number)}
          >
            Restore to draft
          </Button>
        )}
      </Group>
      {isShown && shown && (
        <Alert color="gray" mt={8} py={6}>
          <PublishDiff shown={shown} />
        </Alert>
      )}
    </div>
  )
}

function NoteField({ version, campaignId }: { version: Version; campaignId: string }) {
  const [text, setText] = useState<string | null>(null)
  const save = useAct('PATCH /campaigns/:id/versions/:number', { done: 'Note saved' })
  if (text === null) {
    return (
      <button type="button" className="tl-note-text" onClick={() => setText(version.note ?? '')}>
        {version.note || <span className="tl-muted">Add a note</span>}
      </button>
    )
  }
  const leave = () => {
    setText(null)
    if (text.trim() !== (version.note ?? ''))
      save.mutate({ params: { id: campaignId, number: version.number }, body: { note: text.trim() || null } })
  }
  return (
    <TextInput
      size="xs"
      mt={4}
      aria-label={`Note of v${version.number}`}
      autoFocus
      value={text}
      maxLength={2_000}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') setText(null)
        event.stopPropagation()
      }}
    />
  )
}
