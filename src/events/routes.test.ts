import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createHousekeeping } from '../engine/keep-house.ts'

let test: TestApp
let customer: { id: string }
beforeAll(async () => {
  test = await startTestApp()
  const body = { email: 'Ann@Example.com', externalId: 'crm-1' }
  customer = (await test.request('POST', '/customers', { body })).body
})
afterAll(() => test.close())

const send = (body: unknown, key?: string) => test.request('POST', '/events', { body, ...(key && { key }) })
const sendAll = (events: unknown[]) => test.request('POST', '/events/batch', { body: { events } })
const recorded = async (name: string) =>
  (
    await test.database.pool.query(
      'select customer_id, properties, occurred_at, at from event where name = $1 order by id',
      [name],
    )
  ).rows

describe('POST /events', () => {
  it('records an event for the customer with an id, an address in any case, or an external id', async () => {
    const refs = [{ id: customer.id }, { email: ' ann@EXAMPLE.com ' }, { externalId: 'crm-1' }]
    for (const ref of refs) {
      const answer = await send({ name: 'deal.won', customer: ref, properties: { amount: 120, lines: [{ sku: 'a' }] } })
      expect(answer).toMatchObject({ status: 202, body: { repeated: false } })
    }
    expect(await recorded('deal.won')).toMatchObject(
      refs.map(() => ({ customer_id: customer.id, properties: { amount: 120, lines: [{ sku: 'a' }] } })),
    )
    const timeline = await test.request('GET', `/customers/${customer.id}/timeline`)
    expect(timeline.body.items.map((item: { name: string }) => item.name)).toContain('deal.won')
  })

  it('keeps when it happened beside when it arrived, and refuses what is to come', async () => {
    await send({ name: 'cart.left', customer: { id: customer.id }, occurredAt: '2026-01-02T03:04:05+01:00' })
    const [event] = await recorded('cart.left')
    expect(event.occurred_at.toISOString()).toBe('2026-01-02T02:04:05.000Z')
    expect(event.at.getTime()).toBeGreaterThan(event.occurred_at.getTime())
    const soon = new Date(Date.now() + 60_000).toISOString()
    expect((await send({ name: 'x', customer: { id: customer.id }, occurredAt: soon })).status).toBe(202)
    for (const [occurredAt, code] of [
      [new Date(Date.now() + 10 * 60_000).toISOString(), 'in_future'],
      ['1969-12-31T00:00:00Z', 'invalid_date'],
    ]) {
      expect(await send({ name: 'x', customer: { id: customer.id }, occurredAt })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'occurredAt', code }] },
      })
    }
  })

  it('records an id once in a workspace, also when it comes ten times at once', async () => {
    const event = { name: 'order.paid', customer: { id: customer.id }, id: 'order-1' }
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(event)))
    expect(answers.filter(({ status, body }) => status === 202 && body.repeated === false)).toHaveLength(1)
    expect(answers.filter(({ status, body }) => status === 200 && body.repeated === true)).toHaveLength(9)
    expect(await recorded('order.paid')).toHaveLength(1)
    const other = test.otherWorkspace.adminKey
    await test.request('POST', '/customers', { body: { externalId: 'theirs' }, key: other })
    expect((await send({ ...event, customer: { externalId: 'theirs' } }, other)).status).toBe(202)
  })

  it('does not use up the id of an event that it refuses', async () => {
    const event = { name: 'trial.began', customer: { externalId: 'not-yet' }, id: 'trial-1' }
    expect((await send(event)).status).toBe(422)
    await test.request('POST', '/customers', { body: { externalId: 'not-yet' } })
    expect(await send(event)).toMatchObject({ status: 202, body: { repeated: false } })
  })

  it('knows no customer of another workspace, none that is archived, and none that does not exist', async () => {
    const archived = (await test.request('POST', '/customers', { body: { email: 'gone@example.com' } })).body
    await test.request('DELETE', `/customers/${archived.id}`)
    const refs = [{ id: randomUUID() }, { email: 'nobody@example.com' }, { externalId: 'x' }]
    for (const ref of [...refs, { id: archived.id }, { email: 'gone@example.com' }]) {
      expect(await send({ name: 'x', customer: ref })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'customer', code: 'unknown_customer' }] },
      })
    }
    expect((await send({ name: 'x', customer: { id: customer.id } }, test.otherWorkspace.adminKey)).status).toBe(422)
  })

  it.each([
    ['message.replied', 'reserved_name'],
    ['run.finished', 'reserved_name'],
    ['campaign.status', 'reserved_name'],
    ['score.changed', 'reserved_name'],
    ['customer.tagged', 'reserved_name'],
    ['goal.reached', 'reserved_name'],
    ['replied', 'reserved_name'],
    ['Deal won', 'invalid_name'],
    ['', 'invalid_name'],
    ['x'.repeat(101), 'invalid_name'],
  ])('refuses the name “%s”', async (name, code) => {
    expect(await send({ name, customer: { id: customer.id } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'name', code }] },
    })
  })

  it('refuses properties beyond 32 KB or 8 levels, and a customer named twice', async () => {
    let deep: Record<string, unknown> = {}
    for (let level = 0; level < 8; level += 1) deep = { deep }
    for (const [properties, code] of [
      [deep, 'too_deep'],
      [{ text: 'x'.repeat(32_768) }, 'too_large'],
    ]) {
      expect(await send({ name: 'x', customer: { id: customer.id }, properties })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'properties', code }] },
      })
    }
    const both = { id: customer.id, externalId: 'crm-1' }
    for (const ref of [both, {}]) {
      expect(await send({ name: 'x', customer: ref })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'customer', code: 'ambiguous' }] },
      })
    }
  })
})

