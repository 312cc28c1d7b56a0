import type { Db, Tx } from '../db/database.ts'
import type { AuditLog } from '../db/schema.ts'

/** Who did something, and from where. A route's context fits; a command or a loop passes `{ workspaceId, actor: { text: 'cli' } }`. */
export interface AuditContext {
  workspaceId: number
  actor: { text: string }
  ip?: string | null
  requestId?: string | null
}

/**
 * Appends to the audit log (TRUST S31). Call it in the transaction of the change, so that neither exists without the other.
 * `action` is `noun.verb` (`campaign.activated`); `detail` says what changed, and never holds a secret. Rows are never changed or deleted.
 */
export async function audit(
  tx: Db | Tx,
  context: AuditContext,
  action: string,
  objectType: string,
  objectId: string | number | null,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await tx
    .insertInto('audit_log')
    .values({
      workspace_id: context.workspaceId,
      actor: context.actor.text,
      action,
      object_type: objectType,
      object_id: objectId === null ? null : String(objectId),
      detail: JSON.stringify(detail) as unknown as AuditLog['detail'],
      ip: context.ip ?? null,
      request_id: context.requestId ?? null,
    })
    .execute()
}
