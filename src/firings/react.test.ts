import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf, settleFirings } from '../../test/campaign.ts'
import { eventually } from '../../test/client.ts'
import { sql } from '../db/database.ts'
import { reactPass } from './react.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

/** Lets Keep enrolling and the firings it makes work until nothing is left. */
const settle = async () => {
  while ((await reactPass(test.app)).again);
  await settleFirings(test.app)
}
const customer = async (fields: Record<string, unknown> = {}) =>
  (await test.request('POST', '/customers', { body: { email: `${randomUUID()}@example.com`, ...fields } })).body
    .id as string
const segmentWith = async (customerIds: string[]) => {
  const { body } = await test.request('POST', '/segments', { body: { name: randomUUID() } })
  if (customerIds.length > 0) await test.request('POST', `/segments/${body.id}/customers`, { body: { customerIds } })
  return body.id as string
}
/** Transactions of other databases on the same server hold the bus back for moments, so what is to come is waited for. */
const comesIn = (campaign: string, customerId: string | undefined) =>
  eventually('the customer enrolls', async () => {
    await settle()
    return (await inside(campaign)).includes(customerId ?? '')
  })
const inside = async (campaign: string) => (await runsOf(test.app, campaign)).map((run) => run.customer_id)

describe('Keep enrolling', () => {
  it('takes whoever matches at activation and whoever newly matches after, once each', async () => {
    const first = await customer()
    const campaign = await makeActive(test, { enroll: 'keep' })
    await comesIn(campaign, first)
    const second = await customer()
    await comesIn(campaign, second)
    await settle()
    const { rows } =
      await sql`select from run where campaign_id = ${campaign} and customer_id in (${first}, ${second})`.execute(
        test.app.db,
      )
    expect(rows).toHaveLength(2)
    await test.request('POST', `/campaigns/${campaign}/archive`)
  })

  it('hears that a customer came into the segment of its audience, and not that one came into another', async () => {
    const segment = await segmentWith([])
    const other = await segmentWith([])
    const campaign = await makeActive(test, { enroll: 'keep', audience: { type: 'segment', segmentId: segment } })
    const [one, two] = [await customer(), await customer()]
    await settle()
    expect(await inside(campaign)).toEqual([])
    await test.request('POST', `/segments/${segment}/customers`, { body: { customerIds: [one] } })
    await test.request('POST', `/segments/${other}/customers`, { body: { customerIds: [two] } })
    await comesIn(campaign, one)
    expect(await inside(campaign)).toEqual([one])
    await test.request('POST', `/campaigns/${campaign}/archive`)
  })

  it('takes on resume whom it did not enroll while it was paused', async () => {
    const campaign = await makeActive(test, { enroll: 'keep' })
    await settle()
    await test.request('POST', `/campaigns/${campaign}/pause`)
    const late = await customer()
    await settle()
    expect(await inside(campaign)).not.toContain(late)
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await comesIn(campaign, late)
    await test.request('POST', `/campaigns/${campaign}/archive`)
  })

  it('does not lose a change whose transaction commits after that of a later one', async () => {
    const campaign = await makeActive(test, { enroll: 'keep' })
    await settle()
    const slow = await addCustomers(test, 1, 'slow.example')
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: written, resolve: wrote } = Promise.withResolvers<void>()
    const transaction = test.app.db.transaction().execute(async (tx) => {
      await sql`
        insert into event (workspace_id, customer_id, name, occurred_at, at)
        values (${test.workspaceId}, ${slow[0]}, 'customer.created', now(), now())
      `.execute(tx)
      wrote()
      await released
    })
    await written
    const quick = await customer()
    await settle()
    release()
    await transaction
    await comesIn(campaign, quick)
    await comesIn(campaign, slow[0])
    await test.request('POST', `/campaigns/${campaign}/archive`)
  })

  it('leaves everyone alone in a campaign that enrolls only when told', async () => {
    const campaign = await makeActive(test, { enroll: 'none' })
    await customer()
    await settle()
    expect(await inside(campaign)).toEqual([])
    const answer = await test.request('PATCH', `/campaigns/${campaign}`, { body: { enroll: 'keep' } })
    expect(answer.body.enroll).toBe('keep')
    await settle()
    expect((await inside(campaign)).length).toBeGreaterThan(0)
  })

  it('takes the new audience when it is changed, and nobody any more of the old one', async () => {
    const [one, two] = [await customer(), await customer()]
    const campaign = await makeActive(test, { enroll: 'keep', audience: { type: 'list', customerIds: [one] } })
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { audience: { type: 'list', customerIds: [two] } } })
    await settle()
    expect(await inside(campaign)).toEqual([two])
  })
})

