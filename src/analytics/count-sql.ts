/**
 * How rows become numbers, kept together although long: what one run counts as, and what runs sum up to, must be read side by side.
 * The counting loop, the rebuild and the parts of days that a range cuts off all use these same statements.
 */
import type { RawBuilder } from 'kysely'
import { arrayLiteral, type Db, keepFirstPlan, keepPlan, planForValues, sql, type Tx } from '../db/database.ts'
import { keyedBits, keyHash } from './keys-sql.ts'
import { bits, none } from './stages.ts'

/** Nobody answers within less than a second; eight buckets to each doubling (stages.ts). */
const replyBucket = sql`floor(8 * log(2, greatest(1, extract(epoch from m.replied_at - coalesce(m.sent_at, m.handed_at)))::numeric))::smallint`

const flag = (bit: number, condition: RawBuilder<unknown>) =>
  sql`(case when ${condition} then ${sql.lit(bit)} else 0 end)`
const wasSent = sql`m.state in ('sent', 'unconfirmed')`
const wasDelivered = sql`${wasSent} and m.bounced_at is null`
const messageStages = sql.join(
  [
    flag(bits.sent, wasSent),
    flag(bits.delivered, wasDelivered),
    flag(
      bits.opened,
      sql`${wasDelivered} and (m.opened_at is not null or m.clicked_at is not null or m.replied_at is not null)`,
    ),
    flag(bits.clicked, sql`${wasDelivered} and m.clicked_at is not null`),
    flag(bits.replied, sql`${wasDelivered} and m.replied_at is not null`),
    flag(bits.bounced, sql`m.bounced_at is not null`),
    flag(bits.machineOpened, sql`m.machine_opened_at is not null`),
    flag(bits.machineClicked, sql`m.machine_clicked_at is not null`),
    flag(bits.unconfirmed, sql`m.state = 'unconfirmed'`),
    flag(bits.unsubscribed, sql`m.unsubscribed_at is not null`),
    flag(bits.complained, sql`m.complained_at is not null`),
  ],
  sql` | `,
)

/** The columns of analytics_run, in its order. */
const runColumns = [
  ...[
    'run_id',
    'workspace_id',
    'campaign_id',
    'started_at',
    'day',
    'product_id',
    'version',
    'again',
    'status',
    'reason',
  ],
  ...['node_id', 'failing', 'stages', 'channels', 'channel_stages', 'split_nodes', 'split_branches', 'step_nodes'],
  ...['step_labels', 'step_first', 'message_nodes', 'message_channels', 'message_products', 'message_outcomes'],
  ...['message_stages', 'message_reply_times', 'link_nodes', 'link_urls', 'link_human', 'goals', 'customer_id', 'keys'],
  'message_sent_days',
].map((name) => sql.ref(name))

const refs = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)))

/** What stands in a step's label when the run ended there. */
const stopped = '\u0004'

/**
 * What these runs count as, from their rows, as rows of analytics_run. The version is the one that was current when they enrolled: it never
 * changes afterwards. A run that passed a node twice passed it once.
 */
