/** Draws random histories, the same for a seed, and writes them as the program would: in any order, some of it twice. */
import { sql } from '../../src/db/database.ts'
import type { TestApp } from '../app.ts'
import { seededRandom } from '../dirty-csv.ts'
import { channels, dayMs, type Message, nodeIds, type Run, urls } from './model.ts'

/** Choices that are the same every time. */
export function chance(seed: number) {
  const next = seededRandom(seed)
  return {
    below: (n: number) => Math.floor(next() * n),
    yes: (share: number) => next() < share,
    pick: <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item,
  }
}
/** What draws. */
export type Chance = ReturnType<typeof chance>

/** One passage that began in the ten days before `now`. */
export function drawRun(
  draw: Chance,
  campaignId: string,
  customerId: string,
  entry: number,
  products: readonly string[],
  now: number,
): Run {
  const held = draw.yes(0.1)
  const live = !held && draw.yes(0.3)
  const visited = held ? [] : nodeIds.filter(() => draw.yes(0.7))
  const nodeId = visited.at(-1) ?? 'start'
  const steps = (live ? visited.slice(0, -1) : visited).map((id, index, all) => ({
    seq: index + 1,
    nodeId: id,
    label:
      !live && index === all.length - 1
        ? null
        : id === 'split'
          ? draw.pick(['a', 'b', 'at:x'])
          : draw.pick(['', 'replied']),
  }))
  // Taken away by a listener and back: a node may be passed twice.
  if (steps.length > 0 && draw.yes(0.2))
    steps.push({ seq: steps.length + 1, nodeId: draw.pick(visited), label: draw.pick(['', 'a', 'b']) })
  // Around midnight in São Paulo, over ten days.
  const startedAt = now - draw.below(10) * dayMs - draw.below(48) * 1_800_000
  const messages = held
    ? []
    : visited
        .filter((id) => id.startsWith('mail'))
        .map((id): Message => {
          const state = draw.pick(['sent', 'sent', 'sent', 'unconfirmed', 'skipped', 'failed', 'refused', 'queued'])
          return {
            nodeId: id,
            channel: draw.pick(channels),
            productId: draw.pick([...products, null]),
            state,
            // Up to three days after the enrollment, as steps wait.
            sentAt: ['sent', 'unconfirmed'].includes(state) ? startedAt + draw.below(72) * 3_600_000 : null,
            reason: state === 'skipped' ? draw.pick(['suppressed', 'no_address', 'capped']) : null,
            ...{ opened: false, clicked: false, replied: false, bounced: false, machineOpened: false },
            ...{ machineClicked: false, unsubscribed: false, complained: false, hits: [] },
          }
        })
  return {
    id: 0,
    ...{ campaignId, customerId, entry, nodeId, steps, messages },
    goals: [],
    productId: draw.pick([...products, null]),
    startedAt,
    status: live ? 'running' : draw.pick(held ? ['succeeded'] : ['succeeded', 'canceled', 'failed']),
    reason: live ? null : held ? 'holdout' : draw.pick(['handoff', 'exit', 'end-of-flow', 'error']),
    failing: live && draw.yes(0.3),
  }
}

