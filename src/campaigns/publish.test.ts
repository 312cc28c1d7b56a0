import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, runsOf, settle, settleFirings } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'
import { createAdvance } from '../engine/advance.ts'
import { nodes as nodeTypes } from '../nodes/index.ts'
import { followRemoved } from './leaving-sql.ts'

let test: TestApp
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 4)
})
afterAll(() => test.close())

const hour = 3_600_000
const node = (id: string, type: string, config: Record<string, unknown> = {}, title = id) => ({
  id,
  type,
  title,
  config,
})
const wait = (id: string, durationMs = hour) => node(id, 'wait', { waitType: 'duration', durationMs })
/** Nodes one after the other. */
const chain = (...nodes: ReturnType<typeof node>[]) => ({
  nodes,
  edges: nodes.slice(1).map(({ id }, index) => ({ source: nodes[index]?.id ?? '', target: id })),
})
const start = node('start', 'trigger')
const done = node('done', 'exit')
const original = chain(start, wait('wait-1'), node('tag-1', 'add-tag', { name: 'late' }), done)
const without = chain(start, node('tag-1', 'add-tag', { name: 'late' }), done)

const put = async (id: string, flow: ReturnType<typeof chain>) => {
  const answer = await test.request('PUT', `/campaigns/${id}/workflow`, { body: flow })
  expect(answer.status).toBe(200)
}
const publish = (id: string, body: unknown = {}, query = '') =>
  test.request('POST', `/campaigns/${id}/workflow/publish${query}`, { body })
const changesOf = async (id: string) => (await test.request('GET', `/campaigns/${id}/workflow/changes`)).body
const campaignOf = async (id: string) => (await test.request('GET', `/campaigns/${id}`)).body
const runOf = async (id: string) => (await test.request('GET', `/runs/${(await runsOf(test.app, id))[0]?.id}`)).body

/** An active campaign with customers who rest at their wait. */
async function inside(count: number, flow = original): Promise<string> {
  const id = await makeActive(test, {
    flow,
    audience: { type: 'list', customerIds: customers.slice(0, count) },
    enroll: 'now',
  })
  await settle(test.app)
  return id
}

/** An email through the sandbox. */
async function email(id: string) {
  const { rows } = await sql<{ id: string }>`
    select id from credential where workspace_id = ${test.workspaceId} and type = 'sandbox'
  `.execute(test.app.db)
  return node(id, 'email-send', { credentialId: rows[0]?.id, subject: 'Hi', body: 'Hi' })
}

/** All counts of the campaign against the rows that they count. */
async function expectCountsToAddUp(id: string): Promise<void> {
  const { rows } = await sql<{ tallied: unknown; counted: unknown }>`
    select (select jsonb_object_agg(key, n) from (select metric || ' ' || key as key, sum(n) as n from tally where campaign_id = ${id}
        and metric in ('ended', 'node') group by 1) t) as tallied,
      (select jsonb_object_agg(key, n) from (
        select 'ended ' || status || ':' || reason as key, count(*) as n from run where campaign_id = ${id} and finished_at is not null group by 1
        union all
        select 'node ' || s.node_id || ':' || coalesce(s.label, 'end'), count(*) from step s join run r on r.id = s.run_id
        where r.campaign_id = ${id} group by 1) c) as counted
  `.execute(test.app.db)
  expect(rows[0]?.tallied).toEqual(rows[0]?.counted)
}