const countedAs = (ids: RawBuilder<unknown>) => sql`
  r as materialized (
    select r.id, r.workspace_id, r.campaign_id, r.customer_id, r.started_at, (r.started_at at time zone w.timezone)::date as day, w.timezone, r.product_id, r.entry,
      r.status, r.reason, r.node_id, r.error is not null and r.finished_at is null as failing, v.number as version
    from run r join workspace w on w.id = r.workspace_id
    left join lateral (
      select number from workflow_version v where v.campaign_id = r.campaign_id
      order by v.published_at <= r.started_at desc, case when v.published_at <= r.started_at then -number else number end limit 1
    ) v on true
    where r.id = any(${ids})
  ), m as materialized (
    select m.id, m.run_id, m.node_id, m.channel, coalesce(m.product_id, ${none}::uuid) as product_id,
      case when m.state = 'skipped' then 'skipped:' || coalesce(m.reason, '') else m.state end as outcome, ${messageStages} as stages,
      case when m.replied_at is not null and ${wasDelivered} then coalesce(${replyBucket}, 0::smallint) end as reply_time,
      case when ${wasSent} then (coalesce(m.sent_at, m.handed_at) at time zone r.timezone)::date end as sent_day,
      m.clicked_at is not null or m.machine_clicked_at is not null as clicked
    from message m join r on r.id = m.run_id where m.run_id = any(${ids})
  ), by_run as (
    select run_id, array_agg(node_id order by id) as nodes, array_agg(channel order by id) as channels, array_agg(product_id order by id) as products,
      array_agg(outcome order by id) as outcomes, array_agg(stages order by id) as stages, array_agg(reply_time order by id) as reply_times,
      array_agg(sent_day order by id) as sent_days
    from m group by run_id
  ), by_channel as (
    select run_id, array_agg(channel order by channel) as channels, array_agg(stages order by channel) as channel_stages, bit_or(stages) as stages
    from (select run_id, channel, bit_or(stages) as stages from m group by 1, 2) c group by run_id
  ), links as (
    select run_id, array_agg(node_id order by node_id, url) as nodes, array_agg(url order by node_id, url) as urls,
      array_agg(human order by node_id, url) as human
    from (
      select m.run_id, m.node_id, left(split_part(coalesce(mc.links[h.link + 1], ''), '?', 1), 500) as url, bool_or(h.verdict = 'human') as human
      from m join tracking_hit h on h.message_id = m.id and h.kind = 'click' and h.verdict in ('human', 'machine')
      left join message_content mc on mc.message_id = m.id
      where m.clicked group by 1, 2, 3
    ) l group by run_id
  ), s as materialized (
    select s.run_id, s.node_id, coalesce(s.label, ${stopped}) as label, min(s.seq) as seq from step s
    where s.run_id = any(${ids}) and s.at >= (select min(started_at) from r)
    group by 1, 2, 3
  ), steps as (
    select run_id, array_agg(node_id order by seq) as nodes, array_agg(label order by seq) as labels, array_agg(is_first order by seq) as firsts
    from (select *, row_number() over (partition by run_id, node_id order by seq) = 1 as is_first from s) s group by run_id
  ), branches as materialized (
    select distinct v.campaign_id, n.key as node_id, b ->> 'id' as branch
    from workflow_version v cross join lateral jsonb_each(v.graph -> 'nodes') n
    cross join lateral jsonb_path_query(n.value, '$.config.branches[*]') b
    where v.campaign_id in (select campaign_id from r)
  ), splits as (
    select run_id, array_agg(node_id order by node_id) as nodes, array_agg(label order by node_id) as branches
    from (
      select distinct on (s.run_id, s.node_id) s.run_id, s.node_id, s.label
      from s join r on r.id = s.run_id join branches b on b.campaign_id = r.campaign_id and b.node_id = s.node_id and b.branch = s.label
      order by s.run_id, s.node_id, s.seq
    ) t group by run_id
  ), goals as (
    select run_id, array_agg(node_id order by node_id) as goals from run_goal where run_id = any(${ids}) group by run_id
  ), keys as (
    select run_id, array_agg(distinct key order by key) as keys from (
      select s.run_id, ${keyHash.passed(sql`r.campaign_id`, sql`s.node_id`)} as key from s join r on r.id = s.run_id
      union all select s.run_id, ${keyHash.way(sql`r.campaign_id`, sql`s.node_id`, sql`s.label`)} from s join r on r.id = s.run_id where s.label not in ('', ${stopped})
      union all select m.run_id, ${keyHash.stage(sql`r.campaign_id`, sql`n.node_id`, sql`b.bit`)}
        from m join r on r.id = m.run_id cross join unnest(${keyedBits}) b(bit) cross join lateral (values (''), (m.node_id)) n(node_id) where m.stages & b.bit > 0
      union all select m.run_id, ${keyHash.skipped(sql`r.campaign_id`, sql`substr(m.outcome, 9)`)} from m join r on r.id = m.run_id where m.outcome like 'skipped:%'
      union all select l.run_id, ${keyHash.link(sql`r.campaign_id`, sql`u.node`, sql`u.url`)}
        from links l join r on r.id = l.run_id cross join lateral unnest(l.nodes, l.urls, l.human) u(node, url, human) where u.human
      union all select g.run_id, ${keyHash.goal(sql`r.campaign_id`, sql`g.node_id`)} from run_goal g join r on r.id = g.run_id
    ) k group by run_id
  ), fresh as materialized (
    select r.id as run_id, r.workspace_id, r.campaign_id, r.started_at, r.day, coalesce(r.product_id, ${none}::uuid) as product_id,
      coalesce(r.version, 0) as version, r.entry > 1 as again, r.status, coalesce(r.reason, '') as reason, r.node_id, r.failing,
      coalesce(c.stages, 0) as stages, coalesce(c.channels, '{}') as channels, coalesce(c.channel_stages, '{}') as channel_stages,
      coalesce(p.nodes, '{}') as split_nodes, coalesce(p.branches, '{}') as split_branches,
      coalesce(s.nodes, '{}') as step_nodes, coalesce(s.labels, '{}') as step_labels, coalesce(s.firsts, '{}') as step_first,
      coalesce(m.nodes, '{}') as message_nodes, coalesce(m.channels, '{}') as message_channels, coalesce(m.products, '{}') as message_products,
      coalesce(m.outcomes, '{}') as message_outcomes, coalesce(m.stages, '{}') as message_stages, coalesce(m.reply_times, '{}') as message_reply_times,
      coalesce(l.nodes, '{}') as link_nodes, coalesce(l.urls, '{}') as link_urls, coalesce(l.human, '{}') as link_human,
      coalesce(g.goals, '{}') as goals, r.customer_id, coalesce(k.keys, '{}') as keys,
      coalesce(m.sent_days, '{}') as message_sent_days
    from r left join by_run m on m.run_id = r.id left join by_channel c on c.run_id = r.id left join links l on l.run_id = r.id
    left join steps s on s.run_id = r.id left join splits p on p.run_id = r.id
    left join goals g on g.run_id = r.id left join keys k on k.run_id = r.id
  )`

