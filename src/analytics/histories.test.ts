import { Temporal } from 'temporal-polyfill'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { seededRandom } from '../../test/dirty-csv.ts'
import { sql } from '../db/database.ts'
import { createCounting } from './loop.ts'
import { rebuildAnalytics } from './rebuild.ts'

// The whole form: HISTORIES=1000 npm test -- src/analytics/histories.test.ts
const histories = Number(process.env.HISTORIES ?? 40)
const zone = 'America/Sao_Paulo'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await sql`update workspace set timezone = ${zone} where id = ${test.workspaceId}`.execute(test.app.db)
})
afterAll(() => test.close())

/** Choices that are the same every time. */
function chance(seed: number) {
  const next = seededRandom(seed)
  return {
    below: (n: number) => Math.floor(next() * n),
    yes: (share: number) => next() < share,
    pick: <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item,
  }
}
type Chance = ReturnType<typeof chance>

const nodeIds = ['start', 'split', 'mail-1', 'mail-2', 'note', 'end']
const channels = ['email', 'email', 'telegram', 'linkedin']
const graph = {
  start: 'start',
  nodes: Object.fromEntries(
    nodeIds.map((id) => [
      id,
      {
        id,
        type: 'x',
        title: `Node ${id}`,
        config:
          id === 'split'
            ? {
                branches: [
                  { id: 'a', weight: 1 },
                  { id: 'b', weight: 1 },
                ],
              }
            : {},
        out: {},
      },
    ]),
  ),
  listeners: [],
  listens: [],
}

interface Run {
  id: number
  campaignId: string
  customerId: string
  entry: number
  productId: string | null
  startedAt: number
  status: string
  reason: string | null
  nodeId: string
  failing: boolean
  goals: string[]
  messages: Message[]
  steps: { seq: number; nodeId: string; label: string | null }[]
}
interface Message {
  nodeId: string
  channel: string
  productId: string | null
  state: string
  reason: string | null
  opened: boolean
  clicked: boolean
  replied: boolean
  bounced: boolean
  machineOpened: boolean
  machineClicked: boolean
  unsubscribed: boolean
  complained: boolean
  /** Links that somebody followed, with who it was. */
  hits: { link: number; human: boolean }[]
}
const urls = ['https://shop.example/a', 'https://shop.example/b']

const day = 86_400_000
/** All runs of all histories. */
let everywhere: readonly Run[] = []
const now = Date.now()

function drawRun(
  draw: Chance,
  campaignId: string,
  customerId: string,
  entry: number,
  products: readonly string[],
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
    // Around midnight in São Paulo, over ten days.
    startedAt: now - draw.below(10) * day - draw.below(48) * 1_800_000,
    status: live ? 'running' : draw.pick(held ? ['succeeded'] : ['succeeded', 'canceled', 'failed']),
    reason: live ? null : held ? 'holdout' : draw.pick(['handoff', 'exit', 'end-of-flow', 'error']),
    failing: live && draw.yes(0.3),
  }
}

