import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { Answer, Item } from '../api.ts'
import { clockTime, plural } from '../format.ts'
import { Time } from '../parts/bits.tsx'
import { Show } from '../parts/page.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { useAct, useApi } from '../query.ts'
import { type Draft, diffDrafts, isEmpty } from './draft.ts'
import { useBuilder } from './store.ts'
import type { ShownVersion } from './version-preview.tsx'
import { type Earlier, isSameEarlier, PublishDiff } from './version-preview.tsx'

type Version = Item<'GET /campaigns/:id/versions'>

/** What the history of versions can have the builder do. */
export interface VersionActions {
  /** The version that the canvas shows; null = the draft. */
  shown: ShownVersion | null
  /** Whether the draft can take a version. */
  canRestore: boolean
  /** When the builder was opened, and what the draft was then. */
  opened: { draft: Draft; at: Date }
  preview(of: Earlier): void
  endPreview(): void
  restore(of: Earlier): void
  /** Takes back everything since the builder was opened, as one step. */
  discard(): void
}

/** The draft and what was published: look at one on the canvas, compare, bring it back, say what it was about. */
export function VersionHistory({ campaign, ...actions }: VersionActions & { campaign: Answer<'GET /campaigns/:id'> }) {
  const versions = useApi('GET /campaigns/:id/versions', { params: { id: campaign.id } }, { staleTime: 0 })
  const draft = useBuilder((state) => state.draft)
  const isChanged = useMemo(() => !isEmpty(diffDrafts(actions.opened.draft, draft)), [actions.opened, draft])
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
        {isChanged && actions.canRestore && (
          <Anchor component="button" type="button" size="xs" onClick={actions.discard}>
            Discard my changes since {clockTime(actions.opened.at)}
          </Anchor>
        )}
      </div>
      <Checkpoints campaignId={campaign.id} {...actions} />
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

function VersionRow({ version, campaignId, ...actions }: VersionActions & { version: Version; campaignId: string }) {
  const of = { version: version.number }
  return (
    <div className="tl-version" aria-current={isSameEarlier(actions.shown?.of, of) || undefined}>
      <Text size="sm">
        <b>v{version.number}</b> {version.current && <b>· live</b>} ·{' '}
        <PeopleCount
          n={version.inside}
          who={`on v${version.number}`}
          to={`/campaigns/${campaignId}/runs?state=here&version=${version.number}`}
          newTab
        />{' '}
        {version.inside === 1 ? 'person' : 'people'} on it
        <span className="tl-muted">
          {' '}
          · {version.publishedByName ?? 'somebody who left'}, <Time at={version.publishedAt} />
        </span>
      </Text>
      <NoteField version={version} campaignId={campaignId} />
      <Deeds of={of} name={`v${version.number}`} {...actions} />
    </div>
  )
}

/** Look at it beside the draft, or bring it back. */
function Deeds({
  of,
  name,
  shown,
  canRestore,
  preview,
  endPreview,
  restore,
}: VersionActions & { of: Earlier; name: string }) {
  const isShown = isSameEarlier(shown?.of, of)
  return (
    <>
      <Group gap={6} mt={6}>
        <Button
          size="compact-xs"
          variant={isShown ? 'light' : 'default'}
          aria-pressed={isShown}
          onClick={() => (isShown ? endPreview() : preview(of))}
        >
          {isShown ? 'Back to the draft' : 'Compare with the draft'}
        </Button>
        {canRestore && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Restore to draft: ${name}`}
            onClick={() => restore(of)}
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
    </>
  )
}

/** When a checkpoint was made, as the end of “the draft …”. */
export const momentOf = { opened: 'as the builder was opened', ai: 'before AI Generate' }

/** How many are shown at first. */
const fewCheckpoints = 3

/** Drafts that were kept on the way, the newest first. */
function Checkpoints({ campaignId, ...actions }: VersionActions & { campaignId: string }) {
  const [all, setAll] = useState(false)
  const list = useApi('GET /campaigns/:id/checkpoints', { params: { id: campaignId } }, { staleTime: 0 })
  const items = list.data?.items ?? []
  if (items.length === 0) return null
  return (
    <section aria-label="Checkpoints of the draft">
      {(all ? items : items.slice(0, fewCheckpoints)).map((kept) => (
        <div
          key={kept.id}
          className="tl-version"
          aria-current={isSameEarlier(actions.shown?.of, { checkpoint: kept.id }) || undefined}
        >
          <Text size="sm">
            Draft <b>{momentOf[kept.reason]}</b> · {plural(kept.steps, 'step')}
            <span className="tl-muted">
              {' '}
              · {kept.madeByName ?? 'somebody who left'}, <Time at={kept.madeAt} />
            </span>
          </Text>
          <Deeds
            of={{ checkpoint: kept.id }}
            name={`the draft ${momentOf[kept.reason]} at ${clockTime(kept.madeAt)}`}
            {...actions}
          />
        </div>
      ))}
      {!all && items.length > fewCheckpoints && (
        <Anchor component="button" type="button" size="xs" py={6} onClick={() => setAll(true)}>
          {plural(items.length - fewCheckpoints, 'older checkpoint')}
        </Anchor>
      )}
    </section>
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
