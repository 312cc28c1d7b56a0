import { sql } from '../db/database.ts'

/** Why a campaign in a list needs a person. */
export interface Attention {
  /** `failing`: customers stand at an error; `credential`: a sender that it uses is dead; `webhook`: calls of its webhook are refused. */
  code: 'failing' | 'credential' | 'webhook'
  /** How many customers or calls; senders count as one each. */
  count: number
}

const moving = sql`c.status in ('active', 'paused', 'completed')`
const failing = sql`(select count(*) from run r where r.campaign_id = c.id and r.finished_at is null and r.error is not null)`
/** Looks into the workflow only where a sender is dead at all. */
const deadSenders = sql`(
  select count(*) from credential k where k.workspace_id = c.workspace_id and k.health = 'dead' and k.archived_at is null
    and exists (select from workflow_version v cross join lateral jsonb_array_elements(coalesce(v.graph -> 'drawn' -> 'nodes', '[]')) n
      where v.id = c.version_id and n -> 'config' ->> 'credentialId' = k.id::text))`
const refusedCalls = sql`(
  select coalesce(sum(f.times), 0) from trigger t join webhook_refusal f on f.trigger_id = t.id
  where t.campaign_id = c.id and t.enabled and t.type = 'webhook' and f.minute > now() - interval '1 day')`

/** What campaign `c` needs a person for: `Attention[]` as JSON. */
export const attention = sql`(
  select coalesce(jsonb_agg(jsonb_build_object('code', a.code, 'count', a.n)), '[]')
  from (values ('failing', ${failing}::bigint), ('credential', ${deadSenders}::bigint), ('webhook', ${refusedCalls}::bigint)) a(code, n)
  where a.n > 0 and ${moving})`

/** Whether campaign `c` needs a person. */
export const needsAttention = sql`(${moving} and (${failing} > 0 or ${deadSenders} > 0 or ${refusedCalls} > 0))`

/** How many customers entered campaign `c` on each of the last seven days of the workspace, today last: `number[]` as JSON. */
export const entries = sql`(
  select jsonb_agg(coalesce(f.n, 0) order by d.day)
  from (select (now() at time zone w.timezone)::date - ago as day from workspace w cross join generate_series(0, 6) ago where w.id = c.workspace_id) d
    left join lateral (
      select sum(enrolled) as n from analytics_funnel
      where campaign_id = c.id and split_node = '' and split_branch = '' and channel = '' and day = d.day
    ) f on true)`

/** Whether the draft of campaign `c` may differ from what its customers follow. */
export const draftMoved = sql`coalesce(${moving} and c.graph_version <>
  (select v.draft_version from workflow_version v where v.id = c.version_id), false)`