describe('the changes of a draft', () => {
  it('are none after activation, and counted on the campaign once there are some', async () => {
    const id = await inside(2)
    expect(await changesOf(id)).toMatchObject({ changes: [], from: 1, problems: [] })
    expect((await campaignOf(id)).unpublishedChanges).toBe(0)
    await put(id, chain(start, wait('wait-1', 2 * hour), node('tag-1', 'add-tag', { name: 'late' }), done))
    expect((await campaignOf(id)).unpublishedChanges).toBe(1)
    await put(id, original)
    expect((await campaignOf(id)).unpublishedChanges).toBe(0)
  })

  it('name what was added, changed and removed, field by field, by whom, and how many customers stand there', async () => {
    const id = await inside(3)
    const added = node('tag-2', 'add-tag', { name: 'new' })
    await put(id, chain(start, wait('wait-1', 2 * hour), added, node('tag-1', 'add-tag', { name: 'late' }), done))
    await test.request('PUT', `/campaigns/${id}/workflow`, {
      key: test.memberKey,
      body: chain(start, wait('wait-1', 2 * hour), added, done),
    })
    const { changes, version } = await changesOf(id)
    expect(version).toBe((await test.request('GET', `/campaigns/${id}/workflow`)).body.version)
    expect(changes).toEqual([
      expect.objectContaining({ nodeId: 'tag-1', kind: 'removed', type: 'add-tag', here: 0, byName: 'member' }),
      expect.objectContaining({
        nodeId: 'wait-1',
        kind: 'changed',
        fields: [{ path: 'durationMs', before: hour, after: 2 * hour }],
        here: 3,
        by: expect.stringMatching(/^key:/),
        byName: 'admin',
      }),
      expect.objectContaining({ nodeId: 'tag-2', kind: 'added', here: 0, byName: 'admin' }),
      expect.objectContaining({ edgeId: 'wait-1-tag-2', kind: 'changed', title: 'wait-1 → tag-2' }),
    ])
  })

  it('are somebody else’s 404, as are versions and publishing', async () => {
    const id = await inside(1)
    const key = test.otherWorkspace.adminKey
    for (const [method, path] of [
      ['GET', 'workflow/changes'],
      ['POST', 'workflow/publish'],
      ['GET', 'versions/1'],
      ['GET', 'versions'],
    ] as const) {
      expect([path, (await test.request(method, `/campaigns/${id}/${path}`, { key })).status]).toEqual([path, 404])
    }
  })
})

