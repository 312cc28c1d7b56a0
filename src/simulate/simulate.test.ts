import { describe, expect, it } from 'vitest'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import type { CampaignFacts } from '../engine/facts.ts'
import { nodes } from '../nodes/index.ts'
import { compile } from '../workflow/compile.ts'
import { givenRates } from './assumptions.ts'
import type { Rates } from './behaviour.ts'
import { peopleOf, population } from './population.ts'
import { createSimulation } from './simulate.ts'
import type { SimulatedCustomer } from './walk.ts'

const credentialId = '019f0000-0000-7000-8000-0000000000c1'
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const startAt = new Date('2026-01-05T09:00:00Z')

const campaign: CampaignFacts = {
  id: 'campaign',
  workspaceId: 1,
  name: 'Test',
  orgName: 'Acme',
  timezone: 'UTC',
  ownerId: 'owner',
  activeMembers: new Set(['owner']),
  primaryProduct: null,
  products: new Map(),
  defaultCriterionId: null,
  criteria: new Map(),
}

type NodeText = [id: string, type: string, config: Record<string, unknown>]
type EdgeText = [source: string, target: string, when?: string]

const mail = { credentialId, subject: 'Hello', body: 'Hello' }
const wait = (durationMs: number) => ({ waitType: 'duration', durationMs })

function compiled(nodeTexts: NodeText[], edges: EdgeText[]) {
  const graph = {
    nodes: nodeTexts.map(([id, type, config]) => ({ id, type, title: id, config })),
    edges: edges.map(([source, target, when]) => ({
      id: `${source}-${target}-${when}`,
      source,
      target,
      when: when ?? null,
    })),
  }
  const { workflow, problems } = compile(graph, catalogue, parseConfig)
  if (!workflow) throw new Error(JSON.stringify(problems))
  return workflow
}

const people = (count: number, more: object = {}): SimulatedCustomer[] => [
  ...peopleOf(population.parse({ count, ...more }), { seed: 'people', startAt, criterionIds: [] }),
]

const silent: Rates = { ...givenRates.parse({}), open: 0, click: 0, reply: 0, bounce: 0, unsubscribe: 0 }

function simulate(
  workflow: ReturnType<typeof compiled>,
  customers: SimulatedCustomer[],
  rates: Partial<Rates> = {},
  seed = 'seed',
  frequencyCap: number | null = null,
) {
  const simulation = createSimulation(
    { workflow, nodes, campaign, startAt, trigger: { type: 'manual', payload: null }, frequencyCap },
    { ...silent, ...rates },
    seed,
  )
  simulation.add(customers)
  return simulation.result()
}

const outcomes = compiled(
  [
    ['start', 'trigger', { type: 'manual' }],
    ['mail', 'email-send', { ...mail, replyTimeoutMs: 2 * dayMs }],
    ['replied', 'exit', {}],
    ['clicked', 'exit', {}],
    ['bounced', 'exit', {}],
    ['silent', 'exit', {}],
  ],
  [
    ['start', 'mail'],
    ['mail', 'replied', 'replied'],
    ['mail', 'clicked', 'clicked'],
    ['mail', 'bounced', 'bounced'],
    ['mail', 'silent'],
  ],
)

const figures = (result: ReturnType<typeof simulate>, nodeId: string) => {
  const found = result.nodes.find((node) => node.nodeId === nodeId)
  if (!found) throw new Error(`No node ${nodeId}`)
  return found
}

