import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, runsOf, settle, waitingFlow } from '../../test/campaign.ts'
import { addTrigger } from '../../test/triggers.ts'
import { sql } from '../db/database.ts'
import { type Action, allows, leastRole } from '../http/access.ts'
import { routes } from '../router.ts'
import { actions, type Deed, type Move, type Status, statuses } from './lifecycle.ts'
import { lifecycleDocs } from './lifecycle-docs.ts'

let test: TestApp
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 3)
})
afterAll(() => test.close())

const tell = (id: string, move: string, body?: unknown) =>
  test.request('POST', `/campaigns/${id}/${move}`, body === undefined ? {} : { body })

/** The shortest way into each state. */
const wayTo: Record<Status, Move[]> = {
  draft: [],
  active: ['activate'],
  paused: ['activate', 'pause'],
  completed: ['activate', 'complete'],
  archived: ['activate', 'archive'],
}

/** The webhook trigger of each campaign. */
const triggers = new Map<string, string>()

/** A campaign in a state, with a trigger by hand and one by webhook. */
async function campaignIn(status: Status): Promise<string> {
  const id = await makeDraft(test)
  await addTrigger(test, id, { type: 'manual' })
  const config = { customerPath: '$.id', matchBy: 'id', createIfUnknown: false, mapping: {} }
  triggers.set(id, (await addTrigger(test, id, { type: 'webhook', config })).id)
  for (const move of wayTo[status]) {
    const answer = await tell(id, move, move === 'activate' ? { enroll: 'none' } : undefined)
    expect(answer.status).toBe(200)
  }
  return id
}

/** What each request is sent with; several where it asks for several things. */
const bodies = (): Record<string, unknown[]> => ({
  'POST /campaigns/:id/activate': [{ enroll: 'none' }],
  'POST /campaigns/:id/enroll': [{ customerIds: [customers[0]] }],
  'POST /campaigns/:id/re-enroll': [{ customerIds: [customers[0]] }, { outcome: { status: 'failed' } }],
  'PATCH /campaigns/:id': [{ name: 'Renamed' }, { audience: { type: 'list', customerIds: [customers[1]] } }],
  'POST /triggers/:id/test': [{ customerId: customers[0] }],
  'POST /campaigns/:id/triggers': [{ type: 'event', config: { event: 'deal.won' } }],
  'PATCH /triggers/:id': [{ enabled: false }],
  'PUT /campaigns/:id/workflow': [waitingFlow()],
  'POST /campaigns/:id/workflow/layout': [{ layout: {} }],
  'PUT /campaigns/:id/products': [{ products: [] }],
  'POST /campaigns/:id/runs/retry': [{ nodeId: 'wait-1' }],
  'POST /campaigns/:id/runs/skip': [{ nodeId: 'wait-1' }],
  'POST /campaigns/:id/runs/exit': [{ nodeId: 'wait-1' }],
})

/** The status of an answer where it is not 200. */
const answers: Record<string, number> = {
  'POST /campaigns/:id/run': 202,
  'POST /campaigns/:id/enroll': 202,
  'POST /campaigns/:id/re-enroll': 202,
  'POST /campaigns/:id/duplicate': 201,
  'POST /triggers/:id/test': 202,
  'POST /campaigns/:id/triggers': 201,
  'DELETE /triggers/:id': 204,
  'DELETE /campaigns/:id': 204,
  'POST /campaigns/:id/workflow/layout': 204,
}

/** The path of a request about a campaign, or about its trigger. */
const pathFor = (path: string, campaign: string) =>
  path.replace(':id', path.startsWith('/triggers/') ? (triggers.get(campaign) ?? '') : campaign)

const asked = (Object.keys(actions) as Deed[]).flatMap((deed) =>
  Object.keys(actions[deed].asked).map((request) => ({ deed, request })),
)
const roles = ['owner', 'admin', 'member'] as const

