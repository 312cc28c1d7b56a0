import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive } from '../../test/campaign.ts'
import { splitFlow } from '../../test/split-flow.ts'
import { sql } from '../db/database.ts'
import { csvTables } from './csv.ts'

let test: TestApp
let sandboxId: string
beforeAll(async () => {
  test = await startTestApp()
  const { body } = await test.request('GET', '/credentials')
  sandboxId = body.items.find((item: { type: string }) => item.type === 'sandbox').id
})
afterAll(() => test.close())

const twoMails = () => splitFlow(sandboxId)

const stagesOf = (funnel: { stage: string; count: number }[]) =>
  Object.fromEntries(funnel.map(({ stage, count }) => [stage, count]))

async function read(id: string, query = '') {
  const answer = await test.request('GET', `/campaigns/${id}/analytics${query}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

describe('the analytics of a campaign', () => {
  it('count how far the customers got, and agree with the lists of who', async () => {
    await addCustomers(test, 8)
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await test.drain()
    const { body: mailbox } = await test.request('GET', '/sandbox/messages')
    const mails: number[] = mailbox.items.map((mail: { id: number }) => mail.id)
    expect(mails).toHaveLength(8)
    const act = (index: number, action: string, body: unknown = {}) =>
      test.request('POST', `/sandbox/messages/${mails[index]}/${action}`, { body })
    await act(0, 'reply', { text: 'Yes' })
    await act(1, 'reply', { text: 'Yes' })
    await act(1, 'reply', { text: 'Yes, again' })
    await act(2, 'click', { link: 0 })
    await act(3, 'open')
    await act(4, 'scan')
    await act(5, 'bounce')
    await test.drain()

    const all = await read(id, '?groupBy=branch')
    expect(stagesOf(all.funnel)).toEqual({
      enrolled: 8,
      sent: 8,
      delivered: 7,
      opened: 4,
      clicked: 1,
      replied: 2,
      handoff: 2,
    })
    expect(all.funnel.find((row: { stage: string }) => row.stage === 'replied')).toMatchObject({
      ofPrevious: 2 / 7,
      ofEnrolled: 2 / 8,
      measured: true,
    })
    expect(all.machine).toEqual({ opened: 1, clicked: 1 })
    expect(all.exits).toEqual({ handoff: 2, exit: 1 })
    expect(all.inside).toBe(5)
    const sum = (rows: Record<string, number>[], field: string) =>
      rows.reduce((total, row) => total + (row[field] ?? 0), 0)
    expect(new Set(all.links.map((link: { url: string }) => link.url))).toEqual(new Set(['https://shop.example/x']))
    expect([sum(all.links, 'customers'), sum(all.links, 'machines')]).toEqual([1, 1])
    expect(all.timeToReply.replies).toBe(2)

    const branches: { key: string; funnel: { stage: string; count: number }[] }[] = all.groups
    expect(branches.map(({ key }) => key)).toEqual(['split:a', 'split:b', 'split:'])
    for (const stage of Object.keys(stagesOf(all.funnel))) {
      const parts = branches.reduce((sum, { funnel }) => sum + (stagesOf(funnel)[stage] ?? 0), 0)
      expect(parts, stage).toBe(stagesOf(all.funnel)[stage])
    }
    for (const { stage, count } of all.funnel) {
      const { body } = await test.request('GET', `/campaigns/${id}/analytics/people?show=${stage}`)
      expect(body.items, stage).toHaveLength(count)
    }

    const { groups } = await read(id, '?groupBy=node')
    const node = Object.fromEntries(groups.map((group: { key: string }) => [group.key, group]))
    expect(node.split.node).toMatchObject({ here: 0, passed: 8, errors: 0 })
    expect(node.split.node.edges.reduce((sum: number, edge: { count: number }) => sum + edge.count, 0)).toBe(8)
    expect(node['mail-a'].node.sent + node['mail-b'].node.sent).toBe(8)
    expect(node['mail-a'].node.replied + node['mail-b'].node.replied).toBe(2)
    expect(node['mail-a'].node.here + node['mail-b'].node.here).toBe(5)
    expect(stagesOf(node.handoff.funnel)).toMatchObject({ enrolled: 2, handoff: 2 })
  })

  it('show those held out apart, and refuse ends that are no times', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now', holdoutPercent: 50 })
    await test.drain()
    const { funnel, holdout, inside, exits } = await read(id, '?range=today')
    expect(holdout).toBeGreaterThan(0)
    expect(stagesOf(funnel).enrolled).toBe(8 - holdout)
    expect(exits).toMatchObject({ holdout })
    const ended = Object.values(exits as Record<string, number>).reduce((sum, n) => sum + n, 0)
    expect(inside + ended).toBe(8)
    for (const query of [
      '?from=yesterday',
      '?from=2026-02-30',
      '?from=2026-02-02&to=2026-02-01',
      '?range=7d&from=2026-01-01',
    ]) {
      const answer = await test.request('GET', `/campaigns/${id}/analytics${query}`)
      expect(answer.status, query).toBe(422)
    }
    const other = await test.request('GET', `/campaigns/${id}/analytics`, { key: test.otherWorkspace.adminKey })
    expect(other.status).toBe(404)
  })

  it('sum up whole days and parts of days to the same', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await test.drain()
    // One passage an hour, back over two days.
    await sql`
      update run set started_at = now() - n.n * interval '7 hours'
      from (select id, row_number() over (order by id) as n from run where campaign_id = ${id}) n where n.id = run.id
    `.execute(test.app.db)
    await test.drain()
    const { rows } = await sql<{
      at: Date
    }>`select started_at as at from run where campaign_id = ${id} order by started_at`.execute(test.app.db)
    const at = (index: number) => encodeURIComponent(rows[index]?.at.toISOString() ?? '')
    const enrolled = async (query: string) => stagesOf((await read(id, query)).funnel).enrolled
    expect(await enrolled('')).toBe(8)
    expect(await enrolled('?range=30d')).toBe(8)
    for (const [from, to] of [
      [0, 7],
      [1, 2],
      [2, 6],
      [0, 1],
    ] as const) {
      expect(await enrolled(`?from=${at(from)}&to=${at(to)}`), `${from}..${to}`).toBe(to - from)
    }
    const days = await read(id, '?groupBy=day')
    const summed = days.groups.reduce(
      (sum: number, { funnel }: { funnel: { count: number }[] }) => sum + (funnel[0]?.count ?? 0),
      0,
    )
    expect(summed).toBe(8)
  })

  it('keep the numbers of an archived campaign, with those whom archiving stopped', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await test.drain()
    const before = await read(id)
    await test.request('POST', `/campaigns/${id}/archive`)
    const at = await read(id)
    await test.drain()
    const after = await read(id)
    // One has bounced in the first test: their message is passed over and they are through.
    expect(before.inside).toBe(7)
    expect(before.skipped).toEqual({ suppressed: 1 })
    for (const numbers of [at, after]) {
      expect(numbers.inside).toBe(0)
      expect(numbers.exits).toEqual({ archived: 7, exit: 1 })
      expect(numbers.funnel).toEqual(before.funnel)
    }
    const { body } = await test.request('GET', `/campaigns/${id}/analytics/people?show=exit&reason=archived`)
    expect(body.items).toHaveLength(7)
  })
})

describe('one step, and the period before', () => {
  it('looks at one step: as a whole, by day and by branch, and refuses one that never was', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await test.drain()
    const at = async (nodeId: string, query = '') =>
      await test.request('GET', `/campaigns/${id}/analytics/nodes/${nodeId}${query}`)
    const { body } = await at('mail-a')
    const { groups } = await read(id, '?groupBy=node')
    const same = groups.find((group: { key: string }) => group.key === 'mail-a')
    expect(body).toMatchObject({ nodeId: 'mail-a', title: 'Mail mail-a', type: 'email-send', current: true })
    expect(body.whole).toMatchObject({ here: same.node.here, passed: same.node.passed, sent: same.node.sent })
    expect(body.whole.came).toBe(stagesOf(same.funnel).enrolled)
    expect(body.series).toHaveLength(1)
    expect(body.branches).toMatchObject([{ key: 'split:a', label: 'Tone · Formal', came: body.whole.came }])
    // Nobody was written to by a split: nothing that could be measured.
    expect((await at('split')).body.whole).toMatchObject({ came: 8, passed: 8, sent: null, replied: null })
    expect((await at('nowhere')).status).toBe(404)
    const foreign = await test.request('GET', `/campaigns/${id}/analytics/nodes/mail-a`, {
      key: test.otherWorkspace.adminKey,
    })
    expect(foreign.status).toBe(404)
    await test.request('POST', `/campaigns/${id}/archive`)
    expect((await at('mail-a')).body.whole).toMatchObject({ here: 0, errors: 0, came: body.whole.came })
  })

  it('answers with the range of the same length before, whole days before whole days', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await test.drain()
    // Two in the week that begins on the 23rd, when clocks in Berlin change on the 29th, six in the one before.
    await sql`
      update run set started_at = timestamptz '2026-03-23T12:00+01:00' - (n.n > 2)::int * interval '3 days'
      from (select id, row_number() over (order by id) as n from run where campaign_id = ${id}) n where n.id = run.id
    `.execute(test.app.db)
    await test.request('PATCH', '/workspace', { body: { timezone: 'Europe/Berlin' } })
    await test.drain()
    const { funnel, previous } = await read(id, '?from=2026-03-23&to=2026-03-29&compare=previous')
    expect(stagesOf(funnel).enrolled).toBe(2)
    expect(previous.range).toMatchObject({ from: '2026-03-15T23:00:00.000Z', to: '2026-03-22T23:00:00.000Z' })
    const before = await read(id, '?from=2026-03-16&to=2026-03-22')
    expect(previous).toMatchObject({ funnel: before.funnel, messages: { sent: before.messages.sent } })
    expect(stagesOf(previous.funnel).enrolled).toBe(6)
    const instants = await read(id, '?from=2026-03-23T11:00:00Z&to=2026-03-24T11:00:00Z&compare=previous')
    expect(instants.previous.range).toMatchObject({ from: '2026-03-22T11:00:00.000Z', to: '2026-03-23T11:00:00.000Z' })
    const workspace = await test.request('GET', '/analytics?from=2026-03-23&to=2026-03-29&compare=previous')
    expect(stagesOf(workspace.body.previous.funnel).enrolled).toBe(6)
    const endless = await test.request('GET', `/campaigns/${id}/analytics?range=all&compare=previous`)
    expect(endless.status).toBe(422)
    expect(endless.body.errors[0]).toMatchObject({ path: 'compare' })
    await test.request('PATCH', '/workspace', { body: { timezone: 'UTC' } })
    await test.drain()
  })

  it('has no opens to tell of where a campaign writes on channels that cannot, whatever others do', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await test.drain()
    await sql`update message set channel = 'linkedin' where campaign_id = ${id}`.execute(test.app.db)
    await test.drain()
    const { body } = await test.request('GET', '/analytics?groupBy=campaign')
    const opened = (row: { funnel: { stage: string; measured: boolean }[] }) =>
      row.funnel.find(({ stage }) => stage === 'opened')?.measured
    expect(body.groups.map((row: { key: string }) => row.key)).toContain(id)
    for (const row of body.groups) expect(opened(row), row.key).toBe(row.key !== id)
    expect(opened(body)).toBe(true)
  })
})

describe('what is beside the funnel', () => {
  it('compares branches, and those held out, by a goal', async () => {
    const id = await makeActive(test, {
      flow: splitFlow(sandboxId, { goal: 'deal.won' }),
      enroll: 'now',
      holdoutPercent: 50,
    })
    await test.drain()
    const { rows } = await sql<{ customer_id: string; reason: string | null }>`
      select customer_id, reason from run where campaign_id = ${id} order by reason nulls first, id
    `.execute(test.app.db)
    const winners = [rows[0], rows.findLast(({ reason }) => reason === 'holdout')]
    for (const winner of winners) {
      await test.request('POST', '/events', { body: { name: 'deal.won', customer: { id: winner?.customer_id } } })
    }
    await test.drain()
    const { body } = await test.request('GET', `/campaigns/${id}/analytics/comparison`)
    const held = rows.filter(({ reason }) => reason === 'holdout').length
    expect(body.lifts).toMatchObject([
      { goalId: 'won', label: 'Won', written: { n: 8 - held, reached: 1 }, held: { n: held, reached: 1 } },
    ])
    expect(body.comparisons).toMatchObject([{ nodeId: 'split', metric: 'goal', shareCheck: { ok: true } }])
    const reached = body.comparisons[0].branches.reduce(
      (sum: number, branch: { reached: number }) => sum + branch.reached,
      0,
    )
    expect(reached).toBe(1)
    const people = await test.request('GET', `/campaigns/${id}/analytics/people?show=goal&nodeId=won`)
    expect(people.body.items).toHaveLength(2)
  })

  it('is had as CSV, with nothing in it that a spreadsheet would run', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await sql`update customer set email = '=cmd()@example.com' where id = (select min(id::text)::uuid from customer)`.execute(
      test.app.db,
    )
    await test.drain()
    const csv = async (query: string) => {
      const answer = await test.request('GET', `/campaigns/${id}/analytics.csv${query}`)
      expect(answer.status, query).toBe(200)
      expect(answer.headers.get('content-type')).toContain('text/csv')
      return String(answer.body).trim().split('\r\n')
    }
    expect((await csv(''))[1]).toBe('enrolled,8,,1,true')
    expect((await csv('?groupBy=branch'))[0]).toBe(
      'key,label,enrolled,sent,delivered,opened,clicked,replied,handoff,machineOpened,machineClicked',
    )
    for (const table of csvTables) expect((await csv(`?table=${table}`)).length, table).toBeGreaterThan(0)
    const events = await csv('?table=events')
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from event where campaign_id = ${id} and run_id is not null
    `.execute(test.app.db)
    expect(events).toHaveLength(1 + (rows[0]?.n ?? 0))
    expect(events.some((line) => line.includes("'=cmd()"))).toBe(true)
    expect(events.some((line) => line.includes(',=cmd()'))).toBe(false)
  })

  it('adds campaigns up to the workspace, and sets them side by side', async () => {
    const { body } = await test.request('GET', '/analytics?groupBy=campaign')
    for (const { stage, count } of body.funnel) {
      const parts = body.groups.reduce(
        (sum: number, { funnel }: { funnel: { stage: string; count: number }[] }) =>
          sum + (stagesOf(funnel)[stage] ?? 0),
        0,
      )
      expect(parts, stage).toBe(count)
    }
    const read = async (path: string) => (await test.request('GET', path)).body
    for (const { stage, count } of body.funnel) {
      const ids: number[] = []
      for (let cursor = ''; ; ) {
        const page = await read(`/analytics/people?show=${stage}&limit=3${cursor}`)
        ids.push(...page.items.map(({ id }: { id: number }) => id))
        if (page.nextCursor === null) break
        cursor = `&cursor=${page.nextCursor}`
      }
      expect(new Set(ids).size, stage).toBe(count)
      expect(ids).toHaveLength(count)
    }
    const [first, second] = body.groups
    const ofFirst = await read(`/analytics/people?campaigns=${first.key}&limit=200`)
    expect(ofFirst.items).toHaveLength(stagesOf(first.funnel).enrolled ?? 0)
    expect(ofFirst.items[0]).toMatchObject({ campaignId: first.key, campaignName: first.label })
    const two = await test.request('GET', `/analytics?groupBy=campaign&campaigns=${first.key},${second.key}`)
    expect(two.body.groups).toEqual([first, second])
    const days = await test.request('GET', '/analytics.csv?table=series')
    expect(String(days.body)).toMatch(/^day,enrolled,/)
    const wrong = await test.request('GET', '/analytics?campaigns=nonsense')
    expect(wrong.status).toBe(422)
    const foreign = await test.request('GET', `/analytics?campaigns=${first.key}`, {
      key: test.otherWorkspace.adminKey,
    })
    expect(foreign.status).toBe(404)
  })

  it('moves to other days when the workspace moves to another zone', async () => {
    const id = await makeActive(test, { flow: twoMails(), enroll: 'now' })
    await test.drain()
    await sql`update run set started_at = '2026-03-10T23:30:00Z' where campaign_id = ${id}`.execute(test.app.db)
    await test.drain()
    expect((await read(id)).series).toMatchObject([{ day: '2026-03-10', funnel: { enrolled: 8 } }])
    await test.request('PATCH', '/workspace', { body: { timezone: 'Asia/Tokyo' } })
    await test.drain()
    expect((await read(id)).series).toMatchObject([{ day: '2026-03-11', funnel: { enrolled: 8 } }])
    expect(stagesOf((await read(id, '?from=2026-03-11&to=2026-03-11')).funnel).enrolled).toBe(8)
    await test.request('PATCH', '/workspace', { body: { timezone: 'UTC' } })
    await test.drain()
  })
})
