import { describe, expect, it } from 'vitest'
import {
  changed,
  codesOf,
  compiled,
  edge,
  id,
  mail,
  node,
  path,
  problemsOf,
  sound,
  trigger,
  wait,
} from '../../test/graphs.ts'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { compile, references, validate } from './compile.ts'
import type { Graph, GraphNode } from './graph.ts'

describe('variables', () => {
  const faults = (subject: string) =>
    problemsOf(changed({ put: [mail('mail', { subject })] })).map(({ code, message }) => `${code}: ${message}`)

  it('may name customers, companies, products, the trigger, the run and the organisation', () => {
    const known = [
      ...[
        'customer.firstName',
        'customer.id',
        'customer.createdAt',
        'customer.tags',
        'customer.tags[0]',
        'customer.tags.size',
      ],
      ...[
        'customer.attributes.plan.name',
        'customer.attributes["a b"]',
        'customer.company.name',
        'customer.company.attributes.size',
      ],
      ...[
        'product.name',
        'product.price.amount',
        'trigger.type',
        'trigger.payload.a.b',
        'run.id',
        'run.startedAt',
        'org.name',
      ],
    ]
    for (const name of known) expect(faults(`{{ ${name} | default: "x" }}`)).toEqual([])
  })

  it('may name nothing else, and the nearest is offered', () => {
    for (const name of [
      'customer',
      'customer.secret',
      'run.status',
      'org.id',
      'env.SECRET_KEY',
      'constructor',
      'company.name',
    ]) {
      expect(faults(`{{ ${name} }}`)).toEqual([`unknown_variable: There is no “${name}”.`])
    }
    const graph = changed({ put: [mail('mail', { subject: '{{customer.first_name}} {{ customer.emial }}' })] })
    expect(problemsOf(graph).map(({ fix }) => fix)).toEqual([
      'Did you mean “customer.firstName”?',
      'Did you mean “customer.email”?',
    ])
  })

  it('of a message alone are the addresses of its own pages', () => {
    expect(faults('{{ unsubscribeUrl }} {{ preferencesUrl }}')).toEqual([])
    const task = node('task', 'create-task', { title: '{{ unsubscribeUrl }}' })
    expect(codesOf(changed({ put: [task], connect: [edge('elsewhere', 'task')] }))).toEqual([
      'unknown_variable task title',
    ])
  })

  it('must parse', () => {
    expect(faults('Hi {{ customer.firstName')).toEqual([expect.stringMatching(/^bad_template: .*not closed/)])
  })

  it('name outputs of nodes that every way here passes first, and fields that those write', () => {
    const tagged = (title: string): Graph =>
      changed({ put: [node('task', 'create-task', { title })], connect: [edge('elsewhere', 'task')] })
    expect(codesOf(tagged('{{node.mail.output.sent}} {{node.split.output.label}}'))).toEqual([])
    expect(codesOf(tagged('{{node.tag.output.x}}'))).toEqual(['unknown_variable task title'])
    expect(codesOf(tagged('{{node.mail.output.opened}}'))).toEqual(['unknown_variable task title'])
    expect(codesOf(tagged('{{node.nobody.output.sent}}'))).toEqual(['unknown_variable task title'])
    expect(codesOf(tagged('{{node.mail.sent}}'))).toEqual(['unknown_variable task title'])
    expect(codesOf(tagged('{{node.task.output.title}}'))).toEqual(['not_upstream task title'])
  })

  it('do not name the output of a node on one of two ways', () => {
    const graph = changed({
      put: [
        mail('second'),
        node('join', 'create-task', { title: '{{node.second.output.sent}}{{node.mail.output.sent}}' }),
        wait('day', 86_400_000),
      ],
      drop: ['tag', 'exit'],
      cut: ['in-vn>tag>null', 'tag>exit>null'],
      connect: [edge('in-vn', 'day'), edge('day', 'second'), edge('second', 'join'), edge('elsewhere', 'join')],
    })
    expect(problemsOf(graph)).toMatchObject([
      { code: 'not_upstream', nodeId: 'join', field: 'title', message: expect.stringContaining('“second”') },
    ])
  })

  it('of a branch’s rules are read at the split, before it wrote anything', () => {
    const rules = (input: string) => codesOf(changed({ put: [path('in-vn', [input, true])] }))
    expect(rules('node.mail.output.sent')).toEqual([])
    expect(rules('node.split.output.branch')).toEqual(['not_upstream in-vn rules.0.input'])
  })

  it('are looked for in the named templates that a node uses', () => {
    const graph = changed({ put: [mail('mail', { subject: '', body: '', templateName: 'Welcome' })] })
    const templates = new Map([['Welcome', { subject: '{{customer.fristName}}', body: '{{node.split.output.label}}' }]])
    expect(validate(graph, catalogue, parseConfig)).toEqual([])
    expect(validate(graph, catalogue, parseConfig, { templates })).toMatchObject([
      {
        code: 'unknown_variable',
        field: 'templateName',
        message: 'In the template “Welcome”: There is no “customer.fristName”.',
      },
      { code: 'not_upstream', field: 'templateName' },
    ])
  })
})