describe('Exit when they leave the audience', () => {
  const statusOf = async (campaign: string) =>
    (await runsOf(test.app, campaign)).map((run) => [run.customer_id, run.status, run.reason])

  it('ends the runs of those who leave, keeps those whom a person enrolled by name, and lets everyone stay without it', async () => {
    const [one, two, named] = [await customer(), await customer(), await customer()]
    const segmentId = await segmentWith([one, two])
    const audience = { type: 'segment', segmentId }
    const exits = await makeActive(test, { audience, enroll: 'now' })
    const stays = await makeActive(test, { audience, enroll: 'now' })
    await test.request('PATCH', `/campaigns/${exits}`, { body: { exitOnAudienceLeave: true } })
    await test.request('POST', `/campaigns/${exits}/enroll`, { body: { customerIds: [named] } })
    await settle()
    expect((await statusOf(exits)).map(([, status]) => status)).toEqual(['running', 'running', 'running'])
    await test.request('DELETE', `/segments/${segmentId}/customers`, { body: { customerIds: [one] } })
    await eventually('the leaver exits', async () => {
      await settle()
      return (await statusOf(exits)).some(([, status]) => status === 'canceled')
    })
    expect(await statusOf(exits)).toEqual([
      [one, 'canceled', 'left-audience'],
      [two, 'running', null],
      [named, 'running', null],
    ])
    expect((await statusOf(stays)).map(([, status]) => status)).toEqual(['running', 'running'])
    const { body } = await test.request('GET', `/campaigns/${exits}`)
    expect(body.counts).toMatchObject({ inside: 2, finished: 1 })
  })

  it('takes effect on resume for those who left during a pause, and at once when the audience is changed', async () => {
    const [one, two] = [await customer(), await customer()]
    const segmentId = await segmentWith([one, two])
    const campaign = await makeActive(test, { audience: { type: 'segment', segmentId }, enroll: 'now' })
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { exitOnAudienceLeave: true } })
    await settle()
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await test.request('DELETE', `/segments/${segmentId}/customers`, { body: { customerIds: [one] } })
    await settle()
    expect((await statusOf(campaign)).map(([, status]) => status)).toEqual(['running', 'running'])
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await settle()
    expect((await statusOf(campaign)).map(([, status]) => status)).toEqual(['canceled', 'running'])
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { audience: { type: 'list', customerIds: [one] } } })
    await settle()
    expect((await statusOf(campaign)).map(([, , reason]) => reason)).toEqual(['left-audience', 'left-audience'])
  })
})

