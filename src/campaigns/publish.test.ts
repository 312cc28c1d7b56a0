import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, settle, settleFirings } from '../../test/campaign.ts'
import { chain, done, hour, node, original, publishingOf, start, wait, without } from '../../test/publishing.ts'
import { sql } from '../db/database.ts'
import { createAdvance } from '../engine/advance.ts'
import { nodes as nodeTypes } from '../nodes/index.ts'

let test: TestApp
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 4)
})
afterAll(() => test.close())

const { campaignOf, changesOf, expectCountsToAddUp, inside, publish, put, runOf } = publishingOf(
  () => test,
  () => customers,
)

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
