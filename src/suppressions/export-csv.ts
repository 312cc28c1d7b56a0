import { csvCell } from '../customers/csv-cell.ts'
import type { Db } from '../db/database.ts'
import type { ListPosition } from '../db/listing.ts'
import { listSuppressions, type Suppression, type SuppressionsFilter } from './queries.ts'

const columns: Record<string, (row: Suppression) => string | null> = {
  address: ({ address }) => address,
  channel: ({ channel }) => channel,
  reason: ({ reason }) => reason,
  campaign: ({ campaign }) => campaign?.name ?? null,
  source: ({ source, sourceName }) => sourceName ?? source,
  since: ({ createdAt }) => createdAt.toISOString(),
  customerId: ({ customerId }) => customerId,
}

const pageSize = 1_000

/** Writes the entries that a filter matches as CSV (RFC 4180 with a header, formulas marked), newest first, page by page. */
export async function* exportSuppressions(
  db: Db,
  workspaceId: number,
  filter: SuppressionsFilter,
): AsyncGenerator<string> {
  const cells = Object.values(columns)
  yield `${Object.keys(columns).join(',')}\r\n`
  const page = { by: 'createdAt', descending: true, limit: pageSize, total: false } as const
  let behind: ListPosition | undefined
  do {
    const { items, next } = await listSuppressions(db, workspaceId, filter, { ...page, behind })
    if (items.length > 0)
      yield items.map((row) => `${cells.map((cell) => csvCell(cell(row) ?? '')).join(',')}\r\n`).join('')
    behind = next ?? undefined
  } while (behind)
}
