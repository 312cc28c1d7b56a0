import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle } from '../../test/campaign.ts'

let test: TestApp

beforeAll(async () => {
  test = await startTestApp()
})
afterAll(async () => await test.close())

const listed = async (query = '') =>
  (await test.request('GET', `/suppressions?limit=200${query}`)).body.items as Record<string, unknown>[]

it('takes many addresses at once: what is none comes back, the rest is added once', async () => {
  const { body: customer } = await test.request('POST', '/customers', { body: { email: 'known@example.com' } })
  const emails = [
    'Known@example.com',
    'new@example.com',
    'NEW@example.com',
    'not an address',
    '=cmd()@',
    'x'.repeat(300),
  ]
  const first = await test.request('POST', '/suppressions/batch', { body: { emails, reason: 'unsubscribe' } })
  expect(first).toMatchObject({ status: 200, body: { added: 2, already: 0 } })
  expect(first.body.refused).toEqual(['not an address', '=cmd()@', 'x'.repeat(300)])
  const again = await test.request('POST', '/suppressions/batch', { body: { emails, reason: 'unsubscribe' } })
  expect(again.body).toMatchObject({ added: 0, already: 2 })
  const rows = await listed('&reason=unsubscribe')
  expect(rows).toHaveLength(2)
  expect(rows.find(({ customerId }) => customerId === customer.id)).toMatchObject({
    sourceName: 'admin',
    campaign: null,
  })
  const { body: log } = await test.request('GET', '/audit-log?action=suppression.added')
  expect(log.items[0].detail).toEqual({ addresses: 2, channel: 'email', reason: 'unsubscribe' })
  const other = await test.request('GET', '/suppressions', { key: test.otherWorkspace.adminKey })
  expect(other.body.items).toEqual([])
})

it('is exported as the list is filtered, with formulas marked', async () => {
  await test.request('POST', '/suppressions', { body: { email: '+sum@example.com' } })
  const all = await test.request('GET', '/suppressions/export.csv')
  expect(all.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  const [head, ...lines] = String(all.body).trim().split('\r\n')
  expect(head).toBe('address,channel,reason,campaign,source,since,customerId')
  expect(lines).toHaveLength((await listed()).length)
  expect(all.body).toContain("'+sum@example.com,email,manual,,admin,")
  const some = await test.request('GET', '/suppressions/export.csv?reason=unsubscribe&q=new')
  expect(String(some.body).trim().split('\r\n')).toHaveLength(2)
})

it('names the campaign whose step put somebody there', async () => {
  const customerIds = await addCustomers(test, 1)
  const flow = {
    nodes: [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      { id: 'stop', type: 'exit-suppress', title: 'Stop', config: { reason: 'manual', channel: 'all' } },
    ],
    edges: [{ id: 'e', source: 'start', target: 'stop', when: null }],
  }
  const id = await makeActive(test, { name: 'Sunset', enroll: 'now', audience: { type: 'list', customerIds }, flow })
  await settle(test.app)
  const [row] = await listed(`&customerId=${customerIds[0]}`)
  expect(row).toMatchObject({ reason: 'manual', campaign: { id, name: 'Sunset' } })
})
