import type { z } from 'zod'
import { invalidField } from '../errors.ts'

/** Makes the opaque text that a list hands out as `nextCursor`. `position` is whatever the next page's query starts behind. */
const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position), 'utf8').toString('base64url')

/**
 * Reads a cursor back; `undefined` (the first page) stays `undefined`. `schema` is the shape that was encoded, because a
 * cursor comes from the caller: `z.uuid()`, `z.number().int()`, a tuple.
 * @throws Problem `invalid` when it is not one of ours
 */
export function decodeCursor<Position extends z.ZodType>(
  cursor: string | undefined,
  schema: Position,
): z.output<Position> | undefined {
  if (cursor === undefined) return undefined
  const refused = () =>
    invalidField(
      'cursor',
      'invalid_cursor',
      'This cursor is not one that a list gave out; leave it away to start anew.',
    )
  let position: unknown
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw refused()
  }
  const parsed = schema.safeParse(position)
  if (!parsed.success) throw refused()
  return parsed.data
}

/** The body of a list from a query that asked for `limit + 1` rows: the extra row only tells that there is a next page. */
export function page<Row, Item = Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => unknown,
  itemOf: (row: Row) => Item = (row) => row as unknown as Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(itemOf),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null,
  }
}
