import { resolveCompanies } from '../companies/queries.ts'
import { changesBetween, isUnchanged, mergeAttributes } from '../customers/changes.ts'
import { blankValues, type CustomerValues } from '../customers/customer.ts'
import { attributesFault, type Fault, tagsFault } from '../customers/fields.ts'
import { emailKeys, type LockedByContact, lockByContact } from '../customers/queries.ts'
import { writeCustomers } from '../customers/save-queries.ts'
import type { Db, Tx } from '../db/database.ts'
import { changeScores } from '../products/score-queries.ts'
import { countChunk, type ImportCounts, type Reject } from './queries.ts'
import type { RowValues } from './rows.ts'

/** A row that was read and may be written. */
export interface GoodRow extends RowValues {
  line: number
  /** The row as it is shown when it is refused after all. */
  text: () => string
}

/** Which import writes, and where its score columns go: product name in lower case to criterion. */
export interface ImportTarget {
  workspaceId: number
  importId: string
  /** Of an import that is the server's: the number under which this worker holds it. */
  fence: number | null
  criteria: ReadonlyMap<string, string>
}

/** A customer of a chunk: what is stored, and what the rows so far make of it. */
export interface Entry {
  id: string | null
  before: CustomerValues | null
  after: CustomerValues
  emailKey: string | null
  scores: Map<string, number>
}

/** How often a chunk is tried when others write the same people in the same moment. */
const attempts = 4

/** SQLSTATEs that a second try can mend: taken in the meantime, deadlock, serialization, lock not available. */
const passing = new Set(['23505', '40P01', '40001', '55P03'])
/** Data that the database refuses (class 22), or a row at odds with another (23): the chunk is halved until the row stands alone. */
const rowFault = /^2[23]/

/** Somebody made one of the chunk's new customers before we did. */
class TakenMeanwhile extends Error {
  readonly code = '23505'
}

/**
 * Writes a chunk in one transaction as if its rows came one by one: each makes a customer, or fills and overrides what the one with its
 * address or external id holds (stored, or from a row before it). Customers, companies, scores, events, rejects and counts commit
 * together. Answers what the chunk did; a row that the database refuses is among the rejects.
 */
export async function writeChunk(
  db: Db,
  target: ImportTarget,
  rows: readonly GoodRow[],
  rejects: readonly Reject[],
): Promise<{ counts: ImportCounts; rejects: Reject[] }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute((tx) => writeOnce(tx, target, rows, rejects))
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      if (passing.has(code) && attempt < attempts) continue
      if (!rowFault.test(code) || rows.length === 0) throw error
      if (rows.length > 1) return await writeHalves(db, target, rows, rejects)
      return await writeChunk(db, target, [], [...rejects, ...rows.map(refused)])
    }
  }
}

async function writeHalves(
  ...[db, target, rows, rejects]: Parameters<typeof writeChunk>
): ReturnType<typeof writeChunk> {
  // Cut at a line, so that what is counted at any time is the beginning of the file: a later try goes on behind it.
  const middle = Math.ceil(rows.length / 2)
  const cut = rows[middle]?.line ?? Number.POSITIVE_INFINITY
  const before = rejects.filter(({ line }) => line < cut)
  const behind = rejects.filter(({ line }) => line >= cut)
  const first = await writeChunk(db, target, rows.slice(0, middle), before)
  const second = await writeChunk(db, target, rows.slice(middle), behind)
  const sum = (pick: (counts: ImportCounts) => number) => pick(first.counts) + pick(second.counts)
  return {
    counts: {
      rowsRead: sum((counts) => counts.rowsRead),
      created: sum((counts) => counts.created),
      updated: sum((counts) => counts.updated),
      unchanged: sum((counts) => counts.unchanged),
      rejected: sum((counts) => counts.rejected),
    },
    rejects: [...first.rejects, ...second.rejects],
  }
}

const refused = ({ line, text }: GoodRow): Reject => ({
  line,
  code: 'refused',
  message: 'The database refuses the row: a value cannot be stored, or its email and external id belong to others.',
  rowText: text(),
})

async function writeOnce(
  tx: Tx,
  { workspaceId, importId, fence, criteria }: ImportTarget,
  rows: readonly GoodRow[],
  given: readonly Reject[],
): Promise<{ counts: ImportCounts; rejects: Reject[] }> {
  const rejects = [...given]
  const counts = { rowsRead: 0, created: 0, updated: 0, unchanged: 0, rejected: 0 }
  if (rows.length > 0) {
    const found = await lockByRows(tx, workspaceId, rows)
    const hints = rows.flatMap(({ company }) => company ?? [])
    const entries = applyRows(
      rows,
      { ...found, companies: await resolveCompanies(tx, workspaceId, hints) },
      counts,
      rejects,
    )
    const changed = entries.filter(
      ({ before, after }) => !isUnchanged(changesBetween(before, after)) || before === null,
    )
    const ids = await writeCustomers(tx, workspaceId, changed, { source: 'import' })
    if (ids.includes(null)) throw new TakenMeanwhile()
    for (const [index, entry] of changed.entries()) entry.id = ids[index] ?? null
    const scores = entries.flatMap(({ id, scores: own }) =>
      [...own].flatMap(([product, value]) => {
        const criterionId = criteria.get(product)
        return id && criterionId ? [{ customerId: id, criterionId, value, source: { kind: 'import', importId } }] : []
      }),
    )
    await changeScores(tx, workspaceId, 'set', scores)
  }
  counts.rejected = rejects.length
  counts.rowsRead = rows.length + given.length
  await countChunk(tx, { importId, fence, checked: false }, counts, rejects)
  return { counts, rejects }
}

