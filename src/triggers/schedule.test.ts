import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, runsOf, settleFirings } from '../../test/campaign.ts'
import { addTrigger } from '../../test/triggers.ts'
import { schedulePass } from './loops.ts'

let test: TestApp
let everybody: string[]
beforeAll(async () => {
  test = await startTestApp()
  everybody = await addCustomers(test, 3)
})
afterAll(() => test.close())

const hourly = { cron: '0 * * * *', timezone: 'UTC' }
const scheduled = async (config: Record<string, unknown> = hourly, options: Parameters<typeof makeActive>[1] = {}) => {
  const campaign = await makeActive(test, options)
  return { campaign, trigger: await addTrigger(test, campaign, { type: 'schedule', config }) }
}
const read = async (id: string) => (await test.request('GET', `/triggers/${id}`)).body
const firings = async (id: string) => (await test.request('GET', `/triggers/${id}/firings`)).body.items
/** Lets the schedules loop and the firings it makes go as far as they can. */
const settle = async () => {
  while ((await schedulePass(test.app)).again);
  await settleFirings(test.app)
}
/** As if the program had stood still: the next firing lies so many minutes back. */
const dueSince = async (id: string, minutes: number) =>
  test.database.pool.query(
    `update trigger set next_at = date_trunc('minute', now()) - $2 * interval '1 minute' where id = $1`,
    [id, minutes],
  )

describe('a schedule', () => {
  it('knows its next five firings and fires for the current audience when it comes due', async () => {
    const { campaign, trigger } = await scheduled()
    expect(trigger).toMatchObject({ sentence: 'Every hour on the hour in UTC', nextAt: trigger.nextFirings[0] })
    expect(trigger.nextFirings).toHaveLength(5)
    await settle()
    expect(await firings(trigger.id)).toEqual([])
    await dueSince(trigger.id, 0)
    await settle()
    const [fired, ...others] = await firings(trigger.id)
    expect(others).toEqual([])
    expect(fired).toMatchObject({ type: 'schedule', status: 'done', matched: 3, enrolled: 3, times: 1 })
    expect((await runsOf(test.app, campaign)).map((run) => run.customer_id)).toEqual(everybody)
    expect((await read(trigger.id)).nextAt).toBe(trigger.nextAt)
    const payload = (await test.request('GET', `/firings/${fired.id}`)).body.payload
    expect(Date.parse(payload.scheduledAt)).toBeLessThanOrEqual(Date.now())
  })

  it('fires once, whatever number of schedulers look at once', async () => {
    const { trigger } = await scheduled()
    for (let round = 1; round <= 5; round += 1) {
      await dueSince(trigger.id, 0)
      await Promise.all(Array.from({ length: 8 }, () => schedulePass(test.app)))
      await settle()
      expect(await firings(trigger.id)).toHaveLength(round)
    }
  })

  it('that stood still over three firings fires for the latest, and says that two were missed', async () => {
    const { trigger } = await scheduled({ cron: '*/10 * * * *', timezone: 'UTC' })
    await test.database.pool.query(
      `update trigger set next_at = date_bin('10 minutes', now(), 'epoch') - interval '20 minutes' where id = $1`,
      [trigger.id],
    )
    await settle()
    const [first, second, ...others] = await firings(trigger.id)
    expect(others).toEqual([])
    expect([first, second].map(({ status, times }) => [status, times])).toEqual([
      ['done', 1],
      ['missed', 2],
    ])
    expect(second.error).toContain('2 firings')
    expect(Date.parse((await read(trigger.id)).nextAt)).toBeGreaterThan(Date.now())
    await settle()
    expect(await firings(trigger.id)).toHaveLength(2)
  })

  it('that is more than an hour late fires not at all and says so', async () => {
    const { campaign, trigger } = await scheduled({ cron: '0 0 1 1 *', timezone: 'UTC' })
    await test.database.pool.query(
      `update trigger set next_at = date_trunc('year', now()) - interval '1 year' where id = $1`,
      [trigger.id],
    )
    await settle()
    expect(await firings(trigger.id)).toMatchObject([{ status: 'missed', times: 2, enrolled: 0 }])
    expect(await runsOf(test.app, campaign)).toEqual([])
  })

  it('is refused for good while the campaign is paused, and counts from now on when it goes on', async () => {
    const { campaign, trigger } = await scheduled()
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await dueSince(trigger.id, 0)
    await settle()
    await dueSince(trigger.id, 0)
    await settle()
    const refused = { status: 'refused', times: 2, enrolled: 0, error: 'The campaign was paused.' }
    expect(await firings(trigger.id)).toMatchObject([refused])
    // It came due during the pause and nobody looked: resuming counts from now.
    await dueSince(trigger.id, 30)
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: {} })
    expect((await read(trigger.id)).nextAt).toBe(trigger.nextAt)
    await settle()
    expect(await firings(trigger.id)).toMatchObject([refused])
    expect(await runsOf(test.app, campaign)).toEqual([])
  })

  it('fires in no other state, and counts anew when the campaign is opened again', async () => {
    const draft = await makeDraft(test)
    const trigger = await addTrigger(test, draft, { type: 'schedule', config: hourly })
    expect(trigger.nextAt).toBeNull()
    expect(trigger.nextFirings).toHaveLength(5)
    await test.request('POST', `/campaigns/${draft}/activate`, { body: {} })
    expect((await read(trigger.id)).nextAt).toBe(trigger.nextFirings[0])
    await test.request('POST', `/campaigns/${draft}/complete`)
    expect((await read(trigger.id)).nextAt).toBeNull()
    await test.request('POST', `/campaigns/${draft}/reopen`)
    expect((await read(trigger.id)).nextAt).toBe(trigger.nextFirings[0])
    await test.request('POST', `/campaigns/${draft}/archive`)
    expect((await read(trigger.id)).nextAt).toBeNull()
    expect((await test.request('PATCH', `/triggers/${trigger.id}`, { body: { enabled: false } })).status).toBe(409)
  })

  it('keeps its next firing when it is saved, unless cron or zone change', async () => {
    const { trigger } = await scheduled()
    await test.database.pool.query(`update trigger set next_at = next_at + interval '7 minutes' where id = $1`, [
      trigger.id,
    ])
    const { nextAt } = await read(trigger.id)
    const save = async (body: unknown) => (await test.request('PATCH', `/triggers/${trigger.id}`, { body })).body
    expect((await save({ config: { ...hourly, refreshAudience: true } })).nextAt).toBe(nextAt)
    expect((await save({ config: { cron: ' 0  * * * * ' } })).nextAt).toBe(nextAt)
    expect((await save({ config: { cron: '30 * * * *' } })).nextAt).not.toBe(nextAt)
    expect((await save({ enabled: false })).nextAt).toBeNull()
    expect((await save({ enabled: true })).nextAt).not.toBeNull()
  })

  it('without a fresh audience takes who was in it when it began, and nobody who came later', async () => {
    const segment = (await test.request('POST', '/segments', { body: { name: 'Then' } })).body.id
    const [first, second, late] = await addCustomers(test, 3, 'then.example')
    const member = async (method: string, customerIds: unknown[]) =>
      await test.request(method, `/segments/${segment}/customers`, { body: { customerIds } })
    await member('POST', [first, second])
    const draft = await makeDraft(test, { audience: { type: 'segment', segmentId: segment } })
    const config = { ...hourly, refreshAudience: false }
    const trigger = await addTrigger(test, draft, { type: 'schedule', config })
    await test.request('POST', `/campaigns/${draft}/activate`, { body: {} })
    await settle()
    await member('POST', [late])
    await member('DELETE', [second])
    await dueSince(trigger.id, 0)
    await settle()
    expect((await runsOf(test.app, draft)).map((run) => run.customer_id)).toEqual([first, second].sort())
    const { rows } = await test.database.pool.query('select from trigger_audience where trigger_id = $1', [trigger.id])
    expect(rows).toHaveLength(2)
    await test.request('POST', `/campaigns/${draft}/archive`)
    await test.drain()
    const swept = await test.database.pool.query('select from trigger_audience where trigger_id = $1', [trigger.id])
    expect(swept.rows).toHaveLength(0)
  })

  it('waits for its audience to be remembered before it fires', async () => {
    const { campaign, trigger } = await scheduled({ ...hourly, refreshAudience: false })
    await dueSince(trigger.id, 0)
    await settle()
    expect(await firings(trigger.id)).toMatchObject([{ status: 'done', enrolled: everybody.length + 3 }])
    expect(await runsOf(test.app, campaign)).toHaveLength(everybody.length + 3)
  })
})