describe('what a run may look at', () => {
  it('is what a node and those behind it read, up to the next one where it must rest, that one included', () => {
    const day = 86_400_000
    const nodes = [
      trigger,
      wait('day', day),
      node('task', 'create-task', { title: '{{customer.firstName}} {{trigger.type}}' }),
      mail('mail'),
      node('hand', 'exit-handoff', { assignTo: { type: 'campaignOwner' }, note: '{{customer.company.name}}' }),
    ]
    const graph = { nodes, edges: nodes.slice(1).map((each, index) => edge(nodes[index]?.id ?? '', each.id)) }
    expect(compiled(graph, 'start').needs).toEqual({ customer: ['timezone'], scores: [], facts: ['campaign'] })
    expect(compiled(graph, 'day').needs).toEqual({
      customer: ['claimedBy', 'firstName', 'timezone'],
      scores: [],
      facts: ['campaign', 'message', 'trigger'],
    })
    expect(compiled(graph, 'mail').needs).toEqual({
      customer: ['claimedBy', 'company', 'email', 'firstName', 'lastName', 'timezone'],
      scores: [],
      facts: ['campaign', 'message', 'position'],
    })
  })

  it('reaches beyond a wait that may let a customer pass at once', () => {
    const through = (pause: GraphNode) => {
      const nodes = [trigger, pause, node('task', 'create-task', { title: '{{customer.phone}}' })]
      const graph = { nodes, edges: [edge('start', pause.id), edge(pause.id, 'task')] }
      return compiled(graph, 'start').needs.customer.includes('phone')
    }
    expect(through(wait('none', 0))).toBe(true)
    expect(through(node('date', 'wait', { waitType: 'until-date', untilDate: '2027-01-01' }))).toBe(true)
    expect(through(wait('some', 1))).toBe(false)
  })

  it('includes what the rules of a split’s branches read', () => {
    expect(compiled(sound, 'split').needs.customer).toEqual(['country'])
  })

  it('names criteria, null for the campaign’s own', () => {
    const nodes = [
      trigger,
      node('own', 'adjust-score', { delta: 0.1 }),
      node('other', 'adjust-score', { delta: 0.1, criterionId: id(2) }),
    ]
    const graph = { nodes, edges: [edge('start', 'own'), edge('own', 'other')] }
    expect(compiled(graph, 'start').needs.scores).toEqual([null, id(2)])
  })

  it('keeps of a node’s output the fields that something reads', () => {
    expect(compiled(sound, 'mail').keeps).toEqual([])
    const graph = changed({
      put: [path('in-vn', ['node.mail.output.sent', true], ['{{node.mail.output.reason}}', 'x'])],
    })
    expect(compiled(graph, 'mail').keeps).toEqual(['reason', 'sent'])
  })
})

describe('references', () => {
  it('names what a graph needs from outside, with the field and what it must be', () => {
    const graph: Graph = {
      nodes: [
        mail('mail', { templateName: 'Welcome', productId: id(3) }),
        node('add', 'add-to-segment', { segmentId: id(4) }),
        node('hand', 'exit-handoff', { assignTo: { type: 'roundRobin', memberIds: [id(5), id(6)] } }),
      ],
      edges: [],
    }
    expect(references(graph, catalogue).map(({ nodeId, field, ref, value }) => [nodeId, field, ref, value])).toEqual([
      ['mail', 'credentialId', 'credential', id(1)],
      ['mail', 'templateName', 'template', 'Welcome'],
      ['mail', 'productId', 'product', id(3)],
      ['add', 'segmentId', 'segment', id(4)],
      ['hand', 'assignTo.memberIds.0', 'member', id(5)],
      ['hand', 'assignTo.memberIds.1', 'member', id(6)],
    ])
    expect(references(graph, catalogue)[3]?.filter).toEqual({ kind: 'static' })
  })

  it('asks for the primary product’s criterion where a change of score stands for it', () => {
    const implied = (nodeType: string, config: Record<string, unknown>) =>
      references({ nodes: [node('a', nodeType, config)], edges: [] }, catalogue).filter(
        ({ ref }) => ref === 'criterion',
      )
    expect(implied('adjust-score', { delta: 1 })).toMatchObject([{ value: null }])
    expect(implied('adjust-score', { delta: 1, criterionId: id(1) })).toMatchObject([{ value: id(1) }])
    expect(implied('exit-cooldown', { segmentId: id(1), decayDelta: -1 })).toMatchObject([{ value: null }])
    expect(implied('exit-cooldown', { segmentId: id(1) })).toEqual([])
  })
})

