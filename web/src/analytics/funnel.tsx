import type { Answer } from '../api.ts'
import { count, percent } from '../format.ts'
import { People, Term } from './pieces.tsx'

type Funnel = Answer<'GET /campaigns/:id/analytics'>['funnel']

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

/** The seven stages as bars, each with its share of the step before and of all enrolled; a number opens who. */
export function FunnelBars({ funnel, onOpen }: { funnel: Funnel; onOpen?(show: string): void }) {
  const most = Math.max(1, ...funnel.map((row) => row.count))
  return (
    <div className="tl-funnel">
      <div className="tl-funnel-row tl-muted" style={{ fontSize: 12, minHeight: 24 }}>
        <span>Stage</span>
        <span />
        <span>Customers</span>
        <span>of previous</span>
        <span>of enrolled</span>
      </div>
      {funnel.map((row) => {
        const word = stageWords[row.stage] ?? row.stage
        return (
          <div key={row.stage} className="tl-funnel-row">
            <Term of={row.stage}>{word}</Term>
            <div className="tl-funnel-bar" aria-hidden>
              <i style={{ width: `${(row.count / most) * 100}%` }} />
            </div>
            {row.measured ? (
              <>
                <span>
                  {onOpen ? (
                    <People n={row.count} label={word.toLowerCase()} onOpen={() => onOpen(row.stage)} />
                  ) : (
                    count(row.count)
                  )}
                </span>
                {/* More handoffs than replies: there is nothing that they are a share of. */}
                <span>{row.ofPrevious !== null && row.ofPrevious > 1 ? '—' : shareText(row.ofPrevious)}</span>
                <span>{shareText(row.ofEnrolled)}</span>
              </>
            ) : (
              <span className="tl-muted" style={{ gridColumn: '3 / -1' }}>
                not measured
              </span>
            )}
          </div>
        )
      })}
    </div>
  )
}
