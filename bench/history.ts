/** A synthetic history for `bench analytics`: the same rows every time, made in sets, so that a million runs take minutes. */
import { catalogue, parseConfig } from '../src/catalogue/catalogue.ts'
import { type Db, sql } from '../src/db/database.ts'
import { compile } from '../src/workflow/compile.ts'
import { splitFlow } from '../test/split-flow.ts'

/** Days over which customers were enrolled. */
const days = 90
/** Runs inserted at once. */
const chunk = 100_000
/** Tables whose triggers tell the counting. */
const counted = ['run', 'message', 'tracking_hit', 'run_goal']

/** What was made. */
export interface History {
  workspaceId: number
  /** The first has four fifths of the runs. */
  campaignIds: string[]
  productIds: string[]
  rows: { runs: number; messages: number; events: number; steps: number; hits: number }
  /** An earlier run of the benchmark has made it, and counted it. */
  isKept: boolean
}

/**
 * Fills an empty database with `runs` passages and about two messages, four events and five steps for each, over three months, ten
 * campaigns, three products and two versions. What happened to whom follows from the number of the run. A database that has such a history
 * from an earlier run is left as it is.
 */
export async function makeHistory(db: Db, runs: number, tell: (line: string) => void): Promise<History> {
  const kept = await keptHistory(db)
  if (kept) {
    tell('there is a history already')
    if (kept.rows.runs !== runs)
      throw new Error(`The kept history has ${kept.rows.runs} runs, not ${runs}: choose another BENCH_DATA.`)
    return { ...kept, isKept: true }
  }
  const workspace = await sql<{ id: number }>`
    insert into workspace (name, timezone) values ('Bench', 'Europe/Berlin') returning id
  `.execute(db)
  const workspaceId = workspace.rows[0]?.id ?? 0
  const credential = await sql<{ id: string }>`
    insert into credential (workspace_id, type, name) values (${workspaceId}, 'sandbox', 'Sandbox') returning id
  `.execute(db)
  const credentialId = credential.rows[0]?.id ?? ''
  const products = await sql<{ id: string }>`
    insert into product (workspace_id, name) select ${workspaceId}, 'Product ' || n from generate_series(1, 3) n returning id
  `.execute(db)
  const productIds = products.rows.map((row) => row.id)
  const campaignIds: string[] = []
  for (let n = 0; n < 10; n += 1) campaignIds.push(await addCampaign(db, workspaceId, credentialId, n))

  tell(`adding ${runs} customers`)
  await sql`
    insert into customer (workspace_id, email, first_name)
    select ${workspaceId}, 'c' || n || '@example.com', 'Customer ' || n from generate_series(1, ${runs}::int) n
  `.execute(db)
  await sql`create table bench_customer as select id, row_number() over (order by id) as n from customer`.execute(db)
  await sql`create unique index on bench_customer (n)`.execute(db)
  await sql`select ensure_partitions((now() - interval '120 days')::date, 6)`.execute(db)
  // Counted at the end in one go, as after a migration.
  for (const table of counted) {
    await sql`alter table ${sql.table(table)} disable trigger user`.execute(db)
  }
  for (let from = 1; from <= runs; from += chunk) {
    const to = Math.min(runs, from + chunk - 1)
    tell(`passages ${from} to ${to}`)
    await addRuns(db, { workspaceId, credentialId, campaignIds, productIds }, runs, from, to)
  }
  for (const table of counted) {
    await sql`alter table ${sql.table(table)} enable trigger user`.execute(db)
  }
  await sql`drop table bench_customer`.execute(db)
  await sql`vacuum analyze`.execute(db)
  const { rows } = await sql<History['rows']>`
    select (select count(*) from run) as runs, (select count(*) from message) as messages, (select count(*) from event) as events,
      (select count(*) from step) as steps, (select count(*) from tracking_hit) as hits
  `.execute(db)
  if (!rows[0]) throw new Error('The history cannot be counted.')
  const made: History = { workspaceId, campaignIds, productIds, rows: rows[0], isKept: false }
  await sql`create table bench_history as select ${JSON.stringify(made)}::jsonb as made`.execute(db)
  return made
}