describe('Campaigns by rules', () => {
  const dynamic = async (rules: unknown) =>
    (await test.request('POST', '/segments', { body: { name: randomUUID(), kind: 'dynamic', rules } })).body
      .id as string
  const marked = (mark: string) => ({ field: 'attributes.mark', op: 'equals', value: mark })
  const tell = (id: string, name: string) => test.request('POST', '/events', { body: { name, customer: { id } } })
  const tick = (campaign: string) =>
    test.database.pool.query(
      `update campaign set matches_checked_at = matches_checked_at - interval '61 minutes',
        leavers_checked_at = leavers_checked_at - interval '61 minutes' where id = $1`,
      [campaign],
    )

  it('take who comes to match by a change, by an event, or because another segment changed', async () => {
    const mark = randomUUID()
    const listed = await segmentWith([])
    const segmentId = await dynamic({
      all: [
        marked(mark),
        {
          any: [
            { field: 'country', op: 'equals', value: 'VN' },
            { event: 'deal.won', did: true },
            { segment: listed, in: true },
          ],
        },
      ],
    })
    const one = await customer({ attributes: { mark }, country: 'VN' })
    const two = await customer({ attributes: { mark } })
    const three = await customer({ attributes: { mark } })
    const four = await customer({ attributes: { mark } })
    const campaign = await makeActive(test, { enroll: 'keep', audience: { type: 'segment', segmentId } })
    await comesIn(campaign, one)
    await tell(two, 'deal.lost')
    await tell(three, 'deal.won')
    await comesIn(campaign, three)
    await test.request('POST', `/segments/${listed}/customers`, { body: { customerIds: [four] } })
    await comesIn(campaign, four)
    expect((await inside(campaign)).sort()).toEqual([one, three, four].sort())
    await test.request('PATCH', `/segments/${segmentId}`, { body: { rules: marked(mark) } })
    await comesIn(campaign, two)
    await test.request('POST', `/campaigns/${campaign}/archive`)
  })

  it('compare everybody each hour, because time alone makes customers match and leave', async () => {
    const mark = randomUUID()
    const later = await dynamic({ all: [marked(mark), { field: 'createdAt', op: 'before', value: '2d' }] })
    const fresh = await dynamic({ all: [marked(mark), { field: 'createdAt', op: 'within', value: '2d' }] })
    // Without an event: nothing but the clock tells of them.
    const [one = ''] = await addCustomers(test, 1)
    await test.database.pool.query('update customer set attributes = $2 where id = $1', [one, { mark }])
    const takes = await makeActive(test, { enroll: 'keep', audience: { type: 'segment', segmentId: later } })
    const drops = await makeActive(test, { enroll: 'keep', audience: { type: 'segment', segmentId: fresh } })
    await test.request('PATCH', `/campaigns/${drops}`, { body: { exitOnAudienceLeave: true } })
    await comesIn(drops, one)
    await settle()
    expect(await inside(takes)).toEqual([])
    await test.database.pool.query(`update customer set created_at = now() - interval '3 days' where id = $1`, [one])
    await settle()
    expect(await inside(takes)).toEqual([])
    await tick(takes)
    await tick(drops)
    await comesIn(takes, one)
    expect((await runsOf(test.app, drops)).map((run) => [run.status, run.reason])).toEqual([
      ['canceled', 'left-audience'],
    ])
    for (const campaign of [takes, drops]) await test.request('POST', `/campaigns/${campaign}/archive`)
  })

  it('leave out whoever is in an excluded segment of rules, and enroll as many as the preview said', async () => {
    const mark = randomUUID()
    for (let n = 0; n < 4; n += 1) await customer({ attributes: { mark }, country: n === 0 ? 'DE' : 'VN' })
    const audience = { type: 'segment', segmentId: await dynamic(marked(mark)) }
    const excludeSegmentId = await dynamic({ field: 'country', op: 'equals', value: 'DE' })
    const preview = await test.request('POST', '/audience/preview', { body: { audience, excludeSegmentId } })
    expect(preview.body).toMatchObject({ matched: 4, willEnroll: 3 })
    const campaign = await makeActive(test, { audience, enroll: 'none' })
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { excludeSegmentId } })
    const { body } = await test.request('POST', `/campaigns/${campaign}/run`)
    await settleFirings(test.app)
    const firing = (await test.request('GET', `/firings/${body.id}`)).body
    expect(firing).toMatchObject({ status: 'done', matched: 4, enrolled: 3, skipped: { excluded: 1 } })
  })
})
