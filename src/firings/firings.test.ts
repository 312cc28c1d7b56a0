import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf, settleFirings } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'
import { enrollChunk } from './enroll-sql.ts'

let test: TestApp
let everybody: string[]
beforeAll(async () => {
  test = await startTestApp()
  everybody = await addCustomers(test, 20)
})
afterAll(() => test.close())

const firing = async (id: string) => (await test.request('GET', `/firings/${id}`)).body

describe('Run now', () => {
  it('enrolls the whole audience once and says what it did', async () => {
    const campaign = await makeActive(test)
    const fired = await test.request('POST', `/campaigns/${campaign}/run`)
    expect(fired.status).toBe(202)
    expect(fired.body).toMatchObject({ type: 'manual', status: 'running', matched: 0, enrolled: 0, skipped: {} })
    await settleFirings(test.app)
    expect(await firing(fired.body.id)).toMatchObject({ status: 'done', matched: 20, enrolled: 20, skipped: {} })
    const runs = await runsOf(test.app, campaign)
    expect(runs.map((run) => run.customer_id)).toEqual(everybody)
    expect(new Set(runs.map((run) => run.node_id))).toEqual(new Set(['start']))
    const again = await test.request('POST', `/campaigns/${campaign}/run`)
    await settleFirings(test.app)
    expect(await firing(again.body.id)).toMatchObject({
      status: 'done',
      matched: 20,
      enrolled: 0,
      skipped: { inside: 20 },
    })
    const { body } = await test.request('GET', `/campaigns/${campaign}`)
    expect(body.counts).toEqual({ inside: 20, finished: 0, sent: 0, delivered: 0, replied: 0, handoff: 0 })
  })

  it('makes one run a customer when two are fired at once and four workers carry them', async () => {
    const campaign = await makeActive(test)
    const fired = await Promise.all([1, 2].map(() => test.request('POST', `/campaigns/${campaign}/run`)))
    await Promise.all([1, 2, 3, 4].map(() => settleFirings(test.app)))
    const answers = await Promise.all(fired.map(({ body }) => firing(body.id)))
    expect(answers.map((answer) => answer.matched)).toEqual([20, 20])
    expect(answers.reduce((sum, answer) => sum + answer.enrolled, 0)).toBe(20)
    expect(await runsOf(test.app, campaign)).toHaveLength(20)
  })

  it('is refused with the state unless the campaign is active', async () => {
    const campaign = await makeActive(test)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    const answer = await test.request('POST', `/campaigns/${campaign}/run`)
    expect(answer.status).toBe(409)
    expect(answer.body).toMatchObject({
      code: 'wrong_state',
      state: 'paused',
      allowed: ['resume', 'complete', 'archive', 'publish', 'change', 'duplicate'],
    })
  })

  it('leaves out whoever is excluded or archived, and tells them apart', async () => {
    const [first = '', second = '', third = ''] = everybody
    const segment = await test.request('POST', '/segments', { body: { name: `Left out ${randomUUID()}` } })
    await test.request('POST', `/segments/${segment.body.id}/customers`, { body: { customerIds: [first] } })
    const gone = await addCustomers(test, 1)
    await sql`update customer set archived_at = now() where id = ${gone[0]}`.execute(test.app.db)
    const campaign = await makeActive(test, {
      audience: { type: 'list', customerIds: [first, second, third, third, ...gone] },
    })
    await test.request('PATCH', `/campaigns/${campaign}`, { body: { excludeSegmentId: segment.body.id } })
    const fired = await test.request('POST', `/campaigns/${campaign}/run`)
    await settleFirings(test.app)
    expect(await firing(fired.body.id)).toMatchObject({
      matched: 4,
      enrolled: 2,
      skipped: { excluded: 1, archived: 1 },
    })
    expect((await runsOf(test.app, campaign)).map((run) => run.customer_id)).toEqual([second, third].sort())
  })

  it('is held by a pause, goes on at the cursor on resume, and stops with the campaign', async () => {
    const campaign = await makeActive(test)
    const fired = await test.request('POST', `/campaigns/${campaign}/run`)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    expect(await firing(fired.body.id)).toMatchObject({ status: 'held' })
    await settleFirings(test.app)
    expect(await runsOf(test.app, campaign)).toHaveLength(0)
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await settleFirings(test.app)
    expect(await firing(fired.body.id)).toMatchObject({ status: 'done', enrolled: 20 })
    const second = await test.request('POST', `/campaigns/${campaign}/run`)
    await test.request('POST', `/campaigns/${campaign}/complete`)
    expect(await firing(second.body.id)).toMatchObject({ status: 'stopped' })
  })
})

