import { type Db, sql } from '../db/database.ts'

/** What a campaign gives to a test of one of its messages. */
export interface TestFacts {
  primaryProductId: string | null
  /** What the customer's last passage through the campaign gave to templates; null when there was none. */
  run: {
    id: number
    startedAt: Date
    outputs: Record<string, unknown>
    trigger: { type: string; payload: unknown }
  } | null
}

/** Reads what a test message of a campaign is rendered with; undefined when there is no such campaign. */
export async function findTestFacts(
  db: Db,
  workspaceId: number,
  { campaignId, customerId }: { campaignId: string; customerId: string | null },
): Promise<TestFacts | undefined> {
  const { rows } = await sql<TestFacts>`
    select (select p.product_id from campaign_product p where p.campaign_id = c.id and p.is_primary) as "primaryProductId",
      (select jsonb_build_object('id', r.id, 'startedAt', r.started_at, 'outputs', coalesce(r.outputs, '{}'),
          'trigger', jsonb_build_object('type', coalesce(f.type, 'manual'), 'payload', f.payload))
        from run r left join firing f on f.id = r.firing_id
        where r.campaign_id = c.id and r.customer_id = ${customerId}::uuid order by r.entry desc limit 1) as run
    from campaign c where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}
