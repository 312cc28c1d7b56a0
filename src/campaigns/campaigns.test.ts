import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, settle } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: '127.0.0.1:2525' } })
})
afterAll(() => test.close())

const segment = async (customerIds: string[] = []) => {
  const { body } = await test.request('POST', '/segments', { body: { name: randomUUID() } })
  if (customerIds.length > 0) await test.request('POST', `/segments/${body.id}/customers`, { body: { customerIds } })
  return body.id as string
}
const make = async (body: Record<string, unknown>) => await test.request('POST', '/campaigns', { body })

describe('a campaign', () => {
  it('begins as a draft without audience that belongs to who made it, a key’s to the workspace’s owner', async () => {
    const { status, body } = await make({ name: '  Q3 outreach ' })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      name: 'Q3 outreach',
      status: 'draft',
      audience: null,
      excludeSegmentId: null,
      ownerId: test.owner.memberId,
      counts: { inside: 0, finished: 0, sent: 0, replied: 0 },
      version: 1,
      moves: [],
    })
    expect((await test.request('GET', `/campaigns/${body.id}`)).body).toEqual(body)
  })

  it('names what is wrong with its fields, and takes ids of this workspace only', async () => {
    const faulty = async (fields: Record<string, unknown>) => {
      const { status, body } = await make({ name: 'x', ...fields })
      return [status, body.errors?.[0]?.path]
    }
    expect(await faulty({ name: ' ' })).toEqual([422, 'name'])
    expect(await faulty({ nmae: 'x' })).toEqual([422, 'nmae'])
    expect(await faulty({ audience: { type: 'everyone' } })).toEqual([422, 'audience.type'])
    expect(await faulty({ audience: { type: 'segment', segmentId: randomUUID() } })).toEqual([
      422,
      'audience.segmentId',
    ])
    expect(await faulty({ excludeSegmentId: randomUUID() })).toEqual([422, 'excludeSegmentId'])
    expect(await faulty({ ownerId: randomUUID() })).toEqual([422, 'ownerId'])
    const [mine = ''] = await addCustomers(test, 1)
    const list = { type: 'list', customerIds: [mine, randomUUID()] }
    expect(await faulty({ audience: list })).toEqual([422, 'audience.customerIds.1'])
    const elsewhere = { id: test.otherWorkspace.id }
    const [theirs = ''] = await addCustomers({ app: test.app, workspaceId: elsewhere.id }, 1)
    expect(await faulty({ audience: { type: 'list', customerIds: [theirs] } })).toEqual([422, 'audience.customerIds.0'])
  })

  it('changes only for who saw its present version, and says what that is', async () => {
    const { body } = await make({ name: 'Versioned' })
    const path = `/campaigns/${body.id}`
    const first = await test.request('PATCH', path, { body: { name: 'A' }, headers: { 'if-match': '"1"' } })
    expect(first).toMatchObject({ status: 200, body: { name: 'A', version: 2 } })
    const stale = await test.request('PATCH', path, { body: { name: 'B' }, headers: { 'if-match': '"1"' } })
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale_version', version: 2 } })
    expect(await test.request('PATCH', path, { body: { name: 'C' } })).toMatchObject({
      status: 200,
      body: { version: 3 },
    })
  })

  it('of another workspace is not there, to read, change, delete or copy', async () => {
    const { body } = await make({ name: 'Mine' })
    const key = test.otherWorkspace.adminKey
    const asked = await Promise.all([
      test.request('GET', `/campaigns/${body.id}`, { key }),
      test.request('PATCH', `/campaigns/${body.id}`, { key, body: { name: 'Theirs' } }),
      test.request('DELETE', `/campaigns/${body.id}`, { key }),
      test.request('POST', `/campaigns/${body.id}/duplicate`, { key }),
      test.request('GET', `/campaigns/${body.id}/workflow`, { key }),
      test.request('PUT', `/campaigns/${body.id}/workflow`, { key, body: { nodes: [], edges: [] } }),
      test.request('POST', `/campaigns/${body.id}/workflow/validate`, { key }),
      test.request('POST', `/campaigns/${body.id}/workflow/layout`, { key, body: { layout: {} } }),
      test.request('GET', `/campaigns/${body.id}/versions`, { key }),
      test.request('GET', `/campaigns/${body.id}/preflight`, { key }),
      test.request('GET', `/campaigns/${body.id}/products`, { key }),
      test.request('PUT', `/campaigns/${body.id}/products`, { key, body: { products: [] } }),
      test.request('GET', `/campaigns/${body.id}/runs`, { key }),
      test.request('GET', `/campaigns/${body.id}/firings`, { key }),
      test.request('GET', `/stream?campaign=${body.id}`, { key }),
    ])
    expect(asked.map((answer) => answer.status)).toEqual(asked.map(() => 404))
  })

  it('can be deleted while it is a draft, and no more once it ran', async () => {
    const draft = await makeDraft(test)
    expect((await test.request('DELETE', `/campaigns/${draft}`)).status).toBe(204)
    expect((await test.request('GET', `/campaigns/${draft}`)).status).toBe(404)
    const ran = await makeActive(test)
    expect(await test.request('DELETE', `/campaigns/${ran}`)).toMatchObject({ status: 409, body: { state: 'active' } })
  })

  it('is read-only once it is archived', async () => {
    const id = await makeDraft(test)
    await test.request('POST', `/campaigns/${id}/archive`)
    const answers = await Promise.all([
      test.request('PATCH', `/campaigns/${id}`, { body: { name: 'No' } }),
      test.request('PUT', `/campaigns/${id}/workflow`, { body: { nodes: [], edges: [] } }),
      test.request('POST', `/campaigns/${id}/workflow/layout`, { body: { layout: {} } }),
      test.request('PUT', `/campaigns/${id}/products`, { body: { products: [] } }),
      test.request('DELETE', `/campaigns/${id}`),
    ])
    expect(answers.map((answer) => [answer.status, answer.body.allowed])).toEqual(
      answers.map(() => [409, ['duplicate']]),
    )
  })

  it('cannot lose its audience after it was activated', async () => {
    const id = await makeActive(test)
    expect((await test.request('PATCH', `/campaigns/${id}`, { body: { audience: null } })).status).toBe(422)
  })
})

