import { type RefObject, useLayoutEffect, useState } from 'react'

/**
 * The widths of a table's columns in px as the browser chose them for the rows that were there at first, kept while others come into view:
 * the columns then stand still, and no row that comes has to be laid out with all the others. Null while the browser chooses: at first, when
 * the columns are others, and when the table has another width.
 */
export function useColumnWidths(
  scroller: RefObject<HTMLDivElement | null>,
  kept: boolean,
  columns: readonly { title: string }[],
): { each: number[]; all: number } | null {
  const shown = columns.map(({ title }) => title).join('\n')
  const [room, setRoom] = useState(0)
  const [widths, setWidths] = useState<{ of: string; each: number[]; all: number } | null>(null)
  const of = `${shown} ${room}`
  useLayoutEffect(() => {
    const box = scroller.current
    if (!kept || !box) return
    const watch = new ResizeObserver(() => setRoom(box.clientWidth))
    watch.observe(box)
    return () => watch.disconnect()
  }, [scroller, kept])
  useLayoutEffect(() => {
    // Without its room and rows it would be other widths, and the columns jump when those come.
    if (!kept || room === 0 || widths?.of === of || !scroller.current?.querySelector('tr[data-id]')) return
    const each = [...(scroller.current?.querySelectorAll('thead th') ?? [])].map(
      (cell) => cell.getBoundingClientRect().width,
    )
    if (each.length > 0) setWidths({ of, each, all: each.reduce((sum, one) => sum + one, 0) })
  })
  return kept && widths?.of === of ? widths : null
}
