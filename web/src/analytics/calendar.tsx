import './calendar.css'
import { Text } from '@mantine/core'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { count, plural } from '../format.ts'
import { Show } from '../parts/page.tsx'
import { useApi } from '../query.ts'
import { type CalendarDay, calendarDays, type SendDays } from './calendar-days.ts'
import { Grid, Section, Term } from './pieces.tsx'

/** How often it is read again, in ms. */
const readAgainMs = 15_000

const dayText = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeZone: 'UTC' })
const monthText = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' })
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** On which days messages were sent, and what is due on the days ahead: a square a day, with a table of the same behind it. */
export function SendCalendar({
  campaign,
  query,
  csv,
}: {
  campaign: { id: string; status: string }
  query: Record<string, string | number>
  csv: string
}) {
  const { range: _range, from: _from, to: _to, ...filters } = query
  const found = useApi(
    'GET /campaigns/:id/analytics/calendar',
    { params: { id: campaign.id }, query: filters as never },
    { refetchInterval: campaign.status === 'archived' ? false : readAgainMs, placeholderData: (before) => before },
  )
  const isFiltered = Object.keys(filters).length > 0
  return (
    <Section title={<Term of="calendar">Send calendar</Term>} csv={csv}>
      <Show of={found} rows={4}>
        {(days) => (
          <>
            <Text size="sm" c="dimmed" mb={6}>
              All messages by the day on which they were sent, whenever their customers were enrolled.
              {isFiltered && days.ahead.length > 0 && ' What is ahead is of everybody inside, whatever the filters.'}
            </Text>
            {days.paused && days.ahead.length > 0 && (
              <Text size="sm" mb={6}>
                Paused: nothing goes on. Resumed now, with waits kept, the days ahead would be these.
              </Text>
            )}
            {days.messagesHeld > 0 && (
              <Text size="sm" mb={6}>
                {plural(days.messagesHeld, 'written message')} {days.messagesHeld === 1 ? 'is' : 'are'} held until{' '}
                {days.messagesHeld === 1 ? 'its' : 'their'} sender works again and sending is on.
              </Text>
            )}
            <Squares of={days} />
            <DayTable of={days} />
          </>
        )}
      </Show>
    </Section>
  )
}

/** What is known of a day, in words. */
function says({ day, sent, waitsEnding, messagesQueued, isAhead, isToday }: CalendarDay, exact: boolean): string {
  const about = exact ? '' : 'about '
  const parts = [
    ...(isAhead && sent === 0 ? [] : [`${plural(sent, 'message')} sent`]),
    ...(waitsEnding > 0 ? [`${about}${plural(waitsEnding, 'wait')} ${waitsEnding === 1 ? 'ends' : 'end'}`] : []),
    ...(messagesQueued > 0 ? [`${about}${plural(messagesQueued, 'written message')} may leave`] : []),
  ]
  return `${dayText.format(Date.parse(day))}${isToday ? ' (today)' : ''}: ${parts.join(', ') || 'nothing due'}`
}