describe('a firing', () => {
  const open = async (campaign: string) => {
    const fired = await test.request('POST', `/campaigns/${campaign}/run`)
    const { rows } = await sql<{
      cursor: string | null
    }>`select cursor from firing where id = ${fired.body.id}`.execute(test.app.db)
    return {
      id: fired.body.id as string,
      workspaceId: test.workspaceId,
      campaignId: campaign,
      type: 'manual',
      audience: { type: 'all' } as const,
      excludeSegmentId: null,
      cursor: rows[0]?.cursor ?? null,
    }
  }

  it('goes on after a worker died in the middle of a chunk, without loss or repetition', async () => {
    const campaign = await makeActive(test)
    const fired = await open(campaign)
    const plan = { holdoutPercent: 0, start: 'start' }
    const first = await test.app.db.transaction().execute((tx) => enrollChunk(tx, fired, plan, 7))
    await sql`update firing set cursor = ${first.cursor}, matched = 7, enrolled = 7 where id = ${fired.id}`.execute(
      test.app.db,
    )
    const died = test.app.db.transaction().execute(async (tx) => {
      await enrollChunk(tx, { ...fired, cursor: first.cursor }, plan, 7)
      throw new Error('The worker died.')
    })
    await expect(died).rejects.toThrow('died')
    await settleFirings(test.app)
    expect(await firing(fired.id)).toMatchObject({ status: 'done', enrolled: 20 })
    expect((await runsOf(test.app, campaign)).map((run) => run.customer_id)).toEqual(everybody)
  })

  it('that the database refuses ends failed with the reason, and does not hold up another one', async () => {
    const campaign = await makeActive(test)
    const broken = await open(campaign)
    await sql`update firing set audience = '{"type": "segment", "segmentId": "not a uuid"}' where id = ${broken.id}`.execute(
      test.app.db,
    )
    const sound = await open(campaign)
    await settleFirings(test.app)
    expect(await firing(broken.id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('uuid'),
      enrolled: 0,
    })
    expect(await firing(sound.id)).toMatchObject({ status: 'done', enrolled: 20 })
  })

  it('with a grace period waits for it, and a pause holds it', async () => {
    const campaign = await makeActive(test)
    const fired = await test.request('POST', `/campaigns/${campaign}/run`, { body: { graceSeconds: 30 } })
    expect(fired.body.status).toBe('scheduled')
    await settleFirings(test.app)
    expect(await runsOf(test.app, campaign)).toHaveLength(0)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    expect(await firing(fired.body.id)).toMatchObject({ status: 'held' })
    await test.request('POST', `/campaigns/${campaign}/resume`)
    const second = await test.request('POST', `/campaigns/${campaign}/run`, { body: { graceSeconds: 30 } })
    await sql`update firing set started_at = now() where id = ${second.body.id}`.execute(test.app.db)
    await settleFirings(test.app)
    expect(await firing(second.body.id)).toMatchObject({ status: 'done', matched: expect.any(Number) })
  })

  it('of another workspace is not there', async () => {
    const fired = await open(await makeActive(test))
    const answer = await test.request('GET', `/firings/${fired.id}`, { key: test.otherWorkspace.adminKey })
    expect(answer.status).toBe(404)
    await settleFirings(test.app)
  })
})