/**
 * Runs that count alike, as one row with their number: most take one of a few paths, and taking arrays apart is what counting costs
 * (measured: a third of the time).
 */
const alike = (from: RawBuilder<unknown>, columns: readonly string[]) => {
  const names = refs([
    'workspace_id',
    'campaign_id',
    'day',
    'product_id',
    'version',
    'again',
    'split_nodes',
    'split_branches',
    ...columns,
  ])
  return sql`(select ${names}, sum(sign) as sign from ${from} u group by ${names}) f`
}

const dims = sql`f.workspace_id, f.campaign_id, p.split_node, p.split_branch, f.day, f.product_id, f.version, f.again`
/** The whole, and each branch that the run took. */
const parts = sql`lateral unnest('{""}'::text[] || f.split_nodes, '{""}'::text[] || f.split_branches) as p(split_node, split_branch)`
/** Sum over the rows, each with its sign, that carry a bit. */
const having = (column: RawBuilder<unknown>, bit: number) =>
  sql`coalesce(sum(f.sign) filter (where ${column} & ${sql.lit(bit)} > 0), 0)`

/** Sums of runs `f` (rows of analytics_run with a sign) for analytics_funnel. A held-out run is in no stage. */
export const funnelSums = (from: RawBuilder<unknown>) => sql`
  select ${dims}, c.channel, sum(f.sign) as enrolled,
    ${having(sql`c.stages`, bits.sent)} as sent, ${having(sql`c.stages`, bits.delivered)} as delivered,
    ${having(sql`c.stages`, bits.opened)} as opened, ${having(sql`c.stages`, bits.clicked)} as clicked,
    ${having(sql`c.stages`, bits.replied)} as replied,
    coalesce(sum(f.sign) filter (where f.reason = 'handoff' and f.status = 'succeeded' and (c.channel = '' or c.stages & ${sql.lit(bits.sent)} > 0)), 0) as handoff,
    ${having(sql`c.stages`, bits.machineOpened)} as machine_opened, ${having(sql`c.stages`, bits.machineClicked)} as machine_clicked
  from ${alike(from, ['status', 'reason', 'stages', 'channels', 'channel_stages'])}
  cross join lateral unnest('{""}'::text[] || f.channels, array[f.stages] || f.channel_stages) as c(channel, stages)
  cross join ${parts}
  where f.reason <> 'holdout'
  group by ${dims}, c.channel`

/** The same for analytics_message. */
export const messageSums = (from: RawBuilder<unknown>) => sql`
  select ${dims}, m.node as node_id, m.channel, m.product as message_product_id, m.outcome, sum(f.sign) as messages,
    ${sql.join(
      Object.entries(messageColumns).map(([column, bit]) => sql`${having(sql`m.stages`, bit)} as ${sql.ref(column)}`),
    )}
  from ${alike(from, ['message_nodes', 'message_channels', 'message_products', 'message_outcomes', 'message_stages'])}
  cross join lateral unnest(f.message_nodes, f.message_channels, f.message_products, f.message_outcomes, f.message_stages)
    as m(node, channel, product, outcome, stages)
  cross join ${parts}
  group by ${dims}, m.node, m.channel, m.product, m.outcome`

