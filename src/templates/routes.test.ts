import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const request = (method: string, path: string, body?: unknown, headers = {}) =>
  test.request(method, path, { body, headers })

describe('a template', () => {
  it('keeps every saved state', async () => {
    const made = await request('POST', '/templates', {
      name: 'Welcome',
      subject: 'Hi',
      body: 'Hello {{customer.firstName}}',
    })
    expect(made).toMatchObject({ status: 201, body: { channel: 'email', version: 1, problems: [] } })
    const { id } = made.body
    await request('PATCH', `/templates/${id}`, { body: 'Two' })
    await request('PATCH', `/templates/${id}`, { subject: 'Three' }, { 'if-match': '2' })
    expect((await request('PATCH', `/templates/${id}`, { body: 'x' }, { 'if-match': '2' })).status).toBe(412)
    const { body } = await request('GET', `/templates/${id}/versions`)
    expect(body.items).toMatchObject([
      { number: 3, subject: 'Three', body: 'Two' },
      { number: 2, subject: 'Hi', body: 'Two' },
      { number: 1, subject: 'Hi', body: 'Hello {{customer.firstName}}' },
    ])
  })

  it('is saved with its faults, and says them', async () => {
    const { status, body } = await request('POST', '/templates', { name: 'Half', subject: '{{ x', body: '{% if y %}' })
    expect(status).toBe(201)
    expect(body.problems).toMatchObject([
      { field: 'subject', code: 'bad_template' },
      { field: 'body', code: 'bad_template' },
    ])
    const prompt = await request('POST', '/templates', { name: 'flow-generator', channel: 'ai', body: 'Use {{braces' })
    expect(prompt.body.problems).toEqual([])
  })

  it('has a name of its own until it is archived', async () => {
    const { id } = (await request('POST', '/templates', { name: 'Unique' })).body
    const again = await request('POST', '/templates', { name: 'UNIQUE' })
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists', existingId: id } })
    const other = (await request('POST', '/templates', { name: 'Other' })).body
    expect((await request('PATCH', `/templates/${other.id}`, { name: 'unique' })).status).toBe(409)
    expect((await request('DELETE', `/templates/${id}`)).status).toBe(204)
    expect((await request('PATCH', `/templates/${id}`, { body: 'x' })).body.code).toBe('wrong_state')
    expect((await request('PATCH', `/templates/${other.id}`, { name: 'unique' })).status).toBe(200)
    const archived = await request('GET', '/templates?archived=true')
    expect(archived.body.items.map((one: { id: string }) => one.id)).toEqual([id])
  })

  it('keeps its name, and stays, while a campaign’s message names it', async () => {
    const { id } = (await request('POST', '/templates', { name: 'Named' })).body
    await test.database.pool.query(
      `with c as (insert into campaign (workspace_id, name) values ($1, 'Spring') returning id)
       insert into node (campaign_id, id, type, config, position) select id, 'email-1', 'email-send', '{"templateName": "named"}', 0 from c`,
      [test.workspaceId],
    )
    const inUse = { status: 409, body: { code: 'in_use', campaigns: [{ name: 'Spring' }] } }
    expect(await request('PATCH', `/templates/${id}`, { name: 'Renamed' })).toMatchObject(inUse)
    expect(await request('DELETE', `/templates/${id}`)).toMatchObject(inUse)
    expect((await request('PATCH', `/templates/${id}`, { name: 'NAMED', body: 'new' })).status).toBe(200)
  })
})

describe('a preview', () => {
  const preview = (body: unknown) => request('POST', '/templates/preview', body)

  it('shows the message for a customer as it would be sent, escaped and with its footer', async () => {
    const customer = { email: 'x@example.com', firstName: '<b>Zoë</b>', company: { name: 'Acme' } }
    const customerId = (await request('POST', '/customers', customer)).body.id
    const productId = (await request('POST', '/products', { name: 'Boat', attributes: { price: 5 } })).body.id
    const { body } = await preview({
      subject: 'Hi {{customer.firstName}}',
      body: '<p>{{customer.firstName}} of {{customer.company.name}}: {{product.name}} for {{product.price}}</p>',
      customerId,
      productId,
    })
    expect(body).toMatchObject({ subject: 'Hi <b>Zoë</b>', error: null })
    expect(body.html).toContain('&lt;b&gt;Zoë&lt;/b&gt; of Acme: Boat for 5')
    expect(body.html).toContain('/u/preview')
    expect(body.text).toContain('<b>Zoë</b> of Acme')
  })

  it('works without a customer, says what is wrong with a template, and knows nobody of another workspace', async () => {
    expect((await preview({ body: 'Hello {{customer.firstName}}' })).body.text).toContain('Hello Ann')
    expect((await preview({ body: '{% if %}' })).body).toMatchObject({ html: '', error: expect.any(String) })
    const key = test.otherWorkspace.adminKey
    const theirs = (await test.request('POST', '/customers', { body: { email: 'y@example.com' }, key })).body.id
    expect(await preview({ customerId: theirs })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'customerId' }] },
    })
  })
})
