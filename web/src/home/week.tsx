import { Link } from '@tanstack/react-router'
import type { CSSProperties } from 'react'
import type { Answer } from '../api.ts'
import { count, percent } from '../format.ts'
import { useApi } from '../query.ts'

type Analytics = Answer<'GET /analytics'>
type Stage = Analytics['funnel'][number]['stage']

const tiles: { stage: Stage; title: string; tone: string }[] = [
  { stage: 'enrolled', title: 'Enrolled', tone: 'accent' },
  { stage: 'sent', title: 'Written to', tone: 'messaging' },
  { stage: 'replied', title: 'Replied', tone: 'good' },
  { stage: 'handoff', title: 'Handed off', tone: 'contact' },
]

const week = { range: '7d', compare: 'previous' } as const
const daysShown = 7
const dayName = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' })

/** How many came in the last seven days and how far they got, beside the seven days before; Analytics says more. */
export function ThisWeek() {
  const analytics = useApi(
    'GET /analytics',
    { query: week },
    { refetchInterval: 30_000, placeholderData: (before) => before },
  )
  // The page is about what runs: numbers that cannot be read are missed less than a box that says so.
  if (analytics.error && !analytics.data) return null
  return (
    <section className="tl-week" aria-label="Last 7 days" aria-busy={analytics.isPending || undefined}>
      {tiles.map((tile) => (
        <WeekTile key={tile.stage} {...tile} analytics={analytics.data} />
      ))}
    </section>
  )
}

function WeekTile({
  stage,
  title,
  tone,
  analytics,
}: {
  stage: Stage
  title: string
  tone: string
  analytics: Analytics | undefined
}) {
  const now = analytics?.funnel.find((one) => one.stage === stage)
  const before = analytics?.previous?.funnel.find((one) => one.stage === stage)
  const days = analytics ? daysOf(analytics, stage) : []
  const most = Math.max(1, ...days.map(({ n }) => n))
  return (
    <Link
      to="/analytics"
      search={{ range: '7d', ...(now && now.count > 0 && { who: JSON.stringify({ show: stage, title }) }) }}
      data-people={now?.measured && now.count > 0 ? now.count : undefined}
      className="tl-card tl-week-tile"
      style={{ '--tone': `var(--tl-${tone})` } as CSSProperties}
    >
      <span className="tl-muted">{title}</span>
      <b className="tl-number">{now ? now.measured ? count(now.count) : '—' : <>&nbsp;</>}</b>
      <span className="tl-muted tl-week-note">{now ? noteOf(stage, now, before?.count ?? 0) : <>&nbsp;</>}</span>
      <span className="tl-week-days" aria-hidden>
        {days.map(({ day, n }) => (
          <i
            key={day}
            title={`${dayName.format(new Date(day))}: ${count(n)}`}
            style={{ height: `${n === 0 ? 0 : Math.max(8, (n / most) * 100)}%` }}
          />
        ))}
      </span>
    </Link>
  )
}

/** How many it were on each of the last seven days in the workspace's time zone, today last; days without any are left out of a series. */
function daysOf({ range, series }: Analytics, stage: Stage): { day: string; n: number }[] {
  const byDay = new Map(series.map(({ day, funnel }) => [day, funnel[stage] ?? 0]))
  const written = new Intl.DateTimeFormat('en-CA', { timeZone: range.timezone })
  return Array.from({ length: daysShown }, (_, index) => {
    const day = written.format(Date.now() - (daysShown - 1 - index) * 86_400_000)
    return { day, n: byDay.get(day) ?? 0 }
  })
}

/** What stands below a number: its share, and what it was in the seven days before. */
function noteOf(
  stage: Stage,
  { count: now, ofPrevious, measured }: Analytics['funnel'][number],
  before: number,
): string {
  if (!measured) return 'not measured'
  const share = stage === 'replied' && ofPrevious !== null ? [`${percent(ofPrevious, 1)} of delivered`] : []
  const change =
    before === 0 ? [] : now === before ? ['as before'] : [`${now > before ? '↑' : '↓'} from ${count(before)}`]
  return [...share, ...change].join(' · ') || 'in the last 7 days'
}