describe('goals', () => {
  const goal = (config: Record<string, unknown>) => node('goal', 'goal', config)
  const rules = [{ input: 'customer.country', condition: 'equals', value: 'VN' }]
  const workflowOf = (graph: Graph) => {
    const { workflow, problems } = compile(graph, catalogue, parseConfig)
    if (!workflow) throw new Error(JSON.stringify(problems))
    return workflow
  }

  it('are absent from a workflow without one', () => {
    expect(workflowOf(sound).goals).toBeUndefined()
  })

  it('that take nobody are no listeners, and live runs hear nothing for their sake', () => {
    const { listeners, listens, goals } = workflowOf(changed({ put: [goal({ event: 'order.placed' })] }))
    expect(listeners).toEqual([])
    expect(listens).toEqual([])
    expect(goals).toEqual({ nodeIds: ['goal'], listens: ['order.placed'] })
  })

  it('take customers when they end the run or lead on, and hear that they were marked', () => {
    const ending = workflowOf(changed({ put: [goal({ event: 'replied', endsRun: true })] }))
    expect(ending.listeners).toEqual([{ nodeId: 'goal', below: ['goal'] }])
    expect(ending.listens).toEqual(['goal.reached', 'message.replied'])
    const leading = workflowOf(changed({ put: [goal({ event: 'order.placed' })], connect: [edge('goal', 'tag')] }))
    expect(leading.listeners).toEqual([{ nodeId: 'goal', below: ['exit', 'goal', 'tag'] }])
  })

  it('with rules hear of what their rules look at, and are asked as the customer comes in or is held out', () => {
    const { goals, listens } = workflowOf(changed({ put: [goal({ rules, endsRun: true })] }))
    expect(listens).toEqual(['customer.updated', 'goal.reached'])
    expect(goals?.listens).toEqual(['customer.updated', 'run.finished', 'run.started'])
    const tags = [{ input: 'customer.tags', condition: 'contains', value: 'vip' }]
    expect(workflowOf(changed({ put: [goal({ rules: tags })] })).goals?.listens).toEqual([
      'customer.tagged',
      'customer.untagged',
      'run.finished',
      'run.started',
    ])
  })

  it('that take customers have their rules’ fields at hand wherever a customer is', () => {
    const tagged = workflowOf(changed({ put: [goal({ rules, endsRun: true })] })).nodes.tag
    expect(tagged?.needs.customer).toEqual(['country'])
  })

  it.each([
    ['neither an event nor rules', goal({}), [], ['missing_field goal event']],
    ['a way in', goal({ event: 'a' }), [edge('tag', 'goal')], ['duplicate_when tag', 'way_into_start goal']],
    ['two ways out', goal({ event: 'a' }), [edge('goal', 'tag'), edge('goal', 'exit')], ['duplicate_when goal']],
    ['a labelled way out', goal({ event: 'a' }), [edge('goal', 'tag', 'reached')], ['unknown_when goal']],
    [
      'an end and a way out',
      goal({ event: 'a', endsRun: true }),
      [edge('goal', 'tag')],
      ['unused_way_out goal endsRun'],
    ],
    [
      'rules on what an earlier step wrote',
      goal({ rules: [{ input: 'node.mail.output.sent', condition: 'equals', value: true }] }),
      [],
      ['not_upstream goal rules.0.input'],
    ],
    [
      'rules on what does not exist',
      goal({ rules: [{ input: 'customer.contry', condition: 'equals', value: 'VN' }] }),
      [],
      ['unknown_variable goal rules.0.input'],
    ],
  ] as const)('%s is a problem', (_, put, connect, codes) => {
    expect(codesOf(changed({ put: [put], connect: [...connect] })).sort()).toEqual([...codes].sort())
  })
})