/** What an earlier run left in this database when it had made all of it. */
async function keptHistory(db: Db): Promise<History | undefined> {
  const { rows: found } = await sql<{ is: boolean }>`select to_regclass('bench_history') is not null as is`.execute(db)
  if (!found[0]?.is) return undefined
  const { rows } = await sql<{ made: History }>`select made from bench_history`.execute(db)
  return rows[0]?.made
}

async function addCampaign(db: Db, workspaceId: number, credentialId: string, n: number): Promise<string> {
  const { workflow, problems } = compile(
    splitFlow(credentialId, { again: true, goal: 'deal.won' }),
    catalogue,
    parseConfig,
  )
  if (!workflow) throw new Error(`The bench's own workflow does not compile: ${JSON.stringify(problems)}`)
  const { rows } = await sql<{ id: string }>`
    insert into campaign (workspace_id, name, status, audience) values (${workspaceId}, ${`Campaign ${n + 1}`}, 'completed', '{"type":"all"}') returning id
  `.execute(db)
  const id = rows[0]?.id ?? ''
  await sql`
    insert into workflow_version (campaign_id, number, graph, published_by, published_at)
    select ${id}, v, ${JSON.stringify(workflow)}::jsonb, 'bench', now() - interval '100 days' + (v - 1) * interval '50 days' from generate_series(1, 2) v
  `.execute(db)
  await sql`update campaign set version_id = (select max(id) from workflow_version where campaign_id = ${id}) where id = ${id}`.execute(
    db,
  )
  return id
}