describe('POST /events/batch', () => {
  it('takes and refuses each event by itself, and says which and why', async () => {
    const ref = { id: customer.id }
    const answer = await sendAll([
      { name: 'page.seen', customer: ref, id: 'a' },
      { name: 'message.sent', customer: ref },
      { name: 'page.seen', customer: { email: 'nobody@example.com' }, id: 'b' },
      { name: 'page.seen', customer: ref, id: 'a' },
      { name: 'page.seen', customer: ref, zz: 1 },
      'no event',
      { name: 'page.seen', customer: ref, occurredAt: '2999-01-01T00:00:00Z' },
      { name: 'page.seen', customer: { externalId: 'crm-1' }, properties: { path: '/' } },
    ])
    expect(answer).toMatchObject({ status: 202, body: { accepted: 3, repeated: 1 } })
    expect(answer.body.rejected.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
      [1, 'reserved_name'],
      [2, 'unknown_customer'],
      [4, 'unknown_field'],
      [5, 'invalid_type'],
      [6, 'in_future'],
    ])
    expect(await recorded('page.seen')).toHaveLength(2)
    expect((await sendAll([{ name: 'page.seen', customer: ref, id: 'a' }])).body).toEqual({
      accepted: 1,
      repeated: 1,
      rejected: [],
    })
  })

  it('records a thousand in the order in which they stand, and refuses one more', async () => {
    const events = Array.from({ length: 1_000 }, (_, n) => ({
      name: 'tick',
      customer: { id: customer.id },
      properties: { n },
    }))
    expect((await sendAll(events)).body).toEqual({ accepted: 1_000, repeated: 0, rejected: [] })
    expect((await recorded('tick')).map(({ properties }) => properties.n)).toEqual(events.map((_, n) => n))
    expect((await sendAll([...events, events[0]])).status).toBe(422)
    expect((await sendAll([])).status).toBe(422)
  })

  it('takes crossing calls with the same ids without a deadlock, each id once', async () => {
    const events = Array.from({ length: 200 }, (_, n) => ({
      name: 'cross',
      customer: { id: customer.id },
      id: `cross-${n}`,
    }))
    const answers = await Promise.all(
      [events, [...events].reverse(), events.slice(50), [...events].reverse()].map((each) => sendAll(each)),
    )
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202])
    expect(await recorded('cross')).toHaveLength(200)
  })
})

it('forgets ids after 30 days', async () => {
  const event = { name: 'old.one', customer: { id: customer.id }, id: 'old-1' }
  await send(event)
  await send({ ...event, id: 'young-1' })
  const key = `digest = sha256(convert_to($1, 'UTF8'))`
  await test.database.pool.query(`update event_key set created_at = now() - interval '31 days' where ${key}`, ['old-1'])
  await createHousekeeping({ db: test.app.db, log: test.app.log }).pass()
  expect((await send(event)).body).toEqual({ repeated: false })
  expect((await send({ ...event, id: 'young-1' })).body).toEqual({ repeated: true })
})

describe('GET /events/names', () => {
  it('offers the names that were seen with those of their properties, and the program’s own', async () => {
    await send({ name: 'names.one', customer: { id: customer.id }, properties: { amount: 5 } })
    await send({ name: 'names.one', customer: { id: customer.id }, properties: { currency: 'EUR' } })
    await send({ name: 'names.two', customer: { externalId: 'nobody' } })
    const { body } = await test.request('GET', '/events/names', { key: test.memberKey })
    const named = (name: string) => body.items.find((item: { name: string }) => item.name === name)
    expect(named('names.one')).toEqual({ name: 'names.one', properties: ['amount', 'currency'], builtIn: false })
    expect(named('names.two')).toBeUndefined()
    expect(named('customer.tagged')).toEqual({ name: 'customer.tagged', properties: ['tag'], builtIn: true })
    const other = await test.request('GET', '/events/names', { key: test.otherWorkspace.adminKey })
    expect(other.body.items.map((item: { name: string }) => item.name)).not.toContain('names.one')
  })
})
