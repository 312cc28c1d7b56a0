import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp

beforeAll(async () => {
  test = await startTestApp()
})
afterAll(async () => await test.close())

const browse = (method: string, path: string, cookie: string, body?: unknown) =>
  test.request(method, path, { body, key: null, headers: { cookie, 'sec-fetch-site': 'same-origin' } })

const signIn = async (agent: string) => {
  const { email, password } = test.owner
  const headers = { 'user-agent': agent }
  const answer = await test.request('POST', '/auth/login', { body: { email, password }, key: null, headers })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

it('shows a person where they are signed in, and ends any other session of theirs, or all others', async () => {
  const here = await signIn('Mozilla/5.0 (Macintosh) Firefox/140.0')
  const phone = await signIn('Mozilla/5.0 (iPhone) Safari/604.1')
  const { body } = await browse('GET', '/me/sessions', here)
  expect(body.items).toHaveLength(3)
  expect(body.items[0]).toMatchObject({
    here: true,
    userAgent: 'Mozilla/5.0 (Macintosh) Firefox/140.0',
    ip: '127.0.0.1',
  })
  const other = body.items.find(({ userAgent }: { userAgent: string }) => userAgent?.includes('iPhone'))
  expect(other).toMatchObject({ here: false, workspaceName: 'Acme' })

  // One's own is ended by signing out.
  expect((await browse('DELETE', `/me/sessions/${body.items[0].id}`, here)).status).toBe(404)
  expect((await browse('DELETE', `/me/sessions/${other.id}`, here)).status).toBe(204)
  expect((await browse('GET', '/me', phone)).status).toBe(401)
  expect((await browse('DELETE', '/me/sessions', here)).body).toEqual({ ended: 1 })
  expect((await browse('GET', '/me', test.owner.cookie)).status).toBe(401)
  expect((await browse('GET', '/me/sessions', here)).body.items).toHaveLength(1)
  expect((await test.request('GET', '/me/sessions')).status).toBe(409)
})

it('shows nobody the sessions of somebody else', async () => {
  const { body: invited } = await test.request('POST', '/invitations', { body: { email: 'ana@acme.example' } })
  const token = invited.link.split('#token=')[1]
  const body = { token, password: 'a long enough one', name: 'Ana' }
  const joined = await test.request('POST', '/auth/accept-invite', { body, key: null })
  const ana = joined.headers.get('set-cookie')?.split(';')[0] ?? ''
  const owner = await signIn('Owner')
  const [own] = (await browse('GET', '/me/sessions', owner)).body.items
  expect((await browse('GET', '/me/sessions', ana)).body.items).toHaveLength(1)
  expect((await browse('DELETE', `/me/sessions/${own.id}`, ana)).status).toBe(404)
  expect((await browse('DELETE', '/me/sessions', ana)).body).toEqual({ ended: 0 })
  expect((await browse('GET', '/me', owner)).status).toBe(200)
})

it('keeps the time zone that somebody reads times in', async () => {
  const cookie = await signIn('Zone')
  const set = await browse('PATCH', '/me', cookie, { timezone: 'Asia/Ho_Chi_Minh' })
  expect(set.body.account).toMatchObject({ timezone: 'Asia/Ho_Chi_Minh', name: 'owner' })
  expect((await browse('PATCH', '/me', cookie, { timezone: 'Mars/Base' })).status).toBe(422)
  expect((await browse('PATCH', '/me', cookie, { timezone: null })).body.account.timezone).toBeNull()
})
