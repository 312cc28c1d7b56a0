import { type Db, sql } from '../db/database.ts'

/** One thing in a customer's history. What the fields hold depends on `type`; those that say nothing are null. */
export interface TimelineEntry {
  type: 'event' | 'step' | 'message' | 'assessment' | 'note' | 'firing'
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

/** What a timeline can be narrowed to. `why-not`: messages that were not sent and firings that did not enroll them. */
export const timelineKinds = [
  'messages',
  'replies',
  'steps',
  'scores',
  'profile',
  'events',
  'notes',
  'why-not',
] as const
export type TimelineKind = (typeof timelineKinds)[number]

type Fragment = ReturnType<typeof sql>

/** A key's number as text that sorts as the number does: what happened at one moment keeps its order. */
const inOrder = (number: string) => sql`lpad(${sql.ref(number)}::text, 19, '0')`

/** The prefixes of what the program records by itself; anything else is an event that came from outside. */
const own = sql`(e.name like 'message.%' or e.name like 'customer.%' or e.name like 'run.%' or e.name like 'goal.%' or e.name like 'score.%'
  or e.name like 'campaign.%')`
const everything = sql`true`
/** Which rows of each source a kind shows; a source that is not named shows none. Without a kind, all of all. */
const shownBy: Record<TimelineKind, Partial<Record<TimelineEntry['type'], Fragment>>> = {
  messages: { event: sql`e.name like 'message.%'`, message: everything },
  replies: { event: sql`e.name = 'message.replied'` },
  steps: { event: sql`(e.name like 'run.%' or e.name like 'goal.%')`, step: everything },
  scores: { assessment: everything },
  profile: { event: sql`e.name like 'customer.%'` },
  events: { event: sql`not ${own}` },
  notes: { note: everything },
  'why-not': { message: sql`m.state in ('skipped', 'refused', 'failed')`, firing: everything },
}
const all = {
  event: everything,
  step: everything,
  message: everything,
  assessment: everything,
  note: everything,
  firing: everything,
}

/**
 * A customer's history across campaigns, newest first: events, steps of runs, messages, score changes, notes, and firings about them that
 * enrolled nobody; behind (at, key) of the page before. The events that only repeat a message's sending or an assessment are left out.
 */
export async function readTimeline(
  db: Db,
  workspaceId: number,
  customerId: string,
  {
    kind,
    behind,
    limit,
  }: { kind: TimelineKind | undefined; behind: readonly [at: string, key: string] | undefined; limit: number },
): Promise<TimelineEntry[]> {
  const [at, key] = behind ?? [null, null]
  const first = behind === undefined
  const page = (source: Fragment, time: Fragment, keyed: Fragment) => sql`(${source}
    and (${first} or (${time}, ${keyed}) < (${at}::timestamptz, ${key}::text)) order by ${time} desc, ${keyed} desc limit ${limit})`
  const shown = kind === undefined ? all : shownBy[kind]
  const whose = (alias: string) =>
    sql`${sql.ref(`${alias}.customer_id`)} = ${customerId} and ${sql.ref(`${alias}.workspace_id`)} = ${workspaceId}`
  const sources: Record<TimelineEntry['type'], (only: Fragment) => Fragment> = {
    event: (only) =>
      page(
        sql`select 'event' as type, 'e' || ${inOrder('e.id')} as key, e.occurred_at as at, e.name, e.campaign_id, e.run_id, e.node_id, e.message_id,
          e.properties as detail from event e
          where ${whose('e')} and e.name not in ('message.sent', 'score.changed') and ${only}`,
        sql`e.occurred_at`,
        sql`'e' || ${inOrder('e.id')}`,
      ),
    step: (only) =>
      page(
        sql`select 'step' as type, 's' || ${inOrder('s.run_id')} || '.' || ${inOrder('s.seq')} as key, s.at, 'step' as name, r.campaign_id, s.run_id, s.node_id, null::bigint as message_id,
          jsonb_build_object('label', s.label, 'output', s.output, 'why', s.why, 'enteredAt', s.entered_at,
            'title', v.graph -> 'nodes' -> s.node_id ->> 'title', 'nodeType', v.graph -> 'nodes' -> s.node_id ->> 'type') as detail
          from runs r join step s on s.run_id = r.id left join workflow_version v on v.id = s.version_id
          where s.workspace_id = ${workspaceId} and ${only}`,
        sql`s.at`,
        sql`'s' || ${inOrder('s.run_id')} || '.' || ${inOrder('s.seq')}`,
      ),
    message: (only) =>
      page(
        sql`select 'message' as type, 'm' || ${inOrder('m.id')} as key, coalesce(m.sent_at, m.handed_at, m.queued_at) as at, 'message' as name, m.campaign_id, m.run_id, m.node_id,
          m.id as message_id, jsonb_build_object('channel', m.channel, 'state', m.state, 'reason', m.reason, 'subject', mc.subject, 'to', mc.to_address,
            'openedAt', m.opened_at, 'clickedAt', m.clicked_at, 'repliedAt', m.replied_at, 'bouncedAt', m.bounced_at) as detail
          from message m left join message_content mc on mc.message_id = m.id
          where ${whose('m')} and ${only}`,
        sql`coalesce(m.sent_at, m.handed_at, m.queued_at)`,
        sql`'m' || ${inOrder('m.id')}`,
      ),
    assessment: (only) =>
      page(
        sql`select 'assessment' as type, 'a' || ${inOrder('a.id')} as key, a.at, 'score' as name, null::uuid as campaign_id, (a.source ->> 'runId')::bigint as run_id,
          a.source ->> 'nodeId' as node_id, null::bigint as message_id,
          jsonb_build_object('criterionId', a.criterion_id, 'criterion', k.name, 'product', p.name, 'score', a.score, 'delta', a.delta,
            'source', a.source) as detail
          from fit_assessment a left join fit_criterion k on k.id = a.criterion_id left join product p on p.id = k.product_id
          where ${whose('a')} and ${only}`,
        sql`a.at`,
        sql`'a' || ${inOrder('a.id')}`,
      ),
    note: (only) =>
      page(
        sql`select 'note' as type, 'n' || n.id as key, n.created_at as at, 'note' as name, null::uuid as campaign_id, null::bigint as run_id, null::text as node_id,
          null::bigint as message_id, jsonb_build_object('id', n.id, 'text', n.text, 'by', n.by) as detail
          from customer_note n where ${whose('n')} and ${only}`,
        sql`n.created_at`,
        sql`'n' || n.id`,
      ),
    firing: (only) =>
      page(
        sql`select 'firing' as type, 'f' || f.id as key, f.started_at as at, f.status as name, f.campaign_id, null::bigint as run_id, null::text as node_id,
          null::bigint as message_id, jsonb_build_object('id', f.id, 'type', f.type, 'skipped', f.skipped, 'error', f.error, 'by', f.by) as detail
          from firing f where ${whose('f')} and f.enrolled = 0 and f.status in ('done', 'refused') and ${only}`,
        sql`f.started_at`,
        sql`'f' || f.id`,
      ),
  }
  const chosen = Object.entries(sources).flatMap(([type, select]) => {
    const only = shown[type as TimelineEntry['type']]
    return only ? [select(only)] : []
  })
  const { rows } = await sql<TimelineEntry>`
    with runs as materialized (
      select r.id, r.campaign_id from campaign c join run r on r.campaign_id = c.id and r.customer_id = ${customerId}
      where c.workspace_id = ${workspaceId}
    ), entry as (${sql.join(chosen, sql` union all `)})
    select e.type, e.key, e.at, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position, e.name, e.campaign_id as "campaignId", c.name as "campaignName", e.run_id as "runId",
      e.node_id as "nodeId", e.message_id as "messageId", e.detail
    from entry e left join campaign c on c.id = e.campaign_id and c.workspace_id = ${workspaceId}
    order by e.at desc, e.key desc limit ${limit}
  `.execute(db)
  return rows
}
