import { expect } from 'vitest'
import { sql } from '../src/db/database.ts'
import type { TestApp } from './app.ts'
import { makeActive, runsOf, settle } from './campaign.ts'

/** In milliseconds. */
export const hour = 3_600_000
/** A node whose title is its id unless said. */
export const node = (id: string, type: string, config: Record<string, unknown> = {}, title = id) => ({
  id,
  type,
  title,
  config,
})
/** A wait of an hour unless said. */
export const wait = (id: string, durationMs = hour) => node(id, 'wait', { waitType: 'duration', durationMs })
/** Nodes one after the other. */
export const chain = (...nodes: ReturnType<typeof node>[]) => ({
  nodes,
  edges: nodes.slice(1).map(({ id }, index) => ({ source: nodes[index]?.id ?? '', target: id })),
})
/** The trigger of a flow. */
export const start = node('start', 'trigger')
/** Its end. */
export const done = node('done', 'exit')
/** start → wait → tag → exit */
export const original = chain(start, wait('wait-1'), node('tag-1', 'add-tag', { name: 'late' }), done)
/** The same without the wait. */
export const without = chain(start, node('tag-1', 'add-tag', { name: 'late' }), done)

/** What tests of publishing do and ask, in a file whose app and customers are there once the tests run. */
export function publishingOf(test: () => TestApp, customers: () => string[]) {
  const put = async (id: string, flow: ReturnType<typeof chain>) => {
    const answer = await test().request('PUT', `/campaigns/${id}/workflow`, { body: flow })
    expect(answer.status).toBe(200)
  }
  const publish = (id: string, body: unknown = {}, query = '') =>
    test().request('POST', `/campaigns/${id}/workflow/publish${query}`, { body })
  const changesOf = async (id: string) => (await test().request('GET', `/campaigns/${id}/workflow/changes`)).body
  const campaignOf = async (id: string) => (await test().request('GET', `/campaigns/${id}`)).body
  const runOf = async (id: string) =>
    (await test().request('GET', `/runs/${(await runsOf(test().app, id))[0]?.id}`)).body

  /** An active campaign with customers who rest at their wait. */
  async function inside(count: number, flow = original): Promise<string> {
    const id = await makeActive(test(), {
      flow,
      audience: { type: 'list', customerIds: customers().slice(0, count) },
      enroll: 'now',
    })
    await settle(test().app)
    return id
  }

  /** An email through the sandbox. */
  async function email(id: string) {
    const { rows } = await sql<{ id: string }>`
      select id from credential where workspace_id = ${test().workspaceId} and type = 'sandbox'
    `.execute(test().app.db)
    return node(id, 'email-send', { credentialId: rows[0]?.id, subject: 'Hi', body: 'Hi' })
  }

  /** All counts of the campaign against the rows that they count. */
  async function expectCountsToAddUp(id: string): Promise<void> {
    const { rows } = await sql<{ tallied: unknown; counted: unknown }>`
      select (select jsonb_object_agg(key, n) from (select metric || ' ' || key as key, sum(n) as n from tally where campaign_id = ${id}
          and metric in ('ended', 'node') group by 1) t) as tallied,
        (select jsonb_object_agg(key, n) from (
          select 'ended ' || status || ':' || reason as key, count(*) as n from run where campaign_id = ${id} and finished_at is not null group by 1
          union all
          select 'node ' || s.node_id || ':' || coalesce(s.label, 'end'), count(*) from step s join run r on r.id = s.run_id
          where r.campaign_id = ${id} group by 1) c) as counted
    `.execute(test().app.db)
    expect(rows[0]?.tallied).toEqual(rows[0]?.counted)
  }

  return { put, publish, changesOf, campaignOf, runOf, inside, email, expectCountsToAddUp }
}
