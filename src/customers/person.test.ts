import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle } from '../../test/campaign.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const post = (path: string, body: unknown, key = test.adminKey) => test.request('POST', path, { body, key })
const get = (path: string, key = test.adminKey) => test.request('GET', path, { key })
const query = async (text: string, values: unknown[] = []) => (await test.database.pool.query(text, values)).rows

/** A customer with a trace in every table that knows people; each trace holds `mark`. */
async function plant(mark: string): Promise<{ id: string; email: string; campaignId: string; runId: number }> {
  const email = `${mark}@example.com`
  const created = await test.request('POST', '/customers', {
    body: {
      email,
      firstName: mark,
      externalId: `ext-${mark}`,
      phone: `555-${mark}`,
      attributes: { note: mark },
      tags: ['planted'],
    },
    headers: { 'idempotency-key': `key-${mark}` },
  })
  const { id } = created.body
  const workspace = test.workspaceId
  const [campaign] = await query(`insert into campaign (workspace_id, name) values ($1, 'Spring') returning id`, [
    workspace,
  ])
  const [credential] = await query(`select id from credential where workspace_id = $1 and type = 'sandbox'`, [
    workspace,
  ])
  const [firing] = await query(
    `insert into firing (workspace_id, campaign_id, type, status, audience, by, payload) values ($1, $2, 'webhook', 'done', '{}', 'x', $3) returning id`,
    [workspace, campaign.id, { said: mark }],
  )
  const [run] = await query(
    `insert into run (workspace_id, campaign_id, customer_id, firing_id, node_id, outputs, error, wake_at)
     values ($1, $2, $3, $4, 'email-1', $5, $6, now()) returning id`,
    [workspace, campaign.id, id, firing.id, { a: mark }, { message: mark }],
  )
  await query(
    `insert into step (workspace_id, customer_id, run_id, seq, node_id, output, why, entered_at, at)
     values ($1, $2, $3, 1, 'trigger', $4, $4, now(), now())`,
    [workspace, id, run.id, { text: mark }],
  )
  const [message] = await query(
    `insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, channel, response, state)
     values ($1, $2, $3, 'email-1', $4, $5, 'email', $6, 'sent') returning id`,
    [workspace, campaign.id, run.id, id, credential.id, `250 ${mark}`],
  )
  await query(
    `insert into message_content (message_id, workspace_id, to_address, subject, text, html, links) values ($1, $2, $3, $4, $4, $4, array[$4])`,
    [message.id, workspace, email, mark],
  )
  await query(
    `insert into sandbox_mail (workspace_id, message_id, from_address, to_address, subject, text) values ($1, $2, 'x', $3, $4, $4)`,
    [workspace, message.id, email, mark],
  )
  await query(`insert into run_inbox (campaign_id, run_id, name, payload) values ($1, $2, 'message', $3)`, [
    campaign.id,
    run.id,
    { mark },
  ])
  await query(
    `insert into event (workspace_id, customer_id, name, properties, occurred_at, at) values ($1, $2, 'deal.won', $3, now(), now())`,
    [workspace, id, { mark }],
  )
  await query(
    `insert into suppression (workspace_id, customer_id, channel, address, reason, source) values ($1, $2, 'email', $3, 'unsubscribe', 'link')`,
    [workspace, id, email],
  )
  await post('/tasks', { title: `Call ${mark}`, note: mark, customerId: id })
  await post(`/customers/${id}/notes`, { text: `Met at the fair: ${mark}` })
  const product = (await post('/products', { name: 'Boat' })).body
  const criterion = (await post(`/products/${product.id}/criteria`, { name: 'Fit', type: 'profile', weight: 1 })).body
  await post(`/customers/${id}/scores`, { criterionId: criterion.id, score: 0.5, reason: mark })
  await test.request('POST', '/customers/import', {
    body: `email,timezone\n${email},Mars/${mark}\n`,
    headers: { 'content-type': 'text/csv' },
  })
  return { id, email, campaignId: campaign.id, runId: run.id }
}

/** Every table that still holds the text anywhere. */
async function tablesHolding(text: string): Promise<string[]> {
  const tables = await query(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r'`,
  )
  const found = []
  for (const { name } of tables) {
    const rows = await query(`select 1 from "${name}" t where to_jsonb(t)::text ilike $1 limit 1`, [`%${text}%`])
    if (rows.length > 0) found.push(name)
  }
  return found
}