async function insert(runs: readonly Run[]): Promise<void> {
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
    select ${test.workspaceId}, m."campaignId", m."runId", m."nodeId", m."customerId", gen_random_uuid(), m."productId", m.channel, m.state, m.reason,
      case when m.state in ('sent', 'unconfirmed') then now() - interval '1 day' end
    from jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) as m("campaignId" uuid, "runId" bigint, "nodeId" text, "customerId" uuid, "productId" uuid,
      channel text, state text, reason text)
  `.execute(db)
  await sql`
    insert into message_content (message_id, workspace_id, to_address, subject, text, links)
    select id, workspace_id, '', '', '', array[${urls[0]} || '?c=' || id, ${urls[1]}::text] from message m
    where not exists (select from message_content c where c.message_id = m.id)
  `.execute(db)
}

/** Goals are reached, some of them twice, also after the end and by those who were held out. */
async function reachGoals(draw: Chance, runs: readonly Run[]): Promise<void> {
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
async function happen(draw: Chance, runs: readonly Run[]): Promise<void> {
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

const stages = ['enrolled', 'sent', 'delivered', 'opened', 'clicked', 'replied', 'handoff'] as const

/** The stages that a message reached, by the definitions. */
const reached = (message: Message): Set<string> => {
  const set = new Set<string>()
  if (!['sent', 'unconfirmed'].includes(message.state)) return set
  set.add('sent')
  if (message.bounced) return set
  set.add('delivered')
  if (message.opened || message.clicked || message.replied) set.add('opened')
  if (message.clicked) set.add('clicked')
  if (message.replied) set.add('replied')
  return set
}

const branchOf = (run: Run, node: string) =>
  run.steps
    .toSorted((a, b) => a.seq - b.seq)
    .find((step) => step.nodeId === node && (step.label === 'a' || step.label === 'b'))?.label ?? null

/** The funnel by hand. */
function countByHand(runs: readonly Run[], channel: string | null): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(stages.map((stage) => [stage, 0]))
  const add = (stage: string) => {
    counts[stage] = (counts[stage] ?? 0) + 1
  }
  for (const run of runs.filter(({ reason }) => reason !== 'holdout')) {
    const seen = new Set(
      run.messages
        .filter((message) => channel === null || message.channel === channel)
        .flatMap((message) => [...reached(message)]),
    )
    add('enrolled')
    for (const stage of seen) add(stage)
    if (run.reason === 'handoff' && run.status === 'succeeded' && (channel === null || seen.has('sent'))) add('handoff')
  }
  return counts
}

const shownFunnel = (funnel: { stage: string; count: number }[]) =>
  Object.fromEntries(funnel.map(({ stage, count }) => [stage, count]))
const tallied = (keys: readonly string[]): Record<string, number> => {
  const tally: Record<string, number> = {}
  for (const key of keys) tally[key] = (tally[key] ?? 0) + 1
  return tally
}
const localDay = (at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString()

async function check(
  draw: Chance,
  campaignId: string,
  all: readonly Run[],
  products: readonly string[],
): Promise<void> {
  const channel = draw.pick([null, null, 'email', 'telegram', 'linkedin'])
  const product = draw.pick([null, null, 'none', ...products])
  const entry = draw.pick([null, null, 'first', 'again'])
  const version = draw.pick([null, null, 1, 2])
  const branch = draw.pick([null, null, 'a', 'b'])
  const range = draw.pick(['none', 'days', 'instants', '7d'])
  const [from, to] = [now - draw.below(10) * day, now + 1 - draw.below(5) * day].sort((a, b) => a - b) as [
    number,
    number,
  ]
  const query = new URLSearchParams()
  const set = (name: string, value: string | number | null) => value === null || query.set(name, String(value))
  set('channel', channel)
  set('productId', product)
  set('entry', entry)
  set('version', version)
  if (range === 'days')
    for (const [name, at] of [
      ['from', from],
      ['to', to],
    ] as const)
      set(name, localDay(at))
  if (range === 'instants')
    for (const [name, at] of [
      ['from', from],
      ['to', to],
    ] as const)
      set(name, new Date(at).toISOString())
  if (range === '7d') set('range', '7d')
  const today = Temporal.PlainDate.from(localDay(now))
  const within = (at: number) =>
    range === 'none' ||
    (range === 'instants' && at >= from && at < to) ||
    (range === 'days' && localDay(at) >= localDay(from) && localDay(at) <= localDay(to)) ||
    (range === '7d' && localDay(at) > today.subtract({ days: 7 }).toString() && localDay(at) <= today.toString())
  const inScope = all.filter(
    (run) =>
      within(run.startedAt) &&
      (product === null || run.productId === (product === 'none' ? null : product)) &&
      (entry === null || run.entry > 1 === (entry === 'again')) &&
      (version === null || version === (run.startedAt >= now - 5 * day ? 2 : 1)),
  )
  const read = async (extra: Record<string, string> = {}) => {
    const params = new URLSearchParams([...query, ...Object.entries(extra)])
    const answer = await test.request('GET', `/campaigns/${campaignId}/analytics?${params}`)
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return answer.body
  }
  const whole = await read()
  const note = `${campaignId}?${query}`
  expect(shownFunnel(whole.funnel), note).toEqual(countByHand(inScope, channel))
  const messages = inScope
    .flatMap((run) => run.messages)
    .filter((message) => channel === null || message.channel === channel)
  expect(whole.unconfirmed, note).toBe(messages.filter(({ state }) => state === 'unconfirmed').length)
  expect(whole.skipped, note).toEqual(
    tallied(messages.flatMap(({ state, reason }) => (state === 'skipped' && reason !== null ? [reason] : []))),
  )
  expect(whole.exits, note).toEqual(tallied(inScope.flatMap(({ reason }) => reason ?? [])))
  expect(whole.inside, note).toBe(inScope.filter(({ status }) => status === 'running').length)
  expect(whole.holdout, note).toBe(inScope.filter(({ reason }) => reason === 'holdout').length)
  expect(whole.messages.messages, note).toBe(messages.length)
  for (const stage of ['sent', 'delivered', 'opened', 'clicked', 'replied']) {
    expect(whole.messages[stage], `${stage} ${note}`).toBe(
      messages.filter((message) => reached(message).has(stage)).length,
    )
    const parts = whole.messages.byProduct.reduce(
      (sum: number, part: Record<string, number>) => sum + (part[stage] ?? 0),
      0,
    )
    expect(parts, `${stage} by product ${note}`).toBe(whole.messages[stage])
  }
  expect(whole.timeToReply?.replies ?? 0, note).toBe(
    messages.filter((message) => reached(message).has('replied')).length,
  )

  if (branch !== null) {
    const one = await read({ branch: `split:${branch}` })
    const took = inScope.filter((run) => branchOf(run, 'split') === branch)
    expect(shownFunnel(one.funnel), `${branch} ${note}`).toEqual(countByHand(took, channel))
    expect(one.exits, `${branch} ${note}`).toEqual(tallied(took.flatMap(({ reason }) => reason ?? [])))
  }
  for (const groupBy of ['product', 'branch', 'day', 'version', 'entry']) {
    const { groups } = await read({ groupBy })
    for (const stage of stages) {
      const parts = groups.reduce(
        (sum: number, group: { funnel: { stage: string; count: number }[] }) =>
          sum + (shownFunnel(group.funnel)[stage] ?? 0),
        0,
      )
      expect(parts, `${groupBy} ${stage} ${note}`).toBe(shownFunnel(whole.funnel)[stage])
    }
  }
  const { groups } = await read({ groupBy: 'node' })
  for (const { key, node } of groups) {
    const left = inScope.filter((run) => run.steps.some((step) => step.nodeId === key))
    const here = inScope.filter((run) => run.status === 'running' && run.nodeId === key)
    const at = messages.filter((message) => message.nodeId === key)
    expect(node, `${key} ${note}`).toMatchObject({
      passed: left.length,
      here: here.length,
      errors: here.filter(({ failing }) => failing).length,
      sent: at.filter((message) => reached(message).has('sent')).length,
      replied: at.filter((message) => reached(message).has('replied')).length,
    })
    const ways = inScope.flatMap((run) => [
      ...new Set(run.steps.flatMap((step) => (step.nodeId === key && step.label !== null ? [step.label] : []))),
    ])
    expect(
      Object.fromEntries(
        node.edges.map((edge: { when: string | null; count: number }) => [edge.when ?? '', edge.count]),
      ),
      `${key} ${note}`,
    ).toEqual(tallied(ways))
  }
  expect(whole.machine, note).toEqual({
    opened: inScope.filter((run) => inChannel(run, channel).some(({ machineOpened }) => machineOpened)).length,
    clicked: inScope.filter((run) => inChannel(run, channel).some(({ machineClicked }) => machineClicked)).length,
  })
  for (const fact of ['unsubscribed', 'complained'] as const) {
    expect(whole.messages[fact], `${fact} ${note}`).toBe(messages.filter((message) => message[fact]).length)
  }
  expect(new Map(whole.links.map((link: Link) => [`${link.nodeId} ${link.url}`, link])), note).toEqual(
    linksByHand(inScope),
  )
  await checkLists(draw, campaignId, query, inScope, channel)
  await checkNode(campaignId, query, draw.pick(nodeIds), inScope, channel)
  await checkComparison(campaignId, query, inScope, channel)
}

interface Link {
  nodeId: string
  title: string
  url: string
  customers: number
  machines: number
}

const inChannel = (run: Run, channel: string | null) =>
  run.messages.filter((message) => channel === null || message.channel === channel)

/** Each link once for a passage and step, by a person if ever one followed it. */
function linksByHand(runs: readonly Run[]): Map<string, Link> {
  const links = new Map<string, Link>()
  for (const { nodeId, hits } of runs.flatMap((run) => run.messages)) {
    for (const [index, url] of urls.entries()) {
      const followed = hits.filter(({ link }) => link === index)
      if (followed.length === 0) continue
      const key = `${nodeId} ${url}`
      const link = links.get(key) ?? { nodeId, title: `Node ${nodeId}`, url, customers: 0, machines: 0 }
      link[followed.some(({ human }) => human) ? 'customers' : 'machines'] += 1
      links.set(key, link)
    }
  }
  return links
}

/** Who is behind a number: all lists, each read in pages. */
async function checkLists(
  draw: Chance,
  campaignId: string,
  query: URLSearchParams,
  inScope: readonly Run[],
  channel: string | null,
): Promise<void> {
  const taken = inScope.filter(({ reason }) => reason !== 'holdout')
  const sentOn = (run: Run, nodeId?: string) =>
    inChannel(run, channel).filter((message) => nodeId === undefined || message.nodeId === nodeId)
  const node = draw.pick(nodeIds)
  const label = draw.pick(['', 'replied', 'a', 'at:x'])
  const url = draw.pick(urls)
  const lists: [ask: Record<string, string>, runs: readonly Run[]][] = [
    [{ show: 'enrolled' }, taken],
    ...(['sent', 'delivered', 'opened', 'clicked', 'replied'] as const).flatMap((show): typeof lists => [
      [{ show }, taken.filter((run) => sentOn(run).some((message) => reached(message).has(show)))],
      [{ show, nodeId: node }, taken.filter((run) => sentOn(run, node).some((one) => reached(one).has(show)))],
    ]),
    [{ show: 'machineOpened' }, taken.filter((run) => sentOn(run).some((message) => message.machineOpened))],
    [{ show: 'machineClicked' }, taken.filter((run) => sentOn(run).some((message) => message.machineClicked))],
    [{ show: 'unconfirmed' }, taken.filter((run) => sentOn(run).some(({ state }) => state === 'unconfirmed'))],
    [
      { show: 'skipped', reason: 'capped' },
      taken.filter((run) => sentOn(run).some(({ reason }) => reason === 'capped')),
    ],
    [{ show: 'holdout' }, inScope.filter(({ reason }) => reason === 'holdout')],
    [{ show: 'inside' }, inScope.filter(({ status }) => status === 'running')],
    [{ show: 'exit', reason: 'error' }, inScope.filter(({ reason }) => reason === 'error')],
    [{ show: 'here', nodeId: node }, inScope.filter(({ status, nodeId }) => status === 'running' && nodeId === node)],
    [{ show: 'errors' }, inScope.filter(({ failing }) => failing)],
    [{ show: 'passed', nodeId: node }, inScope.filter(({ steps }) => steps.some(({ nodeId }) => nodeId === node))],
    [
      { show: 'edge', nodeId: node, when: label },
      inScope.filter(({ steps }) => steps.some((step) => step.nodeId === node && step.label === label)),
    ],
    [
      { show: 'link', nodeId: 'mail-1', url },
      inScope.filter(({ messages }) =>
        messages.some(
          ({ nodeId, hits }) => nodeId === 'mail-1' && hits.some(({ link, human }) => human && urls[link] === url),
        ),
      ),
    ],
    [{ show: 'goal', nodeId: 'won' }, inScope.filter(({ goals }) => goals.includes('won'))],
  ]
  for (const [ask, runs] of lists) {
    const ids: number[] = []
    const limit = draw.pick([1, 3, 200])
    for (let cursor: string | null = ''; cursor !== null; ) {
      const params = new URLSearchParams([...query, ...Object.entries(ask), ['limit', String(limit)]])
      if (cursor) params.set('cursor', cursor)
      const { status, body } = await test.request('GET', `/campaigns/${campaignId}/analytics/people?${params}`)
      expect(status, JSON.stringify(body)).toBe(200)
      ids.push(...body.items.map((run: { id: number }) => run.id))
      cursor = body.nextCursor
    }
    const ordered = runs.toSorted((a, b) => b.startedAt - a.startedAt || b.id - a.id).map(({ id }) => id)
    expect(ids, `${JSON.stringify(ask)} ${campaignId}?${query}`).toEqual(ordered)
  }
}

/** One step looked at closely: as a whole, and its days add up to that. */
async function checkNode(
  campaignId: string,
  query: URLSearchParams,
  nodeId: string,
  inScope: readonly Run[],
  channel: string | null,
): Promise<void> {
  const { status, body } = await test.request('GET', `/campaigns/${campaignId}/analytics/nodes/${nodeId}?${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  const at = inScope.flatMap((run) => inChannel(run, channel).filter((message) => message.nodeId === nodeId))
  const left = (run: Run) => run.steps.some((step) => step.nodeId === nodeId)
  const came = inScope.filter((run) => left(run) || (run.nodeId === nodeId && run.reason !== 'holdout'))
  const here = inScope.filter((run) => run.status === 'running' && run.nodeId === nodeId)
  const counts = (runs: readonly Run[]) => ({
    came: runs.filter((run) => came.includes(run)).length,
    passed: runs.filter(left).length,
    here: runs.filter((run) => here.includes(run)).length,
    errors: runs.filter((run) => here.includes(run) && run.failing).length,
  })
  const note = `${nodeId} ${campaignId}?${query}`
  expect(body.whole, note).toMatchObject({
    ...counts(inScope),
    sent: at.length === 0 ? null : at.filter((message) => reached(message).has('sent')).length,
    replied: at.length === 0 ? null : at.filter((message) => reached(message).has('replied')).length,
  })
  const days = Map.groupBy(inScope, (run) => localDay(run.startedAt))
  for (const { day, came: _came, passed, here: there, errors } of body.series) {
    const { came: n, ...rest } = counts(days.get(day) ?? [])
    expect({ came: _came, passed, here: there, errors }, `${day} ${note}`).toEqual({ came: n, ...rest })
  }
  const branches = new Map(body.branches.map((row: { key: string; came: number }) => [row.key, row.came]))
  for (const branch of ['a', 'b']) {
    const took = inScope.filter((run) => branchOf(run, 'split') === branch)
    expect(branches.get(`split:${branch}`) ?? 0, `${branch} ${note}`).toBe(counts(took).came)
  }
}