/** A column a week, a row a weekday. One stop for Tab; the arrows walk over the days, Home and End to the first and the last. */
function Squares({ of }: { of: SendDays }) {
  const days = useMemo(() => calendarDays(of), [of])
  const box = useRef<HTMLDivElement>(null)
  const today = Math.max(
    0,
    days.findIndex(({ isToday }) => isToday),
  )
  const [at, setAt] = useState<number | null>(null)
  const shown = days[Math.min(at ?? today, days.length - 1)]
  // The newest is what one looks for, also where a year does not fit.
  useEffect(() => {
    const element = box.current
    if (element) element.scrollLeft = element.scrollWidth
  }, [])
  const walk = (event: KeyboardEvent) => {
    const index = at ?? today
    const to = {
      ArrowUp: index - 1,
      ArrowDown: index + 1,
      ArrowLeft: index - 7,
      ArrowRight: index + 7,
      Home: 0,
      End: days.length - 1,
    }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const next = Math.min(days.length - 1, Math.max(0, to))
    setAt(next)
    box.current?.querySelector<HTMLElement>(`[data-day="${days[next]?.day}"]`)?.focus()
  }
  const months = days.filter(({ day, weekday, week }) => weekday === 0 && (week === 0 || Number(day.slice(8)) <= 7))
  return (
    <>
      <div className="tl-calendar-box" ref={box}>
        {/* biome-ignore lint/a11y/useSemanticElements: a grid that is walked with the arrows; the table of the same stands below */}
        <div className="tl-calendar" role="grid" aria-label="Send calendar" onKeyDown={walk}>
          {months
            .filter(({ week }, index) => (months[index + 1]?.week ?? Number.POSITIVE_INFINITY) - week > 2)
            .map(({ day, week }) => (
              <span
                key={day}
                aria-hidden
                className="tl-calendar-month"
                style={{ gridRow: 1, gridColumn: `${week + 2} / span 3` }}
              >
                {monthText.format(Date.parse(day))}
              </span>
            ))}
          {weekdays.map((name, weekday) => (
            // biome-ignore lint/a11y/useSemanticElements: see the grid
            // biome-ignore lint/a11y/useFocusableInteractive: its cells have the focus
            <div role="row" key={name}>
              {/* biome-ignore lint/a11y/useSemanticElements: see the grid */}
              {/* biome-ignore lint/a11y/useFocusableInteractive: it only names its row */}
              <span role="rowheader" style={{ gridRow: weekday + 2 }}>
                {name}
              </span>
              {days
                .filter((one) => one.weekday === weekday)
                .map((one) => (
                  // biome-ignore lint/a11y/useSemanticElements: see the grid
                  <span
                    key={one.day}
                    role="gridcell"
                    tabIndex={one === shown ? 0 : -1}
                    aria-label={says(one, of.exact)}
                    style={{ gridRow: weekday + 2, gridColumn: one.week + 2 }}
                    data-day={one.day}
                    data-level={one.level > 0 ? one.level : undefined}
                    data-ahead={one.isAhead || undefined}
                    data-today={one.isToday || undefined}
                    onFocus={() => setAt(days.indexOf(one))}
                    onMouseEnter={() => setAt(days.indexOf(one))}
                  />
                ))}
            </div>
          ))}
        </div>
      </div>
      <div className="tl-calendar-told">
        <span aria-hidden>{shown && says(shown, of.exact)}</span>
        <span className="tl-calendar-key" style={{ marginLeft: 'auto' }}>
          <i aria-hidden /> sent <i aria-hidden data-ahead /> due ahead <i aria-hidden data-today /> today
        </span>
      </div>
    </>
  )
}

function DayTable({ of: { sent, ahead, exact } }: { of: SendDays }) {
  const about = (n: number) => (n === 0 ? '0' : `${exact ? '' : 'about '}${count(n)}`)
  const days = new Map<string, { sent: number | null; waitsEnding: number | null; messagesQueued: number | null }>()
  for (const row of sent) days.set(row.day, { sent: row.sent, waitsEnding: null, messagesQueued: null })
  for (const { day, ...due } of ahead) days.set(day, { sent: days.get(day)?.sent ?? null, ...due })
  return (
    <details>
      <summary>As a table</summary>
      <Grid
        label="Send calendar, day by day"
        head={['Day', 'Sent', 'Waits that end', 'Written messages that may leave']}
        rows={[...days]
          .sort(([a], [b]) => b.localeCompare(a))
          .map(([day, row]) => ({
            key: day,
            cells: [
              day,
              row.sent === null ? '—' : count(row.sent),
              row.waitsEnding === null ? '—' : about(row.waitsEnding),
              row.messagesQueued === null ? '—' : about(row.messagesQueued),
            ],
          }))}
      />
    </details>
  )
}
