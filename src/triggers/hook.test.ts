import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeActive, makeDraft, runsOf } from '../../test/campaign.ts'
import { eventually } from '../../test/client.ts'
import { addTrigger, callHook } from '../../test/triggers.ts'
import { sign } from './signature.ts'

/** Calls with one id; HOOK_FULL=1 sends ten thousand. */
const flood = process.env.HOOK_FULL === '1' ? 10_000 : 1_000

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const config = { customerPath: '$.person.email', matchBy: 'email' }
async function hookOf(options: Parameters<typeof makeActive>[1] = {}, more: Record<string, unknown> = {}) {
  const campaign = await makeActive(test, options)
  const hook = await addTrigger(test, campaign, { type: 'webhook', config: { ...config, ...more } })
  return { campaign, hook }
}
const customer = async (fields: Record<string, unknown> = {}) => {
  const email = `${randomUUID()}@example.com`
  const made = await test.request('POST', '/customers', { body: { email, ...fields } })
  return { id: made.body.id as string, email }
}
const firing = async (id: string) => (await test.request('GET', `/firings/${id}`)).body

describe('a signed call', () => {
  it('enrolls its customer at once, and the run can read what it said', async () => {
    const nodes = [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      {
        id: 'task',
        type: 'create-task',
        title: 'Task',
        config: { title: '{{trigger.type}}: {{trigger.payload.plan}}' },
      },
    ]
    const edges = [{ id: 'e1', source: 'start', target: 'task', when: null }]
    const { campaign, hook } = await hookOf({ flow: { nodes, edges } })
    const ann = await customer()
    const answer = await callHook(test, hook, { person: { email: ann.email.toUpperCase() }, plan: 'gold 🏆' })
    expect(answer).toMatchObject({ status: 202, body: { firingId: expect.any(String) } })
    expect(await firing(answer.body.firingId)).toMatchObject({
      type: 'webhook',
      status: 'done',
      triggerId: hook.id,
      customerId: ann.id,
      matched: 1,
      enrolled: 1,
      skipped: {},
      payload: { plan: 'gold 🏆' },
    })
    await test.drain()
    expect(await runsOf(test.app, campaign)).toMatchObject([{ customer_id: ann.id, status: 'succeeded' }])
    const { body } = await test.request('GET', `/tasks?customerId=${ann.id}`)
    expect(body.items).toMatchObject([{ title: 'webhook: gold 🏆' }])
  })

  it('is answered the same when its id comes again, also after a pause, and enrolls nobody twice', async () => {
    const { campaign, hook } = await hookOf()
    const ann = await customer()
    const body = { person: { email: ann.email } }
    const first = await callHook(test, hook, body, { id: 'msg_1' })
    const again = await callHook(test, hook, { person: { email: (await customer()).email } }, { id: 'msg_1' })
    expect([first.status, again.status]).toEqual([202, 200])
    await test.request('POST', `/campaigns/${campaign}/pause`)
    const paused = await callHook(test, hook, body, { id: 'msg_1' })
    expect([again.body, paused.body]).toEqual([first.body, first.body])
    expect(await runsOf(test.app, campaign)).toHaveLength(1)
  })

  it('may bring its id again after seven days', async () => {
    const { hook } = await hookOf()
    const body = { person: { email: (await customer()).email } }
    const first = await callHook(test, hook, body, { id: 'msg_old' })
    await test.database.pool.query(
      `update webhook_key set at = now() - interval '7 days 1 minute' where id = 'msg_old'`,
    )
    const late = await callHook(test, hook, body, { id: 'msg_old' })
    expect(late.status).toBe(202)
    expect(late.body.firingId).not.toBe(first.body.firingId)
    expect(await firing(late.body.firingId)).toMatchObject({ enrolled: 0, skipped: { inside: 1 } })
  })

  it(`enrolls one customer once when ${flood} of one id come, fifty at once`, async () => {
    const { campaign, hook } = await hookOf()
    const body = { person: { email: (await customer()).email } }
    const answers: string[] = []
    let left = flood
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        while (left-- > 0) {
          const { status, body: said } = await callHook(test, hook, body, { id: 'msg_flood' })
          answers.push(`${status} ${said.firingId}`)
        }
      }),
    )
    const [first] = answers
    expect(answers).toHaveLength(flood)
    expect(answers.filter((answer) => answer.startsWith('202'))).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.slice(4)))).toEqual(new Set([first?.slice(4)]))
    expect(await runsOf(test.app, campaign)).toHaveLength(1)
    const { body: list } = await test.request('GET', `/triggers/${hook.id}/firings`)
    expect(list.items).toHaveLength(1)
  }, 120_000)

  it('says how it was read: what each path of the trigger found, and where nothing was', async () => {
    const mapping = { firstName: '$.person.name', 'attributes.plan': '$.plan', phone: '$.phone', country: '$.land' }
    const { hook } = await hookOf({}, { mapping, createIfUnknown: true })
    const email = `${randomUUID()}@example.com`
    await callHook(test, hook, { person: { email, name: 'Ann {{' }, plan: { tier: 3 }, land: null })
    const { accepted } = (await test.request('GET', `/triggers/${hook.id}/deliveries`)).body
    expect(accepted).toMatchObject([{ customer: { name: 'Ann {{' } }])
    expect(accepted[0].mapped[0]).toEqual({ field: 'customer', path: '$.person.email', value: email })
    expect(new Set(accepted[0].mapped.slice(1))).toEqual(
      new Set([
        { field: 'firstName', path: '$.person.name', value: 'Ann {{' },
        { field: 'attributes.plan', path: '$.plan', value: { tier: 3 } },
        { field: 'phone', path: '$.phone' },
        { field: 'country', path: '$.land', value: null },
      ]),
    )
  })

  it('says in its firing why a customer was passed over', async () => {
    const [inside, archived] = [await customer(), await customer()]
    const segment = (await test.request('POST', '/segments', { body: { name: randomUUID() } })).body.id
    await test.request('POST', `/segments/${segment}/customers`, { body: { customerIds: [inside.id] } })
    const { hook } = await hookOf({ audience: { type: 'segment', segmentId: segment } })
    const outside = await customer()
    const skippedOf = async (email: string) => {
      const { status, body } = await callHook(test, hook, { person: { email } })
      expect(status).toBe(202)
      return (await firing(body.firingId)).skipped
    }
    expect(await skippedOf(outside.email)).toEqual({ 'not-in-audience': 1 })
    expect(await skippedOf(inside.email)).toEqual({})
    expect(await skippedOf(inside.email)).toEqual({ inside: 1 })
    await test.request('DELETE', `/customers/${archived.id}`)
    expect((await callHook(test, hook, { person: { email: archived.email } })).status).toBe(422)
  })
})

