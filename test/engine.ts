import { pino } from 'pino'
import { z } from 'zod'
import { arrayLiteral, type Db, sql } from '../src/db/database.ts'
import { createAdvance } from '../src/engine/advance.ts'
import { type AnyNode, defineNode } from '../src/engine/define-node.ts'
import type { Effect } from '../src/engine/facts.ts'
import { awaitEvent, awaitMessage, end, fail, leave, next, restOn, waitFor } from '../src/engine/outcome.ts'
import type { CompiledNode, CompiledWorkflow, Needs } from '../src/workflow/graph.ts'

const shape = {
  version: 1,
  kind: 'action',
  group: 'builtin',
  icon: 'box',
  summary: 'For tests of the engine.',
  sentence: '',
  docs: '',
  examples: [],
} as const

const anything = z.record(z.string(), z.unknown())

/** Node types that exercise the engine's contract and nothing else: the product's own types have tests of their own. */
export const testNodes: Readonly<Record<string, AnyNode>> = {
  start: defineNode({
    ...shape,
    type: 'start',
    title: 'Start',
    entry: 'start',
    config: anything,
    output: anything,
    when: [],
    reads: [],
    execute: () => next({}),
  }),
  effects: defineNode({
    ...shape,
    type: 'effects',
    title: 'Effects',
    config: z.object({ effects: z.array(z.custom<Effect>()) }),
    output: anything,
    when: [],
    reads: [],
    execute: ({ config }) => next({}, config.effects),
  }),
  pause: defineNode({
    ...shape,
    type: 'pause',
    title: 'Pause',
    config: z.object({ ms: z.number() }),
    output: anything,
    when: [],
    reads: [],
    execute: ({ config }) => waitFor(config.ms),
    resume: () => next({}),
  }),
  send: defineNode({
    ...shape,
    type: 'send',
    title: 'Send',
    config: z.object({ credentialId: z.string() }),
    output: z.object({ sent: z.boolean() }),
    when: ['replied'],
    listens: 'when',
    reads: ['message'],
    execute: ({ config }) =>
      awaitMessage([
        {
          do: 'queue-message',
          channel: 'email',
          credentialId: config.credentialId,
          productId: null,
          transactional: false,
          sendAfter: null,
        },
      ]),
    resume({ message, ways, clock }) {
      if (message?.heard.replied) return leave('replied', { sent: true })
      if (message?.state === 'sent' && ways.has('replied')) return awaitEvent(new Date(clock.getTime() + 3_600_000))
      return next({ sent: message?.state === 'sent' })
    },
    hears: ({ event, nodeId }) => event.nodeId === nodeId,
  }),
  listen: defineNode({
    ...shape,
    type: 'listen',
    title: 'Wait for it',
    config: z.object({ event: z.string(), ms: z.number(), only: z.string().optional() }),
    output: anything,
    when: ['event', 'timeout'],
    listens: { field: 'event' },
    reads: [],
    execute: ({ config, clock }) => awaitEvent(new Date(clock.getTime() + config.ms)),
    resume: ({ woke }) =>
      woke.by === 'event'
        ? leave('event', woke.event.properties)
        : woke.by === 'deadline'
          ? leave('timeout', {})
          : restOn(),
    hears: ({ config, event }) => config.only === undefined || event.properties.kind === config.only,
  }),
  anywhere: defineNode({
    ...shape,
    type: 'anywhere',
    title: 'At any point',
    entry: 'event',
    config: z.object({ event: z.string() }),
    output: anything,
    when: [],
    listens: { field: 'event' },
    reads: [],
    execute: () => next({}),
  }),
  poison: defineNode({
    ...shape,
    type: 'poison',
    title: 'Poison',
    config: anything,
    output: anything,
    when: [],
    reads: [],
    execute({ customer }) {
      if (customer.email?.startsWith('poison')) throw new Error('This customer breaks the node.')
      if (customer.email?.startsWith('refused')) return fail('refused', 'This customer is refused.')
      // The database does not take NUL in text: the whole batch fails on it.
      if (customer.email?.startsWith('broken')) return next({}, [{ do: 'tag', name: 'a\u0000b', on: true }])
      return next({})
    },
  }),
  finish: defineNode({
    ...shape,
    type: 'finish',
    title: 'Finish',
    ends: true,
    config: anything,
    output: anything,
    when: [],
    reads: [],
    execute: () => end('succeeded', 'exit', {}),
  }),
}

