import { ActionIcon, Anchor, Button, Menu, SegmentedControl, Text, TextInput, Tooltip } from '@mantine/core'
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowLeft,
  IconCheck,
  IconDots,
  IconHistory,
  IconPackage,
  IconSparkles,
  IconTestPipe,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { type Answer, api } from '../api.ts'
import { clockTime, plural } from '../format.ts'
import { StatusPill } from '../parts/bits.tsx'
import { queryClient, toastProblem } from '../query.ts'
import type { Autosave, SaveState } from './autosave.ts'
import { useBuilder, useStore } from './store.ts'

type Campaign = Answer<'GET /campaigns/:id'>

/** One entry of the bar's "More" menu. */
export interface BarEntry {
  label: string
  keys?: string
  run(): void
}

interface BarProps {
  campaign: Campaign
  autosave: Autosave
  phone: boolean
  view: 'outline' | 'canvas'
  setView(view: 'outline' | 'canvas'): void
  testing: boolean
  history: boolean
  /** Colleagues who have it open, too. */
  colleagues: ReactNode
  products: number
  more: (BarEntry | false)[]
  /** Null where nothing can be generated. */
  onGenerate: (() => void) | null
  generating: boolean
  onValidate(): void
  onActivate(): void
  onPublish(): void
  onHistory(): void
  onVersions(): void
  onProducts(): void
  onTest(): void
}

/** The builder's upper bar: where one is, whether it is saved, what can be done. */
export function BuilderBar({ campaign, autosave, phone, view, setView, ...bar }: BarProps) {
  const store = useStore()
  const canUndo = useBuilder((state) => state.canUndo)
  const canRedo = useBuilder((state) => state.canRedo)
  const editable = useBuilder((state) => state.readOnly) === null
  const archived = campaign.status === 'archived'
  return (
    <header className="tl-builder-bar">
      <Tooltip label="Back to the campaign">
        <ActionIcon component={Link} to={`/campaigns/${campaign.id}/overview`} aria-label="Back to the campaign">
          <IconArrowLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <CampaignName campaign={campaign} fixed={archived || phone} />
      {!phone && <StatusPill status={campaign.status} />}
      {campaign.workflowVersion !== null && !phone && (
        <Tooltip label="Versions">
          <Anchor component="button" type="button" size="xs" onClick={bar.onVersions} style={{ whiteSpace: 'nowrap' }}>
            {liveText(campaign)}
          </Anchor>
        </Tooltip>
      )}
      {!archived && <SaveNote autosave={autosave} />}
      <div style={{ flex: 1 }} />
      {!phone && bar.colleagues}
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
        </>
      )}
      {bar.onGenerate && (
        <BarButton
          label="AI Generate"
          icon={<IconSparkles size={16} />}
          pressed={bar.generating}
          onClick={bar.onGenerate}
        />
      )}
      {!phone && (
        <>
          <BarButton label="History" icon={<IconHistory size={16} />} pressed={bar.history} onClick={bar.onHistory} />
          <BarButton
            label="Link Products"
            icon={<IconPackage size={16} />}
            badge={bar.products > 0 ? bar.products : null}
            onClick={bar.onProducts}
          />
          <BarButton
            label="Test"
            icon={<IconTestPipe size={16} />}
            pressed={bar.testing}
            onClick={bar.onTest}
            keys="T"
          />
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
      {!archived && <ValidateButton onClick={bar.onValidate} />}
      {campaign.status === 'draft' && (
        <Button size="xs" onClick={bar.onActivate}>
          Activate
        </Button>
      )}
      {!archived && campaign.unpublishedChanges > 0 && (
        <Button size="xs" onClick={bar.onPublish}>
          Publish changes ({campaign.unpublishedChanges})
        </Button>
      )}
      <Menu width={250}>
        <Menu.Target>
          <ActionIcon aria-label="More">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {bar.more.map(
            (entry) =>
              entry && (
                <Menu.Item
                  key={entry.label}
                  onClick={entry.run}
                  rightSection={
                    entry.keys && (
                      <Text size="xs" c="dimmed">
                        {entry.keys}
                      </Text>
                    )
                  }
                >
                  {entry.label}
                </Menu.Item>
              ),
          )}
        </Menu.Dropdown>
      </Menu>
    </header>
  )
}