describe('a call that is not signed as it should be', () => {
  it('is refused with 401, whatever state the campaign is in, and nothing happens', async () => {
    const { campaign, hook } = await hookOf({}, { createIfUnknown: true })
    const email = `${randomUUID()}@example.com`
    const body = { person: { email } }
    const now = Math.floor(Date.now() / 1000)
    const captured = sign(hook.secret, { id: 'msg_a', timestamp: String(now) }, JSON.stringify(body))
    const refuse = async () => {
      const answers = [
        await test.request('POST', `/${new URL(hook.url).pathname}`, { key: null, body }),
        await callHook(test, hook, body, { signature: 'v1,AAAA' }),
        await callHook(test, hook, body, { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }),
        await callHook(test, hook, body, { timestamp: now - 301 }),
        await callHook(test, hook, body, { timestamp: now + 330 }),
        // Captured, and sent again under another id, time or body.
        await callHook(test, hook, body, { id: 'msg_b', timestamp: now, signature: captured }),
        await callHook(test, hook, body, { id: 'msg_a', timestamp: now + 1, signature: captured }),
        await callHook(
          test,
          hook,
          { person: { email: 'x@y.example' } },
          { id: 'msg_a', timestamp: now, signature: captured },
        ),
        await callHook(test, hook, 'x'.repeat(300_000), { signature: 'v1,AAAA' }),
      ]
      for (const { status, body: said } of answers) {
        expect(status).toBe(401)
        expect(said).toMatchObject({ code: 'bad_signature' })
      }
    }
    await refuse()
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await refuse()
    await test.request('POST', `/campaigns/${campaign}/archive`)
    await refuse()
    expect(await runsOf(test.app, campaign)).toEqual([])
    expect((await test.request('GET', `/customers?q=${email}`)).body.items).toEqual([])
    expect((await test.request('GET', `/triggers/${hook.id}/firings`)).body.items).toEqual([])
    const refused = await eventually('the refusals are written down', async () => {
      const said = (await test.request('GET', `/triggers/${hook.id}/deliveries`)).body
      const sum = said.refused.reduce((all: number, { times }: { times: number }) => all + times, 0)
      return sum === 27 && said
    })
    expect(refused.accepted).toEqual([])
    expect(new Set(refused.refused.map(({ reason }: { reason: string }) => reason))).toEqual(
      new Set(['unsigned', 'wrong_signature', 'stale']),
    )
  })

  it('does not fill the log: a flood makes one row a minute and reason', async () => {
    const { hook } = await hookOf()
    for (let n = 0; n < 200; n += 1) await callHook(test, hook, {}, { signature: 'v1,AAAA' })
    const rows = await eventually('all are counted', async () => {
      const { refused } = (await test.request('GET', `/triggers/${hook.id}/deliveries`)).body
      return refused.reduce((all: number, { times }: { times: number }) => all + times, 0) === 200 && refused
    })
    expect(rows.length).toBeLessThanOrEqual(3)
  })

  it('finds nothing at an address that is not one', async () => {
    const { hook } = await hookOf()
    const nowhere = { ...hook, url: hook.url.slice(0, -1) + (hook.url.endsWith('A') ? 'B' : 'A') }
    expect((await callHook(test, nowhere, {})).status).toBe(404)
    await test.request('DELETE', `/triggers/${hook.id}`)
    expect((await callHook(test, hook, {})).status).toBe(404)
  })
})

