import { Text, Timeline } from '@mantine/core'
import type { Answer } from '../api.ts'
import { count, exact, plural } from '../format.ts'
import { usePages } from '../query.ts'
import { StatusPill } from './bits.tsx'

type Move = Answer<'GET /campaigns/:id/moves'>['items'][number]

const enrolling: Record<string, string> = {
  keep: 'keeps enrolling',
  now: 'enrolled once',
  none: 'enrolled nobody yet',
}

/** What was chosen with a move, in words. */
function chosen({ to, detail }: Move): string {
  const said: string[] = []
  const number = (name: string) => (typeof detail[name] === 'number' ? (detail[name] as number) : 0)
  if (typeof detail.enroll === 'string') said.push(enrolling[detail.enroll] ?? detail.enroll)
  if (number('holdoutPercent') > 0) said.push(`${number('holdoutPercent')} % held out`)
  if (detail.waits === 'keep') said.push('waits kept')
  if (detail.waits === 'continue') said.push('the pause counted as elapsed')
  if (number('spread') > 0)
    said.push(`${plural(number('spread'), 'overdue customer')} spread over ${plural(number('spreadHours'), 'hour')}`)
  if (to === 'paused' && number('inHand') > 0) said.push(`${count(number('inHand'))} already with the provider`)
  return said.join(' · ')
}

const who = ({ by, byName }: Move): string => byName ?? (by === 'cli' ? 'the command line' : by)

/** A campaign's moves from status to status, the latest on top: who, when, and with which choice. */
export function Moves({ campaign }: { campaign: { id: string; createdAt: string } }) {
  const moves = usePages(
    'GET /campaigns/:id/moves',
    { params: { id: campaign.id }, query: { limit: 20 } },
    { live: true },
  )
  return (
    <Timeline bulletSize={14} lineWidth={2} active={moves.items.length + 1}>
      {moves.items.map((move) => (
        <Timeline.Item key={move.id} title={<StatusPill status={move.to} />}>
          <Text size="sm">
            by {who(move)}, {exact(move.at)}
          </Text>
          {chosen(move) && (
            <Text size="sm" c="dimmed">
              {chosen(move)}
            </Text>
          )}
        </Timeline.Item>
      ))}
      {moves.hasMore ? (
        <Timeline.Item
          title={
            <button type="button" className="tl-link" onClick={moves.more}>
              Earlier moves
            </button>
          }
        />
      ) : (
        <Timeline.Item title={<StatusPill status="draft" />}>
          <Text size="sm">created {exact(campaign.createdAt)}</Text>
        </Timeline.Item>
      )}
    </Timeline>
  )
}