describe('the preview', () => {
  it('says what a cron means and when it fires, and what is wrong with it', async () => {
    const preview = async (body: unknown) =>
      await test.request('POST', '/triggers/preview', { body, key: test.memberKey })
    const good = await preview({ cron: '0 9 * * 1-5', timezone: 'Asia/Ho_Chi_Minh' })
    expect(good.body.sentence).toBe('Weekdays at 09:00 in Asia/Ho_Chi_Minh')
    expect(good.body.nextFirings).toHaveLength(5)
    for (const at of good.body.nextFirings) expect(at).toMatch(/T02:00:00/)
    for (const [body, path, code] of [
      [{ cron: '61 * * * *', timezone: 'UTC' }, 'cron', 'invalid_cron'],
      [{ cron: '@daily', timezone: 'UTC' }, 'cron', 'invalid_cron'],
      [{ cron: '0 0 9 * * *', timezone: 'UTC' }, 'cron', 'invalid_cron'],
      [{ cron: '0 0 31 2 *', timezone: 'UTC' }, 'cron', 'invalid_cron'],
      [{ cron: '0 9 * * *', timezone: 'Mars/Base' }, 'timezone', 'invalid_timezone'],
      [{ cron: '0 9 * * *' }, 'timezone', 'required'],
    ] as const) {
      expect(await preview(body)).toMatchObject({ status: 422, body: { errors: [{ path, code }] } })
    }
  })
})