describe('the runs of a firing', () => {
  it('are those that it enrolled: not those of another firing, nor whom it held out', async () => {
    const many = await addCustomers(test, 40, 'fired.example')
    const campaign = await makeActive(test, {
      audience: { type: 'list', customerIds: many.slice(0, 30) },
      holdoutPercent: 50,
    })
    const fired = await test.request('POST', `/campaigns/${campaign}/run`)
    const named = await test.request('POST', `/campaigns/${campaign}/enroll`, {
      body: { customerIds: many.slice(30) },
    })
    await test.drain()
    for (const { body } of [fired, named]) {
      const { enrolled } = await firing(body.id)
      expect(enrolled).toBeGreaterThan(0)
      const listed = await test.request('GET', `/campaigns/${campaign}/runs?limit=200&firingId=${body.id}`)
      expect(listed.body.items).toHaveLength(enrolled)
    }
    await sql`update customer set archived_at = now() where id = any(${many})`.execute(test.app.db)
  })
})

describe('holdout', () => {
  it('ends the runs of a fixed share at once and counts them apart', async () => {
    const many = await addCustomers(test, 400, 'holdout.example')
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: many }, holdoutPercent: 50 })
    const fired = await test.request('POST', `/campaigns/${campaign}/run`)
    await settleFirings(test.app)
    const { enrolled, skipped } = await firing(fired.body.id)
    expect(enrolled + skipped.holdout).toBe(400)
    expect(skipped.holdout).toBeGreaterThan(140)
    expect(skipped.holdout).toBeLessThan(260)
    const held = (await runsOf(test.app, campaign)).filter((run) => run.reason === 'holdout')
    expect(held).toHaveLength(skipped.holdout)
    expect(new Set(held.map((run) => run.status))).toEqual(new Set(['succeeded']))
    const { body } = await test.request('GET', `/campaigns/${campaign}`)
    expect(body.counts).toMatchObject({ inside: enrolled, finished: skipped.holdout })
    await sql`update customer set archived_at = now() where id = any(${many})`.execute(test.app.db)
  })
})

describe('Enroll and Re-enroll', () => {
  it('take named customers whatever the audience says, and refuse ids of elsewhere by name', async () => {
    const [first = '', second = ''] = everybody
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: [first] } })
    const stranger = randomUUID()
    const refused = await test.request('POST', `/campaigns/${campaign}/enroll`, {
      body: { customerIds: [second, stranger] },
    })
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toEqual([expect.objectContaining({ path: 'customerIds.1', code: 'unknown_customer' })])
    const fired = await test.request('POST', `/campaigns/${campaign}/enroll`, {
      body: { customerIds: [second, second] },
    })
    expect(fired.status).toBe(202)
    await settleFirings(test.app)
    expect(await firing(fired.body.id)).toMatchObject({ type: 'enroll', matched: 1, enrolled: 1 })
  })

  it('re-enroll starts again with the next entry, skips who is inside, and is for admins', async () => {
    const [first = '', second = ''] = everybody
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: [first, second] }, enroll: 'now' })
    await settleFirings(test.app)
    await sql`
      update run set status = 'canceled', reason = 'manual', finished_at = now(), wake_at = null
      where campaign_id = ${campaign} and customer_id = ${first}
    `.execute(test.app.db)
    const body = { customerIds: [first, second] }
    const path = `/campaigns/${campaign}/re-enroll`
    expect((await test.request('POST', path, { body, key: test.memberKey })).status).toBe(403)
    const fired = await test.request('POST', path, { body })
    await settleFirings(test.app)
    expect(await firing(fired.body.id)).toMatchObject({ matched: 2, enrolled: 1, skipped: { inside: 1 } })
    const skipped = await test.request('GET', `/firings/${fired.body.id}/skipped`)
    expect(skipped.body.items).toMatchObject([
      { customer: { id: second, email: expect.any(String) }, reason: 'inside' },
    ])
    const theirs = await test.request('GET', `/firings/${fired.body.id}/skipped`, { key: test.otherWorkspace.adminKey })
    expect(theirs.status).toBe(404)
    const entries = (await runsOf(test.app, campaign)).map((run) => [run.customer_id, run.entry])
    expect(entries).toEqual(
      [
        [first, 1],
        [first, 2],
        [second, 1],
      ].sort(),
    )
    const run = await test.request('POST', `/campaigns/${campaign}/run`)
    await settleFirings(test.app)
    expect(await firing(run.body.id)).toMatchObject({ enrolled: 0, skipped: { inside: 2 } })
  })

  it('re-enrolls everyone who ended with an outcome, by their last passage only', async () => {
    const [first = '', second = '', third = ''] = everybody
    const campaign = await makeActive(test, {
      audience: { type: 'list', customerIds: [first, second, third] },
      enroll: 'now',
    })
    await settleFirings(test.app)
    const end = (customer: string, reason: string) =>
      sql`update run set status = 'canceled', reason = ${reason}, finished_at = now(), wake_at = null
        where campaign_id = ${campaign} and customer_id = ${customer} and finished_at is null`.execute(test.app.db)
    await end(first, 'cooldown')
    await end(second, 'manual')
    const again = async () => {
      const outcome = { status: 'canceled', reason: 'cooldown' }
      const fired = await test.request('POST', `/campaigns/${campaign}/re-enroll`, { body: { outcome } })
      await settleFirings(test.app)
      return await firing(fired.body.id)
    }
    expect((await test.request('GET', `/campaigns/${campaign}/outcomes`)).body).toMatchObject({
      items: [
        { status: 'canceled', reason: 'cooldown', count: 1 },
        { status: 'canceled', reason: 'manual', count: 1 },
      ],
    })
    expect(await again()).toMatchObject({ matched: 1, enrolled: 1 })
    expect(await again()).toMatchObject({ matched: 0, enrolled: 0 })
  })

  it('leaves one live run a customer however Run now, Enroll and Re-enroll race', async () => {
    const [customer = ''] = everybody
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: [customer] } })
    for (let round = 0; round < 50; round += 1) {
      const body = { customerIds: [customer] }
      await Promise.all([
        test.request('POST', `/campaigns/${campaign}/run`),
        test.request('POST', `/campaigns/${campaign}/enroll`, { body }),
        test.request('POST', `/campaigns/${campaign}/re-enroll`, { body }),
        test.request('POST', `/campaigns/${campaign}/re-enroll`, { body }),
      ])
      await Promise.all([1, 2, 3, 4].map(() => settleFirings(test.app)))
      const live = (await runsOf(test.app, campaign)).filter((run) => run.status === 'running')
      expect(live).toHaveLength(1)
      await sql`
        update run set status = 'succeeded', reason = 'exit', finished_at = now(), wake_at = null
        where campaign_id = ${campaign} and finished_at is null
      `.execute(test.app.db)
    }
    const entries = (await runsOf(test.app, campaign)).map((run) => run.entry)
    expect(entries).toEqual(entries.map((_, index) => index + 1))
  })
})