describe('publishing', () => {
  it('makes the next version: customers go on with it, and the deadline set on arrival stays', async () => {
    const id = await inside(2)
    const { wakeAt } = await runOf(id)
    await put(id, chain(start, wait('wait-1', 9 * hour), node('tag-9', 'add-tag', { name: 'nine' }), done))
    const answer = await publish(id, { note: 'Wait longer' })
    expect(answer).toMatchObject({ status: 200, body: { version: 2, from: 1, published: true, done: true } })
    expect(await runOf(id)).toMatchObject({ version: 2, nodeId: 'wait-1', wakeAt })
    expect(await campaignOf(id)).toMatchObject({ workflowVersion: 2, unpublishedChanges: 0 })
    expect((await changesOf(id)).changes).toEqual([])
    await sql`update run set wake_at = now() where campaign_id = ${id}`.execute(test.app.db)
    await settle(test.app)
    const run = await runOf(id)
    expect(run).toMatchObject({ status: 'succeeded', version: 2 })
    expect(run.steps.map((step: { nodeId: string }) => step.nodeId)).toEqual(['start', 'wait-1', 'tag-9', 'done'])
    await expectCountsToAddUp(id)
  })

  it('lists versions with note, author and who is on them, and shows each as it was drawn', async () => {
    const id = await inside(2)
    await put(id, without)
    await publish(id, { note: '  No wait any more ' })
    const { items } = (await test.request('GET', `/campaigns/${id}/versions`)).body
    expect(items).toEqual([
      expect.objectContaining({
        number: 2,
        note: 'No wait any more',
        publishedByName: 'admin',
        current: true,
        inside: 0,
      }),
      expect.objectContaining({ number: 1, note: null, current: false, inside: 2 }),
    ])
    const first = (await test.request('GET', `/campaigns/${id}/versions/1`)).body
    expect(first.nodes).toEqual(original.nodes)
    expect(first.edges.map(({ source, target }: Record<string, string>) => ({ source, target }))).toEqual(
      original.edges,
    )
    expect((await test.request('GET', `/campaigns/${id}/versions/3`)).status).toBe(404)
  })

  it('brings an earlier version back as the next one, when its graph is saved as the draft', async () => {
    const id = await inside(1)
    await put(id, without)
    await publish(id, { removed: { 'wait-1': { action: 'exit' } } })
    const { nodes, edges } = (await test.request('GET', `/campaigns/${id}/versions/1`)).body
    await put(id, { nodes, edges })
    expect((await publish(id)).body).toMatchObject({ version: 3, from: 2 })
    expect((await test.request('GET', `/campaigns/${id}/versions/3`)).body.nodes).toEqual(original.nodes)
  })

  it('writes nothing on a dry run, and answers what publishing then answers', async () => {
    const id = await inside(2)
    await put(id, without)
    const removed = { 'wait-1': { action: 'move', target: 'tag-1' } }
    const before = await sql`select version_id, leaving from campaign where id = ${id}`.execute(test.app.db)
    const dry = await publish(id, { removed }, '?dryRun=true')
    expect(dry.status).toBe(200)
    expect((await test.request('GET', `/campaigns/${id}/versions`)).body.items).toHaveLength(1)
    expect((await sql`select version_id, leaving from campaign where id = ${id}`.execute(test.app.db)).rows).toEqual(
      before.rows,
    )
    expect(await runOf(id)).toMatchObject({ nodeId: 'wait-1', version: 1 })
    expect((await publish(id, { removed })).body).toEqual(dry.body)
  })

  it('is possible while active, paused and completed, and refused for drafts and archived campaigns', async () => {
    const draft = await makeDraft(test, { flow: original })
    expect(await publish(draft)).toMatchObject({ status: 409, body: { code: 'wrong_state', state: 'draft' } })
    for (const move of ['pause', 'complete', 'archive']) {
      const id = await inside(1)
      await put(id, chain(start, wait('wait-1', 2 * hour), done))
      await test.request('POST', `/campaigns/${id}/${move}`)
      expect([move, (await publish(id)).status]).toEqual([move, move === 'archive' ? 409 : 200])
    }
  })

  it('refuses a draft with problems and names them, with and without a dry run', async () => {
    const id = await inside(1)
    await put(id, { nodes: [start, node('island', 'exit')], edges: [{ source: 'start', target: 'nowhere' }] })
    expect((await changesOf(id)).problems.length).toBeGreaterThan(0)
    for (const query of ['', '?dryRun=true']) {
      const answer = await publish(id, {}, query)
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_workflow' } })
      expect(answer.body.errors.length).toBeGreaterThan(0)
    }
    expect((await campaignOf(id)).workflowVersion).toBe(1)
  })

  it('refuses a draft that is not the one that the caller saw', async () => {
    const id = await inside(1)
    const { version } = await changesOf(id)
    await put(id, without)
    const answer = await test.request('POST', `/campaigns/${id}/workflow/publish`, {
      headers: { 'if-match': `"${version}"` },
    })
    expect(answer).toMatchObject({ status: 412, body: { version: version + 1 } })
  })

  it('makes one version of two publishes at once; without changes it makes none', async () => {
    const id = await inside(1)
    await put(id, chain(start, wait('wait-1', 2 * hour), done))
    const answers = await Promise.all([publish(id), publish(id), publish(id)])
    expect(answers.map(({ status, body }) => [status, body.version])).toEqual([
      [200, 2],
      [200, 2],
      [200, 2],
    ])
    expect(answers.filter(({ body }) => body.published)).toHaveLength(1)
    expect((await test.request('GET', `/campaigns/${id}/versions`)).body.items).toHaveLength(2)
  })

  it('is in the audit log', async () => {
    const id = await inside(1)
    await put(id, without)
    await publish(id, { removed: { 'wait-1': { action: 'exit' } }, note: 'Why' })
    const { rows } = await sql<{ detail: unknown }>`
      select detail from audit_log where object_id = ${id} and action = 'campaign.published'
    `.execute(test.app.db)
    expect(rows).toEqual([
      { detail: expect.objectContaining({ version: 2, note: 'Why', removed: { 'wait-1': { action: 'exit' } } }) },
    ])
  })
})

