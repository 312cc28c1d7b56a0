import type { Answer } from '../api.ts'
import { count, percent } from '../format.ts'
import { People } from '../parts/people-count.tsx'
import { Term } from './pieces.tsx'

type Found = Answer<'GET /campaigns/:id/analytics'>
type Funnel = Found['funnel']

/** What the stages are called, in their order. */
export const stageWords: Record<string, string> = {
  enrolled: 'Enrolled',
  sent: 'Sent',
  delivered: 'Delivered',
  opened: 'Opened',
  clicked: 'Clicked',
  replied: 'Replied',
  handoff: 'Handoff',
}

const shareText = (share: number | null): string => (share === null ? '—' : percent(share, 1))
/** Of what a stage is the share "of previous". */
const wholeOf: Record<string, string> = {
  sent: 'enrolled',
  delivered: 'sent',
  opened: 'delivered',
  clicked: 'opened',
  replied: 'delivered',
  handoff: 'replied',
}

/** One row, of customers or of messages. */
interface Row {
  key: string
  word: string
  n: number
  measured: boolean
  ofPrevious: number | null
  ofAll: number | null
  /** What the number is and what the shares are of, in words. */
  says: string
  before?: number | undefined
  show?: string
}

/** The funnel's rows as customers. */
function customerRows({ funnel, machine }: Pick<Found, 'funnel' | 'machine'>, before: Funnel | undefined): Row[] {
  const of = (stage: string | undefined) => funnel.find((row) => row.stage === stage)?.count ?? 0
  const machines: Record<string, number> = { opened: machine.opened, clicked: machine.clicked }
  return funnel.map(({ stage, count: n, ofPrevious, ofEnrolled, measured }) => {
    const whole = wholeOf[stage]
    const scans = machines[stage] ?? 0
    return {
      key: stage,
      word: stageWords[stage] ?? stage,
      n,
      measured,
      // More handoffs than replies: there is nothing that they are a share of.
      ofPrevious: ofPrevious !== null && ofPrevious > 1 ? null : ofPrevious,
      ofAll: ofEnrolled,
      says: [
        ...(whole === undefined
          ? []
          : [`${count(n)} of ${count(of(whole))} ${whole}, of ${count(of('enrolled'))} enrolled.`]),
        ...(scans > 0 ? [`Beside them ${count(scans)} whose message a machine ${stage}.`] : []),
      ].join(' '),
      before: before?.find((row) => row.stage === stage)?.count,
      show: stage,
    }
  })
}

type Messages = Omit<Found['messages'], 'byProduct'>
const messageStages = ['sent', 'delivered', 'opened', 'clicked', 'replied'] as const

/** The same as messages: each counts by itself, also several of one customer. */
function messageRows({ funnel, messages }: Pick<Found, 'funnel' | 'messages'>, before: Messages | undefined): Row[] {
  const { sent, delivered, opened, clicked, replied } = messages
  const of: Record<string, number> = { sent, delivered, opened, clicked, replied }
  const machines: Record<string, number> = { opened: messages.machineOpened, clicked: messages.machineClicked }
  const whole = (stage: string) => (stage === 'sent' ? messages.messages : (of[wholeOf[stage] ?? ''] ?? 0))
  const share = (part: number, all: number) => (all > 0 ? part / all : null)
  const made: Row = {
    key: 'messages',
    word: 'Messages',
    n: messages.messages,
    measured: true,
    ofPrevious: null,
    ofAll: share(messages.messages, messages.messages),
    says: 'Also those that were not sent.',
    before: before?.messages,
  }
  return [
    made,
    ...messageStages.map((stage): Row => {
      const scans = machines[stage] ?? 0
      return {
        key: stage,
        word: stageWords[stage] ?? stage,
        n: of[stage] ?? 0,
        measured: funnel.find((row) => row.stage === stage)?.measured !== false,
        ofPrevious: share(of[stage] ?? 0, whole(stage)),
        ofAll: share(of[stage] ?? 0, messages.messages),
        show: stage,
        says: `Messages: ${count(of[stage] ?? 0)} of ${count(whole(stage))} ${stage === 'sent' ? 'made' : wholeOf[stage]}.${scans > 0 ? ` Beside them ${count(scans)} that a machine ${stage}.` : ''}`,
        before: before?.[stage],
      }
    }),
  ]
}

/** The stages as bars, each with its share of the step before and of all; a number opens who, or which messages. */
export function FunnelBars({
  found,
  unit = 'customers',
  onOpen,
}: {
  found: Pick<Found, 'funnel' | 'machine'> & Partial<Pick<Found, 'messages' | 'previous'>>
  unit?: 'customers' | 'messages'
  onOpen?(show: string): void
}) {
  const { previous, messages } = found
  const rows =
    unit === 'messages' && messages
      ? messageRows({ funnel: found.funnel, messages }, previous?.messages)
      : customerRows(found, previous?.funnel)
  const most = Math.max(1, ...rows.flatMap(({ n, before }) => [n, before ?? 0]))
  return (
    <div className="tl-funnel" data-before={previous ? '' : undefined}>
      <div className="tl-funnel-row tl-muted" style={{ fontSize: 12, minHeight: 24 }}>
        <span>Stage</span>
        <span />
        <span>{unit === 'messages' ? 'Messages' : 'Customers'}</span>
        <span>of previous</span>
        <span>of {unit === 'messages' ? 'all' : 'enrolled'}</span>
        {previous && (
          <span className="tl-funnel-before">
            <Term of="previous">the period before</Term>
          </span>
        )}
      </div>
      {rows.map((row) => (
        <div key={row.key} className="tl-funnel-row">
          <Term of={row.key} more={row.says}>
            {row.word}
          </Term>
          <div className="tl-funnel-bar" aria-hidden>
            {row.before !== undefined && <s style={{ width: `${(row.before / most) * 100}%` }} />}
            <i style={{ width: `${(row.n / most) * 100}%` }} />
          </div>
          {row.measured ? (
            <>
              <span>
                {onOpen && row.show ? (
                  <People n={row.n} label={row.word.toLowerCase()} onOpen={() => onOpen(row.show ?? '')} />
                ) : (
                  count(row.n)
                )}
              </span>
              <span>{shareText(row.ofPrevious)}</span>
              <span>{shareText(row.ofAll)}</span>
              {previous && (
                <span className="tl-funnel-before">
                  {row.before === undefined ? '—' : changeText(row.n, row.before)}
                </span>
              )}
            </>
          ) : (
            <span className="tl-muted" style={{ gridColumn: '3 / -1' }}>
              not measured
            </span>
          )}
        </div>
      ))}
    </div>
  )
}

/** “1,204, now +8 %”: a number before, and what has become of it. */
function changeText(now: number, before: number): string {
  if (before === 0) return 'none'
  const change = (now - before) / before
  const sign = change > 0 ? '+' : change < 0 ? '−' : '±'
  return `${count(before)}, now ${sign}${percent(Math.abs(change), 1)}`
}
