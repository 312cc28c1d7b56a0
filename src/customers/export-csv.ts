import type { Db } from '../db/database.ts'
import { csvCell, tagsCell } from './csv-cell.ts'
import type { Customer } from './customer.ts'
import { type CustomerFilter, listCustomers } from './queries.ts'

/** Customers read at once: the answer starts at once and memory stays flat. */
const pageSize = 1_000

/** The columns, named as the import reads them; those with `throughlineId` and the dates are left out there. */
const columns: Record<string, (customer: Customer) => string | null> = {
  throughlineId: ({ id }) => id,
  externalId: ({ externalId }) => externalId,
  email: ({ email }) => email,
  firstName: ({ firstName }) => firstName,
  lastName: ({ lastName }) => lastName,
  phone: ({ phone }) => phone,
  telegramChatId: ({ telegramChatId }) => telegramChatId,
  linkedinUrl: ({ linkedinUrl }) => linkedinUrl,
  language: ({ language }) => language,
  country: ({ country }) => country,
  timezone: ({ timezone }) => timezone,
  tags: ({ tags }) => tagsCell(tags),
  company: ({ company }) => company?.name ?? null,
  companyDomain: ({ company }) => company?.domain ?? null,
  companyIndustry: ({ company }) => company?.industry ?? null,
  trackingConsent: ({ trackingConsent }) => trackingConsent,
  attributes: ({ attributes }) => (Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes)),
  createdAt: ({ createdAt }) => createdAt.toISOString(),
}

/** Writes the customers that a filter matches as CSV (RFC 4180 with a header, formulas marked), oldest first, page by page. */
export async function* exportCsv(db: Db, workspaceId: number, filter: CustomerFilter): AsyncGenerator<string> {
  for await (const { text } of exportPages(db, workspaceId, filter)) yield text
}

/** The same, with the number of rows in each piece. */
export async function* exportPages(
  db: Db,
  workspaceId: number,
  filter: CustomerFilter,
): AsyncGenerator<{ text: string; rows: number }> {
  const cells = Object.values(columns)
  yield { text: `${Object.keys(columns).join(',')}\r\n`, rows: 0 }
  let behind: string | undefined
  for (;;) {
    const rows = await listCustomers(db, workspaceId, filter, { sort: 'oldest', behind, limit: pageSize })
    if (rows.length > 0) {
      const lines = rows.map((row) => `${cells.map((cell) => csvCell(cell(row) ?? '')).join(',')}\r\n`)
      yield { text: lines.join(''), rows: rows.length }
    }
    if (rows.length < pageSize) return
    behind = rows.at(-1)?.id
  }
}