describe('a signed call that is refused', () => {
  it('may be sent again under its id', async () => {
    const campaign = await makeDraft(test)
    const hook = await addTrigger(test, campaign, { type: 'webhook', config })
    const email = `${randomUUID()}@example.com`
    const call = async () => await callHook(test, hook, { person: { email } }, { id: 'msg_retry' })
    expect(await call()).toMatchObject({
      status: 409,
      body: { code: 'wrong_state', state: 'draft', allowed: ['active'] },
    })
    await test.request('POST', `/campaigns/${campaign}/activate`, { body: {} })
    expect(await call()).toMatchObject({ status: 422, body: { errors: [{ path: 'customer', code: 'no_customer' }] } })
    await test.request('POST', '/customers', { body: { email } })
    await test.request('PATCH', `/triggers/${hook.id}`, { body: { enabled: false } })
    expect((await call()).status).toBe(409)
    await test.request('PATCH', `/triggers/${hook.id}`, { body: { enabled: true } })
    await test.request('POST', `/campaigns/${campaign}/pause`)
    expect(await call()).toMatchObject({ status: 409, body: { state: 'paused' } })
    expect((await test.request('GET', `/triggers/${hook.id}/firings`)).body.items).toMatchObject([
      { status: 'refused', error: 'The campaign was paused.', times: 1, enrolled: 0 },
    ])
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: {} })
    expect((await call()).status).toBe(202)
    expect((await call()).status).toBe(200)
  })

  it('says what is wrong with its body', async () => {
    const { hook } = await hookOf({}, { matchBy: 'id', customerPath: '$.id' })
    expect((await callHook(test, hook, '{"id": ')).status).toBe(400)
    expect((await callHook(test, hook, { id: 'nobody' })).status).toBe(422)
    expect((await callHook(test, hook, { id: randomUUID() })).status).toBe(422)
    expect((await callHook(test, hook, { id: { $gt: '' } })).status).toBe(422)
    expect((await callHook(test, hook, { id: 'a\u0000b' })).status).toBe(422)
    expect((await callHook(test, hook, '')).status).toBe(422)
    expect((await callHook(test, hook, { id: 'x'.repeat(300_000) })).status).toBe(413)
    const ann = await customer()
    expect((await callHook(test, hook, { id: ann.id })).status).toBe(202)
  })

  it('knows customers of its own workspace alone', async () => {
    const { hook } = await hookOf({}, { matchBy: 'externalId', customerPath: '$.ref' })
    const made = { body: { externalId: 'crm-9' }, key: test.otherWorkspace.adminKey }
    await test.request('POST', '/customers', made)
    expect((await callHook(test, hook, { ref: 'crm-9' })).status).toBe(422)
    await test.request('POST', '/customers', { body: { externalId: 'crm-9' } })
    expect((await callHook(test, hook, { ref: 'crm-9' })).status).toBe(202)
  })
})

