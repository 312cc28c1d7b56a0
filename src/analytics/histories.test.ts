// One file: one drawing of histories, compared with every number that the API tells.
import { Temporal } from 'temporal-polyfill'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Chance, chance, drawRun, happen, insert, reachGoals } from '../../test/histories/draw.ts'
import {
  branchOf,
  countByHand,
  dayMs,
  graph,
  inChannel,
  type Link,
  linksByHand,
  localDay,
  nodeIds,
  type Run,
  reached,
  shownFunnel,
  stages,
  tallied,
  urls,
  zone,
} from '../../test/histories/model.ts'
import { sql } from '../db/database.ts'
import { createCounting } from './loop.ts'
import { rebuildAnalytics } from './rebuild.ts'

// Long because it is one promise: each number, list and filter of one history is held to the same rows, drawn and counted by hand in
// test/histories. The whole form: HISTORIES=1000 npm test -- src/analytics/histories.test.ts
const histories = Number(process.env.HISTORIES ?? 40)

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await sql`update workspace set timezone = ${zone} where id = ${test.workspaceId}`.execute(test.app.db)
})
afterAll(() => test.close())

/** All runs of all histories. */
let everywhere: readonly Run[] = []
const now = Date.now()

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
  const [from, to] = [now - draw.below(10) * dayMs, now + 1 - draw.below(5) * dayMs].sort((a, b) => a - b) as [
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
  const matches = (run: Run) =>
    (product === null || run.productId === (product === 'none' ? null : product)) &&
    (entry === null || run.entry > 1 === (entry === 'again')) &&
    (version === null || version === (run.startedAt >= now - 5 * dayMs ? 2 : 1))
  const inScope = all.filter((run) => within(run.startedAt) && matches(run))
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
  await checkCalendar(campaignId, query, all.filter(matches), channel)
}

/** On which days messages were sent, whenever their customers were enrolled. */
async function checkCalendar(
  campaignId: string,
  query: URLSearchParams,
  runs: readonly Run[],
  channel: string | null,
): Promise<void> {
  const filters = new URLSearchParams([...query].filter(([name]) => !['range', 'from', 'to'].includes(name)))
  const { status, body } = await test.request('GET', `/campaigns/${campaignId}/analytics/calendar?${filters}`)
  expect(status, JSON.stringify(body)).toBe(200)
  const days = runs.flatMap((run) =>
    inChannel(run, channel).flatMap(({ sentAt }) => (sentAt === null ? [] : [localDay(sentAt)])),
  )
  const answered = body.sent.map(({ day, sent }: { day: string; sent: number }) => [day, sent])
  expect(answered, `${campaignId}?${filters}`).toEqual(
    Object.entries(tallied(days)).sort(([a], [b]) => a.localeCompare(b)),
  )
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
    [
      { show: 'came', nodeId: node },
      inScope.filter(
        ({ steps, nodeId, reason }) =>
          steps.some((step) => step.nodeId === node) || (nodeId === node && reason !== 'holdout'),
      ),
    ],
    [
      { show: 'ended', nodeId: node },
      taken.filter(
        ({ steps, nodeId, status }) =>
          nodeId === node && status !== 'running' && !steps.some((step) => step.nodeId === node),
      ),
    ],
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
    const listed = await readInPages<{ id: number }>(draw, `/campaigns/${campaignId}/analytics/people`, query, ask)
    const ids = listed.map(({ id }) => id)
    expect(ids, `${JSON.stringify(ask)} ${campaignId}?${query}`).toEqual(newestFirst(runs).map(({ id }) => id))
  }
  const messages: [ask: Record<string, string>, counts: (message: Run['messages'][number]) => boolean][] = [
    [{ show: 'replied' }, (message) => reached(message).has('replied')],
    [{ show: 'sent', nodeId: node }, (message) => message.nodeId === node && reached(message).has('sent')],
    [{ show: 'unconfirmed' }, ({ state }) => state === 'unconfirmed'],
    [{ show: 'skipped', reason: 'capped' }, ({ reason }) => reason === 'capped'],
  ]
  for (const [ask, counts] of messages) {
    const path = `/campaigns/${campaignId}/analytics/messages`
    const listed = await readInPages<{ runId: number; nodeId: string }>(draw, path, query, ask)
    const runs = newestFirst(ask.show === 'skipped' ? inScope : taken)
    const wanted = runs.flatMap((run) => sentOn(run).flatMap((one) => (counts(one) ? [`${run.id} ${one.nodeId}`] : [])))
    const found = listed.map(({ runId, nodeId }) => `${runId} ${nodeId}`)
    expect(
      found.map((one) => one.split(' ')[0]),
      `${JSON.stringify(ask)} ${path}?${query}`,
    ).toEqual(wanted.map((one) => one.split(' ')[0]))
    expect(found.toSorted()).toEqual(wanted.toSorted())
  }
}

const newestFirst = (runs: readonly Run[]) => runs.toSorted((a, b) => b.startedAt - a.startedAt || b.id - a.id)

/** All of a list, read in pages of a length drawn by lot. */
async function readInPages<Row>(
  draw: Chance,
  path: string,
  query: URLSearchParams,
  ask: Record<string, string>,
): Promise<Row[]> {
  const rows: Row[] = []
  const limit = draw.pick([1, 3, 200])
  for (let cursor: string | null = ''; cursor !== null; ) {
    const params = new URLSearchParams([...query, ...Object.entries(ask), ['limit', String(limit)]])
    if (cursor) params.set('cursor', cursor)
    const { status, body } = await test.request('GET', `${path}?${params}`)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body.items.length).toBeLessThanOrEqual(limit)
    rows.push(...body.items)
    cursor = body.nextCursor
  }
  return rows
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
      const first = drawRun(draw, id, customerId, 1, products, now)
      // Only one passage of a customer may be live.
      if (first.status === 'running' || draw.yes(0.7)) return [first]
      return [first, drawRun(draw, id, customerId, 2, products, now)]
    })
    byCampaign.set(id, runs)
  }
  const all = [...byCampaign.values()].flat()
  everywhere = all
  await insert(test, all.slice(0, all.length / 2))
  await count()
  await happen(test, draw, all.slice(0, all.length / 2))
  await reachGoals(test, draw, all.slice(0, all.length / 2))
  await insert(test, all.slice(all.length / 2))
  await happen(test, draw, all)
  await count()
  await reachGoals(test, draw, all)
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