/** A button of the bar; on narrow screens its label moves into the tooltip. */
export function BarButton({
  label,
  icon,
  badge = null,
  pressed,
  keys,
  onClick,
}: {
  label: string
  icon: ReactNode
  badge?: ReactNode
  pressed?: boolean
  keys?: string
  onClick(): void
}) {
  return (
    <Tooltip label={keys ? `${label}  ${keys}` : label}>
      <Button
        size="xs"
        variant={pressed ? 'light' : 'subtle'}
        color={pressed ? 'indigo' : 'gray'}
        className="tl-bar-button"
        aria-label={typeof badge === 'number' ? `${label} ${badge}` : label}
        {...(pressed !== undefined && { 'aria-pressed': pressed })}
        onClick={onClick}
      >
        {icon}
        <span className="tl-bar-label">{label}</span> {badge !== null && <span className="tl-count">{badge}</span>}
      </Button>
    </Tooltip>
  )
}

function ValidateButton({ onClick }: { onClick(): void }) {
  const problems = useBuilder((state) => state.problems)
  const isJudged = useBuilder((state) => state.isJudged)
  const errors = problems.filter((problem) => problem.severity === 'error').length
  return (
    <Button variant="default" size="xs" onClick={onClick}>
      Validate
      {problems.length > 0 ? (
        <Text span ml={6} c={errors > 0 ? 'var(--tl-bad)' : 'var(--tl-warn)'} fw={600}>
          {problems.length}
          <span className="tl-quiet"> problems</span>
        </Text>
      ) : (
        isJudged && <IconCheck size={14} style={{ marginLeft: 6 }} color="var(--tl-good)" aria-label="no problems" />
      )}
    </Button>
  )
}

/** The campaign's name; a click makes it a field. */
function CampaignName({ campaign, fixed }: { campaign: Campaign; fixed: boolean }) {
  const [name, setName] = useState<string | null>(null)
  const leave = async () => {
    const next = name?.trim() ?? ''
    setName(null)
    if (next === '' || next === campaign.name) return
    try {
      await api('PATCH /campaigns/:id', { params: { id: campaign.id }, body: { name: next } })
      void queryClient.invalidateQueries()
    } catch (error) {
      toastProblem(error)
    }
  }
  if (name !== null) {
    return (
      <TextInput
        size="xs"
        aria-label="Name of the campaign"
        autoFocus
        value={name}
        maxLength={200}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={() => void leave()}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur()
          if (event.key === 'Escape') setName(null)
          event.stopPropagation()
        }}
        style={{ flex: '0 1 280px' }}
      />
    )
  }
  return (
    <Text component="h1" fw={600} truncate fz={15} m={0} style={{ minWidth: 0, flex: '0 1 auto' }}>
      {fixed ? (
        campaign.name
      ) : (
        <button type="button" className="tl-name" title="Rename" onClick={() => setName(campaign.name)}>
          {campaign.name}
        </button>
      )}
    </Text>
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

/** "Saving…" shows only when a save takes longer than this, in ms. */
const slowSaveMs = 400

/** Where the work is, truthfully: "Saved" only after the server said so. */
function SaveNote({ autosave }: { autosave: Autosave }) {
  const state = useSaveState(autosave)
  const [, tick] = useState(0)
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    setSlow(false)
    const timer =
      state.is === 'failed' && state.retryAt
        ? setInterval(() => tick((n) => n + 1), 1000)
        : state.is === 'saving'
          ? setTimeout(() => setSlow(true), slowSaveMs)
          : undefined
    return () => clearInterval(timer)
  }, [state])
  if (state.is === 'failed') {
    const seconds = state.retryAt ? Math.max(0, Math.ceil((state.retryAt.getTime() - Date.now()) / 1000)) : null
    const what = navigator.onLine ? 'Not saved' : 'Offline'
    return (
      <Text size="xs" c="var(--tl-warn)" role="status" title={state.reason} truncate>
        {what}
        {seconds === null ? `: ${state.reason}` : `, kept on this device; retrying in ${seconds} s`} ·{' '}
        <Anchor component="button" type="button" size="xs" onClick={() => void autosave.flush()}>
          Retry now
        </Anchor>
      </Text>
    )
  }
  const text = {
    saved: state.is === 'saved' ? `Saved ${clockTime(state.at)}` : '',
    waiting: 'Not saved yet',
    saving: slow ? 'Saving…' : '',
    conflict: 'Someone changed the same step',
  }[state.is]
  return (
    <Text
      size="xs"
      c={state.is === 'conflict' ? 'var(--tl-warn)' : 'dimmed'}
      role="status"
      style={{ whiteSpace: 'nowrap' }}
      data-testid="save-state"
      data-state={state.is}
    >
      {text}
    </Text>
  )
}
