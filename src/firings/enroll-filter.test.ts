import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { makeActive, settleFirings } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'
import { enrollPace, firePass } from './fire.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await sql`
    insert into customer (workspace_id, email, first_name, country, tags)
    select ${test.workspaceId}, 'c' || n || '@example.com', 'C' || n, case when n % 12 = 0 then 'DE' else 'VN' end,
      case when n % 2 = 0 then array['vip'] else '{}' end from generate_series(1, 12000) n`.execute(test.app.db)
})
afterAll(() => test.close())

const vietnam = { rules: { all: [{ field: 'country', op: 'equals', value: 'VN' }] } }
const enroll = (campaign: string, filter: unknown) =>
  test.request('POST', `/campaigns/${campaign}/enroll`, { body: { filter } })
const firing = async (id: string) => (await test.request('GET', `/firings/${id}`)).body
const add = async (email: string) =>
  (await test.request('POST', '/customers', { body: { email, country: 'VN' } })).body.id as string

describe('enrolling all whom a list shows', () => {
  it('takes more than ten thousand, each once, and is followed as work with their number', async () => {
    const campaign = await makeActive(test, {})
    const inside = await add('inside@example.com')
    await test.request('POST', `/campaigns/${campaign}/enroll`, { body: { customerIds: [inside] } })
    await settleFirings(test.app)
    const asked = await enroll(campaign, vietnam)
    expect([asked.status, asked.body]).toEqual([
      202,
      expect.objectContaining({ type: 'enroll', status: 'running', total: 11_001, matched: 0 }),
    ])
    // Who comes after it was asked for was not in the number on the button.
    const late = await add('late@example.com')
    await firePass(test.app, enrollPace())
    const work = (await test.request('GET', '/work')).body.items
    expect(work).toEqual([expect.objectContaining({ kind: 'firing', id: asked.body.id, total: 11_001 })])
    expect(work[0].done).toBeGreaterThan(0)
    expect(work[0].done).toBeLessThan(11_001)
    await settleFirings(test.app)
    expect(await firing(asked.body.id)).toMatchObject({
      status: 'done',
      total: 11_001,
      matched: 11_001,
      enrolled: 11_000,
      skipped: { inside: 1 },
    })
    const { rows } = await sql<{ n: number; late: number; others: number }>`
      select count(distinct customer_id)::int as n, count(*) filter (where customer_id = ${late})::int as late,
        count(*) filter (where c.country <> 'VN')::int as others
      from run r join customer c on c.id = r.customer_id where r.campaign_id = ${campaign}`.execute(test.app.db)
    expect(rows[0]).toEqual({ n: 11_001, late: 0, others: 0 })
    // Again: nobody goes through twice, and that is said.
    const again = await enroll(campaign, vietnam)
    await settleFirings(test.app)
    expect(await firing(again.body.id)).toMatchObject({ matched: 11_002, enrolled: 1, skipped: { inside: 11_001 } })
  })

  it('is narrowed as the list is: by words, a tag, a segment and rules together', async () => {
    const { body: segment } = await test.request('POST', '/segments', { body: { name: 'Some', kind: 'static' } })
    await test.request('POST', '/customers/bulk', {
      body: { filter: { tag: 'vip', q: 'c11' }, action: 'addToSegment', segmentId: segment.id },
    })
    const filter = { ...vietnam, q: 'c119', tag: 'vip', segmentId: segment.id }
    const rules = encodeURIComponent(JSON.stringify(vietnam.rules))
    const listed = await test.request('GET', `/customers/count?q=c119&tag=vip&segmentId=${segment.id}&rules=${rules}`)
    expect(listed.body.count).toBeGreaterThan(10)
    const campaign = await makeActive(test, {})
    const { body } = await enroll(campaign, filter)
    await settleFirings(test.app)
    const { count } = listed.body
    expect(await firing(body.id)).toMatchObject({ total: count, matched: count, enrolled: count, skipped: {} })
  })

  it('is held by a pause and goes on where it stood', async () => {
    const campaign = await makeActive(test, {})
    const { body } = await enroll(campaign, { tag: 'vip' })
    await firePass(test.app, enrollPace())
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await settleFirings(test.app)
    const held = await firing(body.id)
    expect(held.status).toBe('held')
    expect(held.matched).toBeLessThan(held.total)
    await test.request('POST', `/campaigns/${campaign}/resume`, { body: { waits: 'keep' } })
    await settleFirings(test.app)
    expect(await firing(body.id)).toMatchObject({ status: 'done', matched: held.total, enrolled: held.total })
  })

  it('is refused where it names what is not here, both kinds of people, or neither', async () => {
    const campaign = await makeActive(test, {})
    expect((await enroll(campaign, { segmentId: randomUUID() })).status).toBe(404)
    expect((await enroll(campaign, { colour: 'red' })).body).toMatchObject({ code: 'invalid' })
    for (const body of [{}, { filter: {}, customerIds: [randomUUID()] }]) {
      const { body: refusal } = await test.request('POST', `/campaigns/${campaign}/enroll`, { body })
      expect(refusal).toMatchObject({ code: 'invalid', errors: [{ path: 'customerIds' }] })
    }
  })

  it('takes nobody of another workspace', async () => {
    await sql`insert into customer (workspace_id, email, tags) values (${test.otherWorkspace.id}, 'theirs@example.com', '{only-theirs}')`.execute(
      test.app.db,
    )
    const campaign = await makeActive(test, {})
    const { body } = await enroll(campaign, { tag: 'only-theirs' })
    await settleFirings(test.app)
    expect(await firing(body.id)).toMatchObject({ status: 'done', total: 0, matched: 0, enrolled: 0 })
  })
})
