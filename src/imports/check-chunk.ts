/**
 * A dry run: what a chunk would do, without writing a customer. What the chunks before would have made of somebody is remembered beside
 * the connection (check-queries.ts) and stands before what is stored, so that rows about one person count as they will when they are
 * imported, however far apart they are.
 */
import { createHash, randomUUID } from 'node:crypto'
import { findCompanies } from '../companies/queries.ts'
import { lookByContact } from '../customers/queries.ts'
import type { Db, Tx } from '../db/database.ts'
import { type Imagined, recall, remember } from './check-queries.ts'
import { countChunk, type ImportCounts, type Reject } from './queries.ts'
import type { Chunk } from './read-chunks.ts'
import { applyRows, type GoodRow, type ImportTarget, keysOfRows } from './write-chunk.ts'

/** Looks through a chunk and counts it, in one transaction on the connection that remembers the chunks before. */
export async function checkChunk(db: Db, target: ImportTarget, { rows, rejects: given }: Chunk): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const rejects = [...given]
    const counts = { rowsRead: rows.length + given.length, created: 0, updated: 0, unchanged: 0, rejected: 0 }
    if (rows.length > 0) await imagine(tx, target.workspaceId, rows, counts, rejects)
    counts.rejected = rejects.length
    await countChunk(tx, { ...target, checked: true }, counts, rejects)
  })
}

async function imagine(
  tx: Tx,
  workspaceId: number,
  rows: readonly GoodRow[],
  counts: ImportCounts,
  rejects: Reject[],
): Promise<void> {
  const keyOf = await keysOfRows(tx, rows)
  const externalIds = rows.flatMap(({ values }) => values.externalId ?? [])
  const stored = await lookByContact(tx, workspaceId, [...keyOf.values()], externalIds)
  const known = await recall(
    tx,
    [...[...keyOf.values()].map(emailKey), ...externalIds.map(idKey)],
    stored.map(({ id }) => id),
  )
  const isKnown = new Set(known.map(({ id }) => id))
  const asStored = known.map(({ values, ...rest }) => ({ ...values, ...rest, version: 0 }))
  const hints = rows.flatMap(({ company }) => company ?? [])
  const companies = await findCompanies(tx, workspaceId, hints)
  const before = [...asStored, ...stored.filter(({ id }) => !isKnown.has(id))]
  const entries = applyRows(rows, { stored: before, keyOf, companies }, counts, rejects)
  await remember(
    tx,
    entries
      .filter(({ id, before, after }) => id === null || before !== after)
      .map(({ id, after, emailKey: email }): Imagined & { keys: string[] } => ({
        id: id ?? randomUUID(),
        emailKey: email,
        values: after,
        keys: [...(email ? [emailKey(email)] : []), ...(after.externalId ? [idKey(after.externalId)] : [])],
      })),
  )
}

const emailKey = (key: string): string => hash(`email:${key}`)
const idKey = (id: string): string => hash(`id:${id}`)

/** Short and of one length, in the form of a uuid. */
const hash = (text: string): string => {
  const hex = createHash('md5').update(text).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
