import type { Db, Tx } from '../db/database.ts'
import { invalidField, notFound } from '../errors.ts'
import { changeMembers, getSegment, lockSegment } from '../segments/queries.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import type { BulkAction } from './bulk-input.ts'
import { assignOwner, changeTag, nextMatching } from './bulk-queries.ts'
import { type CustomerFilter, isActiveMember, lockCustomers, unknownCustomers } from './queries.ts'
import { archiveCustomers, ensureTags } from './save-queries.ts'

/** Whom it does it to. */
export type BulkTarget = { customerIds: string[] } | { filter: CustomerFilter }

/** Customers in one transaction: none may last 2 s, because readers of events wait for it (ENGINE, "Tables that matter"). */
const chunkSize = 2_000

/**
 * Applies one action to many customers, in chunks that each commit with their events. Archived customers are passed over.
 * `matched` counts the customers looked at, `changed` those who were not so already.
 * @throws Problem `invalid` naming ids that are not here, `not_found` for the segment
 */
export async function applyToMany(
  db: Db,
  context: AuditContext,
  target: BulkTarget,
  action: BulkAction,
): Promise<{ matched: number; changed: number }> {
  const { workspaceId } = context
  await requireReferences(db, workspaceId, action)
  const result = { matched: 0, changed: 0 }
  for await (const changed of chunks(db, workspaceId, target, (tx, ids) => apply(tx, workspaceId, ids, action))) {
    result.matched += changed.matched
    result.changed += changed.changed
  }
  await audit(db, context, bulkAuditName(action), 'customer', null, { ...action, ...result })
  return result
}

/** What the audit log calls an action. */
export const bulkAuditName = (action: BulkAction): string => `customers.bulk-${kebab(action.action)}`

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

async function* chunks(
  db: Db,
  workspaceId: number,
  target: BulkTarget,
  run: (tx: Tx, ids: string[]) => Promise<number>,
): AsyncGenerator<{ matched: number; changed: number }> {
  if ('customerIds' in target) {
    await requireKnown(db, workspaceId, target.customerIds)
    const ids = [...new Set(target.customerIds)]
    for (let start = 0; start < ids.length; start += chunkSize) {
      const chunk = ids.slice(start, start + chunkSize)
      yield await db.transaction().execute(async (tx) => {
        const here = await lockCustomers(tx, workspaceId, chunk)
        return {
          matched: here.length,
          changed: await run(
            tx,
            here.map(({ id }) => id),
          ),
        }
      })
    }
    return
  }
  let behind: string | null = null
  for (;;) {
    const from: string | null = behind
    const done: { ids: string[]; changed: number } = await db.transaction().execute(async (tx) => {
      const ids = await nextMatching(tx, workspaceId, target.filter, { behind: from, limit: chunkSize })
      return { ids, changed: ids.length === 0 ? 0 : await run(tx, ids) }
    })
    if (done.ids.length === 0) return
    yield { matched: done.ids.length, changed: done.changed }
    behind = done.ids.at(-1) ?? null
  }
}

/** @throws Problem `invalid` naming ids that are no customers of the workspace */
export async function requireKnown(db: Db, workspaceId: number, customerIds: readonly string[]): Promise<void> {
  const unknown = await unknownCustomers(db, workspaceId, customerIds)
  if (unknown.length === 0) return
  const index = customerIds.indexOf(unknown[0] ?? '')
  throw invalidField(`customerIds.${index}`, 'not_found', `${unknown.slice(0, 10).join(', ')}: no customers here.`)
}

/** Does it to some customers, in a transaction; answers how many were not so already. */
export async function apply(tx: Tx, workspaceId: number, ids: readonly string[], action: BulkAction): Promise<number> {
  switch (action.action) {
    case 'addTag':
      await ensureTags(tx, workspaceId, new Set([action.tag]))
      return await changeTag(tx, workspaceId, ids, action.tag, true)
    case 'removeTag':
      return await changeTag(tx, workspaceId, ids, action.tag, false)
    case 'addToSegment':
    case 'removeFromSegment':
      if (!(await lockSegment(tx, workspaceId, action.segmentId))) throw notFound('segment')
      return await changeMembers(tx, workspaceId, action.segmentId, ids, action.action === 'addToSegment')
    case 'assign':
      return await assignOwner(tx, workspaceId, ids, action.memberId)
    case 'archive':
      return (await archiveCustomers(tx, workspaceId, ids)).length
  }
}

/** @throws Problem `invalid` when what an action names is not here or cannot take anybody */
export async function requireReferences(db: Db, workspaceId: number, action: BulkAction): Promise<void> {
  if ('segmentId' in action) {
    const segment = await getSegment(db, workspaceId, action.segmentId)
    if (!segment) throw invalidField('segmentId', 'not_found', 'There is no such segment in this workspace.')
    if (segment.kind !== 'static') {
      throw invalidField('segmentId', 'not_static', 'Only static segments are filled by hand.')
    }
  }
  if ('memberId' in action && action.memberId && !(await isActiveMember(db, workspaceId, action.memberId))) {
    throw invalidField('memberId', 'unknown_member', 'There is no such member in this workspace.')
  }
}
