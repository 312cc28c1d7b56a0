import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { type Ended, runCommand, spawnProgram, startProgram } from '../../test/program.ts'
import { makeScratchDirectory } from '../../test/scratch.ts'

let database: TestDatabase
let env: Record<string, string>
/** How the first call ended that was not cut off. */
let first: Ended

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false })
  env = { DATABASE_URL: database.url, DATA_DIR: await makeScratchDirectory('demo') }
  await killHalfWay()
  first = await runCommand(['demo', '--json'], env)
})

afterAll(async () => {
  await database.close()
  await rm(env.DATA_DIR ?? '', { recursive: true, force: true })
})

/** Kills a loading demo as soon as it has made customers. */
async function killHalfWay(): Promise<void> {
  await runCommand(['migrate'], env)
  const child = spawnProgram(['demo'], env)
  const ended = once(child, 'close')
  for (;;) {
    const { rows } = await database.pool.query<{ there: boolean }>('select exists (select from customer) as there')
    if (rows[0]?.there) break
    await sleep(20)
  }
  child.kill('SIGKILL')
  await ended
}

describe('demo', () => {
  it('begins anew after a call that was cut off', async () => {
    expect(first).toMatchObject({ code: 0 })
    const { rows } = await database.pool.query(
      'select w.name, count(*) as customers from workspace w join customer c on c.workspace_id = w.id group by w.id',
    )
    expect(rows).toEqual([{ name: 'Harbor Analytics (demo)', customers: 300 }])
  })

  it('leaves three living campaigns, with nothing in hand and nothing in error', async () => {
    const { rows: campaigns } = await database.pool.query(
      `select c.name, c.status, count(*) filter (where r.finished_at is null) > 5 as "hasInside",
         count(*) filter (where r.finished_at is not null) > 0 as "hasEnded", count(distinct r.node_id) > 1 as spread
       from campaign c join run r on r.campaign_id = c.id group by c.id order by c.name`,
    )
    const alive = { hasInside: true, hasEnded: true, spread: true }
    expect(campaigns).toEqual([
      { name: 'Autumn news', status: 'paused', ...alive },
      { name: 'Trial onboarding', status: 'active', ...alive },
      { name: 'Win back quiet accounts', status: 'active', ...alive },
    ])
    const { rows: counts } = await database.pool.query(
      `select (select count(*) from product) as products,
         (select count(*) from template) as templates, (select count(*) from run where error is not null) as errors,
         (select count(*) from message where state not in ('sent', 'skipped')) as "inHand",
         (select count(*) from message where replied_at is not null) > 0 as replies,
         (select count(*) from task where kind = 'handoff') > 0 as handoffs`,
    )
    expect(counts).toEqual([{ products: 2, templates: 3, errors: 0, inHand: 0, replies: true, handoffs: true }])
  })

  it('has a history of three weeks, whose numbers agree with the rows', async () => {
    const { rows } = await database.pool.query(
      `select c.name, count(distinct r.started_at::date)::int as days, bool_and(r.started_at >= c.activated_at) as "afterActivation",
         current_date - min(r.started_at)::date as since
       from campaign c join run r on r.campaign_id = c.id group by c.id order by c.name`,
    )
    const [news, ...keepEnrolling] = rows
    expect(news).toMatchObject({ days: 1, afterActivation: true })
    for (const campaign of keepEnrolling) {
      expect(campaign).toMatchObject({ afterActivation: true })
      expect(campaign.days).toBeGreaterThan(5)
      expect(campaign.since).toBeGreaterThanOrEqual(20)
    }
    const rebuilt = await runCommand(['rebuild-analytics', '--json'], env)
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ runsDiffering: 0, differences: [], agree: true })
    const { rows: later } = await database.pool.query(
      `select (select count(*) from event where at > now())::int + (select count(*) from step where at < entered_at)::int
         + (select count(*) from message where sent_at < queued_at)::int as wrong`,
    )
    expect(later).toEqual([{ wrong: 0 }])
  })

  it('prints a login that works', async () => {
    const { email, password } = JSON.parse(first.stdout)
    await using program = await startProgram(env)
    const login = await fetch(`${program.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: program.url },
      body: JSON.stringify({ email, password }),
    })
    expect(login.status).toBe(200)
  })

  it('changes nothing when it is there already, and says so', async () => {
    const { code, stdout } = await runCommand(['demo'], env)
    expect(code).toBe(0)
    expect(stdout).toContain('The demo workspace is there already')
    const { rows } = await database.pool.query('select count(*) as workspaces from workspace')
    expect(rows).toEqual([{ workspaces: 1 }])
  })

  it('leaves no key behind that could open the workspace', async () => {
    const { rows } = await database.pool.query('select count(*) as keys from api_key where revoked_at is null')
    expect(rows).toEqual([{ keys: 0 }])
  })
})
