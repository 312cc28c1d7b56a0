import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf, settle } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'
import { closeArchivedRuns } from './close-archived-sql.ts'

let test: TestApp
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 5)
})
afterAll(() => test.close())

/** A campaign whose customers all stand at its wait. */
async function waiting(count = 1): Promise<string> {
  const audience = { type: 'list', customerIds: customers.slice(0, count) }
  const id = await makeActive(test, { audience, enroll: 'now' })
  await settle(test.app)
  return id
}
/** Puts all runs of the campaign at an error that waits for a person. */
const breakDown = (campaign: string) =>
  sql`
    update run set wake_at = null, attempt = 3, error = '{"code": "node_threw", "message": "It broke.", "nodeId": "wait-1"}'
    where campaign_id = ${campaign} and finished_at is null
  `.execute(test.app.db)
const only = async (campaign: string) => (await runsOf(test.app, campaign))[0]?.id ?? 0
const get = async (id: number) => (await test.request('GET', `/runs/${id}`)).body
const tell = (id: number, deed: string) => test.request('POST', `/runs/${id}/${deed}`)
const counts = async (campaign: string) => (await test.request('GET', `/campaigns/${campaign}`)).body.counts

describe('a run', () => {
  it('shows its steps with the reason of each, and what it waits for until when', async () => {
    const id = await only(await waiting())
    const run = await get(id)
    expect(run).toMatchObject({
      status: 'running',
      reason: null,
      entry: 1,
      nodeId: 'wait-1',
      version: 1,
      error: null,
      customer: { id: customers[0], firstName: expect.any(String), email: expect.stringContaining('@') },
      now: { text: 'Waits at “Wait a while”.' },
    })
    expect(run.now.until).toBe(run.wakeAt)
    expect(run.steps).toMatchObject([{ seq: 1, nodeId: 'start', type: 'trigger', title: 'Start', label: '' }])
  })

  it('of another workspace is not there, to read or to change', async () => {
    const id = await only(await waiting())
    const key = test.otherWorkspace.adminKey
    const answers = await Promise.all([
      test.request('GET', `/runs/${id}`, { key }),
      ...['cancel', 'retry', 'skip', 'exit'].map((deed) => test.request('POST', `/runs/${id}/${deed}`, { key })),
    ])
    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404, 404, 404])
    expect((await test.request('GET', '/runs/abc')).status).toBe(404)
    expect((await test.request('GET', '/runs/99999999')).status).toBe(404)
  })

  it('is canceled by a person once: it ends, takes back its unsent message, and is counted and told', async () => {
    const campaign = await waiting()
    const id = await only(campaign)
    const { db } = test.app
    await sql`
      insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, channel)
      select ${test.workspaceId}, ${campaign}, ${id}, 'wait-1', ${customers[0]}, id, 'email' from credential where workspace_id = ${test.workspaceId}
    `.execute(db)
    const answer = await tell(id, 'cancel')
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'canceled', reason: 'manual', wakeAt: null, now: null },
    })
    expect(answer.body.finishedAt).not.toBeNull()
    const messages = await sql<{
      state: string
      reason: string
    }>`select state, reason from message where run_id = ${id}`.execute(db)
    expect(messages.rows).toEqual([{ state: 'skipped', reason: 'withdrawn' }])
    const events = await sql<{
      properties: unknown
    }>`select properties from event where run_id = ${id} and name = 'run.finished'`.execute(db)
    expect(events.rows).toEqual([{ properties: { status: 'canceled', reason: 'manual' } }])
    expect(await counts(campaign)).toMatchObject({ inside: 0, finished: 1 })
    expect(await tell(id, 'cancel')).toMatchObject({
      status: 409,
      body: { code: 'wrong_state', state: 'canceled', allowed: [] },
    })
  })

  it('without an error can be canceled, and nothing else', async () => {
    const id = await only(await waiting())
    for (const deed of ['retry', 'skip', 'exit']) {
      expect(await tell(id, deed)).toMatchObject({ status: 409, body: { state: 'running', allowed: ['cancel'] } })
    }
  })

  it('that erred is retried: the error is gone and it is due', async () => {
    const campaign = await waiting()
    const id = await only(campaign)
    await breakDown(campaign)
    const broken = await get(id)
    expect(broken.now.text).toBe(
      'Stopped at “Wait a while” by an error: It broke. Retry it, skip the step, or end the run.',
    )
    expect((await test.request('GET', `/campaigns/${campaign}`)).body.failing).toBe(1)
    expect(await tell(id, 'retry')).toMatchObject({ status: 200, body: { status: 'running', error: null } })
    await settle(test.app)
    expect(await get(id)).toMatchObject({ status: 'succeeded', reason: 'exit' })
  })

  it('that erred skips its node: it leaves by the default way out, and the step says that a person did it', async () => {
    const campaign = await waiting()
    const id = await only(campaign)
    await breakDown(campaign)
    expect((await tell(id, 'skip')).body.now.text).toBe('About to leave “Wait a while”, which a person skipped.')
    await settle(test.app)
    const run = await get(id)
    expect(run).toMatchObject({ status: 'succeeded', reason: 'exit' })
    expect(run.steps[1]).toMatchObject({ nodeId: 'wait-1', label: '', why: { code: 'skipped' } })
  })

  it('that erred exits: only that ends it failed, with the error kept', async () => {
    const campaign = await waiting()
    const id = await only(campaign)
    await breakDown(campaign)
    expect(await tell(id, 'exit')).toMatchObject({
      body: { status: 'failed', reason: 'error', error: { message: 'It broke.' }, now: null },
    })
    expect(await counts(campaign)).toMatchObject({ inside: 0, finished: 1 })
  })

  it('retried in a paused campaign moves on resume, not before', async () => {
    const campaign = await waiting()
    const id = await only(campaign)
    await breakDown(campaign)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await tell(id, 'retry')
    await settle(test.app)
    expect((await get(id)).status).toBe('running')
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await settle(test.app)
    expect((await get(id)).status).toBe('succeeded')
  })
})

