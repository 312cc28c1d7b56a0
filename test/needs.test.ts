import fc from 'fast-check'
import { expect, it } from 'vitest'
import { catalogue, parseConfig } from '../src/catalogue/catalogue.ts'
import { type Decision, decide, type RunState } from '../src/engine/decide.ts'
import type { CustomerFacts, MessageOutcome } from '../src/engine/facts.ts'
import { nodes } from '../src/nodes/index.ts'
import { compile } from '../src/workflow/compile.ts'
import type { CompiledWorkflow, Graph, Needs } from '../src/workflow/graph.ts'

const member = '019f0000-0000-7000-8000-00000000000a'
const criterion = '019f0000-0000-7000-8000-00000000000c'
const input = fc.constantFrom('customer.country', 'customer.tags', 'customer.attributes.plan', 'trigger.payload.plan')
const short = fc.constantFrom('{{customer.firstName}}', '{{customer.company.name}}', '{{trigger.type}}', 'plain')

/** Steps that follow one another, each of a type of its own making; a split is a step with a path behind each branch. */
const step = fc.oneof(
  fc.record({ type: fc.constant('create-task'), config: fc.record({ title: short, note: short }) }),
  fc.record({
    type: fc.constant('adjust-score'),
    config: fc.constantFrom({ delta: 0.1 }, { delta: 0.1, criterionId: criterion }),
  }),
  fc.record({
    type: fc.constant('update-customer'),
    config: fc.record({ field: fc.constantFrom('country', 'attributes.plan'), value: short }),
  }),
  fc.record({ type: fc.constant('assign-owner'), config: fc.constant({ userId: member }) }),
  fc.record({
    type: fc.constant('wait'),
    config: fc.constantFrom(
      { waitType: 'duration', durationMs: 0 },
      { waitType: 'duration', durationMs: 1_000 },
      { waitType: 'until-time', time: '09:00' },
      { waitType: 'until-date', untilDate: '{{customer.attributes.renewal}}' },
    ),
  }),
  fc.record({
    type: fc.constant('email-send'),
    config: fc.constant({ credentialId: member, subject: '{{customer.lastName}}', body: 'Hello' }),
  }),
  fc.record({
    type: fc.constant('conditional-split'),
    config: fc.record({ input, value: fc.constantFrom('vip', 'VN') }),
  }),
)

function draw(steps: { type: string; config: Record<string, unknown> }[]): Graph {
  const graph: Graph = { nodes: [{ id: 'start', type: 'trigger', title: 'Start', config: {} }], edges: [] }
  let ends = ['start']
  const add = (
    id: string,
    type: string,
    config: Record<string, unknown>,
    from: string[],
    when: string | null = null,
  ) => {
    graph.nodes.push({ id, type, title: id, config })
    for (const source of from) graph.edges.push({ id: `${source}>${id}`, source, target: id, when })
  }
  for (const [index, { type, config }] of steps.entries()) {
    const id = `n${index}`
    if (type !== 'conditional-split') {
      add(id, type, config, ends)
      ends = [id]
      continue
    }
    const rule = { input: config.input, condition: 'contains', value: config.value }
    add(
      id,
      type,
      {
        branches: [
          { id: 'a', label: 'A' },
          { id: 'b', label: 'B', default: true },
        ],
      },
      ends,
    )
    add(`${id}-a`, 'path', { rules: [rule] }, [id], 'a')
    add(`${id}-b`, 'path', {}, [id], 'b')
    ends = [`${id}-a`, `${id}-b`]
  }
  // A goal is asked wherever a step had effects.
  add('goal', 'goal', { rules: [{ input: 'customer.lastName', condition: 'equals', value: 'x' }], endsRun: true }, [])
  add('end', 'exit-handoff', { assignTo: { type: 'campaignOwner' } }, ends)
  return graph
}