describe('customers that a call brings along', () => {
  const mapping = {
    firstName: '$.person.first',
    country: '$.person.country',
    'attributes.plan': '$.plan',
    timezone: '$.tz',
  }

  it('are created once with the mapped fields when they may be, and changed when they are known', async () => {
    const { campaign, hook } = await hookOf({}, { createIfUnknown: true, mapping })
    const email = `${randomUUID()}@example.com`
    const person = { email, first: 'Ann {{x}}', country: 'VN' }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => callHook(test, hook, { person, plan: { tier: 2 }, tz: null })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202))
    const found = (await test.request('GET', `/customers?q=${email}`)).body.items
    expect(found).toMatchObject([
      { email, firstName: 'Ann {{x}}', country: 'VN', timezone: null, attributes: { plan: { tier: 2 } } },
    ])
    expect(await runsOf(test.app, campaign)).toHaveLength(1)
    await callHook(test, hook, { person: { email: email.toUpperCase(), first: 'Anna' } })
    const changed = (await test.request('GET', `/customers/${found[0].id}`)).body
    expect(changed).toMatchObject({ email, firstName: 'Anna', country: 'VN' })
  })

  it('are neither made nor changed when a value does not fit', async () => {
    const { hook } = await hookOf({}, { createIfUnknown: true, mapping })
    const email = `${randomUUID()}@example.com`
    const answer = await callHook(test, hook, { person: { email }, tz: 'Mars/Base' }, { id: 'msg_tz' })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'timezone' }] } })
    expect((await test.request('GET', `/customers?q=${email}`)).body.items).toEqual([])
    expect((await callHook(test, hook, { person: { email }, tz: 'Asia/Tokyo' }, { id: 'msg_tz' })).status).toBe(202)
    expect((await callHook(test, hook, { person: { email: 'no address' } })).status).toBe(422)
  })
})

describe('a secret', () => {
  it('is shown once, and its successor works beside it until the overlap ends', async () => {
    const { hook } = await hookOf()
    expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(hook.url).toMatch(/\/hooks\/[\w-]{43}$/)
    const read = (await test.request('GET', `/triggers/${hook.id}`)).body
    expect(JSON.stringify(read)).not.toContain('whsec_')
    const rotated = (await test.request('POST', `/triggers/${hook.id}/rotate-secret`, { body: { overlapHours: 2 } }))
      .body
    expect(rotated.secret).not.toBe(hook.secret)
    expect(Date.parse(rotated.previousSecretUntil)).toBeGreaterThan(Date.now() + 3_600_000)
    const status = async (secret: string) =>
      (await callHook(test, hook, { person: { email: (await customer()).email } }, { secret })).status
    expect([await status(hook.secret), await status(rotated.secret)]).toEqual([202, 202])
    await test.database.pool.query('update trigger set previous_secret_until = now() where id = $1', [hook.id])
    expect([await status(hook.secret), await status(rotated.secret)]).toEqual([401, 202])
    const last = (await test.request('POST', `/triggers/${hook.id}/rotate-secret`, { body: { overlapHours: 0 } })).body
    expect([await status(rotated.secret), await status(last.secret)]).toEqual([401, 202])
    const { rows } = await test.database.pool.query('select secret, previous_secret from trigger where id = $1', [
      hook.id,
    ])
    expect(JSON.stringify(rows)).not.toContain('whsec_')
    const log = (await test.request('GET', '/audit-log')).body
    expect(JSON.stringify(log)).not.toContain('whsec_')
  })
})

it('forgets what a call said of a customer who is erased', async () => {
  const { hook } = await hookOf()
  const ann = await customer()
  const { body } = await callHook(test, hook, { person: { email: ann.email }, note: 'planted-in-a-webhook' })
  await test.request('POST', `/customers/${ann.id}/erase`)
  expect((await firing(body.firingId)).payload).toBeNull()
})