describe('the list of campaigns', () => {
  it('filters, searches, sorts and pages without losing or repeating one', async () => {
    const word = randomUUID()
    const ids: string[] = []
    for (const name of ['beta', 'Alpha', 'gamma', 'alpha']) ids.push((await make({ name: `${name} ${word}` })).body.id)
    const names = async (query: string) => {
      const found: string[] = []
      let cursor = ''
      do {
        const { body } = await test.request('GET', `/campaigns?limit=2&q=${word}&${query}${cursor}`)
        found.push(...body.items.map((item: { name: string }) => item.name.split(' ')[0]))
        cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : ''
      } while (cursor !== '')
      return found
    }
    expect(await names('')).toEqual(['alpha', 'gamma', 'Alpha', 'beta'])
    expect(await names('sort=createdAt')).toEqual(['beta', 'Alpha', 'gamma', 'alpha'])
    expect((await names('sort=name')).map((name) => name.toLowerCase())).toEqual(['alpha', 'alpha', 'beta', 'gamma'])
    await test.request('PATCH', `/campaigns/${ids[0]}`, { body: { description: 'touched' } })
    expect((await names('sort=-updatedAt'))[0]).toBe('beta')
    expect(await names('status=active')).toEqual([])
    expect(await names(`ownerId=${test.owner.memberId}`)).toHaveLength(4)
    expect((await test.request('GET', '/campaigns?q=100%25_')).body.items).toEqual([])
  })

  it('counts who is inside and who finished, as the runs say', async () => {
    const people = await addCustomers(test, 3, 'counted.example')
    const id = await makeActive(test, {
      audience: { type: 'list', customerIds: people },
      enroll: 'now',
      name: 'Counted',
    })
    await settle(test.app)
    const { body } = await test.request('GET', '/campaigns?q=Counted')
    expect(body.items[0].counts).toMatchObject({ inside: 3, finished: 0, sent: 0, replied: 0 })
    const { body: runs } = await test.request('GET', `/campaigns/${id}/runs`)
    await test.request('POST', `/runs/${runs.items[0].id}/cancel`)
    expect((await test.request('GET', `/campaigns/${id}`)).body.counts).toMatchObject({ inside: 2, finished: 1 })
    await test.request('POST', `/campaigns/${id}/archive`)
    expect((await test.request('GET', `/campaigns/${id}`)).body.counts).toMatchObject({ inside: 0, finished: 3 })
  })
})

