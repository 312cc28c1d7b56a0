import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { Problem } from '../errors.ts'
import { route } from './route.ts'

let tries = 0

const extra = [
  route(
    {
      method: 'POST',
      path: '/test/once',
      id: 'testOnce',
      summary: 'For tests',
      access: 'signed-in',
      body: z.strictObject({ fail: z.enum(['never', 'for good', 'for now', 'badly']).default('never') }),
      response: z.object({ n: z.int() }),
      status: 201,
      idempotent: true,
    },
    async ({ body }) => {
      tries += 1
      if (body.fail === 'for good') throw new Problem('wrong_state', `No, for the ${tries}. time.`)
      if (body.fail === 'for now') throw new Problem('unavailable', 'Not now.')
      if (body.fail === 'badly') throw new Error('broken')
      return { n: tries }
    },
  ),
]

let test: TestApp

beforeAll(async () => {
  test = await startTestApp({ routes: extra, env: { LOG_LEVEL: 'silent' } })
})
afterAll(() => test.close())

describe('Idempotency-Key', () => {
  const send = (key: string, fail?: string) =>
    test.request('POST', '/test/once', {
      body: fail === undefined ? {} : { fail },
      headers: { 'idempotency-key': key },
    })

  it('repeats the first answer, also a refusal', async () => {
    const first = await send('k1')
    expect(first.status).toBe(201)
    expect((await send('k1')).body).toEqual(first.body)
    const refused = await send('k2', 'for good')
    expect(refused.status).toBe(409)
    expect(await send('k2', 'for good')).toMatchObject({ status: 409, body: { detail: refused.body.detail } })
  })

  it('runs again after a refusal that passes by itself, not after a fault of ours', async () => {
    const before = tries
    for (const fail of ['for now', 'for now', 'badly', 'badly']) await send(`k3-${fail.length}`, fail)
    expect(tries).toBe(before + 3)
  })

  it('is taken over when the first request has crashed, not while it may still run', async () => {
    const first = await send('k4')
    const reset = (age: string) =>
      test.database.pool.query(
        `update idempotency_key set status = null, response = null, created_at = now() - $1::interval where key = 'k4'`,
        [age],
      )
    await reset('50 seconds')
    expect(await send('k4')).toMatchObject({ status: 409, body: { code: 'idempotency_running' } })
    await reset('61 seconds')
    const second = await send('k4')
    expect(second.status).toBe(201)
    expect(second.body.n).toBeGreaterThan(first.body.n)
    expect((await send('k4')).body).toEqual(second.body)
  })

  it('is another key in another workspace', async () => {
    const mine = await send('k5')
    const theirs = await test.request('POST', '/test/once', {
      body: {},
      key: test.otherWorkspace.adminKey,
      headers: { 'idempotency-key': 'k5' },
    })
    expect(theirs.body.n).toBe(mine.body.n + 1)
  })

  it('keeps no answer in clear: it may hold a new API key', async () => {
    const made = await test.request('POST', '/api-keys', { body: { name: 'CI' }, headers: { 'idempotency-key': 'k6' } })
    const { rows } = await test.database.pool.query(`select response::text from idempotency_key where key = 'k6'`)
    expect(rows[0].response).not.toContain(made.body.key.split('_')[2])
  })
})