/** A compiled workflow that passes these nodes one after the other. */
export function chain(
  nodes: { type: string; config?: Record<string, unknown>; needs?: Partial<Needs> }[],
): CompiledWorkflow {
  const compiled: [string, CompiledNode][] = nodes.map((node, index) => [
    `n${index}`,
    {
      id: `n${index}`,
      type: node.type,
      title: node.type,
      config: node.config ?? {},
      out: (index + 1 < nodes.length ? { '': `n${index + 1}` } : {}) as Record<string, string>,
      needs: { customer: ['email', 'tags'], scores: [], facts: [], ...node.needs },
      keeps: [],
      listens: [],
    },
  ])
  return { start: 'n0', nodes: Object.fromEntries(compiled), listeners: [], listens: [] }
}

/** Makes a workspace and answers its id. */
export async function addWorkspace(db: Db): Promise<number> {
  const { rows } = await sql<{ id: number }>`insert into workspace (name) values ('Test') returning id`.execute(db)
  return rows[0]?.id ?? 0
}

/** Makes customers with these addresses and answers their ids, in order. */
export async function addCustomers(db: Db, workspaceId: number, emails: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const email of emails) {
    const { rows } = await sql<{ id: string }>`
      insert into customer (workspace_id, email) values (${workspaceId}, ${email}) returning id
    `.execute(db)
    ids.push(rows[0]?.id ?? '')
  }
  return ids
}

/** Makes an active campaign with this workflow published. */
export async function addCampaign(db: Db, workspaceId: number, workflow: CompiledWorkflow): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into campaign (workspace_id, name, status) values (${workspaceId}, 'Test', 'active') returning id
  `.execute(db)
  const id = rows[0]?.id ?? ''
  await sql`
    with v as (insert into workflow_version (campaign_id, number, graph, listens, published_by)
      values (${id}, 1, ${JSON.stringify(workflow)}::jsonb, ${arrayLiteral(workflow.listens)}::text[], 'test') returning id)
    update campaign set version_id = v.id from v where campaign.id = ${id}
  `.execute(db)
  return id
}

/** Puts customers at the start of a campaign, due now. */
export async function enter(
  db: Db,
  workspaceId: number,
  campaignId: string,
  customerIds: readonly string[],
): Promise<void> {
  for (const customerId of customerIds) {
    await sql`
      insert into run (workspace_id, campaign_id, customer_id, node_id, wake_at)
      select ${workspaceId}, id, ${customerId}, 'n0', now() - paused_total from campaign where id = ${campaignId}
    `.execute(db)
  }
}

/** The runs of a campaign as the engine left them, by address. */
export async function runsIn(db: Db, campaignId: string) {
  const { rows } = await sql<{
    id: number
    email: string
    status: string
    reason: string | null
    node_id: string
    awaiting: string | null
    attempt: number
    steps: number
    error: { code: string } | null
    wakes: boolean
  }>`
    select r.id, c.email, r.status, r.reason, r.node_id, r.awaiting, r.attempt, r.steps, r.error, r.wake_at is not null as wakes
    from run r join customer c on c.id = r.customer_id where r.campaign_id = ${campaignId} order by c.email
  `.execute(db)
  return rows
}

/** An Advance loop over the test nodes, and a way to let it work until nothing is due. */
export function engineOn(db: Db, options: { batchSize?: number; nodes?: Readonly<Record<string, AnyNode>> } = {}) {
  const advance = createAdvance({ db, nodes: testNodes, log: pino({ level: 'silent' }), ...options })
  return {
    advance,
    async settle(): Promise<void> {
      while ((await advance.pass()).again);
    },
  }
}
