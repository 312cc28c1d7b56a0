import { Text } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  memo,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { longDay } from '../format.ts'
import { useMembers, useSegments } from '../parts/choices.ts'
import { Empty, Failure, Loading } from '../parts/page.tsx'
import { usePages } from '../query.ts'
import { TimelineEntry } from './timeline-entry.tsx'
import { type Entry, type EntryNames, timelineFilters } from './timeline-words.ts'

type Kind = keyof typeof timelineFilters
type Line = { day: string } | { entry: Entry }

/** Entries that stay are not drawn again while others come into view. */
const DrawnEntry = memo(TimelineEntry)

/** Entries with a line before each day. */
function linesOf(entries: readonly Entry[]): Line[] {
  const lines: Line[] = []
  let day = ''
  for (const entry of entries) {
    const own = longDay(entry.at)
    if (own !== day) lines.push({ day: own })
    day = own
    lines.push({ entry })
  }
  return lines
}

/** Names by id, of what entries mention. */
export function useEntryNames(): EntryNames {
  const members = useMembers()
  const segments = useSegments()
  return useMemo(() => {
    const map = (choices: { value: string; label: string }[]) => new Map(choices.map((one) => [one.value, one.label]))
    return { members: map(members), segments: map(segments) }
  }, [members, segments])
}

/**
 * Everything that happened to a customer, newest first, by day. However long it is, only what is in view is drawn: `scroller` is the
 * element that scrolls it.
 */
export function Timeline({
  customerId,
  kind,
  onKind,
  scroller,
}: {
  customerId: string
  kind: string | undefined
  onKind(kind: Kind | undefined): void
  scroller: RefObject<HTMLElement | null>
}) {
  const known = kind !== undefined && kind in timelineFilters ? (kind as Kind) : undefined
  const list = usePages(
    'GET /customers/:id/timeline',
    { params: { id: customerId }, query: { limit: 100, ...(known && { kind: known }) } },
    { live: true },
  )
  const names = useEntryNames()
  return (
    <section aria-label="Timeline">
      <fieldset className="tl-filters">
        <legend className="tl-quiet">Show</legend>
        {[[undefined, 'All'] as const, ...Object.entries(timelineFilters)].map(([value, label]) => (
          <button
            key={label}
            type="button"
            aria-pressed={known === value}
            onClick={() => onKind(value as Kind | undefined)}
          >
            {label}
          </button>
        ))}
      </fieldset>
      {list.loading ? (
        <Loading />
      ) : list.error && list.items.length === 0 ? (
        <Failure error={list.error} retry={list.retry} />
      ) : list.items.length === 0 ? (
        known ? (
          <Empty title={known === 'why-not' ? 'Nothing was held back' : 'Nothing of this kind'}>
            {known === 'why-not' &&
              'Messages that were not sent and campaigns that did not enroll them would show here.'}
          </Empty>
        ) : (
          <Empty title="Nothing yet">Messages, replies and changes will show here.</Empty>
        )
      ) : (
        <Lines list={list} scroller={scroller} names={names} />
      )}
    </section>
  )
}

function Lines({
  list,
  scroller,
  names,
}: {
  list: { items: Entry[]; hasMore: boolean; loadingMore: boolean; refreshing: boolean; more(): void }
  scroller: RefObject<HTMLElement | null>
  names: EntryNames
}) {
  const lines = useMemo(() => linesOf(list.items), [list.items])
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const toggle = useCallback((key: string) => setOpen((was) => toggled(was, key)), [])
  const box = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  // How far down in what scrolls the list begins: what stands above it changes its height when it has loaded.
  useLayoutEffect(() => {
    const [list, outer] = [box.current, scroller.current]
    if (!list || !outer) return
    const measure = () =>
      setMargin(list.getBoundingClientRect().top - outer.getBoundingClientRect().top + outer.scrollTop)
    measure()
    const watch = new ResizeObserver(measure)
    for (const part of outer.children) watch.observe(part)
    return () => watch.disconnect()
  }, [scroller])
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ('day' in (lines[index] as Line) ? 40 : 52),
    overscan: 12,
    scrollMargin: margin,
    getItemKey: (index) => {
      const line = lines[index] as Line
      return 'day' in line ? line.day : line.entry.key
    },
  })
  const rows = virtual.getVirtualItems()
  const last = rows.at(-1)?.index ?? 0
  const { hasMore, loadingMore, more } = list
  useEffect(() => {
    if (hasMore && !loadingMore && last >= lines.length - 20) more()
  }, [hasMore, loadingMore, more, last, lines.length])
  const firstSeen = rows.find(({ end }) => end > (virtual.scrollOffset ?? 0))?.index ?? 0
  return (
    <div ref={box} className="tl-timeline" style={{ opacity: list.refreshing ? 0.6 : 1 }}>
      {(virtual.scrollOffset ?? 0) > margin && <StickyDay lines={lines} index={firstSeen} />}
      <ol className="tl-timeline-lines" style={{ height: virtual.getTotalSize() }}>
        {rows.map(({ index, key, start }) => {
          const line = lines[index] as Line
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="tl-timeline-line"
              style={{ transform: `translateY(${start - margin}px)` }}
            >
              {'day' in line ? (
                <h3 className="tl-timeline-day">{line.day}</h3>
              ) : (
                <DrawnEntry entry={line.entry} names={names} open={open.has(line.entry.key)} onToggle={toggle} />
              )}
            </li>
          )
        })}
      </ol>
      {loadingMore && (
        <Text size="sm" c="dimmed" ta="center" p={8} role="status">
          Reading earlier entries…
        </Text>
      )}
    </div>
  )
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(key)) next.add(key)
  return next
}

/** The day of what is uppermost in view. */
function StickyDay({ lines, index }: { lines: readonly Line[]; index: number }): ReactNode {
  const line = lines[index]
  const entry = line && 'day' in line ? lines[index + 1] : line
  return (
    <div className="tl-timeline-sticky" aria-hidden>
      <span>{entry && 'entry' in entry ? longDay(entry.entry.at) : ''}</span>
    </div>
  )
}