describe('a person', () => {
  it('is erased from every table; counts and the wish not to be written to stay', async () => {
    const mark = 'zqxplanted1'
    const { id, email, campaignId, runId } = await plant(mark)
    expect((await tablesHolding(mark)).length).toBeGreaterThan(9)
    const refused = await test.request('POST', `/customers/${id}/erase`, { key: test.memberKey })
    expect(refused.status).toBe(403)
    const { status, body } = await post(`/customers/${id}/erase`, {})
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toMatchObject({
      id,
      removed: { messageContents: 1, tasks: 1, notes: 1, importRejects: 1, customer: 1 },
    })
    expect(await tablesHolding(mark)).toEqual([])

    expect((await get(`/customers/${id}`)).body).toMatchObject({
      email: null,
      firstName: null,
      tags: [],
      attributes: {},
    })
    expect(await query(`select status, reason from run where id = $1`, [runId])).toEqual([
      { status: 'canceled', reason: 'erased' },
    ])
    const counted = await query(`select count(*)::int as n from message where campaign_id = $1`, [campaignId])
    expect(counted).toEqual([{ n: 1 }])
    const [held] = await query(
      `select s.address, s.address_hash = address_key(w.address_salt, $2) as same from suppression s join workspace w on w.id = s.workspace_id
       where s.customer_id = $1`,
      [id, email.toUpperCase()],
    )
    expect(held).toEqual({ address: null, same: true })
    expect((await get('/customers?archived=true')).body.items).toEqual([])
    expect((await post(`/customers/${id}/erase`, {})).status).toBe(200)
  })

  it('gets everything that is kept on them, and nobody else gets it', async () => {
    const mark = 'zqxplanted2'
    const { id } = await plant(mark)
    const { status, body } = await get(`/customers/${id}/export`)
    expect(status).toBe(200)
    expect(body.customer).toMatchObject({ id, firstName: mark })
    for (const table of [
      'runs',
      'steps',
      'messages',
      'events',
      'tasks',
      'notes',
      'scores',
      'assessments',
      'suppressions',
    ]) {
      expect(body[table], table).not.toHaveLength(0)
    }
    expect(JSON.stringify(body)).not.toContain('workspace_id')
    expect((await get(`/customers/${id}/export`, test.otherWorkspace.adminKey)).status).toBe(404)
    expect((await post(`/customers/${id}/erase`, {}, test.otherWorkspace.adminKey)).status).toBe(404)
  })
})

describe('the timeline', () => {
  it('shows events, steps, messages and scores once each, newest first, page by page', async () => {
    const { id, campaignId } = await plant('zqxplanted3')
    const all = (await get(`/customers/${id}/timeline?limit=200`)).body.items
    expect(new Set(all.map(({ type }: { type: string }) => type))).toEqual(
      new Set(['event', 'step', 'message', 'assessment', 'note']),
    )
    expect(all.find(({ type }: { type: string }) => type === 'message')).toMatchObject({
      campaignId,
      campaignName: 'Spring',
      detail: { state: 'sent', subject: 'zqxplanted3' },
    })
    const times = all.map(({ at }: { at: string }) => at)
    expect(times).toEqual([...times].sort().reverse())
    const paged = []
    for (let cursor = ''; ; ) {
      const { body } = await get(`/customers/${id}/timeline?limit=2${cursor}`)
      paged.push(...body.items)
      if (body.nextCursor === null) break
      cursor = `&cursor=${body.nextCursor}`
    }
    expect(paged).toEqual(all)
    expect((await get(`/customers/${id}/timeline`, test.otherWorkspace.adminKey)).status).toBe(404)
  })

  it('is narrowed to one kind, each with its own', async () => {
    const { id } = await plant('zqxplanted4')
    const all = (await get(`/customers/${id}/timeline?limit=200`)).body.items
    const narrowed = new Map<string, { key: string; type: string; name: string }[]>()
    for (const kind of ['messages', 'replies', 'steps', 'scores', 'profile', 'events', 'notes', 'why-not']) {
      narrowed.set(kind, (await get(`/customers/${id}/timeline?kind=${kind}&limit=200`)).body.items)
    }
    const keys = (kind: string) => narrowed.get(kind)?.map(({ key }) => key) ?? []
    const shown = ['messages', 'steps', 'scores', 'profile', 'events', 'notes'].flatMap(keys)
    expect(shown.sort()).toEqual(all.map(({ key }: { key: string }) => key).sort())
    expect(narrowed.get('events')?.map(({ name }) => name)).toEqual(['deal.won'])
    expect(narrowed.get('notes')).toMatchObject([{ type: 'note', detail: { by: expect.stringMatching(/^key:/) } }])
    expect(narrowed.get('replies')).toEqual([])
    expect(narrowed.get('why-not')).toEqual([])
    await query(`update message set state = 'skipped', reason = 'capped' where customer_id = $1`, [id])
    const whyNot = (await get(`/customers/${id}/timeline?kind=why-not`)).body.items
    expect(whyNot).toMatchObject([{ type: 'message', detail: { state: 'skipped', reason: 'capped' } }])
    expect((await get(`/customers/${id}/timeline?kind=nonsense`)).status).toBe(422)
  })

  it('lists the steps of one moment in the order in which they were passed, the last one first, page by page', async () => {
    const [customerId = ''] = await addCustomers(test, 1)
    const passed = ['start', ...Array.from({ length: 11 }, (_, nth) => `tag-${nth + 1}`), 'exit-1']
    const typeOf = (nodeId: string) => (nodeId.startsWith('tag') ? 'add-tag' : nodeId === 'start' ? 'trigger' : 'exit')
    await makeActive(test, {
      enroll: 'now',
      audience: { type: 'list', customerIds: [customerId] },
      flow: {
        nodes: passed.map((id) => ({
          id,
          type: typeOf(id),
          title: id,
          config: typeOf(id) === 'add-tag' ? { name: id } : {},
        })),
        edges: passed.slice(1).map((target, nth) => ({ id: `e${nth}`, source: passed[nth], target, when: null })),
      },
    })
    await settle(test.app)
    const steps: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await get(`/customers/${customerId}/timeline?kind=steps&limit=5${cursor && `&cursor=${cursor}`}`)
      for (const entry of body.items) if (entry.type === 'step') steps.push(entry.nodeId)
      cursor = body.nextCursor && encodeURIComponent(body.nextCursor)
    }
    expect(steps).toEqual(passed.toReversed())
  })
})

