import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, settle } from '../../test/campaign.ts'
import { sql } from '../db/database.ts'

let test: TestApp
let campaign: string

const own = (text: string) => `of ${test.workspaceId}: ${text}`

/** Rows of a table in both workspaces, by threes with the same values; some without what may be missing. */
async function fill(): Promise<void> {
  const db = test.app.db
  const both = [test.workspaceId, test.otherWorkspace.id]
  for (const workspace of both) {
    await sql`insert into segment (workspace_id, name, kind, updated_at)
      select ${workspace}, 'S' || n / 3, 'static', now() - make_interval(hours => n / 3) from generate_series(1, 13) n`.execute(
      db,
    )
    await sql`insert into company (workspace_id, name, domain, industry, updated_at)
      select ${workspace}, case when n % 2 = 0 then 'Été' else 'été 😀' end || n / 3, case when n % 4 > 0 then 'd' || n || '.example' end,
        case when n % 3 > 0 then 'I' || n % 2 end, now() - make_interval(hours => n / 3) from generate_series(1, 13) n`.execute(
      db,
    )
    await sql`insert into product (workspace_id, name, status, updated_at)
      select ${workspace}, 'P' || n / 3, case when n % 2 = 0 then 'draft' else 'active' end, now() - make_interval(hours => n / 3)
      from generate_series(1, 13) n`.execute(db)
    await sql`insert into template (workspace_id, name, subject, body, updated_at)
      select ${workspace}, 'T' || n, '', '', now() - make_interval(hours => n / 3) from generate_series(1, 13) n`.execute(
      db,
    )
    await sql`insert into task (workspace_id, title, due_at, done_at, done_by)
      select ${workspace}, repeat('long ', 80) || n / 3, case when n % 3 > 0 then now() + make_interval(hours => n / 4) end,
        case when n % 2 = 0 then now() - make_interval(hours => n / 4) end, case when n % 2 = 0 then 'x' end
      from generate_series(1, 13) n`.execute(db)
    await sql`insert into suppression (workspace_id, channel, address, address_hash, reason, source)
      select ${workspace}, case when n % 2 = 0 then 'email' else 'all' end, case when n % 4 > 0 then 'a' || n || '@example.com' end, decode(md5(n::text), 'hex'),
        case when n % 3 = 0 then 'bounce' else 'manual' end, 'x' from generate_series(1, 13) n`.execute(db)
  }
  await sql`update company set name = ${own('first')} where id = (
    select id from company where workspace_id = ${test.workspaceId} order by id limit 1)`.execute(db)
  const people = await addCustomers(test, 13)
  await sql`update customer set company_id = (select id from company where workspace_id = ${test.workspaceId} order by id limit 1)
    where id = any(${people.slice(0, 3)}::uuid[])`.execute(db)
  campaign = await makeActive(test, { enroll: 'now' })
  await settle(test.app)
  // As they are after a while: some ended, some wait by the campaign's clock, some by the wall's, some for something else.
  await sql`
    with n as (select id, row_number() over (order by id) as n from run where campaign_id = ${campaign})
    update run r set started_at = now() - make_interval(hours => (n / 4)::int),
      status = (array['running', 'running', 'succeeded', 'running', 'failed', 'canceled'])[n % 6 + 1],
      finished_at = case when n % 6 in (2, 4, 5) then now() end,
      wake_at = case when n % 6 = 0 then now() + make_interval(hours => (n / 4)::int) end,
      wake_on = case when n % 6 in (0, 1) then now() + make_interval(hours => (n / 3)::int) end,
      awaiting = case when n % 6 = 3 then 'event' else 'time' end
    from n where n.id = r.id`.execute(db)
  for (const workspace of both) {
    await sql`
      insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, channel, state, queued_at, send_after)
      select ${workspace}, ${campaign}, -n - ${workspace} * 1000, 'x', c.id, gen_random_uuid(), 'email',
        (array['sent', 'queued', 'failed', 'skipped', 'unconfirmed', 'sent'])[n % 6 + 1], now() - make_interval(hours => n / 3), now() + interval '1 day'
      from generate_series(1, 13) n cross join lateral (select id from customer order by id limit 1) c`.execute(db)
  }
}

beforeAll(async () => {
  test = await startTestApp()
  await fill()
})
afterAll(() => test.close())

const lists: Record<string, { path: () => string; sorts: string[]; size?: number }> = {
  segments: { path: () => '/segments?counts=false', sorts: ['createdAt', 'updatedAt', 'name', 'kind'] },
  companies: {
    path: () => '/companies?',
    sorts: ['createdAt', 'updatedAt', 'name', 'domain', 'industry', 'customers'],
  },
  products: { path: () => '/products?', sorts: ['createdAt', 'updatedAt', 'name', 'status'] },
  templates: { path: () => '/templates?channel=email', sorts: ['createdAt', 'updatedAt', 'name'] },
  tasks: { path: () => '/tasks?status=all', sorts: ['createdAt', 'dueAt', 'doneAt', 'title', 'kind'] },
  suppressions: { path: () => '/suppressions?', sorts: ['createdAt', 'address', 'channel', 'reason'] },
  runs: { path: () => `/campaigns/${campaign}/runs?`, sorts: ['startedAt', 'status', 'next'] },
  messages: { path: () => '/messages?', sorts: ['queuedAt', 'state'] },
}