/** Writes runs with their steps and messages, and gives them their ids. */
export async function insert(test: TestApp, runs: readonly Run[]): Promise<void> {
  const { db } = test.app
  const { rows } = await sql<{ id: number; campaign_id: string; customer_id: string; entry: number }>`
    insert into run (workspace_id, campaign_id, customer_id, entry, product_id, node_id, status, reason, error, started_at, finished_at)
    select ${test.workspaceId}, r."campaignId", r."customerId", r.entry, r."productId", r."nodeId", r.status, r.reason,
      case when r.failing then '{"code": "x", "message": "x", "nodeId": "x"}'::jsonb end, to_timestamp(r."startedAt" / 1000.0), case when r.status <> 'running' then now() end
    from jsonb_to_recordset(${JSON.stringify(runs)}::jsonb) as r("campaignId" uuid, "customerId" uuid, entry int, "productId" uuid, "nodeId" text,
      status text, reason text, failing boolean, "startedAt" float8)
    returning id, campaign_id, customer_id, entry
  `.execute(db)
  const ids = new Map(rows.map((row) => [`${row.campaign_id}${row.customer_id}${row.entry}`, row.id]))
  for (const run of runs) run.id = ids.get(`${run.campaignId}${run.customerId}${run.entry}`) ?? 0
  const steps = runs.flatMap((run) => run.steps.map((step) => ({ ...step, runId: run.id, customerId: run.customerId })))
  await sql`
    insert into step (workspace_id, customer_id, run_id, seq, node_id, label, entered_at, at)
    select ${test.workspaceId}, s."customerId", s."runId", s.seq, s."nodeId", s.label, now(), now()
    from jsonb_to_recordset(${JSON.stringify(steps)}::jsonb) as s("customerId" uuid, "runId" bigint, seq int, "nodeId" text, label text)
  `.execute(db)
  const messages = runs.flatMap((run) =>
    run.messages.map((message) => ({
      ...message,
      runId: run.id,
      customerId: run.customerId,
      campaignId: run.campaignId,
    })),
  )
  await sql`
    insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, product_id, channel, state, reason, sent_at)
    select ${test.workspaceId}, m."campaignId", m."runId", m."nodeId", m."customerId", gen_random_uuid(), m."productId", m.channel, m.state, m.reason, to_timestamp(m."sentAt" / 1000.0)
    from jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) as m("campaignId" uuid, "runId" bigint, "nodeId" text, "customerId" uuid, "productId" uuid,
      channel text, state text, reason text, "sentAt" float8)
  `.execute(db)
  await sql`
    insert into message_content (message_id, workspace_id, to_address, subject, text, links)
    select id, workspace_id, '', '', '', array[${urls[0]} || '?c=' || id, ${urls[1]}::text] from message m
    where not exists (select from message_content c where c.message_id = m.id)
  `.execute(db)
}

/** Goals are reached, some of them twice, also after the end and by those who were held out. */
export async function reachGoals(test: TestApp, draw: Chance, runs: readonly Run[]): Promise<void> {
  for (const goal of ['won', 'renewed']) {
    const reaching = runs.filter(() => draw.yes(0.15))
    for (const run of reaching) if (!run.goals.includes(goal)) run.goals.push(goal)
    for (let times = 0; times < 2; times += 1) {
      await sql`
        insert into run_goal (run_id, node_id, workspace_id, campaign_id, customer_id, at)
        select r.id, ${goal}, r.workspace_id, r.campaign_id, r.customer_id, now() from run r
        where r.id = any(${`{${reaching.map(({ id }) => id).join(',')}}`}::bigint[]) on conflict do nothing
      `.execute(test.app.db)
    }
  }
}

/** Things happen to messages in any order, some of them twice, and with the same statement that the product uses: only the first counts. */
export async function happen(test: TestApp, draw: Chance, runs: readonly Run[]): Promise<void> {
  const what = {
    opened: 'opened_at',
    clicked: 'clicked_at',
    replied: 'replied_at',
    bounced: 'bounced_at',
    machineOpened: 'machine_opened_at',
    machineClicked: 'machine_clicked_at',
    unsubscribed: 'unsubscribed_at',
    complained: 'complained_at',
  } as const
  const order = [
    ...(['complained', 'bounced', 'replied', 'machineClicked', 'opened', 'clicked'] as const),
    ...(['machineOpened', 'unsubscribed', 'opened', 'replied', 'clicked'] as const),
  ]
  for (const name of order) {
    const hit: { runId: number; nodeId: string; link: number; human: boolean }[] = []
    for (const run of runs) {
      for (const message of run.messages) {
        if (!['sent', 'unconfirmed'].includes(message.state) || !draw.yes(0.25)) continue
        message[name] = true
        const followed = { link: draw.below(2), human: name === 'clicked' }
        if (name === 'clicked' || name === 'machineClicked') message.hits.push(followed)
        hit.push({ runId: run.id, nodeId: message.nodeId, ...followed })
      }
    }
    await sql`
      update message m set ${sql.ref(what[name])} = coalesce(m.${sql.ref(what[name])}, now())
      from jsonb_to_recordset(${JSON.stringify(hit)}::jsonb) as h("runId" bigint, "nodeId" text) where m.run_id = h."runId" and m.node_id = h."nodeId"
    `.execute(test.app.db)
    if (name !== 'clicked' && name !== 'machineClicked') continue
    // Each request of a link is a row, whoever made it.
    await sql`
      insert into tracking_hit (workspace_id, message_id, kind, link, method, verdict)
      select m.workspace_id, m.id, 'click', h.link, 'GET', case when h.human then 'human' else 'machine' end
      from jsonb_to_recordset(${JSON.stringify(hit)}::jsonb) as h("runId" bigint, "nodeId" text, link int, human boolean)
      join message m on m.run_id = h."runId" and m.node_id = h."nodeId"
    `.execute(test.app.db)
  }
}