describe('all that err at a node', () => {
  it('are retried, skipped or ended together', async () => {
    const campaign = await waiting(5)
    await breakDown(campaign)
    const all = (deed: string, nodeId = 'wait-1') =>
      test.request('POST', `/campaigns/${campaign}/runs/${deed}`, { body: { nodeId } })
    expect((await all('exit', 'exit-1')).body).toEqual({ changed: 0 })
    expect((await all('retry')).body).toEqual({ changed: 5 })
    expect((await all('skip')).body).toEqual({ changed: 0 })
    await settle(test.app)
    expect(new Set((await runsOf(test.app, campaign)).map((run) => run.status))).toEqual(new Set(['succeeded']))
    const second = await waiting(5)
    await breakDown(second)
    const answer = await test.request('POST', `/campaigns/${second}/runs/exit`, { body: { nodeId: 'wait-1' } })
    expect(answer.body).toEqual({ changed: 5 })
    expect(await counts(second)).toMatchObject({ inside: 0, finished: 5 })
  })
})

describe('the list of runs', () => {
  it('filters by status, reason, node and customer, and pages without losing or repeating one', async () => {
    const campaign = await waiting(5)
    const [first] = await runsOf(test.app, campaign)
    await tell(first?.id ?? 0, 'cancel')
    const list = async (query: string) => (await test.request('GET', `/campaigns/${campaign}/runs?${query}`)).body
    expect((await list('status=running')).items).toHaveLength(4)
    expect((await list('status=canceled')).items).toMatchObject([{ id: first?.id, reason: 'manual' }])
    expect((await list('reason=manual')).items).toHaveLength(1)
    expect((await list('nodeId=start')).items).toHaveLength(5)
    expect((await list('nodeId=start&here=true')).items).toHaveLength(0)
    expect((await list('nodeId=wait-1&here=true')).items).toHaveLength(4)
    expect((await list(`customerId=${first?.customer_id}`)).items).toHaveLength(1)
    expect((await list('version=1')).items).toHaveLength(5)
    expect((await list('version=2')).items).toHaveLength(0)
    expect((await list('failing=true')).items).toHaveLength(0)
    expect((await list('ended=true')).items).toMatchObject([{ id: first?.id }])
    expect((await list('overdue=true')).items).toHaveLength(0)
    const seen: number[] = []
    let cursor = ''
    do {
      const page = await list(`limit=2${cursor}`)
      seen.push(...page.items.map((item: { id: number }) => item.id))
      cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : ''
    } while (cursor !== '')
    expect(seen.sort()).toEqual((await runsOf(test.app, campaign)).map((run) => run.id).sort())
  })
})

