import { useRouter } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  Fragment,
  type MouseEvent,
  memo,
  type ReactNode,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { isPlainClick, linkTo } from './link.ts'
import type { Column } from './table.tsx'
import { columnId } from './table-columns.tsx'

/** Rows above and below what is in view that are drawn, too. */
const overscan = 8
/** Rows come and go so many at a time: each change is laid out once, whether it is of one row or of eight. */
const block = 8
/** Height of a row of a list that is drawn in part, as table.css has it, in px. */
const rowHeight = 48

/** What rows need of their list, whichever they are. */
interface RowActs<Row> {
  choose(id: string, wanted: boolean, upTo: boolean): void
  onOpen?: ((row: Row) => void) | undefined
}

interface Rows<Row> {
  items: Row[]
  columns: Column<Row>[]
  idOf(row: Row): string | number
  href?: ((row: Row) => string | undefined) | undefined
  onOpen?: ((row: Row) => void) | undefined
  activeId?: string | undefined
  menu?: ((row: Row) => ReactNode) | undefined
  /** There is a column at the end, with menus or below the choice of columns. */
  hasEnd: boolean
  chosen?: ReadonlySet<string> | undefined
  choose(id: string, wanted: boolean, upTo: boolean): void
  isNew?: ((row: Row) => boolean) | undefined
  groupOf?: ((row: Row) => string) | undefined
}

/** All rows of a list. */
export function AllRows<Row>(rows: Rows<Row>) {
  const { items, groupOf } = rows
  const acts = useActs(rows)
  const span = spanOf(rows)
  return (
    <tbody>
      {items.map((row, index) => {
        const group = groupOf?.(row)
        const before = items[index - 1]
        const begins = group !== undefined && (before === undefined || groupOf?.(before) !== group)
        return (
          <Fragment key={String(rows.idOf(row))}>
            {begins && (
              <tr className="tl-table-group">
                <th scope="rowgroup" colSpan={span}>
                  {group}
                </th>
              </tr>
            )}
            <TableRow {...rowProps(rows, row, index)} acts={acts} />
          </Fragment>
        )
      })}
    </tbody>
  )
}

/** The rows of a long list that are in view, and some around them; all of one height. */
export function RowsInView<Row>({ scroller, ...rows }: Rows<Row> & { scroller: RefObject<HTMLDivElement | null> }) {
  const { items } = rows
  const acts = useActs(rows)
  const span = spanOf(rows)
  const body = useRef<HTMLTableSectionElement>(null)
  // Other than in the style sheet where the reader's letters are larger.
  const [height, setHeight] = useState(rowHeight)
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan,
    useFlushSync: false,
    rangeExtractor: ({ startIndex, endIndex, count }) => {
      const first = Math.max(0, Math.floor((startIndex - overscan) / block) * block)
      const last = Math.min(count - 1, Math.ceil((endIndex + overscan + 1) / block) * block - 1)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    },
  })
  useLayoutEffect(() => {
    const seen = body.current?.querySelector<HTMLElement>('tr[data-id]')?.getBoundingClientRect().height
    if (seen && Math.abs(seen - height) > 0.5) setHeight(seen)
    virtual.measure()
  }, [height, virtual])
  const drawn = virtual.getVirtualItems()
  const above = drawn[0]?.start ?? 0
  const below = virtual.getTotalSize() - (drawn.at(-1)?.end ?? 0)
  return (
    <tbody ref={body}>
      {above > 0 && <Gap height={above} span={span} />}
      {drawn.map(({ index }) => {
        const row = items[index] as Row
        return (
          <TableRow key={String(rows.idOf(row))} {...rowProps(rows, row, index)} acts={acts} rowIndex={index + 2} />
        )
      })}
      {below > 0 && <Gap height={below} span={span} />}
    </tbody>
  )
}

const spanOf = <Row,>({ columns, chosen, hasEnd }: Rows<Row>) => columns.length + (chosen ? 1 : 0) + (hasEnd ? 1 : 0)

