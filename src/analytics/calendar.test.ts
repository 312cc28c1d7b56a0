import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle } from '../../test/campaign.ts'
import { splitFlow } from '../../test/split-flow.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let sandboxId: string
beforeAll(async () => {
  test = await startTestApp()
  const { body } = await test.request('GET', '/credentials')
  sandboxId = body.items.find((item: { type: string }) => item.type === 'sandbox').id
  // Half an hour beside the hours of UTC.
  await test.request('PATCH', '/workspace', { body: { timezone: 'Asia/Kolkata' } })
})
afterAll(() => test.close())

const calendarOf = async (id: string, query = '') => {
  const { status, body } = await test.request('GET', `/campaigns/${id}/analytics/calendar${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}
/** A day so many days from today in the workspace's zone. */
const dayFromNow = async (days: number): Promise<string> => {
  const { rows } = await sql<{ day: string }>`
    select ((now() at time zone 'Asia/Kolkata')::date + ${days}::int)::text as day
  `.execute(test.app.db)
  return rows[0]?.day ?? ''
}

it('says on which days messages were sent, and whose waits end on the days ahead, by the workspace’s clock', async () => {
  const customers = await addCustomers(test, 6)
  const id = await makeActive(test, {
    audience: { type: 'list', customerIds: customers },
    flow: splitFlow(sandboxId, { again: true }),
    enroll: 'now',
  })
  await test.drain()
  const today = await dayFromNow(0)
  const first = await calendarOf(id)
  expect(first).toMatchObject({ timezone: 'Asia/Kolkata', today, paused: false, exact: true, messagesHeld: 0 })
  expect(first.sent).toEqual([{ day: today, sent: 6 }])
  // Everybody waits for a reply for an hour: today, or after the next midnight.
  expect(first.ahead.reduce((sum: number, { waitsEnding }: { waitsEnding: number }) => sum + waitsEnding, 0)).toBe(6)

  // Minutes to both sides of a midnight in Kolkata, which is at half past an hour of UTC.
  const inDays = await dayFromNow(5)
  for (const [index, minutes] of [-10, 10, 20].entries()) {
    await sql`
      update run set wake_at = (${inDays}::timestamp at time zone 'Asia/Kolkata') + make_interval(mins => ${minutes})
      where campaign_id = ${id} and customer_id = ${customers[index]}
    `.execute(test.app.db)
    await sql`
      update message set sent_at = (${await dayFromNow(-4)}::timestamp at time zone 'Asia/Kolkata') + make_interval(mins => ${minutes})
      where campaign_id = ${id} and customer_id = ${customers[index]}
    `.execute(test.app.db)
  }
  await test.drain()
  const moved = await calendarOf(id)
  expect(moved.sent).toEqual([
    { day: await dayFromNow(-5), sent: 1 },
    { day: await dayFromNow(-4), sent: 2 },
    { day: today, sent: 3 },
  ])
  expect(moved.ahead).toContainEqual({ day: await dayFromNow(4), waitsEnding: 1, messagesQueued: 0 })
  expect(moved.ahead).toContainEqual({ day: inDays, waitsEnding: 2, messagesQueued: 0 })
  expect((await calendarOf(id, '?channel=telegram')).sent).toEqual([])

  const csv = await test.request('GET', `/campaigns/${id}/analytics.csv?table=calendar`)
  expect(String(csv.body).split('\r\n').slice(0, 2)).toEqual([
    'day,sent,waitsEnding,messagesQueued',
    `${await dayFromNow(-5)},1,,`,
  ])
  await test.request('POST', `/campaigns/${id}/pause`)
  expect(await calendarOf(id)).toMatchObject({ paused: true, sent: moved.sent })
  await test.request('POST', `/campaigns/${id}/archive`)
  expect(await calendarOf(id)).toMatchObject({ sent: moved.sent, ahead: [] })
})

it('spreads what is written over the days by the sender’s limit of a day', async () => {
  const id = await makeActive(test, {
    audience: { type: 'list', customerIds: await addCustomers(test, 5) },
    flow: splitFlow(sandboxId),
    enroll: 'none',
  })
  await test.request('PATCH', `/credentials/${sandboxId}`, { body: { limits: { perDay: 2 } } })
  await test.request('POST', '/workspace/stop-sending', { body: { on: true } })
  await test.request('POST', `/campaigns/${id}/run`)
  await settle(test.app)
  expect(await calendarOf(id)).toMatchObject({ messagesHeld: 5 })
  await test.request('POST', '/workspace/stop-sending', { body: { on: false } })
  const { ahead } = await calendarOf(id)
  const queued = ahead
    .map(({ messagesQueued }: { messagesQueued: number }) => messagesQueued)
    .filter((n: number) => n > 0)
  expect(queued).toEqual([2, 2, 1])
})

it('is not found in another workspace, and refuses filters that are none', async () => {
  const id = await makeActive(test, { flow: splitFlow(sandboxId), enroll: 'none' })
  const path = `/campaigns/${id}/analytics/calendar`
  expect((await test.request('GET', path, { key: test.otherWorkspace.adminKey })).status).toBe(404)
  expect((await test.request('GET', `${path}?branch=nonsense`)).status).toBe(422)
})