describe('an archived campaign', () => {
  it('shows its live runs as canceled from that moment, before and after housekeeping closes them', async () => {
    const campaign = await waiting(5)
    const { db } = test.app
    const ids = (await runsOf(test.app, campaign)).map((run) => run.id)
    await sql`
      insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, channel)
      select ${test.workspaceId}, ${campaign}, ${ids[0]}, 'mail', ${customers[0]}, id, 'email' from credential where workspace_id = ${test.workspaceId}
    `.execute(db)
    await sql`insert into run_inbox (campaign_id, run_id, name) values (${campaign}, ${ids[1]}, 'message')`.execute(db)
    const { body } = await test.request('POST', `/campaigns/${campaign}/archive`)
    const shown = async () => {
      const list = await test.request('GET', `/campaigns/${campaign}/runs?status=canceled&reason=archived`)
      return list.body.items.map((item: { id: number; finishedAt: string; wakeAt: null }) => [
        item.id,
        item.finishedAt,
        item.wakeAt,
      ])
    }
    const expected = ids.map((id) => [id, body.archivedAt, null]).sort()
    expect((await shown()).sort()).toEqual(expected)
    expect((await test.request('GET', `/campaigns/${campaign}/runs?status=running`)).body.items).toEqual([])
    expect(await get(ids[0] ?? 0)).toMatchObject({
      status: 'canceled',
      reason: 'archived',
      now: null,
      remainingMs: null,
    })
    expect(await counts(campaign)).toMatchObject({ inside: 0, finished: 5 })
    expect(await tell(ids[0] ?? 0, 'cancel')).toMatchObject({ status: 409, body: { state: 'archived' } })
    const stands = await sql`select from run where campaign_id = ${campaign} and finished_at is null`.execute(db)
    expect(stands.rows).toHaveLength(5)

    const cursors = new Map<string, string>()
    while (await closeArchivedRuns(db, cursors));
    expect((await shown()).sort()).toEqual(expected)
    expect(await counts(campaign)).toMatchObject({ inside: 0, finished: 5 })
    const left = await sql`
      select from run where campaign_id = ${campaign} and finished_at is null
      union all select from run_inbox where campaign_id = ${campaign}
      union all select from message where campaign_id = ${campaign} and (state, reason) is distinct from ('skipped', 'archived')
    `.execute(db)
    expect(left.rows).toEqual([])
    const tally = await sql<{ ended: number }>`
      select sum(n) as ended from tally where campaign_id = ${campaign} and metric = 'ended' and key = 'canceled:archived'
    `.execute(db)
    expect(tally.rows).toEqual([{ ended: 5 }])
  })

  it('cannot be re-enrolled into, and its customers may enter a copy', async () => {
    const campaign = await waiting()
    await test.request('POST', `/campaigns/${campaign}/archive`)
    const answer = await test.request('POST', `/campaigns/${campaign}/re-enroll`, {
      body: { customerIds: [customers[0]] },
    })
    expect(answer).toMatchObject({ status: 409, body: { state: 'archived', allowed: ['duplicate'] } })
  })
})
