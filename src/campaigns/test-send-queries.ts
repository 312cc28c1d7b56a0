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

/** What surrounds a test message. */
export interface TestFacts {
  campaignName: string
  stopSending: boolean
  /** Null when the workspace has no such account. */
  credential: TestCredential | null
  primaryProductId: string | null
  /** What the customer's last passage through the campaign gave to templates; null when there was none. */
  run: {
    id: number
    startedAt: Date
    outputs: Record<string, unknown>
    trigger: { type: string; payload: unknown }
  } | null
  /** Whether the address is on the suppression list, for any reason. */
  suppressed: boolean
}

/** Reads what a test message of a campaign depends on; undefined when there is no such campaign. */
export async function findTestFacts(
  db: Db,
  workspaceId: number,
  wanted: { campaignId: string; customerId: string | null; credentialId: string; channel: string; to: string },
): Promise<TestFacts | undefined> {
  const { campaignId, customerId, credentialId, channel, to } = wanted
  const { rows } = await sql<TestFacts>`
    select c.name as "campaignName", w.stop_sending as "stopSending",
      (select jsonb_build_object('id', k.id, 'workspaceId', k.workspace_id, 'type', k.type, 'name', k.name, 'config', k.config,
          'secret', k.secret, 'limits', k.limits, 'archived', k.archived_at is not null)
        from credential k where k.id::text = ${credentialId} and k.workspace_id = w.id) as credential,
      (select p.product_id from campaign_product p where p.campaign_id = c.id and p.is_primary) as "primaryProductId",
      (select jsonb_build_object('id', r.id, 'startedAt', r.started_at, 'outputs', coalesce(r.outputs, '{}'),
          'trigger', jsonb_build_object('type', coalesce(f.type, 'manual'), 'payload', f.payload))
        from run r left join firing f on f.id = r.firing_id
        where r.campaign_id = c.id and r.customer_id = ${customerId}::uuid order by r.entry desc limit 1) as run,
      exists (select from suppression s where s.workspace_id = w.id and s.lifted_at is null and s.channel in ('all', ${channel})
        and s.address_hash = address_key(w.address_salt, ${to})) as suppressed
    from campaign c join workspace w on w.id = c.workspace_id
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
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
