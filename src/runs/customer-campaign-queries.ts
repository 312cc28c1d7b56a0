import { arrayLiteral, type Db, sql } from '../db/database.ts'
import type { BroughtBy } from './brought-in.ts'
import { runFinishedAt, runIsLive, runReason, runStatus } from './state-sql.ts'

/** A campaign as a customer's page lists it. */
export interface CustomerCampaign {
  id: string
  name: string
  status: string
}

/** One passage of a customer, with the firing that began it. */
export interface CustomerPassage {
  id: number
  campaignId: string
  entry: number
  status: 'running' | 'succeeded' | 'canceled' | 'failed'
  reason: string | null
  startedAt: Date
  finishedAt: Date | null
  broughtBy: (BroughtBy & { segmentId: string | null }) | null
}

/**
 * Campaigns that ran, for one customer: first those they are in, then those they were in, the latest first, then the others, the newest
 * first. `limit` behind `offset`: live runs move, so there is no key to page behind.
 */
export async function listCampaignsOf(
  db: Db,
  workspaceId: number,
  customerId: string,
  { limit, offset, inside }: { limit: number; offset: number; inside: boolean },
): Promise<CustomerCampaign[]> {
  const { rows } = await sql<CustomerCampaign>`
    select c.id, c.name, c.status from campaign c
    left join lateral (
      select r.started_at, ${runIsLive} as live from run r where r.campaign_id = c.id and r.customer_id = ${customerId} order by r.entry desc limit 1
    ) last on true
    where c.workspace_id = ${workspaceId} and c.status <> 'draft' and (not ${inside} or last.live)
    order by coalesce(last.live, false) desc, last.started_at desc nulls last, (c.status = 'active') desc, c.id desc
    limit ${limit} offset ${offset}
  `.execute(db)
  return rows
}

/** A customer's passages through campaigns, the latest entry first. */
export async function listPassages(
  db: Db,
  workspaceId: number,
  customerId: string,
  campaignIds: readonly string[],
): Promise<CustomerPassage[]> {
  const { rows } = await sql<CustomerPassage>`
    select r.id, r.campaign_id as "campaignId", r.entry, ${runStatus} as status, ${runReason} as reason, r.started_at as "startedAt",
      ${runFinishedAt} as "finishedAt",
      case when f.id is not null then jsonb_build_object('type', f.type, 'byName', coalesce(a.name, k.name), 'audienceType', f.audience ->> 'type',
        'segmentId', s.id, 'segmentName', s.name, 'eventName', t.config ->> 'event') end as "broughtBy"
    from run r join campaign c on c.id = r.campaign_id
    left join firing f on f.id = r.firing_id
    left join segment s on f.audience ->> 'type' = 'segment' and s.id::text = f.audience ->> 'segmentId' and s.workspace_id = c.workspace_id
    left join trigger t on t.id = f.trigger_id
    left join member m on f.by = 'member:' || m.id::text and m.workspace_id = c.workspace_id
    left join account a on a.id = m.account_id
    left join api_key k on f.by = 'key:' || k.id::text and k.workspace_id = c.workspace_id
    where c.workspace_id = ${workspaceId} and r.campaign_id = any(${arrayLiteral(campaignIds)}::uuid[]) and r.customer_id = ${customerId}
    order by r.campaign_id, r.entry desc
  `.execute(db)
  return rows
}
