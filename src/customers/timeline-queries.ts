import { type Db, sql } from '../db/database.ts'

/** One thing in a customer's history. What the fields hold depends on `type`; those that say nothing are null. */
export interface TimelineEntry {
  type: 'event' | 'step' | 'message' | 'assessment'
  /** Unique within its type. */
  key: string
  /** `at` with its microseconds, for the cursor. */
  position: string
  at: Date
  name: string
  campaignId: string | null
  campaignName: string | null
  runId: number | null
  nodeId: string | null
  messageId: number | null
  detail: Record<string, unknown>
}

type Fragment = ReturnType<typeof sql>

/**
 * A customer's history across campaigns, newest first: events, steps of runs, messages and score changes, behind (at, key) of the page
 * before. The events that only repeat a message's sending or an assessment are left out.
 */
export async function readTimeline(
  db: Db,
  workspaceId: number,
  customerId: string,
  { behind, limit }: { behind: readonly [at: string, key: string] | undefined; limit: number },
): Promise<TimelineEntry[]> {
  const [at, key] = behind ?? [null, null]
  const first = behind === undefined
  const page = (source: Fragment, time: Fragment, keyed: Fragment) => sql`(${source}
    and (${first} or (${time}, ${keyed}) < (${at}::timestamptz, ${key}::text)) order by ${time} desc, ${keyed} desc limit ${limit})`
  const { rows } = await sql<TimelineEntry>`
    with runs as materialized (
      select r.id, r.campaign_id from campaign c join run r on r.campaign_id = c.id and r.customer_id = ${customerId}
      where c.workspace_id = ${workspaceId}
    ), entry as (
      ${page(
        sql`select 'event' as type, 'e' || e.id as key, e.occurred_at as at, e.name, e.campaign_id, e.run_id, e.node_id, e.message_id,
          e.properties as detail from event e
          where e.customer_id = ${customerId} and e.workspace_id = ${workspaceId} and e.name not in ('message.sent', 'score.changed')`,
        sql`e.occurred_at`,
        sql`'e' || e.id`,
      )}
      union all
      ${page(
        sql`select 'step', 's' || s.run_id || '.' || s.seq, s.at, 'step', r.campaign_id, s.run_id, s.node_id, null::bigint,
          jsonb_build_object('label', s.label, 'output', s.output, 'why', s.why, 'enteredAt', s.entered_at)
          from runs r join step s on s.run_id = r.id where s.workspace_id = ${workspaceId}`,
        sql`s.at`,
        sql`'s' || s.run_id || '.' || s.seq`,
      )}
      union all
      ${page(
        sql`select 'message', 'm' || m.id, coalesce(m.sent_at, m.handed_at, m.queued_at), 'message', m.campaign_id, m.run_id, m.node_id, m.id,
          jsonb_build_object('channel', m.channel, 'state', m.state, 'reason', m.reason, 'subject', mc.subject, 'to', mc.to_address,
            'openedAt', m.opened_at, 'clickedAt', m.clicked_at, 'repliedAt', m.replied_at, 'bouncedAt', m.bounced_at)
          from message m left join message_content mc on mc.message_id = m.id
          where m.customer_id = ${customerId} and m.workspace_id = ${workspaceId}`,
        sql`coalesce(m.sent_at, m.handed_at, m.queued_at)`,
        sql`'m' || m.id`,
      )}
      union all
      ${page(
        sql`select 'assessment', 'a' || a.id, a.at, 'score', null::uuid, (a.source ->> 'runId')::bigint, a.source ->> 'nodeId', null::bigint,
          jsonb_build_object('criterionId', a.criterion_id, 'criterion', k.name, 'product', p.name, 'score', a.score, 'delta', a.delta,
            'source', a.source)
          from fit_assessment a left join fit_criterion k on k.id = a.criterion_id left join product p on p.id = k.product_id
          where a.customer_id = ${customerId} and a.workspace_id = ${workspaceId}`,
        sql`a.at`,
        sql`'a' || a.id`,
      )}
    )
    select e.type, e.key, e.at, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position, e.name, e.campaign_id as "campaignId", c.name as "campaignName", e.run_id as "runId",
      e.node_id as "nodeId", e.message_id as "messageId", e.detail
    from entry e left join campaign c on c.id = e.campaign_id and c.workspace_id = ${workspaceId}
    order by e.at desc, e.key desc limit ${limit}
  `.execute(db)
  return rows
}