const everything: CustomerFacts = {
  id: 'customer',
  email: 'minh@example.com',
  firstName: 'Minh',
  lastName: 'Tran',
  country: 'VN',
  timezone: 'Asia/Ho_Chi_Minh',
  tags: ['new'],
  attributes: { plan: 'vip', renewal: '2020-01-01' },
  company: { name: 'Acme', domain: null, industry: null, attributes: {} },
  claimedBy: null,
}

/** The customer with what `needs` names; reading anything else is an error. */
function only(needs: Needs): CustomerFacts {
  const loaded = Object.fromEntries(
    Object.entries(everything).filter(([name]) => name === 'id' || needs.customer.includes(name)),
  )
  const check = (target: object, name: string | symbol) => {
    if (Object.hasOwn(everything, name) && !Object.hasOwn(target, name))
      throw new Error(`${String(name)} was not loaded.`)
  }
  return new Proxy(loaded, {
    get(target, name) {
      check(target, name)
      return Reflect.get(target, name)
    },
    set: (target, name, value) => Reflect.set(target, name, value),
    getOwnPropertyDescriptor(target, name) {
      check(target, name)
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
  }) as unknown as CustomerFacts
}

/** Scores of the criteria that were asked for; reading another is an error. */
class AskedScores extends Map<string, number> {
  override get(id: string): number | undefined {
    if (!this.has(id)) throw new Error(`The score ${id} was not loaded.`)
    return super.get(id)
  }
}

/** One walk from where the run stands, with the facts that the compiler says such a walk reads. */
function walk(workflow: CompiledWorkflow, run: RunState, now: Date): Decision {
  const needs = workflow.nodes[run.nodeId]?.needs
  if (!needs) throw new Error(run.nodeId)
  const scores = new AskedScores(needs.scores.map((id) => [id ?? 'default', 0.5]))
  const unloaded = {
    get type(): string {
      throw new Error('The trigger was not loaded.')
    },
    get payload(): unknown {
      throw new Error('The trigger was not loaded.')
    },
  }
  const trigger = needs.facts.includes('trigger') ? { type: 'webhook', payload: { plan: 'vip' } } : unloaded
  const message: MessageOutcome = {
    messageId: 1,
    state: 'sent',
    reason: null,
    handedAt: now,
    heard: {},
    pendingClickAt: null,
  }
  return decide(
    { ...run, trigger },
    {
      workflow,
      nodes,
      campaign: {
        id: 'campaign',
        workspaceId: 1,
        name: 'Test',
        orgName: 'Acme',
        timezone: 'UTC',
        ownerId: member,
        activeMembers: new Set([member]),
        primaryProduct: null,
        products: new Map(),
        defaultCriterionId: 'default',
        criteria: new Map([['default', '“Engagement” (Boat)']]),
      },
      state: { customer: only(needs), scores },
      messages: new Map(run.awaiting === 'message' ? [[run.nodeId, message]] : []),
      events: [],
      heardUntil: now,
      now,
      clock: now,
      position: 0,
    },
  )
}

it('a walk reads nothing but what the compiler said it would, wherever it starts and rests', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const { workflow, problems } = compile(draw(steps), catalogue, parseConfig)
      if (!workflow) throw new Error(JSON.stringify(problems))
      let now = new Date('2027-03-01T12:00:00Z')
      let run: RunState = {
        id: 1,
        customerId: 'customer',
        nodeId: workflow.start,
        awaiting: null,
        enteredAt: now,
        startedAt: now,
        wakeAt: now,
        wakeOn: null,
        outputs: {},
        attempt: 0,
        steps: 0,
        trigger: { type: '', payload: null },
      }
      for (let walks = 0; walks < 50; walks += 1) {
        const { standing, steps: taken, outputs } = walk(workflow, run, now)
        if (standing.is === 'ended') {
          expect(standing.reason).toBe('handoff')
          return
        }
        expect(standing.error).toBeNull()
        now = standing.wakeAt ?? standing.wakeOn ?? now
        run = { ...run, ...standing, outputs, steps: run.steps + taken.length }
      }
      throw new Error('The run did not end.')
    }),
    { numRuns: 300 },
  )
})