/** What rows are compared with: the customers who have their addresses or external ids, and the company that each hint means. */
export interface Known {
  stored: readonly LockedByContact[]
  /** The key of each row's address, for rows that have one. */
  keyOf: ReadonlyMap<GoodRow, string>
  /** Ids in the order of the rows that name a company. */
  companies: readonly string[]
}

/** The keys of the rows' addresses. */
export async function keysOfRows(tx: Tx, rows: readonly GoodRow[]): Promise<Map<GoodRow, string>> {
  const withEmail = rows.filter(({ values }) => values.email)
  const keys = await emailKeys(
    tx,
    withEmail.map(({ values }) => values.email ?? ''),
  )
  return new Map(withEmail.map((row, index) => [row, keys[index] ?? '']))
}

async function lockByRows(tx: Tx, workspaceId: number, rows: readonly GoodRow[]): Promise<Omit<Known, 'companies'>> {
  const keyOf = await keysOfRows(tx, rows)
  const externalIds = rows.flatMap(({ values }) => values.externalId ?? [])
  return { keyOf, stored: await lockByContact(tx, workspaceId, [...keyOf.values()], externalIds) }
}

/**
 * What rows make of the customers whom they are about, one after the other: counts them, adds those that cannot be taken to the rejects,
 * and answers every customer concerned as they were and as they are then. Pure.
 */
export function applyRows(
  rows: readonly GoodRow[],
  { stored, keyOf, companies }: Known,
  counts: ImportCounts,
  rejects: Reject[],
): Entry[] {
  const hinted = rows.filter(({ company }) => company !== null)
  const companyOf = new Map(hinted.map((row, index) => [row, companies[index]]))

  const entries: Entry[] = []
  const byEmail = new Map<string, Entry>()
  const byExternalId = new Map<string, Entry>()
  for (const { id, version: _, emailKey, ...before } of stored) {
    const entry: Entry = { id, before, after: before, emailKey, scores: new Map() }
    entries.push(entry)
    if (emailKey) byEmail.set(emailKey, entry)
    if (before.externalId) byExternalId.set(before.externalId, entry)
  }
  for (const row of rows) {
    const key = keyOf.get(row)
    const known = key === undefined ? undefined : byEmail.get(key)
    const named = row.values.externalId ? byExternalId.get(row.values.externalId) : undefined
    if (known && named && known !== named) {
      const message = 'The email and the external id belong to two different customers.'
      rejects.push({ line: row.line, code: 'conflict', message, rowText: row.text() })
      continue
    }
    const entry = known ?? named
    const before = entry?.after ?? blankValues()
    const after = apply(before, row, companyOf.get(row))
    // The same address in other letters is no change.
    if (known) after.email = before.email
    const fault = faultOf(before, after)
    if (fault) {
      rejects.push({ line: row.line, ...fault, rowText: row.text() })
      continue
    }
    const target: Entry = entry ?? { id: null, before: null, after, emailKey: null, scores: new Map() }
    if (!entry) {
      entries.push(target)
      counts.created += 1
    } else if (isUnchanged(changesBetween(before, after))) counts.unchanged += 1
    else counts.updated += 1
    target.after = after
    for (const { product, score } of row.scores) target.scores.set(product.toLowerCase(), score)
    if (key !== undefined && known !== target) {
      if (target.emailKey !== null) byEmail.delete(target.emailKey)
      target.emailKey = key
      byEmail.set(key, target)
    }
    if (after.externalId && named !== target) {
      if (before.externalId) byExternalId.delete(before.externalId)
      byExternalId.set(after.externalId, target)
    }
  }
  return entries
}

/** What a row makes of a customer: its values win, tags are added, attributes are merged. */
function apply(before: CustomerValues, { values }: RowValues, companyId: string | undefined): CustomerValues {
  const after = { ...before, ...values, companyId: companyId ?? before.companyId }
  if (values.tags) after.tags = [...new Set([...before.tags, ...values.tags])]
  if (values.attributes) after.attributes = mergeAttributes(before.attributes, values.attributes)
  return after
}

function faultOf(before: CustomerValues, after: CustomerValues): Fault | null {
  return (
    (after.tags === before.tags ? null : tagsFault(after.tags)) ??
    (after.attributes === before.attributes ? null : attributesFault(after.attributes))
  )
}