/** The same for analytics_count. */
export const countSums = (from: RawBuilder<unknown>) => sql`
  select ${dims}, k.kind, k.key, k.label, sum(f.sign) as n
  from ${alike(from, ['status', 'reason', 'node_id', 'failing', 'step_nodes', 'step_labels', 'step_first', 'message_channels', 'message_reply_times', 'message_sent_days', 'link_nodes', 'link_urls', 'link_human', 'goals'])}
  cross join lateral (
    select case when s.label = ${stopped} then 'stop' else 'step' end as kind, s.node as key, case when s.label = ${stopped} then '' else s.label end as label
    from unnest(f.step_nodes, f.step_labels) as s(node, label)
    union all select 'passed', s.node, '' from unnest(f.step_nodes, f.step_first) as s(node, is_first) where s.is_first
    union all select 'stayed', f.node_id, '' where not f.node_id = any(f.step_nodes) and f.reason <> 'holdout'
    union all select 'here', f.node_id, '' where f.status = 'running'
    union all select 'failing', f.node_id, '' where f.failing
    union all select 'end', f.status, f.reason where f.status <> 'running'
    union all select 'handoff', f.node_id, '' where f.reason = 'handoff' and f.status = 'succeeded'
    union all select case when l.human then 'link' else 'machine-link' end, l.node, l.url from unnest(f.link_nodes, f.link_urls, f.link_human) as l(node, url, human)
    union all select 'goal', g, case when f.reason = 'holdout' then 'holdout' else '' end from unnest(f.goals) g
    union all select 'reply', m.channel, m.bucket::text from unnest(f.message_channels, f.message_reply_times) as m(channel, bucket) where m.bucket is not null
    union all select 'sent-on', m.channel, m.day::text from unnest(f.message_channels, f.message_sent_days) as m(channel, day) where m.day is not null
  ) k
  cross join ${parts}
  group by ${dims}, k.kind, k.key, k.label`

/** Columns of analytics_message that count messages with a bit. */
const messageColumns = {
  sent: bits.sent,
  delivered: bits.delivered,
  opened: bits.opened,
  clicked: bits.clicked,
  replied: bits.replied,
  bounced: bits.bounced,
  unconfirmed: bits.unconfirmed,
  machine_opened: bits.machineOpened,
  machine_clicked: bits.machineClicked,
  unsubscribed: bits.unsubscribed,
  complained: bits.complained,
}

/** The tables of sums: key columns, what is summed, and how it is made of runs. */
export const sumTables = {
  analytics_funnel: {
    key: ['channel'],
    sums: [
      'enrolled',
      'sent',
      'delivered',
      'opened',
      'clicked',
      'replied',
      'handoff',
      'machine_opened',
      'machine_clicked',
    ],
    of: funnelSums,
  },
  analytics_message: {
    key: ['node_id', 'channel', 'message_product_id', 'outcome'],
    sums: ['messages', ...Object.keys(messageColumns)],
    of: messageSums,
  },
  analytics_count: { key: ['kind', 'key', 'label'], sums: ['n'], of: countSums },
} as const

/** The first columns of the key of each table of sums, and their order. */
export const sumKey = [
  'workspace_id',
  'campaign_id',
  'split_node',
  'split_branch',
  'day',
  'product_id',
  'version',
  'again',
]

/** Adds what changed to one table of sums. Rows are taken in key order: one counter at a time anyway. */
const addTo = (table: keyof typeof sumTables) => {
  const { key, sums, of } = sumTables[table]
  const columns = [...sumKey, ...key, ...sums]
  const target = sql.ref(table)
  return sql`
    insert into ${target} (${refs(columns)})
    select ${refs(columns)} from (${of(sql`both_ways`)}) d where ${sql.join(
      sums.map((name) => sql`d.${sql.ref(name)} <> 0`),
      sql` or `,
    )}
    on conflict (campaign_id, split_node, split_branch, ${refs(key)}, day, product_id, version, again) do update set ${sql.join(
      sums.map((name) => sql`${sql.ref(name)} = ${target}.${sql.ref(name)} + excluded.${sql.ref(name)}`),
    )}`
}

/**
 * Counts these runs anew: takes away from the sums what they were counted as, adds what they are now, and remembers that. Whatever brought
 * them here, and however often, the sums are right afterwards. The caller is the only one who counts (see `takeCounting`).
 * Answers which had changed.
 */