/** What the branches and those held out are compared by. */
async function checkComparison(
  campaignId: string,
  query: URLSearchParams,
  inScope: readonly Run[],
  channel: string | null,
): Promise<void> {
  const { status, body } = await test.request(
    'GET',
    `/campaigns/${campaignId}/analytics/comparison?${query}&metric=replied`,
  )
  expect(status, JSON.stringify(body)).toBe(200)
  const note = `${campaignId}?${query}`
  const [taken, held] = [true, false].map((wanted) => inScope.filter((run) => (run.reason !== 'holdout') === wanted))
  for (const { key, n, reached: replied } of body.comparisons[0].branches) {
    const counted = countByHand(taken?.filter((run) => branchOf(run, 'split') === key) ?? [], channel)
    expect([n, replied], `branch ${key} ${note}`).toEqual([counted.enrolled, counted.replied])
  }
  const reaching = (runs: readonly Run[] = [], goal = '') => ({
    n: runs.length,
    reached: runs.filter(({ goals }) => goals.includes(goal)).length,
  })
  if (!held?.length) return expect(body.lifts, note).toEqual([])
  for (const { goalId, written, held: heldOut } of body.lifts) {
    if (goalId === null) {
      const others = everywhere.filter(({ reason }) => reason === 'handoff')
      const since = held.filter((run) =>
        others.some((one) => one.customerId === run.customerId && one.startedAt >= run.startedAt),
      )
      const handedOff = (taken ?? []).filter(({ reason, status }) => reason === 'handoff' && status === 'succeeded')
      expect(written, note).toMatchObject({ n: taken?.length, ...(channel === null && { reached: handedOff.length }) })
      expect(heldOut, note).toEqual({
        n: held.length,
        reached: new Set(since.map(({ customerId }) => customerId)).size,
      })
      continue
    }
    expect([written, heldOut], `${goalId} ${note}`).toEqual([reaching(taken, goalId), reaching(held, goalId)])
  }
}

