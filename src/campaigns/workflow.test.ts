import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeActive, makeDraft, waitingFlow } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const put = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  test.request('PUT', `/campaigns/${id}/workflow`, { body, headers })
const read = async (id: string) => (await test.request('GET', `/campaigns/${id}/workflow`)).body
const node = (id: string, type: string, config: Record<string, unknown> = {}) => ({ id, type, title: id, config })
const codes = (answer: { body: { problems: { code: string }[] } }) => answer.body.problems.map(({ code }) => code)

describe('saving a workflow', () => {
  it('answers what it keeps, in the same order, and counts up its own version, not the campaign’s', async () => {
    const id = await makeDraft(test)
    const before = await read(id)
    const campaign = (await test.request('GET', `/campaigns/${id}`)).body
    const layout = { start: { x: 10, y: -4.5 }, $notes: [{ text: 'why' }] }
    const answer = await put(id, { ...waitingFlow(1_000), layout, version: before.version })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ ...waitingFlow(1_000), layout, version: before.version + 1 })
    const { problems: _, ...saved } = answer.body
    expect(await read(id)).toEqual(saved)
    expect((await test.request('GET', `/campaigns/${id}`)).body.version).toBe(campaign.version)
  })

  it('keeps what does not validate, and names each problem with its node and a code', async () => {
    const id = await makeDraft(test)
    const nodes = [
      node('start', 'trigger'),
      node('island', 'exit'),
      node('odd', 'no-such-type', { any: ['thing', { nested: null }] }),
    ]
    const answer = await put(id, { nodes, edges: [{ source: 'start', target: 'nowhere' }] })
    expect(answer.status).toBe(200)
    expect(codes(answer).length).toBeGreaterThan(1)
    for (const problem of answer.body.problems) expect(problem.message).toMatch(/\.$/)
    expect((await read(id)).nodes).toEqual(nodes)
    const refused = await test.request('POST', `/campaigns/${id}/activate`)
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_workflow' } })
    expect(refused.body.errors.length).toBeGreaterThan(1)
  })

  it('refuses a save over somebody else’s: by the body’s version, or by If-Match', async () => {
    const id = await makeDraft(test)
    const { version } = await read(id)
    expect((await put(id, { ...waitingFlow(), version })).status).toBe(200)
    expect(await put(id, { ...waitingFlow(), version })).toMatchObject({ status: 412, body: { version: version + 1 } })
    expect((await put(id, waitingFlow(), { 'if-match': `${version}` })).status).toBe(412)
    const both = await Promise.all([1, 2, 3].map(() => put(id, { ...waitingFlow(), version: version + 1 })))
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 412, 412])
  })

  it('gives edges without an id one of their own, and refuses two things with one id', async () => {
    const id = await makeDraft(test)
    const { nodes } = waitingFlow()
    const edges = [
      { source: 'start', target: 'wait-1' },
      { source: 'start', target: 'wait-1' },
      { source: 'wait-1', target: 'exit-1', when: null },
    ]
    const answer = await put(id, { nodes, edges })
    expect(new Set(answer.body.edges.map((edge: { id: string }) => edge.id)).size).toBe(3)
    expect(await put(id, { nodes: [...nodes, nodes[0]], edges })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'nodes.3.id', code: 'repeated' }] },
    })
  })

  it('refuses the word default as a label, a layout that is no position, and more than 2,000 nodes', async () => {
    const id = await makeDraft(test)
    const { nodes } = waitingFlow()
    const labelled = await put(id, { nodes, edges: [{ source: 'start', target: 'wait-1', when: 'default' }] })
    expect([labelled.status, labelled.body.errors[0].path]).toEqual([422, 'edges.0.when'])
    const misplaced = await put(id, { nodes, edges: [], layout: { start: { x: 'left' } } })
    expect([misplaced.status, misplaced.body.errors[0].path]).toEqual([422, 'layout.start'])
    const many = Array.from({ length: 2_001 }, (_, index) => node(`n${index}`, 'exit'))
    expect((await put(id, { nodes: many, edges: [] })).status).toBe(422)
    expect((await put(id, { nodes: many.slice(1), edges: [] })).status).toBe(200)
  })

  it('moves nodes on the canvas without counting up the version', async () => {
    const id = await makeDraft(test)
    const { version } = await read(id)
    const layout = { start: { x: 1, y: 1 } }
    expect((await test.request('POST', `/campaigns/${id}/workflow/layout`, { body: { layout } })).status).toBe(204)
    expect(await read(id)).toMatchObject({ layout, version })
  })

  it('edits the draft of an active campaign, whose customers stay on the published version', async () => {
    const id = await makeActive(test)
    const { body: versions } = await test.request('GET', `/campaigns/${id}/versions`)
    expect(versions.items).toEqual([
      {
        number: 1,
        note: null,
        publishedBy: expect.stringMatching(/^key:/),
        publishedByName: 'admin',
        publishedAt: expect.any(String),
        current: true,
        inside: 0,
      },
    ])
    expect((await put(id, { nodes: [], edges: [] })).status).toBe(200)
    const { rows } = await sql<{ start: string; drawn: number }>`
      select graph ->> 'start' as start, jsonb_array_length(graph -> 'drawn' -> 'nodes') as drawn
      from workflow_version where campaign_id = ${id}
    `.execute(test.app.db)
    expect(rows).toEqual([{ start: 'start', drawn: 3 }])
  })
})