describe('a simulation', () => {
  it('gives the same result for the same seed, and another one for another', () => {
    const rates = { open: 0.5, click: 0.2, reply: 0.1 }
    const once = simulate(outcomes, people(500), rates)
    expect(simulate(outcomes, people(500), rates)).toEqual(once)
    expect(simulate(outcomes, people(500), rates, 'another')).not.toEqual(once)
  })

  it('gives each outcome about its assumed share, and counts everybody once', () => {
    const result = simulate(outcomes, people(5_000), { open: 0.5, click: 0.2, reply: 0.1, bounce: 0.05 })
    const { reactions } = result.messages
    for (const [what, share] of [
      ['open', 0.5],
      ['click', 0.2],
      ['bounce', 0.05],
    ] as const) {
      // Opens and clicks behind the end of the run are not waited for.
      expect((reactions[what] ?? 0) / 5_000).toBeLessThan(share * 1.15)
    }
    expect(figures(result, 'bounced').reached / 5_000).toBeCloseTo(0.05, 1)
    const ended = result.ends.reduce((sum, end) => sum + end.count, 0)
    expect(ended).toBe(5_000)
    expect(result.errors).toEqual([])
  })

  it('counts how far customers get as the analytics do, also by what they do after their run ended', () => {
    const stagesOf = (result: ReturnType<typeof simulate>) =>
      Object.fromEntries(result.funnel.map(({ stage, count }) => [stage, count]))
    // Sent and gone on at once: what readers do comes after the end.
    const short = compiled(
      [
        ['start', 'trigger', { type: 'manual' }],
        ['mail', 'email-send', mail],
        ['end', 'exit', {}],
      ],
      [
        ['start', 'mail'],
        ['mail', 'end'],
      ],
    )
    const all = { enrolled: 200, sent: 200, delivered: 200, opened: 0, clicked: 0, replied: 0, handoff: 0 }
    expect(stagesOf(simulate(short, people(200)))).toEqual(all)
    // A click or a reply implies that it was opened.
    expect(stagesOf(simulate(short, people(200), { reply: 1 }))).toEqual({ ...all, opened: 200, replied: 200 })
    expect(stagesOf(simulate(short, people(200), { click: 1 }))).toEqual({ ...all, opened: 200, clicked: 200 })
    expect(stagesOf(simulate(short, people(200), { open: 1, bounce: 1 }))).toEqual({ ...all, delivered: 0 })
    const { funnel } = simulate(short, people(2_000), { open: 0.5, reply: 0.1, bounce: 0.05 })
    const shareOf = (stage: string) => funnel.find((row) => row.stage === stage)?.ofEnrolled
    expect(shareOf('delivered')).toBeCloseTo(0.95, 1)
    expect(shareOf('opened')).toBeCloseTo(0.475, 1)
    expect(shareOf('replied')).toBeCloseTo(0.095, 1)
  })

  it('takes a reply at once, a click when the window ends, and the default way then', () => {
    const replies = simulate(outcomes, people(300), { reply: 1 })
    expect(figures(replies, 'replied').reached + figures(replies, 'silent').reached).toBe(300)
    expect(figures(replies, 'replied').lastAfterMs).toBeLessThanOrEqual(2 * dayMs)
    expect(figures(replies, 'replied').firstAfterMs).toBeLessThan(12 * hourMs)
    const clicks = simulate(outcomes, people(300), { click: 1 })
    expect(figures(clicks, 'clicked')).toMatchObject({ firstAfterMs: 2 * dayMs, lastAfterMs: 2 * dayMs })
    expect(figures(simulate(outcomes, people(10)), 'silent')).toMatchObject({ reached: 10, medianAfterMs: 2 * dayMs })
  })

  it('says what would be blocked and why, and lets those customers go on', () => {
    const customers = people(4)
    for (const [index, customer] of customers.entries()) {
      if (index === 0) customer.customer.email = null
      if (index === 1) customer.suppressed = ['email']
      if (index === 2) customer.suppressed = ['all']
    }
    const result = simulate(outcomes, customers)
    expect(result.messages).toEqual({ sent: 1, blocked: { no_address: 1, suppressed: 2 }, reactions: {} })
    expect(figures(result, 'silent')).toMatchObject({ reached: 4, firstAfterMs: 0 })
  })

  it('writes no more to who bounced or unsubscribed on the way', () => {
    const twice = compiled(
      [
        ['start', 'trigger', { type: 'manual' }],
        ['one', 'email-send', mail],
        ['wait', 'wait', wait(90 * dayMs)],
        ['two', 'email-send', mail],
      ],
      [
        ['start', 'one'],
        ['one', 'wait'],
        ['wait', 'two'],
      ],
    )
    for (const rates of [{ bounce: 1 }, { unsubscribe: 1 }]) {
      const result = simulate(twice, people(50), rates)
      expect(figures(result, 'two')).toMatchObject({ reached: 50, sent: 0, blocked: { suppressed: 50 } })
      expect(result.ends).toEqual([{ nodeId: 'two', status: 'succeeded', reason: 'end-of-flow', count: 50 }])
    }
  })

  it('lets events happen to who waits for them, and to who is anywhere in the campaign', () => {
    const workflow = compiled(
      [
        ['start', 'trigger', { type: 'manual' }],
        ['ear', 'wait-for-event', { event: 'order.placed', timeoutMs: dayMs }],
        ['bought', 'exit', {}],
        ['late', 'wait', wait(365 * dayMs)],
        ['left', 'exit', {}],
        ['any', 'at-any-point', { event: 'deal.won' }],
        ['won', 'exit', {}],
      ],
      [
        ['start', 'ear'],
        ['ear', 'bought', 'event'],
        ['ear', 'late', 'timeout'],
        ['late', 'left'],
        ['any', 'won'],
      ],
    )
    const placed = simulate(workflow, people(100), { events: { 'order.placed': { rate: 1 } } })
    expect(figures(placed, 'bought')).toMatchObject({ reached: 100 })
    expect(figures(placed, 'bought').lastAfterMs).toBeLessThanOrEqual(dayMs)
    const won = simulate(workflow, people(100), { events: { 'deal.won': { rate: 1 } } })
    expect(figures(won, 'won').reached).toBe(100)
    expect(won.edges.filter(({ listener }) => listener).reduce((sum, { count }) => sum + count, 0)).toBe(100)
  })

  it('calls nobody: a request is taken to be answered well', () => {
    const workflow = compiled(
      [
        ['start', 'trigger', { type: 'manual' }],
        ['call', 'http-request', { method: 'POST', url: 'https://api.example/leads' }],
        ['exit', 'exit', {}],
      ],
      [
        ['start', 'call'],
        ['call', 'exit'],
      ],
    )
    const result = simulate(workflow, people(3))
    expect(figures(result, 'exit')).toMatchObject({ reached: 3, lastAfterMs: 0 })
  })

  it('counts messages by the day in the workspace’s time zone', () => {
    const result = simulate(outcomes, people(3))
    expect(result.sendsPerDay).toEqual([{ date: '2026-01-05', count: 3 }])
  })

  it('walks every way as drawn: who leaves a node comes to where its edges lead', () => {
    const result = simulate(outcomes, people(1_000), { open: 0.6, click: 0.3, reply: 0.2, bounce: 0.1 })
    for (const { nodeId, reached } of result.nodes) {
      const into = result.edges.filter(({ target }) => target === nodeId).reduce((sum, { count }) => sum + count, 0)
      expect(reached).toBe(nodeId === 'start' ? 1_000 : into)
      const out = result.edges.filter(({ source }) => source === nodeId).reduce((sum, { count }) => sum + count, 0)
      const ended = result.ends.filter((end) => end.nodeId === nodeId).reduce((sum, { count }) => sum + count, 0)
      expect(out + ended).toBe(reached)
    }
  })
})