/** Reads a list page by page; between two pages `meanwhile` happens. */
async function readAll(address: string, limit: number, meanwhile?: (page: number) => Promise<void>) {
  const items: { id: string | number }[] = []
  let cursor: string | null = ''
  for (let page = 1; cursor !== null; page += 1) {
    const { status, body } = await test.request('GET', `${address}&limit=${limit}${cursor && `&cursor=${cursor}`}`)
    if (status !== 200) throw new Error(JSON.stringify(body))
    items.push(...body.items)
    cursor = body.nextCursor
    if (cursor !== null) await meanwhile?.(page)
  }
  return items
}

const idsOf = (rows: readonly { id: string | number }[]) => rows.map(({ id }) => String(id))

describe('a list that can be sorted', () => {
  for (const [name, { path, sorts }] of Object.entries(lists)) {
    for (const sort of sorts.flatMap((one) => [one, `-${one}`])) {
      it(`of ${name} by ${sort} gives each row once, on pages of any size, in one order, and none of another workspace`, async () => {
        const whole = await readAll(`${path()}&sort=${sort}`, 200)
        const count = await test.request('GET', `${path()}&sort=${sort}&limit=1&total=true`)
        expect(count.body.total).toEqual({ count: whole.length, exact: true })
        expect(new Set(idsOf(whole)).size).toBe(whole.length)
        expect(whole.length).toBeGreaterThanOrEqual(13)
        for (const limit of [1, 4]) expect(idsOf(await readAll(`${path()}&sort=${sort}`, limit))).toEqual(idsOf(whole))
        const theirs = await test.request('GET', `${path()}&sort=${sort}&limit=200`, {
          key: test.otherWorkspace.adminKey,
        })
        const foreign = new Set(idsOf(theirs.body.items ?? []))
        expect(idsOf(whole).filter((id) => foreign.has(id))).toEqual([])
      })
    }
  }

  it('is in the order that it was asked for, whoever lacks the value last', async () => {
    const values = async (address: string, of: (row: never) => unknown) =>
      (await readAll(address, 5)).map((row) => of(row as never))
    const hasLast = (list: unknown[]) => list.lastIndexOf(list.findLast((value) => value !== null)) < list.indexOf(null)
    for (const sort of ['domain', '-domain']) {
      const domains = await values(`/companies?sort=${sort}`, ({ domain }: { domain: string | null }) => domain)
      expect(hasLast(domains)).toBe(true)
    }
    const statuses = await values(
      `/campaigns/${campaign}/runs?sort=-status`,
      ({ status }: { status: string }) => status,
    )
    expect(statuses).toEqual([...statuses].sort().reverse())
    const next = await values(
      `/campaigns/${campaign}/runs?sort=next`,
      ({ wakeAt }: { wakeAt: string | null }) => wakeAt,
    )
    expect(hasLast(next)).toBe(true)
    expect(next.filter((at) => at !== null)).toEqual(next.filter((at) => at !== null).sort())
    const states = await values('/messages?sort=state', ({ state }: { state: string }) => state)
    expect(states).toEqual([...states].sort())
    const people = await values('/companies?sort=-customers', ({ customers }: { customers: number }) => customers)
    expect(people[0]).toBe(3)
  })

  it('keeps to that while rows come, go and change: who stays as they are comes once', async () => {
    const db = test.app.db
    const before = await readAll('/segments?counts=false&sort=name', 200)
    const gone = String(before[6]?.id)
    const moved = String(before[8]?.id)
    const seen = await readAll('/segments?counts=false&sort=name', 3, async (page) => {
      const name = page % 2 === 0 ? 'A first' : 'S2'
      await sql`insert into segment (workspace_id, name, kind) values (${test.workspaceId}, ${name}, 'static')`.execute(
        db,
      )
      if (page === 1) await sql`delete from segment where id = ${gone}`.execute(db)
      if (page === 2) await sql`update segment set name = 'ZZ' where id = ${moved}`.execute(db)
    })
    const still = idsOf(before).filter((id) => id !== gone && id !== moved)
    expect(idsOf(seen).filter((id) => still.includes(id))).toEqual(still)
    expect(idsOf(seen).filter((id) => id === gone)).toEqual([])
  })

  it('refuses a sort that it does not know, the cursor of another order, and one that somebody made up', async () => {
    const unknown = await test.request('GET', '/segments?sort=colour')
    expect(unknown.body).toMatchObject({ code: 'invalid', errors: [{ path: 'sort' }] })
    const { nextCursor } = (await test.request('GET', '/companies?sort=name&limit=1')).body
    const other = await test.request('GET', `/companies?sort=-name&cursor=${nextCursor}`)
    expect(other.body).toMatchObject({ code: 'invalid', errors: [{ path: 'cursor' }] })
    for (const key of ['2026-13-45', "x'; drop table run", '2026-99-99 99:99:99+00']) {
      const position = { sort: '-startedAt', section: 0, key, id: '1' }
      const made = Buffer.from(JSON.stringify(position)).toString('base64url')
      const { status } = await test.request('GET', `/campaigns/${campaign}/runs?cursor=${made}`)
      expect([key, status]).toEqual([key, 422])
    }
  })
})

describe('the total of a list', () => {
  it('is exact up to ten thousand, and says so where there are more', async () => {
    const count = async () => (await test.request('GET', '/companies?q=Many&total=true&limit=1')).body.total
    await sql`insert into company (workspace_id, name) select ${test.workspaceId}, 'Many ' || n from generate_series(1, 10000) n`.execute(
      test.app.db,
    )
    expect(await count()).toEqual({ count: 10_000, exact: true })
    await sql`insert into company (workspace_id, name) values (${test.workspaceId}, 'Many more')`.execute(test.app.db)
    expect(await count()).toEqual({ count: 10_000, exact: false })
  })

  it('is not said unless it is asked for', async () => {
    expect((await test.request('GET', '/segments')).body).not.toHaveProperty('total')
  })
})