describe('what can be asked of a campaign', () => {
  for (const status of statuses) {
    for (const role of roles) {
      it(`is answered as the table says while ${status}, to a${role === 'member' ? '' : 'n'} ${role}`, async () => {
        const key = { owner: test.ownerKey, admin: test.adminKey, member: test.memberKey }[role]
        // Whatever is refused changes nothing, so that one campaign takes all refusals.
        const refusing = await campaignIn(status)
        const before = (await test.request('GET', `/campaigns/${refusing}`)).body
        for (const { deed, request } of asked) {
          const action = actions[deed]
          const [method = '', path = ''] = request.split(' ')
          const isAllowed = allows(role, action.least === 'admin' ? 'campaigns.re-enroll' : 'campaigns.run')
          const isPossible = (action.from as readonly Status[]).includes(status)
          for (const body of bodies()[request] ?? [undefined]) {
            const id = isAllowed && isPossible ? await campaignIn(status) : refusing
            const answer = await test.request(method, pathFor(path, id), {
              key,
              ...(body !== undefined && { body }),
            })
            if (!isAllowed) expect([request, answer.status, answer.body.code]).toEqual([request, 403, 'forbidden'])
            else if (!isPossible) {
              expect([request, answer.status, answer.body.code]).toEqual([request, 409, 'wrong_state'])
              expect(answer.body.state).toBe(status)
              expect(answer.body.allowed).not.toContain(deed)
            } else {
              expect([request, answer.status]).toEqual([request, answers[request] ?? 200])
              if ('to' in action) {
                expect(answer.body.status).toBe(action.to)
                expect(answer.body.moves[0]).toMatchObject({ from: status, to: action.to, byName: role })
              }
            }
          }
        }
        expect((await test.request('GET', `/campaigns/${refusing}`)).body).toEqual(before)
      })
    }
  }

  it('is asked of routes that the access table gives to the same roles', () => {
    const byRequest = new Map(routes.map((route) => [`${route.method} ${route.path}`, route.access]))
    for (const { deed, request } of asked) {
      const access = byRequest.get(request)
      expect([request, access && leastRole[access as Action]]).toEqual([request, actions[deed].least])
    }
  })

  it('is what docs/lifecycle.md says', () => {
    expect(readFileSync(new URL('../../docs/lifecycle.md', import.meta.url), 'utf8')).toBe(lifecycleDocs())
  })
})

describe('the life of a campaign', () => {
  it('writes each move into the audit log', async () => {
    const id = await campaignIn('paused')
    const { rows } = await sql<{ action: string }>`
      select action from audit_log where object_id = ${id} order by id
    `.execute(test.app.db)
    expect(rows.map((row) => row.action)).toEqual([
      'campaign.created',
      'campaign.workflow_changed',
      'campaign.activated',
      'campaign.paused',
    ])
  })

  it('refuses a move when the campaign is not the one that the caller saw', async () => {
    const id = await campaignIn('active')
    const { body } = await test.request('GET', `/campaigns/${id}`)
    const stale = await test.request('POST', `/campaigns/${id}/pause`, {
      headers: { 'if-match': `"${body.version - 1}"` },
    })
    expect(stale.status).toBe(412)
    expect(stale.body.version).toBe(body.version)
    const fresh = await test.request('POST', `/campaigns/${id}/pause`, { headers: { 'if-match': `"${body.version}"` } })
    expect(fresh.status).toBe(200)
  })

  it('is somebody else’s 404', async () => {
    const id = await campaignIn('active')
    for (const { request } of asked) {
      const [method = '', path = ''] = request.split(' ')
      const body = bodies()[request]?.[0]
      const answer = await test.request(method, pathFor(path, id), {
        key: test.otherWorkspace.adminKey,
        ...(body !== undefined && { body }),
      })
      expect([request, answer.status]).toEqual([request, 404])
    }
    for (const path of ['moves', 'resume-preview']) {
      const answer = await test.request('GET', `/campaigns/${id}/${path}`, { key: test.otherWorkspace.adminKey })
      expect([path, answer.status]).toEqual([path, 404])
    }
  })

  it('keeps every move with who and when, page by page', async () => {
    const id = await campaignIn('paused')
    await tell(id, 'resume', { waits: 'continue' })
    const first = await test.request('GET', `/campaigns/${id}/moves?limit=2`)
    expect(first.body.items).toMatchObject([
      { from: 'paused', to: 'active', byName: 'admin', detail: { waits: 'continue' } },
      { from: 'active', to: 'paused', byName: 'admin', detail: { inHand: 0 } },
    ])
    const second = await test.request('GET', `/campaigns/${id}/moves?limit=2&cursor=${first.body.nextCursor}`)
    expect(second.body).toMatchObject({
      items: [{ from: 'draft', to: 'active', detail: { enroll: 'none' } }],
      nextCursor: null,
    })
  })

  it('lets one of two contrary moves win', async () => {
    const id = await campaignIn('active')
    const answers = await Promise.all([tell(id, 'pause'), tell(id, 'pause'), tell(id, 'pause')])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409])
  })
})