describe('validating', () => {
  it('checks the draft, or a graph that is sent, and saves nothing', async () => {
    const id = await makeDraft(test)
    const path = `/campaigns/${id}/workflow/validate`
    expect((await test.request('POST', path)).body).toEqual({ ok: true, problems: [] })
    const sent = await test.request('POST', path, { body: { nodes: [], edges: [] } })
    expect(sent.body.ok).toBe(false)
    expect((await read(id)).nodes).toHaveLength(3)
  })

  it('finds references to things that are not there, archived, of the wrong kind, or of another workspace', async () => {
    const { db } = test.app
    const insert = async (text: string) =>
      (await sql<{ id: string }>`${sql.raw(text)} returning id`.execute(db)).rows[0]?.id ?? ''
    const workspace = test.workspaceId
    const theirs = await insert(
      `insert into segment (workspace_id, name, kind) values (${test.otherWorkspace.id}, 'Theirs', 'static')`,
    )
    const dynamic = await insert(
      `insert into segment (workspace_id, name, kind) values (${workspace}, 'Dynamic', 'dynamic')`,
    )
    const mine = await insert(`insert into segment (workspace_id, name, kind) values (${workspace}, 'Mine', 'static')`)
    const archived = await insert(
      `insert into credential (workspace_id, type, name, archived_at) values (${workspace}, 'smtp', 'Old', now())`,
    )
    const telegram = await insert(
      `insert into credential (workspace_id, type, name) values (${workspace}, 'telegram', 'Bot')`,
    )
    const id = await makeDraft(test)
    const check = async (given: ReturnType<typeof node>) => {
      const nodes = [node('start', 'trigger'), given, node('exit-1', 'exit')]
      const edges = [
        { source: 'start', target: given.id },
        { source: given.id, target: 'exit-1' },
      ]
      const { body } = await test.request('POST', `/campaigns/${id}/workflow/validate`, { body: { nodes, edges } })
      const errors = body.problems.filter(({ severity }: { severity: string }) => severity === 'error')
      return errors.map(({ code, nodeId, field }: Record<string, string>) => [code, nodeId, field])
    }
    const segment = (segmentId: string) => check(node('seg', 'add-to-segment', { segmentId }))
    expect(await segment(mine)).toEqual([])
    expect(await segment(randomUUID())).toEqual([['unknown_segment', 'seg', 'segmentId']])
    expect(await segment(theirs)).toEqual([['unknown_segment', 'seg', 'segmentId']])
    expect(await segment(dynamic)).toEqual([['unfit_segment', 'seg', 'segmentId']])
    const mail = (credentialId: string, more = {}) =>
      check(node('mail', 'email-send', { credentialId, subject: 'Hi', body: 'Hi', ...more }))
    expect(await mail(archived)).toEqual([['unusable_credential', 'mail', 'credentialId']])
    expect(await mail(telegram)).toEqual([['unfit_credential', 'mail', 'credentialId']])
    const { rows } = await sql<{ id: string }>`
      select id from credential where workspace_id = ${workspace} and type = 'sandbox'
    `.execute(db)
    const sandbox = rows[0]?.id ?? ''
    expect(await mail(sandbox)).toEqual([])
    expect(await mail(sandbox, { templateName: 'Nobody wrote it' })).toEqual([
      ['unknown_template', 'mail', 'templateName'],
    ])
    expect(await mail(sandbox, { productId: randomUUID() })).toEqual([['unknown_product', 'mail', 'productId']])
  })

  it('asks for a criterion where none is chosen and the primary product has none', async () => {
    const nodes = [node('start', 'trigger'), node('score', 'adjust-score', { delta: 0.1 })]
    const edges = [{ source: 'start', target: 'score' }]
    const id = await makeDraft(test, { flow: { nodes, edges } })
    const check = async () => (await test.request('POST', `/campaigns/${id}/workflow/validate`)).body
    expect((await check()).problems).toContainEqual(expect.objectContaining({ code: 'no_criterion', nodeId: 'score' }))
    const product = (await test.request('POST', '/products', { body: { name: 'With a criterion' } })).body
    await test.request('POST', `/products/${product.id}/criteria`, {
      body: { name: 'Fit', type: 'engagement', weight: 1 },
    })
    await test.request('PUT', `/campaigns/${id}/products`, { body: { products: [{ productId: product.id }] } })
    expect((await check()).ok).toBe(true)
  })
})

describe('the catalogue', () => {
  it('lists every node type with the schema of its config', async () => {
    const { body } = await test.request('GET', '/node-types', { key: test.memberKey })
    const types = body.items.map((item: { type: string }) => item.type)
    expect(types).toContain('email-send')
    for (const item of body.items) expect(item.config.type ?? item.config.oneOf).toBeDefined()
  })
})
