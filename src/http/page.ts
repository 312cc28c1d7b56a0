import { z } from 'zod'
import type { ListPage, PageRequest } from '../db/listing.ts'
import { invalidField } from '../errors.ts'
import { pageOf, pageQuery } from './route.ts'

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

/** The keys of sorted lists as cursors hold them: text of the database, checked before it goes back there. */
export const sortKey = {
  text: z.string().max(2_000),
  instant: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?$/)
    .refine((text) => !Number.isNaN(Date.parse(`${text.slice(0, 19)}Z`))),
  number: z.string().regex(/^-?\d{1,18}$/),
  uuid: z.uuid(),
} as const

/** What a list can be sorted by, each with the kind of its key. */
type SortKeys<Name extends string> = Readonly<Record<Name, z.ZodType<string>>>

/** The query of a list that can be sorted, by one of the names or with `-` before it the other way round, and counted. */
export function sortedQuery<Name extends string>(keys: SortKeys<Name>, initial: NoInfer<Name | `-${Name}`>) {
  const names = Object.keys(keys) as Name[]
  const sorts = [...names, ...names.map((name): `-${Name}` => `-${name}`)] as const
  return pageQuery.extend({
    sort: z
      .enum(sorts)
      // It is one of them, which the compiler cannot see of names that it does not know.
      .default(initial as never)
      .meta({ description: '`-` before a name turns the order round; what lacks the value comes last.' }),
    total: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .default(false)
      .meta({ description: '`true`: the answer says how many there are in all.' }),
  })
}

/** The body of a list that can be sorted. */
export const sortedPageOf = <Item extends z.ZodType>(item: Item) =>
  pageOf(item).extend({
    total: z
      .object({ count: z.int().nonnegative(), exact: z.boolean() })
      .nullable()
      .optional()
      .meta({ description: 'With `total=true`. Not exact: at least so many. null: counting takes too long.' }),
  })

/**
 * Parts a sorted list's query into the page that is asked for and the filter.
 * @throws Problem `invalid` for a cursor that is none, or that of another order
 */
export function pageRequest<
  Name extends string,
  Given extends { sort: Name | `-${Name}`; cursor?: string | undefined; limit: number; total: boolean },
>(
  { sort, cursor, limit, total, ...filter }: Given,
  keys: SortKeys<Name>,
  id: z.ZodType<string> = z.uuid(),
): { page: PageRequest<Name>; filter: Omit<Given, 'sort' | 'cursor' | 'limit' | 'total'> } {
  const by = sort.replace('-', '') as Name
  const key = (keys[by] as z.ZodType<string>).nullable()
  const position = z.object({ sort: z.literal(sort), section: z.int().min(0).max(50), key, id })
  const behind = decodeCursor(cursor, position)
  return { page: { by, descending: sort.startsWith('-'), behind, limit, total }, filter }
}

/** The body of a page of a sorted list. */
export const sortedPage = <Item>({ items, next, total }: ListPage<Item>, sort: string) => ({
  items,
  nextCursor: next && encodeCursor({ ...next, sort }),
  ...(total !== undefined && { total }),
})