describe('Duplicate', () => {
  it('copies name, graph, layout and products, and neither audience nor statistics; neither changes the other', async () => {
    const people = await addCustomers(test, 2)
    const id = await makeActive(test, {
      audience: { type: 'list', customerIds: people },
      enroll: 'now',
      name: 'Original',
    })
    await settle(test.app)
    const layout = { start: { x: 1, y: 2 }, $notes: [{ text: 'hi' }] }
    await test.request('POST', `/campaigns/${id}/workflow/layout`, { body: { layout } })
    const product = (await test.request('POST', '/products', { body: { name: 'P' } })).body
    const products = [{ productId: product.id, primary: true }]
    await test.request('PUT', `/campaigns/${id}/products`, { body: { products } })
    await sql`update node set config = '{"type": "webhook"}' where campaign_id = ${id} and id = 'start'`.execute(
      test.app.db,
    )
    await test.request('POST', `/campaigns/${id}/archive`)
    const { status, body: copy } = await test.request('POST', `/campaigns/${id}/duplicate`)
    expect(status).toBe(201)
    expect(copy).toMatchObject({
      name: 'Original (copy)',
      status: 'draft',
      audience: null,
      counts: { inside: 0, finished: 0, sent: 0, replied: 0 },
      workflowVersion: null,
      moves: [],
    })
    const graph = async (campaign: string) => (await test.request('GET', `/campaigns/${campaign}/workflow`)).body
    const original = await graph(id)
    const copied = await graph(copy.id)
    expect(copied.edges).toEqual(original.edges)
    expect(copied.layout).toEqual(layout)
    expect(copied.nodes[0]).toMatchObject({ id: 'start', type: 'trigger', config: { type: 'manual' } })
    expect(copied.nodes.slice(1)).toEqual(original.nodes.slice(1))
    expect((await test.request('GET', `/campaigns/${copy.id}/products`)).body).toEqual({ products })
    await test.request('PUT', `/campaigns/${copy.id}/workflow`, { body: { nodes: [], edges: [] } })
    expect(await graph(id)).toEqual(original)
  })
})

describe('products', () => {
  it('have one that is primary: the one marked, else the first', async () => {
    const id = await makeDraft(test)
    const product = async () =>
      (await test.request('POST', '/products', { body: { name: randomUUID() } })).body.id as string
    const [a, b] = [await product(), await product()]
    const put = (products: unknown) => test.request('PUT', `/campaigns/${id}/products`, { body: { products } })
    expect((await put([{ productId: a }, { productId: b }])).body.products).toContainEqual({
      productId: a,
      primary: true,
    })
    expect((await put([{ productId: a }, { productId: b, primary: true }])).body.products[0]).toEqual({
      productId: b,
      primary: true,
    })
    expect(
      (
        await put([
          { productId: a, primary: true },
          { productId: b, primary: true },
        ])
      ).status,
    ).toBe(422)
    expect((await put([{ productId: a }, { productId: a }])).status).toBe(422)
    expect((await put([{ productId: randomUUID() }])).body.errors[0].path).toBe('products.0.productId')
    expect((await put([])).body.products).toEqual([])
  })
})