describe('whoever stands on a removed node', () => {
  it('finishes on the old version by default, and history says so', async () => {
    const id = await inside(2)
    const { wakeAt } = await runOf(id)
    await put(id, chain(start, done))
    expect((await publish(id)).body).toMatchObject({
      removed: { 'wait-1': { action: 'finish', target: null, here: 2 }, 'tag-1': { action: 'finish', here: 0 } },
      finish: 2,
      move: 0,
      exit: 0,
      done: true,
    })
    expect(await runOf(id)).toMatchObject({ version: 1, nodeId: 'wait-1', wakeAt })
    await sql`update run set wake_at = now() where campaign_id = ${id}`.execute(test.app.db)
    await settle(test.app)
    const run = await runOf(id)
    expect(run).toMatchObject({ status: 'succeeded', version: 1 })
    expect(run.steps.map((step: Record<string, string>) => [step.nodeId, step.title])).toEqual([
      ['start', 'start'],
      ['wait-1', 'wait-1'],
      ['tag-1', 'tag-1'],
      ['done', 'done'],
    ])
    await expectCountsToAddUp(id)
  })

  it('moves to the chosen node, with a step for the one that was left', async () => {
    const id = await inside(2)
    await put(id, chain(start, wait('wait-2', 5 * hour), done))
    const removed = { 'wait-1': { action: 'move', target: 'wait-2' } }
    expect((await publish(id, { removed })).body).toMatchObject({ finish: 0, move: 2, exit: 0, done: true })
    await settle(test.app)
    const run = await runOf(id)
    expect(run).toMatchObject({ status: 'running', nodeId: 'wait-2', version: 2, now: { text: 'Waits at “wait-2”.' } })
    expect(Math.round((Date.parse(run.wakeAt) - Date.now()) / hour)).toBe(5)
    expect(run.steps).toMatchObject([
      { seq: 1, nodeId: 'start', title: 'start' },
      {
        seq: 2,
        nodeId: 'wait-1',
        title: 'wait-1',
        type: 'wait',
        label: 'moved',
        why: {
          code: 'moved_by_publish',
          text: 'Version 2 removed “wait-1”; whoever stood there was moved to “wait-2”.',
        },
      },
    ])
    await expectCountsToAddUp(id)
  })

  it('exits', async () => {
    const id = await inside(2)
    await put(id, without)
    expect((await publish(id, { removed: { 'wait-1': { action: 'exit' } } })).body).toMatchObject({
      exit: 2,
      done: true,
    })
    expect(await runOf(id)).toMatchObject({ status: 'canceled', reason: 'removed', now: null, nodeId: 'wait-1' })
    expect(await campaignOf(id)).toMatchObject({ counts: { inside: 0, finished: 2 } })
    const { rows } = await sql<{ name: string }>`
      select name from event where campaign_id = ${id} and name = 'run.finished' and properties ->> 'reason' = 'removed'
    `.execute(test.app.db)
    expect(rows).toHaveLength(2)
    await expectCountsToAddUp(id)
  })

  it('may follow a choice for each of several nodes', async () => {
    const split = {
      nodes: [
        start,
        node('split', 'conditional-split', {
          branches: ['a', 'b', 'rest'].map((id) => ({ id, label: id, ...(id === 'rest' && { default: true }) })),
        }),
        ...['a', 'b'].map((id) =>
          node(`path-${id}`, 'path', {
            rules: [{ input: 'customer.firstName', condition: 'equals', value: id }],
            match: 'all',
          }),
        ),
        node('path-rest', 'path', { rules: [], match: 'all' }),
        ...['a', 'b', 'rest'].map((id) => wait(`wait-${id}`)),
        done,
      ],
      edges: [
        { source: 'start', target: 'split' },
        ...['a', 'b', 'rest'].flatMap((id) => [
          { source: 'split', target: `path-${id}`, when: id },
          { source: `path-${id}`, target: `wait-${id}` },
          { source: `wait-${id}`, target: 'done' },
        ]),
      ],
    }
    await sql`update customer set first_name = case id when ${customers[0]} then 'a' when ${customers[1]} then 'b' else 'c' end`.execute(
      test.app.db,
    )
    const id = await inside(3, split)
    await put(id, chain(start, wait('wait-new'), done))
    const removed = { 'wait-a': { action: 'exit' }, 'wait-b': { action: 'move', target: 'wait-new' } }
    expect((await publish(id, { removed })).body).toMatchObject({ finish: 1, move: 1, exit: 1, done: true })
    expect((await runsOf(test.app, id)).map(({ node_id, status, reason }) => [node_id, status, reason]).sort()).toEqual(
      [
        ['wait-a', 'canceled', 'removed'],
        ['wait-new', 'running', null],
        ['wait-rest', 'running', null],
      ],
    )
    await expectCountsToAddUp(id)
  })

  it('has the message taken back that was not handed over, unless it finishes', async () => {
    const mail = await email('mail-1')
    const expected = { finish: ['queued', null], move: ['skipped', 'withdrawn'], exit: ['skipped', 'withdrawn'] }
    for (const [action, message] of Object.entries(expected)) {
      const id = await inside(1, chain(start, mail, done))
      await put(id, chain(start, wait('wait-1'), done))
      const choice = { action, ...(action === 'move' && { target: 'wait-1' }) }
      const answer = await publish(id, { removed: { 'mail-1': choice } })
      expect([action, answer.status]).toEqual([action, 200])
      const { rows } = await sql<{ state: string; reason: string | null }>`
        select state, reason from message where campaign_id = ${id}
      `.execute(test.app.db)
      expect([action, rows.map(({ state, reason }) => [state, reason])]).toEqual([action, [message]])
    }
  })

  it('is on a removed node, too, when the same id has another type', async () => {
    const id = await inside(1)
    await put(id, chain(start, node('wait-1', 'add-tag', { name: 'now' }), wait('wait-2'), done))
    const { changes } = await changesOf(id)
    expect(changes.filter(({ nodeId }: { nodeId?: string }) => nodeId === 'wait-1')).toMatchObject([
      { kind: 'removed', type: 'wait', here: 1 },
      { kind: 'added', type: 'add-tag', here: 0 },
    ])
    expect((await publish(id)).body).toMatchObject({ finish: 1 })
    await sql`update run set wake_at = now() where campaign_id = ${id}`.execute(test.app.db)
    await settle(test.app)
    const run = await runOf(id)
    expect(run).toMatchObject({ status: 'succeeded', version: 1 })
    expect(run.steps.map((step: { type: string }) => step.type)).toEqual(['trigger', 'wait', 'add-tag', 'exit'])
  })

  it('arrives on the campaign’s clock when it is paused, and goes on with the resume', async () => {
    const id = await inside(1)
    await test.request('POST', `/campaigns/${id}/pause`)
    await put(id, chain(start, node('tag-9', 'add-tag', { name: 'moved' }), done))
    expect((await publish(id, { removed: { 'wait-1': { action: 'move', target: 'tag-9' } } })).body).toMatchObject({
      move: 1,
    })
    await settle(test.app)
    expect(await runOf(id)).toMatchObject({ nodeId: 'tag-9', status: 'running' })
    await test.request('POST', `/campaigns/${id}/resume`)
    await settle(test.app)
    expect(await runOf(id)).toMatchObject({ status: 'succeeded', version: 2 })
  })

  it('cannot be moved to a step that is not there, or be told anything where no step is removed', async () => {
    const id = await inside(1)
    await put(id, without)
    const refused = async (removed: unknown) => {
      const { status, body } = await publish(id, { removed })
      return [status, body.errors[0].path, body.errors[0].code]
    }
    expect(await refused({ 'wait-1': { action: 'move', target: 'nowhere' } })).toEqual([
      422,
      'removed.wait-1.target',
      'unknown_node',
    ])
    expect(await refused({ 'tag-1': { action: 'exit' } })).toEqual([422, 'removed.tag-1', 'not_removed'])
    expect((await refused({ 'wait-1': { action: 'move' } }))[0]).toBe(422)
    expect((await campaignOf(id)).workflowVersion).toBe(1)
  })
})

