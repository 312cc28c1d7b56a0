import { ActionIcon, Anchor, Button, SegmentedControl, Text, Tooltip } from '@mantine/core'
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowLeft,
  IconKeyboard,
  IconLayoutGrid,
  IconListTree,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Answer } from '../api.ts'
import { clockTime, plural } from '../format.ts'
import { StatusPill } from '../parts/bits.tsx'
import type { Autosave, SaveState } from './autosave.ts'
import { useBuilder, useStore } from './store.ts'

type Campaign = Answer<'GET /campaigns/:id'>

interface BarProps {
  campaign: Campaign
  autosave: Autosave
  phone: boolean
  view: 'outline' | 'canvas'
  setView(view: 'outline' | 'canvas'): void
  panel: 'problems' | 'outline' | null
  setPanel(panel: 'problems' | 'outline' | null): void
  onTidy(): void
  onValidate(): void
  onActivate(): void
  onPublish(): void
  onVersions(): void
  onHelp(): void
}

/** The builder's upper bar: where one is, whether it is saved, what can be done. */
export function BuilderBar({
  campaign,
  autosave,
  phone,
  view,
  setView,
  panel,
  setPanel,
  onTidy,
  onValidate,
  onActivate,
  onPublish,
  onVersions,
  onHelp,
}: BarProps) {
  const store = useStore()
  const canUndo = useBuilder((state) => state.canUndo)
  const canRedo = useBuilder((state) => state.canRedo)
  const problems = useBuilder((state) => state.problems)
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const editable = store.readOnly === null
  return (
    <header className="tl-builder-bar">
      <Tooltip label="Back to the campaign">
        <ActionIcon component={Link} to={`/campaigns/${campaign.id}/overview`} aria-label="Back to the campaign">
          <IconArrowLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <div style={{ minWidth: 0, flex: '0 1 auto' }}>
        <Text component="h1" fw={600} truncate fz={15} m={0}>
          {campaign.name}
        </Text>
      </div>
      {!phone && <StatusPill status={campaign.status} />}
      {campaign.workflowVersion !== null && !phone && (
        <Tooltip label="Versions">
          <Anchor component="button" type="button" size="xs" onClick={onVersions} style={{ whiteSpace: 'nowrap' }}>
            {liveText(campaign)}
          </Anchor>
        </Tooltip>
      )}
      {editable && <SaveNote autosave={autosave} />}
      <div style={{ flex: 1 }} />
      {editable && !phone && (
        <>
          <Tooltip label={canUndo ? `Undo: ${canUndo}  Ctrl Z` : 'Nothing to undo'}>
            <ActionIcon
              aria-label="Undo"
              aria-disabled={canUndo === null}
              onClick={() => store.undo()}
              style={{ opacity: canUndo ? 1 : 0.45 }}
            >
              <IconArrowBackUp size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={canRedo ? `Redo: ${canRedo}  Ctrl Y` : 'Nothing to redo'}>
            <ActionIcon
              aria-label="Redo"
              aria-disabled={canRedo === null}
              onClick={() => store.redo()}
              style={{ opacity: canRedo ? 1 : 0.45 }}
            >
              <IconArrowForwardUp size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Tidy up  Shift T">
            <ActionIcon aria-label="Tidy up" onClick={onTidy}>
              <IconLayoutGrid size={18} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      {!phone && (
        <>
          <Tooltip label="Outline  O">
            <ActionIcon
              aria-label="Outline"
              aria-pressed={panel === 'outline'}
              onClick={() => setPanel(panel === 'outline' ? null : 'outline')}
            >
              <IconListTree size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Keys  ?">
            <ActionIcon aria-label="Keys" onClick={onHelp}>
              <IconKeyboard size={18} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      {phone && (
        <SegmentedControl
          size="xs"
          aria-label="View"
          data={[
            { value: 'outline', label: 'Outline' },
            { value: 'canvas', label: 'Canvas' },
          ]}
          value={view}
          onChange={(next) => setView(next as 'outline' | 'canvas')}
        />
      )}
      {editable && (
        <Button variant="default" size="xs" onClick={onValidate}>
          Validate
          {problems.length > 0 && (
            <Text span ml={6} c={errors > 0 ? 'var(--tl-bad)' : 'var(--tl-warn)'} fw={600}>
              {problems.length}
              <span className="tl-quiet"> problems</span>
            </Text>
          )}
        </Button>
      )}
      {campaign.status === 'draft' && (
        <Button size="xs" onClick={onActivate}>
          Activate
        </Button>
      )}
      {editable && campaign.unpublishedChanges > 0 && (
        <Button size="xs" onClick={onPublish}>
          Publish changes ({campaign.unpublishedChanges})
        </Button>
      )}
    </header>
  )
}

/** What customers follow, and whether the draft is something else. */
function liveText({ status, workflowVersion, unpublishedChanges }: Campaign): string {
  const live = `${status === 'active' ? 'Live ' : ''}v${workflowVersion}`
  return unpublishedChanges > 0 ? `${live} · ${plural(unpublishedChanges, 'unpublished change')}` : live
}

/** Follows the autosave. */
export function useSaveState(autosave: Autosave): SaveState {
  return useSyncExternalStore(autosave.subscribe, () => autosave.state)
}

/** Where the work is, truthfully: "Saved" only after the server said so. */
function SaveNote({ autosave }: { autosave: Autosave }) {
  const state = useSaveState(autosave)
  const [, tick] = useState(0)
  useEffect(() => {
    if (state.is !== 'failed' || !state.retryAt) return
    const timer = setInterval(() => tick((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [state])
  if (state.is === 'failed') {
    const seconds = state.retryAt ? Math.max(0, Math.ceil((state.retryAt.getTime() - Date.now()) / 1000)) : null
    return (
      <Text size="xs" c="var(--tl-warn)" role="status" title={state.reason} truncate>
        Not saved{seconds === null ? `: ${state.reason}` : `, kept on this device; retrying in ${seconds} s`} ·{' '}
        <Anchor component="button" type="button" size="xs" onClick={() => void autosave.flush()}>
          Retry now
        </Anchor>
      </Text>
    )
  }
  const text = {
    saved: state.is === 'saved' ? `Saved ${clockTime(state.at)}` : '',
    waiting: 'Not saved yet',
    saving: 'Saving…',
    conflict: 'Someone changed the same step',
  }[state.is]
  return (
    <Text
      size="xs"
      c="dimmed"
      role="status"
      style={{ whiteSpace: 'nowrap' }}
      data-testid="save-state"
      data-state={state.is}
    >
      {text}
    </Text>
  )
}
