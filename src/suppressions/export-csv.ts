import { csvCell } from '../customers/csv-cell.ts'
import type { Db } from '../db/database.ts'
import { listSuppressions, type Suppression } from './queries.ts'

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
  filter: Omit<Parameters<typeof listSuppressions>[2], 'before' | 'limit'>,
): AsyncGenerator<string> {
  const cells = Object.values(columns)
  yield `${Object.keys(columns).join(',')}\r\n`
  let before: string | undefined
  for (;;) {
    const rows = await listSuppressions(db, workspaceId, { ...filter, before, limit: pageSize })
    if (rows.length > 0)
      yield rows.map((row) => `${cells.map((cell) => csvCell(cell(row) ?? '')).join(',')}\r\n`).join('')
    if (rows.length < pageSize) return
    before = rows.at(-1)?.id
  }
}