describe('attribution', () => {
  it('takes the linked product on which the customer scores highest, else the primary one', async () => {
    const { db } = test.app
    const people = await addCustomers(test, 3, 'attribution.example')
    const [low = '', high = '', none = ''] = people
    const product = async (name: string) => {
      const { rows } = await sql<{ product_id: string; criterion_id: string }>`
        with p as (insert into product (workspace_id, name) values (${test.workspaceId}, ${name}) returning id)
        insert into fit_criterion (workspace_id, product_id, name, type, weight)
        select ${test.workspaceId}, id, 'Fit', 'profile', 0.5 from p returning product_id, id as criterion_id
      `.execute(db)
      return rows[0] ?? { product_id: '', criterion_id: '' }
    }
    const a = await product('A')
    const b = await product('B')
    const score = (customer: string, criterion: string, value: number) =>
      sql`insert into fit_score (customer_id, criterion_id, workspace_id, score) values (${customer}, ${criterion}, ${test.workspaceId}, ${value})`.execute(
        db,
      )
    await score(low, a.criterion_id, 0.4)
    await score(low, b.criterion_id, 0.1)
    await score(high, a.criterion_id, -0.4)
    await score(high, b.criterion_id, 0.9)
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: people } })
    const products = [{ productId: a.product_id, primary: true }, { productId: b.product_id }]
    expect((await test.request('PUT', `/campaigns/${campaign}/products`, { body: { products } })).status).toBe(200)
    await test.request('POST', `/campaigns/${campaign}/run`)
    await settleFirings(test.app)
    const byCustomer = new Map((await runsOf(test.app, campaign)).map((run) => [run.customer_id, run.product_id]))
    expect(byCustomer).toEqual(
      new Map([
        [low, a.product_id],
        [high, b.product_id],
        [none, a.product_id],
      ]),
    )
  })
})