/** The same object as long as the list is there, so that rows are not drawn anew because it was. */
function useActs<Row>({ choose, onOpen }: Rows<Row>): RowActs<Row> {
  const acts = useRef<RowActs<Row>>({ choose, onOpen })
  Object.assign(acts.current, { choose, onOpen })
  return acts.current
}

function rowProps<Row>(
  { columns, idOf, href, onOpen, activeId, menu, hasEnd, chosen, isNew }: Rows<Row>,
  row: Row,
  index: number,
): Omit<RowProps<Row>, 'acts'> {
  const id = String(idOf(row))
  return {
    row,
    id,
    index,
    columns,
    address: href?.(row),
    opens: onOpen !== undefined,
    isOpen: activeId === id,
    isNew: isNew?.(row) ?? false,
    chosen: chosen?.has(id),
    menu,
    hasEnd,
  }
}

interface RowProps<Row> {
  row: Row
  id: string
  index: number
  columns: Column<Row>[]
  address: string | undefined
  opens: boolean
  isOpen: boolean
  isNew: boolean
  /** Undefined where rows cannot be chosen. */
  chosen: boolean | undefined
  menu: ((row: Row) => ReactNode) | undefined
  hasEnd: boolean
  acts: RowActs<Row>
  /** Of a list that is drawn in part. */
  rowIndex?: number
}

/** One row. Drawn again only when something of it changed: plain elements, because hundreds come by while somebody scrolls. */
const TableRow = memo(function TableRow<Row>(props: RowProps<Row>) {
  const { row, id, index, columns, isOpen, isNew, chosen, menu, hasEnd, acts, rowIndex } = props
  return (
    <tr
      data-index={index}
      data-id={id}
      data-open={isOpen || undefined}
      data-new={isNew || undefined}
      aria-rowindex={rowIndex}
    >
      {chosen !== undefined && (
        <td data-select>
          <input
            type="checkbox"
            className="tl-check tl-over"
            aria-label={`Choose row ${index + 1}`}
            checked={chosen}
            onChange={(event) =>
              acts.choose(id, event.currentTarget.checked, (event.nativeEvent as PointerEvent).shiftKey === true)
            }
          />
        </td>
      )}
      {columns.map((column, at) => (
        <td
          key={columnId(column)}
          data-align={column.align}
          data-label={column.title}
          data-phone={column.phone}
          data-bare={column.phone === 'bare' || undefined}
        >
          {at > 0 ? column.cell(row) : <Opener {...props}>{column.cell(row)}</Opener>}
        </td>
      ))}
      {hasEnd && (
        <td data-menu>
          <div className="tl-over">{menu?.(row)}</div>
        </td>
      )}
    </tr>
  )
}) as <Row>(props: RowProps<Row>) => ReactNode

/** The first cell: what opens the row, over the whole of it. The router's own link would compute the page's addresses for each row. */
function Opener<Row>({ row, address, opens, acts, children }: RowProps<Row> & { children: ReactNode }) {
  const router = useRouter()
  if (address !== undefined) {
    const open = (event: MouseEvent) => {
      if (!isPlainClick(event)) return
      event.preventDefault()
      if (acts.onOpen) acts.onOpen(row)
      else void router.navigate(linkTo(address))
    }
    const ahead = () => void router.preloadRoute(linkTo(address)).catch(() => undefined)
    return (
      <a href={address} className="tl-row-link" onClick={open} onMouseEnter={ahead} onFocus={ahead}>
        {children}
      </a>
    )
  }
  if (!opens) {
    // Nothing to open, but a row that the keys walk to.
    return (
      <span className="tl-row-link" data-still tabIndex={-1}>
        {children}
      </span>
    )
  }
  return (
    <button type="button" className="tl-row-link" onClick={() => acts.onOpen?.(row)}>
      {children}
    </button>
  )
}

/** What stands for the rows that are not drawn. */
const Gap = ({ height, span }: { height: number; span: number }) => (
  <tr aria-hidden className="tl-table-gap">
    <td colSpan={span} style={{ height, padding: 0, border: 0 }} />
  </tr>
)
