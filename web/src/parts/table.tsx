import { Button, Checkbox } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { count } from '../format.ts'
import { Failure, Loading } from './page.tsx'
import { ColumnChooser, columnId, useShownColumns } from './table-columns.tsx'
import { isElsewhere, useWayIn } from './table-keys.ts'
import { AllRows, RowsInView } from './table-rows.tsx'
import { useColumnWidths } from './table-widths.ts'
import './table.css'

/** One column: its title and what it shows of a row. */
export interface Column<Row> {
  title: string
  cell(row: Row): ReactNode
  align?: 'right'
  width?: number | string
  /** On phones: `hide` leaves it out, `bare` shows it without its title. */
  phone?: 'hide' | 'bare'
  /** What a choice of columns is remembered by; the title unless said. */
  id?: string
  /** Not shown before somebody chooses it. */
  off?: boolean
  /** What the list is asked to be sorted by; the header then is a button. */
  sort?: string
}

interface List<Row> {
  items: Row[]
  /** How many there are in all, as the list itself says; not exact: at least so many. */
  total?: { count: number; exact: boolean } | null | undefined
  loading: boolean
  error: Error | null
  hasMore?: boolean
  loadingMore?: boolean
  refreshing?: boolean
  more?(): void
  retry?(): void
}

/** Which rows are chosen, for what is done to many at once. */
export interface Selection {
  chosen: ReadonlySet<string>
  onChange(chosen: ReadonlySet<string>): void
}

/** What a list is sorted by: a column's `sort`, with `-` before it the other way round. */
export interface Sorting {
  by: string | undefined
  onChange(by: string | undefined): void
}

/** Only longer lists are drawn in part; a short one is all there, for searching in the page. */
const drawnWhole = 120

/**
 * A list of rows. The first column holds the row's link (or button), which covers the row: with both `href` and `onOpen` a plain click
 * opens, and another one follows the link. j, k and the arrows walk, x chooses, with Shift up to here. The next page loads when the end
 * comes near.
 */