describe('audience preview and pre-flight', () => {
  it('show from whom is matched to whom a message will reach, and what each step takes off', async () => {
    const people = await addCustomers(test, 8, 'waterfall.example')
    const [excluded = '', archived = '', inside = '', through = '', silent = '', suppressed = ''] = people
    const audience = { type: 'segment', segmentId: await segment(people) }
    const excludeSegmentId = await segment([excluded])
    const { db } = test.app
    await sql`update customer set archived_at = now() where id = ${archived}`.execute(db)
    await sql`update customer set email = null where id = ${silent}`.execute(db)
    await sql`
      insert into suppression (workspace_id, address_hash, channel, reason, source)
      select c.workspace_id, address_key(w.address_salt, upper(c.email)), 'email', 'unsubscribe', 'test'
      from customer c join workspace w on w.id = c.workspace_id where c.id = ${suppressed}
    `.execute(db)
    const previewed = await test.request('POST', '/audience/preview', {
      body: { audience, excludeSegmentId, customerId: archived },
    })
    expect(previewed.body).toMatchObject({ matched: 8, willEnroll: 6, reachable: 4 })
    expect(previewed.body.sample).toHaveLength(6)
    expect(previewed.body.customer).toMatchObject({ in: false, reason: 'archived' })
    const id = await makeActive(test, { audience: { type: 'list', customerIds: [inside, through] }, enroll: 'now' })
    await settle(test.app)
    const { body: runs } = await test.request('GET', `/campaigns/${id}/runs?customerId=${through}`)
    await test.request('POST', `/runs/${runs.items[0].id}/cancel`)
    await test.request('PATCH', `/campaigns/${id}`, { body: { audience, excludeSegmentId } })
    const { body } = await test.request('GET', `/campaigns/${id}/preflight`)
    expect(body).toMatchObject({
      ok: true,
      blockers: [],
      audienceSize: 6,
      matched: 8,
      willEnroll: 4,
      reachable: 2,
      estimatedSends: 0,
    })
    expect(body.steps).toEqual([
      { reason: 'excluded', count: 1 },
      { reason: 'archived', count: 1 },
      { reason: 'inside', count: 1 },
      { reason: 'went-through', count: 1 },
      { reason: 'no-address', count: 1 },
      { reason: 'suppressed', count: 1 },
      { reason: 'capped', count: 0 },
    ])
  })

  it('estimate the sends, and name the customers whose first name is missing from a text without a default', async () => {
    const people = await addCustomers(test, 4, 'mail.example')
    await sql`update customer set first_name = null where id = ${people[0]}`.execute(test.app.db)
    const id = await makeDraft(test, { audience: { type: 'list', customerIds: people }, flow: await mailFlow() })
    const { body } = await test.request('GET', `/campaigns/${id}/preflight`)
    expect(body).toMatchObject({ ok: true, estimatedSends: 8, estimatedDurationSeconds: 1 })
    const missing = body.warnings.filter((warning: { code: string }) => warning.code === 'missing_value')
    expect(missing).toEqual([expect.objectContaining({ field: 'customer.firstName', count: 1 })])
  })

  it('refuse real mail without a postal address and a public https address, and let a private test relay pass', async () => {
    const credential = (host: string, port: number) =>
      sql<{ id: string }>`
      insert into credential (workspace_id, type, name, config) values (${test.workspaceId}, 'smtp', ${host}, ${JSON.stringify({ host, port })}::jsonb)
      returning id
    `.execute(test.app.db)
    const real = (await credential('192.0.2.1', 25)).rows[0]?.id
    const id = await makeDraft(test, { flow: await mailFlow(real) })
    const { body } = await test.request('GET', `/campaigns/${id}/preflight`)
    expect(body.ok).toBe(false)
    expect(body.blockers.map((blocker: { code: string }) => blocker.code)).toEqual([
      'no_postal_address',
      'no_public_url',
    ])
    const refused = await test.request('POST', `/campaigns/${id}/activate`, { body: { enroll: 'none' } })
    expect(refused.status).toBe(422)
    expect(refused.body).toMatchObject({ code: 'not_ready' })
    expect(refused.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'workspace.postalAddress',
      'PUBLIC_URL',
    ])
    expect((await test.request('GET', `/campaigns/${id}`)).body.status).toBe('draft')
    const relay = (await credential('127.0.0.1', 2525)).rows[0]?.id
    const rehearsal = await makeDraft(test, { flow: await mailFlow(relay) })
    expect((await test.request('GET', `/campaigns/${rehearsal}/preflight`)).body).toMatchObject({
      ok: true,
      blockers: [],
    })
  })

  it('look at a graph that is sent as if it were the draft, and leave the draft', async () => {
    const id = await makeDraft(test, { flow: { nodes: [], edges: [] } })
    const draft = (await test.request('GET', `/campaigns/${id}/workflow`)).body
    const graph = await mailFlow()
    const { body, status } = await test.request('POST', `/campaigns/${id}/preflight`, { body: { graph } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ ok: true, blockers: [] })
    expect(body.estimatedSends).toBe(2 * body.reachable)
    const real = await sql<{ id: string }>`
      insert into credential (workspace_id, type, name, config, health)
      values (${test.workspaceId}, 'smtp', 'Dead relay', '{"host": "192.0.2.2", "port": 25}', 'dead') returning id
    `.execute(test.app.db)
    const dead = { graph: await mailFlow(real.rows[0]?.id) }
    const blocked = (await test.request('POST', `/campaigns/${id}/preflight`, { body: dead })).body
    expect(blocked.blockers.map(({ code }: { code: string }) => code)).toEqual([
      'credential_dead',
      'no_postal_address',
      'no_public_url',
    ])
    const foreign = { body: { graph }, key: test.otherWorkspace.adminKey }
    expect((await test.request('POST', `/campaigns/${id}/preflight`, foreign)).status).toBe(404)
    expect((await test.request('GET', `/campaigns/${id}/workflow`)).body).toEqual(draft)
  })
})

/** trigger → mail → mail → exit, through the sandbox unless said. */
async function mailFlow(credentialId?: string) {
  const { rows } = await sql<{ id: string }>`
    select id from credential where workspace_id = ${test.workspaceId} and type = 'sandbox'
  `.execute(test.app.db)
  const sender = credentialId ?? rows[0]?.id
  const mail = (id: string, body: string) => ({
    id,
    type: 'email-send',
    title: id,
    config: { credentialId: sender, subject: 'Hello', body },
  })
  return {
    nodes: [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      mail('mail-1', '<p>Hi {{customer.firstName}}</p>'),
      mail('mail-2', '<p>Hi {{ customer.lastName | default: "there" }}</p>'),
      { id: 'exit-1', type: 'exit', title: 'Done', config: {} },
    ],
    edges: [
      { source: 'start', target: 'mail-1' },
      { source: 'mail-1', target: 'mail-2' },
      { source: 'mail-2', target: 'exit-1' },
    ],
  }
}
