import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const request = (method: string, path: string, body?: unknown, headers = {}) =>
  test.request(method, path, { body, headers })

describe('a company', () => {
  it('is made with a domain of its own, changed, and counts its customers', async () => {
    const made = await request('POST', '/companies', { name: 'Acme', domain: 'https://www.ACME.example/x' })
    expect(made).toMatchObject({ status: 201, body: { domain: 'acme.example', customers: 0 } })
    const { id } = made.body
    const again = await request('POST', '/companies', { name: 'Other', domain: 'acme.example' })
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists', existingId: id } })
    const other = (await request('POST', '/companies', { name: 'Other' })).body
    expect((await request('PATCH', `/companies/${other.id}`, { domain: 'acme.example' })).status).toBe(409)
    expect((await request('PATCH', `/companies/${id}`, { domain: 'acme.example', industry: 'Tools' })).status).toBe(200)
    expect((await request('PATCH', `/companies/${id}`, { name: 'x' }, { 'if-match': '1' })).status).toBe(412)
    expect((await request('POST', '/companies', { name: 'x', domain: 'no domain' })).status).toBe(422)
    await request('POST', '/customers', { email: 'ann@example.com', companyId: id })
    await request('POST', '/customers', { email: 'bob@example.com', company: { name: 'acme' } })
    expect((await request('GET', `/companies/${id}`)).body).toMatchObject({
      industry: 'Tools',
      customers: 2,
      version: 2,
    })
    expect((await request('GET', '/companies?q=acme')).body.items).toHaveLength(1)
    expect((await test.request('GET', `/companies/${id}`, { key: test.otherWorkspace.adminKey })).status).toBe(404)
  })

  it('is made once when many customers name it at once', async () => {
    const company = { name: 'Rush', domain: 'rush.example' }
    const ids = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const { body } = await request('POST', '/customers', { email: `rush${index}@example.com`, company })
        return body.companyId
      }),
    )
    expect(new Set(ids).size).toBe(1)
  })
})

describe('a domain', () => {
  it('goes to one company when several ask for it at once', async () => {
    const ids = await Promise.all(
      Array.from({ length: 6 }, async () => (await request('POST', '/companies', { name: 'Racer' })).body.id),
    )
    const answers = await Promise.all(ids.map((id) => request('PATCH', `/companies/${id}`, { domain: 'race.example' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409])
  })
})
