import { type Db, sql } from '../db/database.ts'

/** A sending account as a test message needs it. */
export interface TestCredential {
  id: string
  workspaceId: number
  type: 'smtp' | 'sandbox' | 'telegram' | 'linkedin'
  name: string
  config: Record<string, unknown>
  secret: string | null
  limits: { connections?: number }
  archived: boolean
}

/** What decides whether a test message may go. */
export interface TestSurroundings {
  stopSending: boolean
  /** Null when the workspace has no such account. */
  credential: TestCredential | null
  /** Whether the address is on the suppression list, for any reason. */
  suppressed: boolean
}

/** Reads what a test message depends on, wherever its text comes from. */
export async function findSurroundings(
  db: Db,
  workspaceId: number,
  { credentialId, channel, to }: { credentialId: string; channel: string; to: string },
): Promise<TestSurroundings> {
  const { rows } = await sql<TestSurroundings>`
    select w.stop_sending as "stopSending",
      (select jsonb_build_object('id', k.id, 'workspaceId', k.workspace_id, 'type', k.type, 'name', k.name, 'config', k.config,
          'secret', k.secret, 'limits', k.limits, 'archived', k.archived_at is not null)
        from credential k where k.id::text = ${credentialId} and k.workspace_id = w.id) as credential,
      exists (select from suppression s where s.workspace_id = w.id and s.lifted_at is null and s.channel in ('all', ${channel})
        and s.address_hash = address_key(w.address_salt, ${to})) as suppressed
    from workspace w where w.id = ${workspaceId}
  `.execute(db)
  if (!rows[0]) throw new Error('The workspace is gone')
  return rows[0]
}

/** How many test messages somebody sent in the last 24 hours. */
export async function countTestSends(db: Db, workspaceId: number, actor: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from audit_log
    where action = 'message.test-sent' and workspace_id = ${workspaceId} and actor = ${actor} and at > now() - interval '24 hours'
  `.execute(db)
  return rows[0]?.n ?? 0
}