export async function countRuns(tx: Tx, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return []
  const list = sql`${arrayLiteral(ids)}::bigint[]`
  await sql`select ${keepFirstPlan}`.execute(tx)
  const { rows } = await sql<{ changed: number[] | null }>`${keepPlan}
    with ${countedAs(list)},
    was as materialized (select ${sql.join(runColumns)} from analytics_run where run_id = any(${list})),
    changed as materialized (
      select coalesce(f.run_id, w.run_id) as run_id from fresh f full join was w on w.run_id = f.run_id where f is distinct from w
    ),
    both_ways as materialized (
      select f.*, 1 as sign from fresh f where run_id in (select run_id from changed)
      union all select w.*, -1 from was w where run_id in (select run_id from changed)
    ),
    funnel as (${addTo('analytics_funnel')}),
    messages as (${addTo('analytics_message')}),
    counts as (${addTo('analytics_count')}),
    kept as (
      insert into analytics_run (${sql.join(runColumns)}) select ${sql.join(runColumns)} from both_ways where sign = 1
      on conflict (run_id) do update set ${sql.join(runColumns.slice(1).map((name) => sql`${name} = excluded.${name}`))}
    ),
    gone as (
      delete from analytics_run where run_id = any(array(select run_id from was except select run_id from fresh))
    )
    select array_agg(run_id)::float8[] as changed from changed
  `.execute(tx)
  await sql`select ${planForValues}`.execute(tx)
  return rows[0]?.changed ?? []
}

/**
 * Whether this transaction may count: one process at a time, else two would take the same away. A command waits for its turn, the loop
 * leaves it to who has it.
 */
export async function takeCounting(tx: Tx, how: 'try' | 'wait' = 'try'): Promise<boolean> {
  const lock = how === 'wait' ? sql`pg_advisory_xact_lock(2, 2) is not null` : sql`pg_try_advisory_xact_lock(2, 2)`
  const { rows } = await sql<{ mine: boolean }>`select ${lock} as mine`.execute(tx)
  return rows[0]?.mine ?? false
}

/** Takes runs that changed off the list, at least one statement's and no more than about `limit`. */
export async function takePending(tx: Tx, limit: number): Promise<number[]> {
  const { rows } = await sql<{ ids: number[] | null }>`${keepPlan}
    with listed as (
      select id, sum(cardinality(run_ids)) over (order by id) - cardinality(run_ids) as before
      from (select id, run_ids from analytics_pending order by id limit 200) p
    ), taken as (
      delete from analytics_pending where id in (select id from listed where before < ${limit}) returning run_ids
    )
    select array_agg(distinct run_id)::float8[] as ids from taken, unnest(run_ids) as run_id
  `.execute(tx)
  return rows[0]?.ids ?? []
}

/** Those of these runs that wait on the list: they have changed since they were counted. */
export async function amongPending(tx: Tx, ids: readonly number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const { rows } = await sql<{ id: number }>`
    select distinct run_id as id from analytics_pending p, unnest(p.run_ids) as run_id where run_id = any(${arrayLiteral(ids)}::bigint[])
  `.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** The next runs of a workspace that is counted anew, and moves its cursor; nothing when no workspace is. */
export async function takeRecount(tx: Tx, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with next as (select workspace_id, after_run_id from analytics_recount order by workspace_id limit 1)
    select r.id from next n cross join lateral (
      select id from (
        -- Also those that are gone from the rows, so that they leave the sums.
        (select id from run where workspace_id = n.workspace_id and id > n.after_run_id order by id limit ${limit})
        union
        (select run_id from analytics_run where workspace_id = n.workspace_id and run_id > n.after_run_id order by run_id limit ${limit})
      ) either order by id limit ${limit}
    ) r
  `.execute(tx)
  const ids = rows.map((row) => row.id)
  const last = ids.at(-1)
  await (last === undefined
    ? sql`delete from analytics_recount where workspace_id = (select min(workspace_id) from analytics_recount)`
    : sql`update analytics_recount set after_run_id = ${last} where workspace_id = (select min(workspace_id) from analytics_recount)`
  ).execute(tx)
  return ids
}

/** Whether anything waits to be counted. */
export async function anythingToCount(db: Db): Promise<boolean> {
  const { rows } = await sql<{ any: boolean }>`${keepPlan}
    select exists (select from analytics_pending) or exists (select from analytics_recount) as any
  `.execute(db)
  return rows[0]?.any ?? false
}

/** Whether a workspace is being counted anew. */
export async function isRecounting(db: Db | Tx): Promise<boolean> {
  const { rows } = await sql<{
    any: boolean
  }>`${keepPlan} select exists (select from analytics_recount) as any`.execute(db)
  return rows[0]?.any ?? false
}
