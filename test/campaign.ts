import type { App } from '../src/app.ts'
import { sql } from '../src/db/database.ts'
import { createAdvance } from '../src/engine/advance.ts'
import { firePass } from '../src/firings/fire.ts'
import { nodes } from '../src/nodes/index.ts'
import type { TestApp } from './app.ts'

/** trigger → wait (an hour unless said) → exit. */
export const waitingFlow = (durationMs = 3_600_000) => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    { id: 'wait-1', type: 'wait', title: 'Wait a while', config: { waitType: 'duration', durationMs } },
    { id: 'exit-1', type: 'exit', title: 'Done', config: {} },
  ],
  edges: [
    { id: 'e1', source: 'start', target: 'wait-1', when: null },
    { id: 'e2', source: 'wait-1', target: 'exit-1', when: null },
  ],
})

/** Adds customers to the owner's workspace and answers their ids in the order of their ids. */
export async function addCustomers(
  { app, workspaceId }: { app: Pick<App, 'db'>; workspaceId: number },
  count: number,
  domain = 'example.com',
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    insert into customer (workspace_id, email, first_name)
    select ${workspaceId}, 'c' || gen_random_uuid() || '@' || ${domain}::text, 'Customer ' || n from generate_series(1, ${count}::int) n
    returning id
  `.execute(app.db)
  return rows.map((row) => row.id).sort()
}

/** Makes a draft through the API with a workflow and an audience. Answers its id. */
export async function makeDraft(
  test: TestApp,
  options: { audience?: unknown; name?: string; flow?: { nodes: unknown[]; edges: unknown[] } } = {},
): Promise<string> {
  const { audience = { type: 'all' }, name = 'Test', flow = waitingFlow() } = options
  const made = await test.request('POST', '/campaigns', { body: { name, audience } })
  if (made.status !== 201) throw new Error(`POST /campaigns: ${JSON.stringify(made.body)}`)
  const saved = await test.request('PUT', `/campaigns/${made.body.id}/workflow`, { body: flow })
  if (saved.status !== 200) throw new Error(`PUT workflow: ${JSON.stringify(saved.body)}`)
  return made.body.id
}

/** Makes a campaign and activates it. Answers its id. */
export async function makeActive(
  test: TestApp,
  options: Parameters<typeof makeDraft>[1] & { enroll?: 'keep' | 'now' | 'none'; holdoutPercent?: number } = {},
): Promise<string> {
  const { enroll = 'none', holdoutPercent = 0, ...draft } = options
  const id = await makeDraft(test, draft)
  const answer = await test.request('POST', `/campaigns/${id}/activate`, { body: { enroll, holdoutPercent } })
  if (answer.status !== 200) throw new Error(`activate: ${JSON.stringify(answer.body)}`)
  return id
}

/** Lets the Fire loop work until no firing can go on. */
export async function settleFirings(app: App): Promise<void> {
  while ((await firePass(app)).again);
}

/** Lets the grace period of a campaign's firings be over. */
export async function passGrace(app: Pick<App, 'db'>, campaignId: string): Promise<void> {
  await sql`update firing set started_at = clock_timestamp() where campaign_id = ${campaignId} and status = 'scheduled'`.execute(
    app.db,
  )
}

/** A campaign's runs, by customer and entry. */
export async function runsOf(app: Pick<App, 'db'>, campaignId: string) {
  const { rows } = await sql<{
    id: number
    customer_id: string
    entry: number
    status: string
    reason: string | null
    node_id: string
    product_id: string | null
  }>`
    select id, customer_id, entry, status, reason, node_id, product_id from run where campaign_id = ${campaignId} order by customer_id, entry
  `.execute(app.db)
  return rows
}

/** Lets firings and runs go as far as they can now. */
export async function settle(app: App): Promise<void> {
  await settleFirings(app)
  const advance = createAdvance({ db: app.db, log: app.log, nodes })
  while ((await advance.pass()).again);
}
