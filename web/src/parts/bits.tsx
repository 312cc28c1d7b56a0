import { ActionIcon, Alert, CopyButton, Group, Menu, Text, Tooltip } from '@mantine/core'
import {
  IconAlertTriangle,
  IconArchive,
  IconCheck,
  IconCircleDashed,
  IconCopy,
  IconDots,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
} from '@tabler/icons-react'
import { type ComponentType, type ReactNode, useEffect, useRef } from 'react'
import { ago, exact } from '../format.ts'

/** The tones of a pill; the word beside it says the same. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'flat' | 'accent'

/** A short state in a word. */
export function Pill({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className="tl-pill" data-tone={tone}>
      {icon}
      <span className="tl-pill-word">{children}</span>
    </span>
  )
}

/** "v7": a published version of a workflow, written small as everywhere. */
export const VersionPill = ({ version }: { version: number }) => <TagPill tag={`v${version}`} />

/** A tag, as somebody wrote it. */
export function TagPill({ tag }: { tag: string }) {
  return (
    <span className="tl-pill" data-tone="flat">
      {tag}
    </span>
  )
}

const statuses: Record<
  string,
  { word: string; tone: Tone; Icon: ComponentType<{ size?: number; 'aria-hidden'?: boolean }> }
> = {
  draft: { word: 'Draft', tone: 'flat', Icon: IconCircleDashed },
  active: { word: 'Active', tone: 'good', Icon: IconPlayerPlayFilled },
  paused: { word: 'Paused', tone: 'warn', Icon: IconPlayerPauseFilled },
  completed: { word: 'Completed', tone: 'info', Icon: IconCheck },
  archived: { word: 'Archived', tone: 'flat', Icon: IconArchive },
}

/** A campaign's status: icon and word. */
export function StatusPill({ status }: { status: string }) {
  const { word, tone, Icon } = statuses[status] ?? { word: status, tone: 'flat' as const, Icon: IconCircleDashed }
  return (
    <Pill tone={tone} icon={<Icon size={12} aria-hidden />}>
      {word}
    </Pill>
  )
}

const runTones: Record<string, Tone> = { running: 'accent', succeeded: 'good', canceled: 'warn', failed: 'bad' }
/** A run's status and why it ended. */
export function RunPill({ status, reason }: { status: string; reason?: string | null }) {
  return (
    <Pill tone={runTones[status] ?? 'flat'}>
      {status}
      {reason && status !== 'running' ? ` · ${reason.replaceAll(/[-_]/g, ' ')}` : ''}
    </Pill>
  )
}

const messageTones: Record<string, Tone> = {
  sent: 'good',
  queued: 'flat',
  claimed: 'flat',
  handing: 'info',
  refused: 'bad',
  failed: 'bad',
  unconfirmed: 'warn',
  skipped: 'warn',
}
/** A message's state and the reason, where there is one. */
export function MessagePill({ state, reason }: { state: string; reason?: string | null }) {
  return (
    <Pill tone={messageTones[state] ?? 'flat'}>
      {state === 'claimed' || state === 'handing' ? 'sending' : state}
      {reason && state !== 'sent' ? ` · ${reason.replaceAll('_', ' ')}` : ''}
    </Pill>
  )
}

/** A moment: relative, exact on hover and for readers. */
export function Time({ at }: { at: string | Date | null | undefined }) {
  if (!at) return <span className="tl-muted">—</span>
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)} style={{ whiteSpace: 'nowrap' }}>
      {ago(at)}
    </time>
  )
}

/** One entry of a "…" menu. */
export interface MenuEntry {
  label: string
  icon: ReactNode
  run(): void
  danger?: boolean
}

/**
 * The "…" of a row or a page. The order is the same everywhere: open, edit, duplicate, what changes its state, and last, behind a line and
 * in red, what cannot be taken back.
 */
export function MoreMenu({ label, entries }: { label: string; entries: (MenuEntry | false | null | undefined)[] }) {
  const shown = entries.filter((entry): entry is MenuEntry => Boolean(entry))
  if (shown.length === 0) return null
  const dangers = shown.filter((entry) => entry.danger)
  const harmless = shown.filter((entry) => !entry.danger)
  const item = (entry: MenuEntry) => (
    <Menu.Item
      key={entry.label}
      leftSection={entry.icon}
      onClick={() => entry.run()}
      {...(entry.danger && { 'data-danger': true })}
    >
      {entry.label}
    </Menu.Item>
  )
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={label}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {harmless.map(item)}
        {harmless.length > 0 && dangers.length > 0 && <Menu.Divider />}
        {dangers.map(item)}
      </Menu.Dropdown>
    </Menu>
  )
}

/** What the server refused, above a form; comes into view where it is not. */
export function FormProblem({ text }: { text: string | undefined | null }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (text) box.current?.scrollIntoView({ block: 'nearest' })
  }, [text])
  if (!text) return null
  return (
    <Alert ref={box} color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
      {text}
    </Alert>
  )
}

/** A value with a button that copies it. */
export function Copyable({ value, label }: { value: string; label: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Text component="code" ff="monospace" size="sm" style={{ wordBreak: 'break-all' }}>
        {value}
      </Text>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : `Copy ${label}`}>
            <ActionIcon aria-label={`Copy ${label}`} onClick={copy}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  )
}