it(`counts ${histories} random histories as they are counted by hand, however their events came in`, {
  timeout: Math.max(120_000, histories * 3_000),
}, async () => {
  const draw = chance(20_261_126)
  const { db } = test.app
  const counting = createCounting(test.app)
  const count = async () => {
    while ((await counting.pass()).again);
  }
  const made = await sql<{ id: string }>`
    insert into product (workspace_id, name) select ${test.workspaceId}, 'P' || n from generate_series(1, 2) n returning id
  `.execute(db)
  const products = made.rows.map((row) => row.id)
  const customers = await sql<{ id: string }>`
    insert into customer (workspace_id, email) select ${test.workspaceId}, 'h' || n || '@example.com' from generate_series(1, 12) n returning id
  `.execute(db)
  const campaigns = await sql<{ id: string }>`
    with c as (
      insert into campaign (workspace_id, name, status) select ${test.workspaceId}, 'History ' || n, 'completed' from generate_series(1, ${histories}::int) n returning id
    ), v as (
      insert into workflow_version (campaign_id, number, graph, published_by, published_at)
      select c.id, v, ${JSON.stringify(graph)}::jsonb, 'test', to_timestamp(${now / 1000}::float8) - case v when 1 then interval '50 days' else interval '5 days' end
      from c, generate_series(1, 2) v
    ) select id from c
  `.execute(db)
  await sql`
    update campaign c set version_id = v.id from workflow_version v where v.campaign_id = c.id and v.number = 2 and c.version_id is null
  `.execute(db)
  const byCampaign = new Map<string, Run[]>()
  for (const { id } of campaigns.rows) {
    const runs = customers.rows.flatMap(({ id: customerId }) => {
      if (draw.yes(0.2)) return []
      const first = drawRun(draw, id, customerId, 1, products)
      // Only one passage of a customer may be live.
      if (first.status === 'running' || draw.yes(0.7)) return [first]
      return [first, drawRun(draw, id, customerId, 2, products)]
    })
    byCampaign.set(id, runs)
  }
  const all = [...byCampaign.values()].flat()
  everywhere = all
  await insert(all.slice(0, all.length / 2))
  await count()
  await happen(draw, all.slice(0, all.length / 2))
  await reachGoals(draw, all.slice(0, all.length / 2))
  await insert(all.slice(all.length / 2))
  await happen(draw, all)
  await count()
  await reachGoals(draw, all)
  await count()
  // What did not change anything changes no number.
  await sql`update message set state = state`.execute(db)
  await sql`update run set status = status`.execute(db)
  await count()
  for (const [id, runs] of byCampaign) await check(draw, id, runs, products)

  const rebuilt = await rebuildAnalytics(db, () => undefined)
  expect(rebuilt).toMatchObject({ runs: all.length, runsDiffering: 0, differences: [] })
})

it('finds and mends sums that are wrong', async () => {
  const { db } = test.app
  await sql`update analytics_funnel set sent = sent + 1 where ctid = (select ctid from analytics_funnel where split_node = '' limit 1)`.execute(
    db,
  )
  await sql`update analytics_run set stages = stages # 1 where run_id = (select min(run_id) from analytics_run)`.execute(
    db,
  )
  const found = await rebuildAnalytics(db, () => undefined)
  expect(found.runsDiffering).toBe(1)
  expect(found.differences).toContainEqual(expect.objectContaining({ table: 'analytics_funnel', column: 'sent' }))
  const again = await rebuildAnalytics(db, () => undefined)
  expect(again).toMatchObject({ runsDiffering: 0, differences: [] })
})