export function DataTable<Row>({
  list,
  columns: all,
  idOf,
  href,
  onOpen,
  activeId,
  menu,
  selection,
  sorting,
  total,
  chooser,
  fill = false,
  isNew,
  groupOf,
  rowKeys,
  empty,
  label,
}: {
  list: List<Row>
  columns: Column<Row>[]
  idOf(row: Row): string | number
  href?(row: Row): string | undefined
  onOpen?(row: Row): void
  /** The row that is open beside the list. */
  activeId?: string | undefined
  menu?(row: Row): ReactNode
  selection?: Selection
  sorting?: Sorting
  /** How many there are in all, counted by itself: null while that goes on, an estimate where it is not exact. */
  total?: { count: number; exact: boolean } | null
  /** Columns can be chosen; remembered in the browser under this name. */
  chooser?: string
  /** Takes the height that the page has left and scrolls by itself, below a header that stays. */
  fill?: boolean
  /** Rows that were just made: they stand out. */
  isNew?(row: Row): boolean
  /** Rows of one group stand together below its name; the list comes in that order. Not with `fill`. */
  groupOf?(row: Row): string
  /** What a key does to the row that has the focus; the next row has it then. */
  rowKeys?: Readonly<Record<string, (row: Row) => void>>
  empty: ReactNode
  label: string
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const end = useRef<HTMLDivElement>(null)
  const lastChosen = useRef<string | null>(null)
  const phone = useMediaQuery('(max-width: 700px)') ?? false
  const { columns, choice } = useShownColumns(all, chooser)
  const { items, hasMore, loadingMore, more } = list
  const inPart = fill && !phone && items.length > drawnWhole
  useWayIn(scroller)
  const widths = useColumnWidths(scroller, inPart, columns)
  // Another function each time that the list is drawn, which would begin to watch anew.
  const readOn = useRef(more)
  readOn.current = more
  useEffect(() => {
    const mark = end.current
    if (!mark || !hasMore || loadingMore) return
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && readOn.current?.(), {
      rootMargin: '800px',
    })
    watch.observe(mark)
    return () => watch.disconnect()
  }, [hasMore, loadingMore])

  if (list.error && items.length === 0) return <Failure error={list.error} {...(list.retry && { retry: list.retry })} />
  if (list.loading) return <Loading />
  if (items.length === 0) return <>{empty}</>

  const ids = selection ? items.map((row) => String(idOf(row))) : []
  const choose = (id: string, wanted: boolean, upTo: boolean) => {
    const next = new Set(selection?.chosen)
    const [from, to] = [upTo ? ids.indexOf(lastChosen.current ?? '') : -1, ids.indexOf(id)]
    const range = from < 0 ? [id] : ids.slice(Math.min(from, to), Math.max(from, to) + 1)
    for (const one of range) {
      if (wanted) next.add(one)
      else next.delete(one)
    }
    lastChosen.current = id
    selection?.onChange(next)
  }
  const allChosen = ids.length > 0 && ids.every((id) => selection?.chosen.has(id))

  const walk = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    // From the row's own link, or whatever else in the row has the focus, as its checkbox after a click.
    const target = event.target as HTMLElement
    const link = target.closest('tbody tr')?.querySelector<HTMLElement>('.tl-row-link')
    if (!link || isElsewhere(target)) return
    if (event.key.toLowerCase() === 'x' && selection) {
      const id = link.closest('tr')?.dataset.id ?? ''
      choose(id, !selection.chosen.has(id), event.shiftKey)
      event.preventDefault()
      return
    }
    const links = [...(scroller.current?.querySelectorAll<HTMLElement>('.tl-row-link') ?? [])]
    const at = links.indexOf(link)
    const act = rowKeys?.[event.key]
    if (act) {
      const row = items.find((one) => String(idOf(one)) === link.closest('tr')?.dataset.id)
      // The row may be gone afterwards.
      ;(links[at + 1] ?? links[at - 1])?.focus()
      if (row !== undefined) act(row)
      event.preventDefault()
      return
    }
    const step =
      event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0
    if (step === 0) return
    links[at + step]?.focus()
    event.preventDefault()
  }

  const rows = {
    items,
    columns,
    idOf,
    href,
    onOpen,
    activeId,
    menu,
    hasEnd: Boolean(menu || chooser),
    chosen: selection?.chosen,
    choose,
    isNew,
    groupOf,
  }
  return (
    <>
      <div className="tl-scroll" ref={scroller} data-fill={fill || undefined}>
        <table
          className="tl-table"
          aria-label={label}
          aria-rowcount={
            inPart ? ((total ?? list.total)?.exact ? ((total ?? list.total)?.count ?? 0) + 1 : -1) : undefined
          }
          onKeyDown={walk}
          data-part={inPart || undefined}
          style={{
            ...(list.refreshing && { opacity: 0.6 }),
            ...(widths && { tableLayout: 'fixed', width: widths.all }),
          }}
        >
          {widths && (
            <colgroup>
              {widths.each.map((width, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                <col key={at} style={{ width }} />
              ))}
            </colgroup>
          )}
          <thead>
            <tr>
              {selection && (
                <th scope="col" style={{ width: 40 }}>
                  <Checkbox
                    size="xs"
                    aria-label={`Choose all shown (${count(ids.length)})`}
                    checked={allChosen}
                    indeterminate={!allChosen && ids.some((id) => selection.chosen.has(id))}
                    onChange={() => selection.onChange(new Set(allChosen ? [] : ids))}
                  />
                </th>
              )}
              {columns.map((column) => (
                <HeaderCell key={columnId(column)} column={column} sorting={sorting} />
              ))}
              {(menu || chooser) && (
                <th scope="col" className={chooser && 'tl-table-choose'} style={{ width: 48 }}>
                  {chooser ? (
                    <ColumnChooser columns={all} choice={choice} />
                  ) : (
                    <span className="tl-quiet">Actions</span>
                  )}
                </th>
              )}
            </tr>
          </thead>
          {inPart ? <RowsInView {...rows} scroller={scroller} /> : <AllRows {...rows} />}
        </table>
        {hasMore && (
          <div ref={end} style={{ padding: 12, textAlign: 'center' }}>
            <Button variant="subtle" size="xs" loading={loadingMore ?? false} onClick={() => more?.()}>
              Load more
            </Button>
          </div>
        )}
      </div>
      {(total !== undefined || list.total || hasMore) && (
        <div className="tl-table-foot tl-number" role="status">
          1–{count(items.length)}
          {total
            ? ` of ${total.exact ? '' : '≈ '}${count(Math.max(total.count, items.length))}`
            : ofTotal(list.total, items.length)}
          {total === null && ' · counting…'}
        </div>
      )}
    </>
  )
}

/** “ of 312” or “ of 10,000+”; nothing where it is not known. */
export const ofTotal = (total: { count: number; exact: boolean } | null | undefined, shown: number): string =>
  total ? ` of ${count(Math.max(total.count, shown))}${total.exact ? '' : '+'}` : ''

function HeaderCell<Row>({ column, sorting }: { column: Column<Row>; sorting: Sorting | undefined }) {
  const { sort } = column
  const shape = { scope: 'col', 'data-align': column.align, style: { width: column.width } } as const
  if (!sort || !sorting) return <th {...shape}>{column.title}</th>
  const up = sorting.by === sort
  const down = sorting.by === `-${sort}`
  // Up, down, and back to what the list is sorted by without a word.
  const next = up ? `-${sort}` : down ? undefined : sort
  return (
    <th {...shape} aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <button type="button" className="tl-sort" onClick={() => sorting.onChange(next)}>
        {column.title}
        {up && <IconArrowUp size={12} aria-hidden />}
        {down && <IconArrowDown size={12} aria-hidden />}
      </button>
    </th>
  )
}