describe('a publish that is cut off', () => {
  /** As if the program had ended right after the publish: the choice is on the campaign's row, and nobody has followed it. */
  async function cutOff(choice: 'move' | 'exit', first = wait('wait-1', 3_600)): Promise<string> {
    const id = await inside(3, chain(start, first, node('tag-1', 'add-tag', { name: 'late' }), done))
    await put(id, chain(start, wait('wait-2'), done))
    await test.request('POST', `/campaigns/${id}/pause`)
    await publish(id)
    const leaving = {
      'wait-1': {
        action: choice,
        target: choice === 'move' ? 'wait-2' : null,
        retyped: false,
        why: { code: 'moved_by_publish', text: 'Moved.' },
      },
    }
    await sql`
      update campaign set leaving = jsonb_set(${JSON.stringify(leaving)}::jsonb, '{wait-1,versionId}',
        (select to_jsonb(id) from workflow_version where campaign_id = ${id} and number = 1)), leaving_cursor = null where id = ${id}
    `.execute(test.app.db)
    await sql`update run set version_id = null, wake_at = now() - interval '1 minute' where campaign_id = ${id}`.execute(
      test.app.db,
    )
    await test.request('POST', `/campaigns/${id}/resume`, { body: { waits: 'continue' } })
    return id
  }

  it('lets nobody go on until all have followed, and then everybody', async () => {
    for (const choice of ['move', 'exit'] as const) {
      const id = await cutOff(choice)
      await settle(test.app)
      expect(await runOf(id)).toMatchObject({ nodeId: 'wait-1', status: 'running', version: 1 })
      expect(await publishAgain(id)).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
      await test.drain()
      expect(await runOf(id)).toMatchObject(
        choice === 'move'
          ? { nodeId: 'wait-2', status: 'running', version: 2 }
          : { status: 'canceled', reason: 'removed' },
      )
      await expectCountsToAddUp(id)
    }
  })

  it('hands over nothing of the node that was left, although delivery looks first', async () => {
    const id = await cutOff('exit', await email('wait-1'))
    await test.drain()
    const { rows } = await sql<{ state: string }>`select state from message where campaign_id = ${id}`.execute(
      test.app.db,
    )
    expect(rows).toEqual([{ state: 'skipped' }, { state: 'skipped' }, { state: 'skipped' }])
    expect(await runOf(id)).toMatchObject({ status: 'canceled', reason: 'removed' })
  })

  const publishAgain = async (id: string) => {
    await put(id, chain(start, wait('wait-2', 7 * hour), done))
    return await publish(id)
  }

  it('ends with the campaign when that is archived', async () => {
    const id = await cutOff('move')
    await test.request('POST', `/campaigns/${id}/archive`)
    await test.drain()
    const { rows } = await sql<{ leaving: unknown }>`select leaving from campaign where id = ${id}`.execute(test.app.db)
    expect(rows).toEqual([{ leaving: null }])
    expect(await runOf(id)).toMatchObject({ status: 'canceled', reason: 'archived' })
    await expectCountsToAddUp(id)
  })

  it('is followed once, by however many workers at once', async () => {
    const id = await cutOff('move')
    await Promise.all(Array.from({ length: 4 }, () => followRemoved(test.app.db, id)))
    const run = await runOf(id)
    expect(run.steps.filter((step: { label: string }) => step.label === 'moved')).toHaveLength(1)
    await expectCountsToAddUp(id)
  })
})