describe('a pause', () => {
  const runOf = async (campaign: string) => {
    const [run] = await runsOf(test.app, campaign)
    return (await test.request('GET', `/runs/${run?.id}`)).body
  }
  /** A campaign with one customer at an hour's wait, paused; then all its instants are put ten minutes back, as if those had gone by. */
  async function pausedForTenMinutes(): Promise<string> {
    const campaign = await makeActive(test, { audience: { type: 'list', customerIds: [customers[0]] }, enroll: 'now' })
    await settle(test.app)
    const answer = await tell(campaign, 'pause')
    expect(answer.body).toMatchObject({ status: 'paused', inHand: 0 })
    await sql`update campaign set paused_at = paused_at - interval '10 minutes' where id = ${campaign}`.execute(
      test.app.db,
    )
    await sql`update run set wake_at = wake_at - interval '10 minutes' where campaign_id = ${campaign}`.execute(
      test.app.db,
    )
    return campaign
  }
  const minutesUntil = (instant: string) => Math.round((Date.parse(instant) - Date.now()) / 60_000)

  it('shows the time that remains instead of a date', async () => {
    const run = await runOf(await pausedForTenMinutes())
    expect(run.wakeAt).toBeNull()
    expect(Math.round(run.remainingMs / 60_000)).toBe(60)
    expect(run.now).toMatchObject({ until: null })
    expect(run.now.text).toMatch(
      /^Frozen, the campaign is paused\. Waits at “Wait a while”\. (59 minutes \d+ seconds|1 hour) of it remain\.$/,
    )
  })

  it('is taken off every wait on resume by default', async () => {
    const campaign = await pausedForTenMinutes()
    await tell(campaign, 'resume')
    const run = await runOf(campaign)
    expect(minutesUntil(run.wakeAt)).toBe(60)
    expect(run).toMatchObject({ remainingMs: null, now: { text: 'Waits at “Wait a while”.' } })
  })

  it('counts as elapsed when the waits continue', async () => {
    const campaign = await pausedForTenMinutes()
    await tell(campaign, 'resume', { waits: 'continue' })
    expect(minutesUntil((await runOf(campaign)).wakeAt)).toBe(50)
  })

  it('asks the same when a paused campaign is completed', async () => {
    const kept = await pausedForTenMinutes()
    await tell(kept, 'complete', { waits: 'keep' })
    expect(minutesUntil((await runOf(kept)).wakeAt)).toBe(60)
    const continued = await pausedForTenMinutes()
    await tell(continued, 'complete', { waits: 'continue' })
    expect(minutesUntil((await runOf(continued)).wakeAt)).toBe(50)
  })

  it('adds up over several pauses', async () => {
    const campaign = await pausedForTenMinutes()
    await tell(campaign, 'resume')
    await tell(campaign, 'pause')
    await sql`update campaign set paused_at = paused_at - interval '5 minutes' where id = ${campaign}`.execute(
      test.app.db,
    )
    await sql`update run set wake_at = wake_at - interval '5 minutes' where campaign_id = ${campaign}`.execute(
      test.app.db,
    )
    await tell(campaign, 'resume')
    expect(minutesUntil((await runOf(campaign)).wakeAt)).toBe(60)
  })

  it('moves nobody, and says how many are overdue by the wall clock', async () => {
    const campaign = await pausedForTenMinutes()
    await sql`update run set wake_at = wake_at - interval '65 minutes' where campaign_id = ${campaign}`.execute(
      test.app.db,
    )
    await sql`update campaign set paused_at = paused_at - interval '65 minutes' where id = ${campaign}`.execute(
      test.app.db,
    )
    await settle(test.app)
    expect(await runOf(campaign)).toMatchObject({ status: 'running', nodeId: 'wait-1' })
    expect((await test.request('GET', `/campaigns/${campaign}/resume-preview`)).body.overdue).toBe(1)
    await tell(campaign, 'resume', { waits: 'continue' })
    await settle(test.app)
    expect(await runOf(campaign)).toMatchObject({ status: 'succeeded', reason: 'exit', now: null })
  })
})
