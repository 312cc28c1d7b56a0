import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { webhookEvents } from './events.ts'

/** Where nobody listens: what is told here comes to nothing. */
const url = 'http://127.0.0.1:9/hook'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: '127.0.0.1:9' } })
})
afterAll(() => test.close())

async function makeWebhook(): Promise<{ id: string; version: number }> {
  const made = await test.request('POST', '/webhooks', { body: { name: 'CRM', url, events: webhookEvents } })
  expect(made.status).toBe(201)
  return made.body
}

describe('the API of webhooks', () => {
  it.each([
    [{ url: 'ftp://example.com/' }, 'url', 'invalid_url'],
    [{ url: 'not a url' }, 'url', 'invalid_url'],
    [{ url: 'https://user:pass@example.com/' }, 'url', 'login_in_url'],
    [{ url: 'http://127.0.0.1:1/' }, 'url', 'private_host'],
    [{ url: 'http://2130706433:1/' }, 'url', 'private_host'],
    [{ events: [] }, 'events', 'too_small'],
    [{ events: ['customer.created'] }, 'events.0', 'invalid_value'],
  ])('refuses %j and names the field', async (bad, path, code) => {
    const refused = await test.request('POST', '/webhooks', { body: { url, events: ['run.finished'], ...bad } })
    expect(refused.status).toBe(422)
    expect(refused.body.errors[0]).toMatchObject({ path, code })
  })

  it('is for admins of the workspace', async () => {
    const { id } = await makeWebhook()
    const [delivery] = [(await test.request('POST', `/webhooks/${id}/test`)).body]
    const requests = [
      ['GET', `/webhooks/${id}`],
      ['PATCH', `/webhooks/${id}`],
      ['DELETE', `/webhooks/${id}`],
      ['POST', `/webhooks/${id}/test`],
      ['POST', `/webhooks/${id}/rotate-secret`],
      ['GET', `/webhooks/${id}/deliveries`],
      ['GET', `/deliveries/${delivery.id}`],
      ['POST', `/deliveries/${delivery.id}/resend`],
    ] as const
    for (const [method, path] of requests) {
      const body = method === 'PATCH' ? { body: { name: 'Mine' } } : {}
      expect([path, (await test.request(method, path, { key: test.memberKey, ...body })).status]).toEqual([path, 403])
      expect([path, (await test.request(method, path, { key: test.otherWorkspace.adminKey, ...body })).status]).toEqual(
        [path, 404],
      )
    }
    expect((await test.request('DELETE', `/webhooks/${id}`)).status).toBe(204)
    expect((await test.request('GET', `/webhooks/${id}`)).status).toBe(404)
  })

  it('tells two people who edit at once apart', async () => {
    const { id, version } = await makeWebhook()
    const headers = { 'if-match': `"${version}"` }
    expect((await test.request('PATCH', `/webhooks/${id}`, { body: { name: 'A' }, headers })).status).toBe(200)
    expect((await test.request('PATCH', `/webhooks/${id}`, { body: { name: 'B' }, headers })).status).toBe(412)
  })
})