describe('publishing while customers move', () => {
  it('leaves each of them on a way that one version or a move explains', async () => {
    const many = await addCustomers(test, 1_000)
    const id = await makeActive(test, {
      flow: chain(start, wait('wait-a', 1), wait('wait-b', 1), wait('wait-c', 1), done),
      audience: { type: 'list', customerIds: many },
      enroll: 'now',
    })
    const advance = createAdvance({ db: test.app.db, log: test.app.log, nodes: nodeTypes, batchSize: 20 })
    await settleFirings(test.app)
    let publishing = true
    const moving = (async () => {
      while (publishing) await advance.pass()
    })()
    const choices = [{ action: 'move', target: 'wait-c' }, { action: 'finish' }, { action: 'exit' }]
    for (const [index, choice] of choices.entries()) {
      await put(id, chain(start, wait(`wait-b${index}`, 1), wait('wait-c', 1), done))
      const gone = index === 0 ? { 'wait-a': choice, 'wait-b': choice } : { [`wait-b${index - 1}`]: choice }
      expect((await publish(id, { removed: gone })).status).toBe(200)
    }
    publishing = false
    await moving
    await sql`update run set wake_at = now() - interval '1 second' where campaign_id = ${id} and finished_at is null`.execute(
      test.app.db,
    )
    await test.drain()
    const { rows } = await sql<{ live: number; stray: number; many: boolean }>`
      select count(*) filter (where r.finished_at is null)::int as live,
        (select count(distinct s.version_id) > 1 from step s join run r on r.id = s.run_id where r.campaign_id = ${id}) as many,
        (select count(*)::int from step s join run r on r.id = s.run_id join workflow_version v on v.id = s.version_id
          where r.campaign_id = ${id} and not v.graph -> 'nodes' ? s.node_id) as stray
      from run r where r.campaign_id = ${id}
    `.execute(test.app.db)
    expect(rows).toEqual([{ live: 0, many: true, stray: 0 }])
    await expectCountsToAddUp(id)
  })
})
