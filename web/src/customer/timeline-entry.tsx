import { Button, Text } from '@mantine/core'
import {
  IconArrowBackUp,
  IconBan,
  IconChevronRight,
  IconEye,
  IconGauge,
  IconMail,
  IconMailOff,
  IconNote,
  IconRoute,
  IconSparkles,
  IconTag,
  IconTargetArrow,
  IconUserEdit,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'
import { clockTime, exact } from '../format.ts'
import { Pill } from '../parts/bits.tsx'
import { MessageBody } from '../parts/message-body.tsx'
import { RunLink } from '../parts/run-link.tsx'
import { useAct } from '../query.ts'
import { type Entry, type EntryLook, type EntryNames, entryWords } from './timeline-words.ts'

const icons: Record<EntryLook, ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>> = {
  message: IconMail,
  reply: IconArrowBackUp,
  reaction: IconEye,
  'not-sent': IconMailOff,
  step: IconRoute,
  run: IconTargetArrow,
  score: IconGauge,
  profile: IconUserEdit,
  tag: IconTag,
  event: IconSparkles,
  note: IconNote,
  'not-enrolled': IconBan,
}

const reactions = [
  ['repliedAt', 'replied', 'good'],
  ['clickedAt', 'clicked', 'info'],
  ['openedAt', 'opened', 'info'],
  ['bouncedAt', 'bounced', 'bad'],
] as const

/** One entry: what, when, from where; opened it shows the message as it was sent, or everything that is kept of it. */
export function TimelineEntry({
  entry,
  names,
  open,
  onToggle,
}: {
  entry: Entry
  names: EntryNames
  open: boolean
  onToggle(key: string): void
}) {
  const { look, title, text, source } = entryWords(entry, names)
  const Icon = icons[look]
  const became = entry.type === 'message' ? reactions.filter(([field]) => entry.detail[field]) : []
  return (
    <article className="tl-entry" data-look={look}>
      <span className="tl-entry-icon">
        <Icon size={16} stroke={1.7} aria-hidden />
      </span>
      <div className="tl-entry-words">
        <button type="button" className="tl-entry-open" aria-expanded={open} onClick={() => onToggle(entry.key)}>
          <b>{title}</b> {text && look !== 'note' && <span className="tl-muted tl-entry-text">{text}</span>}
          <IconChevronRight size={14} className="tl-entry-turn" aria-hidden />
        </button>
        {look === 'note' && <p className="tl-entry-note">{text}</p>}
        <div className="tl-entry-about">
          <time dateTime={entry.at} title={exact(entry.at)} className="tl-number">
            {clockTime(entry.at)}
          </time>
          {source && <span>{source}</span>}
          {entry.campaignId && (
            <RunLink campaignId={entry.campaignId} runId={entry.runId}>
              {entry.campaignName ?? 'Campaign'}
            </RunLink>
          )}
          {became.map(([field, word, tone]) => (
            <Pill key={field} tone={tone}>
              {word}
            </Pill>
          ))}
        </div>
        {open && <Opened entry={entry} />}
      </div>
    </article>
  )
}

function Opened({ entry }: { entry: Entry }) {
  const remove = useAct('DELETE /notes/:id', { done: 'Note deleted' })
  if (entry.messageId !== null) {
    return (
      <div className="tl-entry-more">
        <MessageBody id={entry.messageId} />
      </div>
    )
  }
  if (entry.type === 'note') {
    return (
      <div className="tl-entry-more">
        <Button
          size="compact-xs"
          variant="default"
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate({ params: { id: String(entry.detail.id) } })}
        >
          Delete note
        </Button>
      </div>
    )
  }
  const changes = entry.detail.changes as Record<string, [unknown, unknown]> | undefined
  return (
    <div className="tl-entry-more">
      {changes && (
        <table className="tl-table" aria-label="What changed">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(changes).map(([field, [before, after]]) => (
              <tr key={field}>
                <td>{field}</td>
                <td>{JSON.stringify(before)}</td>
                <td>{JSON.stringify(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <details>
        <summary>As it is kept</summary>
        <Text component="pre" size="xs" ff="monospace" className="tl-entry-raw">
          {JSON.stringify(entry, null, 2)}
        </Text>
      </details>
    </div>
  )
}
