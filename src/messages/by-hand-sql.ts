import { randomUUID } from 'node:crypto'
import { type Db, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { findCap } from './cap-sql.ts'
import { settle } from './settle.ts'
import { type Intent, type Verdict, writeTurn } from './turn-sql.ts'

/** What a person's word on a message that waits for them came to: `none` when it does not wait any more. */
export type ByHand = Verdict | 'none'

interface Waiting {
  id: number
  fence: number
  campaignId: string
  customerId: string
  address: string
  content: Omit<NonNullable<Intent['content']>, 'headerId'> & { headerId: string | null }
}

/**
 * A person says that they sent a step's message by hand. Everything that may forbid a message is looked at as in any hand-over: `go` means
 * that it counts as sent from now on; `hold`, that it cannot be sent now (paused, sending stopped) and nothing changed; everything else,
 * that it is passed over for that reason. The caller's transaction must be rolled back for `hold`.
 */
export async function sentByHand(
  tx: Tx,
  workspaceId: number,
  { runId, nodeId }: { runId: number; nodeId: string },
): Promise<ByHand> {
  const worker = randomUUID()
  const leaseMs = 60_000
  const { rows } = await sql<Waiting>`
    with claimed as (
      update message set state = 'claimed', fence = fence + 1, worker = ${worker}, lease_until = now() + ${leaseMs} * interval '1 millisecond'
      where run_id = ${runId} and node_id = ${nodeId} and workspace_id = ${workspaceId} and state = 'queued' and reason = 'by_hand'
      returning id, fence, campaign_id, customer_id, header_id
    )
    select k.id, k.fence, k.campaign_id as "campaignId", k.customer_id as "customerId", coalesce(trim(c.linkedin_url), '') as address,
      jsonb_build_object('headerId', k.header_id, 'from', mc.from_address, 'subject', mc.subject, 'html', mc.html, 'text', mc.text,
        'links', mc.links) as content
    from claimed k join customer c on c.id = k.customer_id join message_content mc on mc.message_id = k.id
  `.execute(tx)
  const [waiting] = rows
  if (!waiting) return 'none'
  const { id, fence, campaignId, address, content } = waiting
  const cap = await findCap(tx, workspaceId, waiting.customerId)
  const hours = { until: null, dayStart: cap?.days[0]?.start ?? null }
  const headerId = content.headerId ?? `<${id}@by-hand>`
  const intents = [{ id, fence, campaignId, address, hours, content: { ...content, headerId } }]
  const verdict = (await writeTurn(tx, { settled: [], intents, worker, leaseMs })).get(id) ?? 'hold'
  if (verdict === 'go') {
    const { settlement } = settle({ is: 'accepted', providerId: null, response: 'sent by hand' }, 1, 0)
    await writeTurn(tx, { settled: [{ id, fence, settlement }], intents: [], worker, leaseMs })
  }
  await notifyWake(tx)
  return verdict
}

/** The message of a step that was sent by hand; null when it was not. */
export async function messageByHand(
  db: Db | Tx,
  workspaceId: number,
  { runId, nodeId }: { runId: number; nodeId: string },
): Promise<{ id: number; repliedAt: Date | null } | null> {
  const { rows } = await sql<{ id: number; repliedAt: Date | null }>`
    select id, replied_at as "repliedAt" from message
    where run_id = ${runId} and node_id = ${nodeId} and workspace_id = ${workspaceId} and state = 'sent'
  `.execute(db)
  return rows[0] ?? null
}