it('lets a message wait for its send window, and counts it on the day on which it goes', () => {
  const window = { days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '22:30' }
  const flow = compiled(
    [
      ['start', 'trigger', { type: 'manual' }],
      ['mail', 'email-send', { ...mail, sendWindow: window }],
      ['exit', 'exit', {}],
    ],
    [
      ['start', 'mail'],
      ['mail', 'exit'],
    ],
  )
  const result = simulate(flow, people(10, { fields: { timezone: ['Pacific/Auckland'] } }))
  expect(result.messages.sent).toBe(10)
  const exit = result.nodes.find(({ nodeId }) => nodeId === 'exit')
  const wall = new Date(startAt.getTime() + (exit?.firstAfterMs ?? 0)).toLocaleTimeString('sv', {
    timeZone: 'Pacific/Auckland',
  })
  expect(wall).toBe('22:00:00')
})

it('passes over what the frequency cap forbids, by the customer’s day', () => {
  const flow = compiled(
    [
      ['start', 'trigger', { type: 'manual' }],
      ['one', 'email-send', mail],
      ['two', 'email-send', mail],
      ['bill', 'email-send', { ...mail, transactional: true }],
      ['wait', 'wait', { waitType: 'duration', durationMs: dayMs }],
      ['three', 'email-send', mail],
    ],
    [
      ['start', 'one'],
      ['one', 'two'],
      ['two', 'bill'],
      ['bill', 'wait'],
      ['wait', 'three'],
    ],
  )
  const result = simulate(flow, people(10), {}, 'seed', 1)
  expect(result.nodes.map(({ nodeId, sent, blocked }) => [nodeId, sent, blocked.capped ?? 0])).toEqual([
    ['start', 0, 0],
    ['one', 10, 0],
    ['two', 0, 10],
    ['bill', 10, 0],
    ['wait', 0, 0],
    ['three', 10, 0],
  ])
})