describe('notes', () => {
  it('are written, listed, and deleted; nobody else sees or deletes them', async () => {
    const { body: customer } = await post('/customers', { email: 'noted@example.com' })
    const path = `/customers/${customer.id}/notes`
    expect((await post(path, { text: '  ' })).body.errors).toMatchObject([{ path: 'text' }])
    const { status, body: note } = await post(path, { text: ' Likes {{ and 🙂 =cmd() ' })
    expect(status).toBe(201)
    expect(note).toMatchObject({ text: 'Likes {{ and 🙂 =cmd()', by: expect.stringMatching(/^key:/) })
    expect((await get(path)).body).toMatchObject({ items: [{ id: note.id }], nextCursor: null })
    const stranger = { key: test.otherWorkspace.adminKey }
    expect((await get(path, stranger.key)).status).toBe(404)
    expect((await test.request('DELETE', `/notes/${note.id}`, stranger)).status).toBe(404)
    expect((await test.request('DELETE', `/notes/${note.id}`)).status).toBe(204)
    expect((await get(path)).body.items).toEqual([])
    await test.request('DELETE', `/customers/${customer.id}`)
    expect((await post(path, { text: 'Too late' })).status).toBe(409)
  })
})

describe('where fields come from', () => {
  it('names the last change of each field and attribute, and by whom', async () => {
    const { body: made } = await post('/customers', {
      email: 'sourced@example.com',
      country: 'DE',
      attributes: { plan: 'free', seats: 3 },
    })
    await test.request('PATCH', `/customers/${made.id}`, {
      body: { country: 'VN', attributes: { plan: 'pro' } },
      headers: { cookie: test.owner.cookie, origin: test.url },
      key: null,
    })
    const { body } = await get(`/customers/${made.id}/field-sources`)
    const by = (field: string) => body.items.find((item: { field: string }) => item.field === field)
    expect(body.items.map(({ field }: { field: string }) => field).sort()).toEqual([
      'attributes.plan',
      'attributes.seats',
      'country',
      'email',
    ])
    expect(by('country')).toMatchObject({ source: 'api', by: `member:${test.owner.memberId}` })
    expect(by('attributes.plan')).toMatchObject({ by: `member:${test.owner.memberId}` })
    expect(by('attributes.seats')).toMatchObject({ source: 'api', by: expect.stringMatching(/^key:/) })
    const entry = (await get(`/customers/${made.id}/timeline?kind=profile`)).body.items[0]
    expect(entry.detail.changes).toEqual({ country: ['DE', 'VN'], 'attributes.plan': ['free', 'pro'] })
    expect((await get(`/customers/${made.id}/field-sources`, test.otherWorkspace.adminKey)).status).toBe(404)
  })
})
