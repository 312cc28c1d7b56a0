import type { Audience } from '../campaigns/audience.ts'
import { explainOutside, matchedCustomers, pageOf, resolveAudience } from '../campaigns/audience-sql.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import { type Db, sql } from '../db/database.ts'
import type { Channel } from '../engine/facts.ts'
import { notFound } from '../errors.ts'
import { addressOn, channels } from '../messages/address-sql.ts'
import { findCap, marketingSince } from '../messages/cap-sql.ts'
import { channelsOf } from '../workflow/channel.ts'
import { describeNow } from './now.ts'
import { findRun } from './queries.ts'
import type { WhyFacts } from './why.ts'

/** The customer `c` on a channel: their address, and the reason why nothing is sent to it. */
const onChannel = (
  channel: Channel,
) => sql`jsonb_build_object('channel', ${channel}::text, 'address', ${addressOn(channel, 'c')},
  'suppressed', (select s.reason from suppression s, workspace w
    where w.id = c.workspace_id and s.workspace_id = c.workspace_id and s.lifted_at is null and s.channel in ('all', ${channel})
      and (s.customer_id = c.id or s.address_hash = address_key(w.address_salt, ${addressOn(channel, 'c')})) order by s.id limit 1))`

/** Gathers what decides whether a customer is in a campaign. @throws Problem `not_found` for either */
export async function gatherWhy(
  db: Db,
  workspaceId: number,
  customerId: string,
  campaignId: string,
): Promise<WhyFacts> {
  const campaigns = await sql<{
    status: string
    enroll: 'keep' | 'now' | 'none'
    audience: Audience | null
    exclude_segment_id: string | null
    segment_name: string | null
    excluded_by: string | null
    nodes: { type: string; config: Record<string, unknown> }[]
  }>`
    select c.status, c.enroll_mode as enroll, c.audience, c.exclude_segment_id,
      (select s.name from segment s where s.id::text = c.audience ->> 'segmentId') as segment_name,
      (select s.name from segment s where s.id = c.exclude_segment_id) as excluded_by,
      coalesce((select jsonb_agg(jsonb_build_object('type', n.type, 'config', n.config)) from node n where n.campaign_id = c.id), '[]') as nodes
    from campaign c where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  const campaign = campaigns.rows[0]
  if (!campaign) throw notFound('campaign')
  const { audience, exclude_segment_id: excludeSegmentId } = campaign
  // Without an audience nobody is matched.
  const place = { workspaceId, excludeSegmentId }
  const resolved = await resolveAudience(db, audience ?? { type: 'list', customerIds: [] }, place)
  const matched = matchedCustomers(resolved, pageOf(customerId))
  const written = channelsOf(catalogue, campaign.nodes)
  // Before there is a message node, email is what is asked about.
  const reached = channels
    .filter((channel) => (written.length === 0 ? channel === 'email' : written.includes(channel)))
    .map(onChannel)
  const cap = await findCap(db, workspaceId, customerId)
  const [day] = cap?.days ?? []
  const today = day ? marketingSince(sql`c.id`, sql`${day.start}::timestamptz`) : sql`null::int`
  const { rows } = await sql<
    Omit<WhyFacts, 'campaign' | 'audience' | 'failing' | 'excludedBy' | 'run' | 'capped'> & {
      run_id: number | null
      today: number | null
    }
  >`
    select coalesce(m.id is not null, false) as matched, coalesce(m.excluded, false) as excluded, c.archived_at is not null as archived,
      jsonb_build_array(${sql.join(reached)}) as channels, ${today} as today,
      (select r.id from run r where r.campaign_id = ${campaignId} and r.customer_id = c.id order by r.entry desc limit 1) as run_id
    from customer c left join (${matched}) m on m.id = c.id
    where c.id = ${customerId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  const customer = rows[0]
  if (!customer) throw notFound('customer')
  const { run_id: runId, today: sent, ...facts } = customer
  const failing = facts.matched ? [] : await explainOutside(db, resolved, customerId)
  const run = runId === null ? undefined : await findRun(db, workspaceId, runId)
  return {
    ...facts,
    capped: cap !== null && sent !== null && sent >= cap.cap,
    campaign: { status: campaign.status, enroll: campaign.enroll },
    audience: audience && { type: audience.type, segmentName: campaign.segment_name },
    failing,
    excludedBy: campaign.excluded_by,
    run: run
      ? {
          id: run.id,
          entry: run.entry,
          status: run.status,
          reason: run.reason,
          now: describeNow(run),
          finishedAt: run.finishedAt,
        }
      : null,
  }
}
