import { Button, Checkbox, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { count } from '../format.ts'
import { linkTo } from './link.ts'
import { Failure, Loading } from './page.tsx'

/** One column: its title and what it shows of a row. */
export interface Column<Row> {
  title: string
  cell(row: Row): ReactNode
  align?: 'right'
  width?: number | string
  /** On phones: `hide` leaves it out, `bare` shows it without its title. */
  phone?: 'hide' | 'bare'
}

interface List<Row> {
  items: Row[]
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

/**
 * A list of rows. The first column holds the row's link (or button), which covers the row; j, k and the arrows walk, x chooses.
 * The next page loads when the end comes into view.
 */
export function DataTable<Row>({
  list,
  columns,
  idOf,
  href,
  onOpen,
  menu,
  selection,
  isNew,
  empty,
  label,
}: {
  list: List<Row>
  columns: Column<Row>[]
  idOf(row: Row): string | number
  href?(row: Row): string
  onOpen?(row: Row): void
  menu?(row: Row): ReactNode
  selection?: Selection
  /** Rows that were just made: they stand out. */
  isNew?(row: Row): boolean
  empty: ReactNode
  label: string
}) {
  const table = useRef<HTMLTableElement>(null)
  const end = useRef<HTMLDivElement>(null)
  const { hasMore, loadingMore, more } = list
  useEffect(() => {
    const mark = end.current
    if (!mark || !hasMore || loadingMore) return
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more?.(), {
      rootMargin: '400px',
    })
    watch.observe(mark)
    return () => watch.disconnect()
  }, [hasMore, loadingMore, more])

  if (list.error && list.items.length === 0)
    return <Failure error={list.error} {...(list.retry && { retry: list.retry })} />
  if (list.loading) return <Loading />
  if (list.items.length === 0) return <>{empty}</>

  const choose = (id: string, wanted: boolean) => {
    const next = new Set(selection?.chosen)
    if (wanted) next.add(id)
    else next.delete(id)
    selection?.onChange(next)
  }
  const shown = selection ? list.items.map((row) => String(idOf(row))) : []
  const all = shown.length > 0 && shown.every((id) => selection?.chosen.has(id))

  const walk = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'x' && selection && (event.target as HTMLElement).matches('.tl-row-link')) {
      const id = (event.target as HTMLElement).closest('tr')?.dataset.id ?? ''
      choose(id, !selection.chosen.has(id))
      event.preventDefault()
      return
    }
    const step =
      event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0
    if (step === 0 || !(event.target as HTMLElement).matches('.tl-row-link')) return
    const links = [...(table.current?.querySelectorAll<HTMLElement>('.tl-row-link') ?? [])]
    links[links.indexOf(event.target as HTMLElement) + step]?.focus()
    event.preventDefault()
  }

  return (
    <div className="tl-scroll">
      <table
        ref={table}
        className="tl-table"
        aria-label={label}
        onKeyDown={walk}
        style={list.refreshing ? { opacity: 0.6 } : undefined}
      >
        <thead>
          <tr>
            {selection && (
              <th scope="col" style={{ width: 40 }}>
                <Checkbox
                  size="xs"
                  aria-label={`Choose all shown (${count(shown.length)})`}
                  checked={all}
                  indeterminate={!all && shown.some((id) => selection.chosen.has(id))}
                  onChange={() => selection.onChange(new Set(all ? [] : shown))}
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.title} scope="col" data-align={column.align} style={{ width: column.width }}>
                {column.title}
              </th>
            ))}
            {menu && (
              <th scope="col" style={{ width: 48 }}>
                <span className="tl-quiet">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {list.items.map((row) => (
            <tr key={idOf(row)} data-id={idOf(row)} data-new={isNew?.(row) || undefined}>
              {selection && (
                <td data-select>
                  <Checkbox
                    size="xs"
                    className="tl-over"
                    aria-label={`Choose row ${list.items.indexOf(row) + 1}`}
                    checked={selection.chosen.has(String(idOf(row)))}
                    onChange={(event) => choose(String(idOf(row)), event.currentTarget.checked)}
                  />
                </td>
              )}
              {columns.map((column, index) => (
                <td
                  key={column.title}
                  data-align={column.align}
                  data-label={column.title}
                  data-phone={column.phone}
                  data-bare={column.phone === 'bare' || undefined}
                >
                  {index === 0 && href ? (
                    <Link {...linkTo(href(row))} className="tl-row-link">
                      {column.cell(row)}
                    </Link>
                  ) : index === 0 && onOpen ? (
                    <button type="button" className="tl-row-link" onClick={() => onOpen(row)}>
                      {column.cell(row)}
                    </button>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
              {menu && (
                <td data-menu>
                  <div className="tl-over">{menu(row)}</div>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {hasMore && (
        <div ref={end} style={{ padding: 12, textAlign: 'center' }}>
          <Button variant="subtle" size="xs" loading={loadingMore ?? false} onClick={() => more?.()}>
            Load more (1–{count(list.items.length)} shown)
          </Button>
        </div>
      )}
    </div>
  )
}

/** A search field whose text ends up in the URL; `/` focuses it. */
export function SearchField({
  value,
  onChange,
  label,
}: {
  value: string
  onChange(text: string): void
  label: string
}) {
  const [text, setText] = useState(value)
  const field = useRef<HTMLInputElement>(null)
  const tell = useDebouncedCallback(onChange, 250)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    const focus = (event: globalThis.KeyboardEvent) => {
      const inField =
        event.target instanceof HTMLElement &&
        event.target.closest('input, textarea, select, [contenteditable=true], [role=dialog]')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || inField) return
      event.preventDefault()
      field.current?.focus()
    }
    window.addEventListener('keydown', focus)
    return () => window.removeEventListener('keydown', focus)
  }, [])
  return (
    <TextInput
      ref={field}
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        tell(event.currentTarget.value)
      }}
      style={{ width: 260, maxWidth: '100%' }}
    />
  )
}