async function addRuns(
  db: Db,
  {
    workspaceId,
    credentialId,
    campaignIds,
    productIds,
  }: { workspaceId: number; credentialId: string; campaignIds: string[]; productIds: string[] },
  total: number,
  from: number,
  to: number,
): Promise<void> {
  const list = (ids: readonly string[]) => sql`${`{${ids.join(',')}}`}::uuid[]`
  // A number from 0 to 999 that follows from the run's own and a salt.
  const draw = (salt: number) => sql`(abs(hashint8extended(n, ${sql.lit(salt)}) % 1000))`
  await sql`
    create temp table made on commit preserve rows as
    select n, c.id as customer_id,
      (${list(campaignIds)})[case when n % 5 < 4 then 1 else 2 + (n / 5) % 9 end] as campaign_id,
      (${list(productIds)})[1 + ${draw(1)} % 3] as product_id,
      date_trunc('second', now()) - interval '1 day' * ${days}::int * (1 - n::float8 / ${total}::int) as started_at,
      case when ${draw(2)} < 500 then 'a' else 'b' end as branch, ${draw(3)} < 50 as held, ${draw(4)} < 970 as sent, ${draw(5)} < 20 as bounced,
      ${draw(6)} < 420 as opened, ${draw(7)} < 90 as clicked, ${draw(8)} < 60 as replied, ${draw(9)} as speed, ${draw(10)} < 25 as replied_late,
      ${draw(11)} < 150 as machine, ${draw(12)} < 2 as unconfirmed, ${draw(13)} < 80 as again, ${draw(14)} < case when ${draw(2)} < 500 then 18 else 24 end as won,
      ${draw(15)} < 50 as scanned
    from generate_series(${from}::int, ${to}::int) n join bench_customer c using (n)
  `.execute(db)
  await sql`
    insert into run (workspace_id, campaign_id, customer_id, entry, product_id, node_id, status, reason, steps, started_at, entered_at, finished_at, awaiting)
    select ${workspaceId}, campaign_id, customer_id, case when again then 2 else 1 end, product_id,
      case when held then 'start' when live then case when second then 'mail-2' else 'wait' end when replied or replied_late then 'handoff' else 'exit' end,
      case when live and not held then 'running' else 'succeeded' end,
      case when held then 'holdout' when live then null when replied or replied_late then 'handoff' else 'exit' end,
      case when held then 0 else 5 end, started_at, started_at, case when live and not held then null else started_at + interval '4 days' end,
      case when live and not held then 'message' end
    from made, lateral (select started_at > now() - interval '5 days' and not replied as live, started_at < now() - interval '3 days' as second) l
    order by n
  `.execute(db)
  await sql`alter table made add column run_id bigint`.execute(db)
  await sql`update made m set run_id = r.id from run r where r.campaign_id = m.campaign_id and r.customer_id = m.customer_id`.execute(
    db,
  )
  await sql`create index on made (run_id)`.execute(db)
  await sql`analyze made`.execute(db)
  await sql`
    insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, product_id, channel, state, reason, queued_at, send_after,
      handed_at, sent_at, opened_at, machine_opened_at, clicked_at, machine_clicked_at, replied_at, bounced_at)
    select ${workspaceId}, m.campaign_id, m.run_id, case when o.n = 1 then 'mail-' || m.branch else 'mail-2' end, m.customer_id, ${credentialId}::uuid, m.product_id,
      'email', case when m.sent and m.unconfirmed then 'unconfirmed' when m.sent then 'sent' else 'skipped' end, case when not m.sent then 'suppressed' end, at, at, case when m.sent then at end,
      case when m.sent then at end, case when m.sent and m.opened and not bounced then at + interval '2 hours' end,
      case when m.sent and m.machine then at + interval '5 seconds' end,
      case when m.sent and m.clicked and not bounced and o.n = 1 then at + interval '3 hours' end,
      case when m.sent and m.scanned and o.n = 1 then at + interval '6 seconds' end,
      case when m.sent and not bounced and (case o.n when 1 then m.replied else m.replied_late end) then at + interval '1 minute' * (1 + m.speed * m.speed / 100) end,
      case when m.sent and m.bounced and o.n = 1 then at + interval '1 minute' end
    from made m cross join (values (1), (2)) o(n), lateral (select m.started_at + interval '1 minute' + (o.n - 1) * interval '3 days' as at) a
    where not m.held and (o.n = 1 or (not m.replied and a.at < now())) order by m.n, o.n
  `.execute(db)
  await sql`
    insert into step (workspace_id, customer_id, run_id, seq, version_id, node_id, label, entered_at, at)
    select ${workspaceId}, m.customer_id, m.run_id, s.seq, 1, s.node_id, s.label, m.started_at, m.started_at + interval '1 hour' * s.seq
    from made m cross join lateral (values (1, 'start', ''), (2, 'split', m.branch), (3, 'mail-' || m.branch, case when m.replied then 'replied' else '' end),
      (4, case when m.replied then 'handoff' else 'wait' end, case when m.replied then null else '' end),
      (5, case when m.replied then null else 'mail-2' end, '')) s(seq, node_id, label)
    where not m.held and s.node_id is not null
  `.execute(db)
  await sql`
    insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
    select ${workspaceId}, m.customer_id, e.name, '{}', m.campaign_id, m.run_id, null, m.started_at, m.started_at
    from made m cross join (values ('run.started'), ('message.sent'), ('message.opened'), ('run.finished')) e(name)
  `.execute(db)
  await sql`
    with clicked as (
      select id, workspace_id, clicked_at, machine_clicked_at, run_id from message where (clicked_at is not null or machine_clicked_at is not null) and run_id between (select min(run_id) from made) and (select max(run_id) from made)
    ), content as (
      insert into message_content (message_id, workspace_id, to_address, subject, text, links)
      select id, workspace_id, '', 'Hi', '', array['https://shop.example/offer?c=' || id, 'https://shop.example/about', 'https://docs.example/'] from clicked
    )
    insert into tracking_hit (workspace_id, message_id, kind, link, method, verdict, at)
    select workspace_id, id, 'click', run_id % 3, 'GET', 'human', clicked_at from clicked where clicked_at is not null
    union all select workspace_id, id, 'click', run_id % 3, 'HEAD', 'machine', machine_clicked_at from clicked where machine_clicked_at is not null
  `.execute(db)
  await sql`
    insert into run_goal (run_id, node_id, workspace_id, campaign_id, customer_id, at)
    select run_id, 'won', ${workspaceId}, campaign_id, customer_id, started_at + interval '2 days' from made where won
  `.execute(db)
  await sql`drop table made`.execute(db)
}
