import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { compile, references, validate } from './compile.ts'
import type { CompiledNode, Graph, GraphEdge, GraphNode } from './graph.ts'

const id = (last: number): string => `019f0000-0000-7000-8000-${String(last).padStart(12, '0')}`

const node = (nodeId: string, type: string, config: Record<string, unknown> = {}): GraphNode => ({
  id: nodeId,
  type,
  title: nodeId,
  config,
})
const edge = (source: string, target: string, when: string | null = null): GraphEdge => ({
  id: `${source}>${target}>${when}`,
  source,
  target,
  when,
})

const trigger = node('start', 'trigger')
const mail = (nodeId: string, config: Record<string, unknown> = {}) =>
  node(nodeId, 'email-send', { credentialId: id(1), subject: 'Hi', body: 'Hello', ...config })
const split = node('split', 'conditional-split', {
  branches: [
    { id: 'vn', label: 'Vietnam' },
    { id: 'rest', label: 'Rest', default: true },
  ],
})
const path = (nodeId: string, ...rules: [input: string, value: string | boolean][]) =>
  node(nodeId, 'path', { rules: rules.map(([input, value]) => ({ input, condition: 'equals', value })) })
const inVietnam = path('in-vn', ['customer.country', 'VN'])
const elsewhere = path('elsewhere')
const wait = (nodeId: string, durationMs: number) => node(nodeId, 'wait', { waitType: 'duration', durationMs })

/** trigger → mail → split → (path → tag → exit | path) */
const sound: Graph = {
  nodes: [
    trigger,
    mail('mail'),
    split,
    inVietnam,
    elsewhere,
    node('tag', 'add-tag', { name: 'vn' }),
    node('exit', 'exit'),
  ],
  edges: [
    edge('start', 'mail'),
    edge('mail', 'split'),
    edge('split', 'in-vn', 'vn'),
    edge('split', 'elsewhere', 'rest'),
    edge('in-vn', 'tag'),
    edge('tag', 'exit'),
  ],
}

/** The sound graph with some nodes and edges put in, replaced (by id) or taken out. */
function changed(change: { put?: GraphNode[]; drop?: string[]; connect?: GraphEdge[]; cut?: string[] }): Graph {
  const put = new Map((change.put ?? []).map((each) => [each.id, each]))
  const gone = new Set(change.drop)
  const cut = new Set(change.cut)
  const nodes = sound.nodes.filter((each) => !gone.has(each.id)).map((each) => put.get(each.id) ?? each)
  for (const each of put.values()) if (!nodes.includes(each)) nodes.push(each)
  return { nodes, edges: [...sound.edges.filter((each) => !cut.has(each.id)), ...(change.connect ?? [])] }
}

const problemsOf = (graph: Graph) => validate(graph, catalogue, parseConfig)
const codesOf = (graph: Graph): string[] =>
  problemsOf(graph).map(({ code, nodeId, field }) => [code, nodeId, field].filter(Boolean).join(' '))

function compiled(graph: Graph, nodeId: string): CompiledNode {
  const { workflow, problems } = compile(graph, catalogue, parseConfig)
  const found = workflow?.nodes[nodeId]
  if (!found) throw new Error(JSON.stringify(problems))
  return found
}

describe('a sound graph', () => {
  it('has no problem and compiles', () => {
    const { workflow, problems } = compile(sound, catalogue, parseConfig)
    expect(problems).toEqual([])
    expect(workflow?.start).toBe('start')
    expect(Object.keys(workflow?.nodes ?? {})).toEqual(sound.nodes.map((each) => each.id))
  })

  it('knows ways out by label, guards in the order of the branches, and configs with their defaults', () => {
    expect(compiled(sound, 'split')).toMatchObject({
      out: { vn: 'in-vn', rest: 'elsewhere' },
      guards: [
        { branch: 'vn', nodeId: 'in-vn', fallback: false },
        { branch: 'rest', nodeId: 'elsewhere', fallback: true },
      ],
    })
    expect(compiled(sound, 'mail').config).toMatchObject({ trackOpens: true, unsubscribeLink: true })
    expect(compiled(sound, 'exit').out).toEqual({})
  })

  it('survives being stored as JSON', () => {
    const { workflow } = compile(sound, catalogue, parseConfig)
    expect(JSON.parse(JSON.stringify(workflow))).toEqual(workflow)
  })
})

describe('the shape of a workflow', () => {
  it.each<[promise: string, graph: Graph, codes: string[]]>([
    ['it has a trigger', changed({ drop: ['start'], cut: ['start>mail>null'] }), ['no_trigger']],
    ['an empty one has none', { nodes: [], edges: [] }, ['no_trigger']],
    ['it has one trigger', changed({ put: [node('again', 'trigger')] }), ['second_trigger again']],
    ['every node is reached', changed({ put: [wait('island', 1)] }), ['unreachable island']],
    [
      'no edge leads to the start',
      changed({ connect: [edge('elsewhere', 'start')] }),
      ['loop start', 'way_into_start start'],
    ],
    [
      'no edge leads out of an end',
      changed({ connect: [edge('exit', 'elsewhere')] }),
      ['shared_path elsewhere', 'way_out_of_end exit'],
    ],
    [
      'edges lead from and to nodes',
      changed({ connect: [edge('elsewhere', 'nowhere'), edge('nobody', 'exit')] }),
      ['loose_edge', 'loose_edge'],
    ],
    ['ids are told apart', { ...sound, nodes: [...sound.nodes, node('exit', 'exit')] }, ['duplicate_id exit']],
    ['edge ids are told apart', { ...sound, edges: [...sound.edges, edge('tag', 'exit')] }, ['duplicate_id']],
    ['types exist', changed({ put: [node('exit', 'teleport')] }), ['unknown_type exit']],
    ['types are not what objects inherit', changed({ put: [node('exit', 'constructor')] }), ['unknown_type exit']],
    [
      'an id starts with a letter and has no spaces',
      changed({ put: [node('1 st', 'exit')], connect: [edge('elsewhere', '1 st')] }),
      ['bad_id 1 st'],
    ],
    ['settings fit', changed({ put: [node('tag', 'add-tag', {})] }), ['missing_field tag name']],
    [
      'an edge carries a label that its node knows',
      changed({ cut: ['tag>exit>null'], connect: [edge('tag', 'exit', 'replied')] }),
      ['unknown_when tag'],
    ],
    [
      'the default edge has no label',
      changed({ cut: ['tag>exit>null'], connect: [edge('tag', 'exit', 'default')] }),
      ['unknown_when tag'],
    ],
    [
      'one edge leaves by one label',
      changed({ put: [node('other', 'exit')], connect: [edge('tag', 'other')] }),
      ['duplicate_when tag'],
    ],
    [
      'an edge of a split says which branch it is',
      changed({ connect: [edge('split', 'exit')] }),
      ['missing_when split'],
    ],
    ['a branch is one of the split’s', changed({ connect: [edge('split', 'exit', 'la')] }), ['unknown_when split']],
    [
      'a branch leads somewhere',
      changed({ drop: ['elsewhere'], cut: ['split>elsewhere>rest'] }),
      ['missing_branch_path split branches.1'],
    ],
    [
      'a branch starts with a path',
      changed({ drop: ['elsewhere'], cut: ['split>elsewhere>rest'], connect: [edge('split', 'exit', 'rest')] }),
      ['missing_branch_path split branches.1'],
    ],
    [
      'a path stands behind a split',
      changed({ put: [path('lost', ['customer.email', 'x'])], connect: [edge('elsewhere', 'lost')] }),
      ['path_without_split lost'],
    ],
    ['a path has one way in', changed({ connect: [edge('elsewhere', 'in-vn')] }), ['shared_path in-vn']],
    [
      'two branches do not share a path',
      changed({ drop: ['elsewhere'], cut: ['split>elsewhere>rest'], connect: [edge('split', 'in-vn', 'rest')] }),
      ['shared_path in-vn'],
    ],
    ['a path that is no default has rules', changed({ put: [path('in-vn')] }), ['empty_rules in-vn rules']],
    [
      'one branch is the default',
      changed({
        put: [
          node('split', 'conditional-split', {
            branches: [
              { id: 'vn', label: 'V', default: true },
              { id: 'rest', label: 'R', default: true },
            ],
          }),
        ],
      }),
      ['second_default split branches.1.default'],
    ],
    [
      'branches are told apart',
      changed({
        put: [
          node('split', 'conditional-split', {
            branches: [
              { id: 'vn', label: 'V' },
              { id: 'vn', label: 'W' },
              { id: 'rest', label: 'R', default: true },
            ],
          }),
        ],
      }),
      ['duplicate_branch split branches.1.id'],
    ],
  ])('holds that %s', (_, graph, codes) => {
    const errors = problemsOf(graph).filter(({ severity }) => severity === 'error')
    expect(errors.map(({ code, nodeId, field }) => [code, nodeId, field].filter(Boolean).join(' ')).sort()).toEqual(
      codes,
    )
    expect(compile(graph, catalogue, parseConfig).workflow).toBeNull()
  })

  it('names the nodes of a loop', () => {
    const graph = changed({
      put: [wait('pause', 1)],
      drop: ['exit'],
      cut: ['tag>exit>null'],
      connect: [edge('tag', 'pause'), edge('pause', 'mail')],
    })
    const [loop, ...others] = problemsOf(graph)
    expect(others).toEqual([])
    expect(loop).toMatchObject({ code: 'loop', edgeId: expect.any(String) })
    expect(loop?.message).toBe(
      'A customer would go round and round: “mail” → “split” → “in-vn” → “tag” → “pause” → “mail”.',
    )
  })

  it('takes a node that leads to itself as a loop', () => {
    expect(codesOf(changed({ connect: [edge('tag', 'tag')] }))).toContain('loop tag')
  })

  it('lets a way simply stop, and an edge without `when` be the default', () => {
    const graph = changed({ drop: ['exit'], cut: ['tag>exit>null'] })
    const [first] = graph.edges
    if (first) delete (first as Partial<GraphEdge>).when
    expect(codesOf(graph)).toEqual([])
  })

  it('tells what to do about what is wrong', () => {
    const graph = changed({ connect: [edge('elsewhere', 'nowhere'), edge('exit', 'tag')], put: [path('in-vn')] })
    for (const problem of problemsOf(graph)) expect(problem.fix).toBeTruthy()
  })
})

describe('warnings', () => {
  const warnings = (graph: Graph) => {
    const { workflow, problems } = compile(graph, catalogue, parseConfig)
    expect(workflow).not.toBeNull()
    return problems.map(({ severity, code, nodeId }) => `${severity} ${code} ${nodeId}`)
  }

  it('do not block: a split without a default', () => {
    const branches = [{ id: 'vn', label: 'Vietnam' }]
    const graph = changed({
      put: [node('split', 'conditional-split', { branches })],
      drop: ['elsewhere'],
      cut: ['split>elsewhere>rest'],
    })
    expect(warnings(graph)).toEqual(['warning no_default split'])
  })

  it('do not block: a setting that the type does not have', () => {
    expect(warnings(changed({ put: [node('exit', 'exit', { delay: 5 })] }))).toEqual(['warning unknown_setting exit'])
  })

  it('do not block: marketing without an unsubscribe link', () => {
    const graph = changed({ put: [mail('mail', { unsubscribeLink: false })] })
    expect(warnings(graph)).toEqual(['warning no_unsubscribe_link mail'])
  })

  it('come for two sends within an hour on any way between them', () => {
    const sends = (...between: GraphNode[]): Graph => {
      const nodes = [trigger, mail('one'), ...between, mail('two')]
      return { nodes, edges: nodes.slice(1).map((each, index) => edge(nodes[index]?.id ?? '', each.id)) }
    }
    const hour = 3_600_000
    expect(warnings(sends())).toEqual(['warning short_wait two'])
    expect(warnings(sends(wait('a', hour / 2), wait('b', hour / 2 - 1)))).toEqual(['warning short_wait two'])
    expect(warnings(sends(wait('a', hour / 2), wait('b', hour / 2)))).toEqual([])
    expect(warnings(sends(node('a', 'wait', { waitType: 'until-time', time: '09:00' })))).toEqual([])
  })

  it('take the time that a reply has for a rest before the next send', () => {
    const graph = (config: Record<string, unknown>): Graph => ({
      nodes: [trigger, mail('one', config), mail('two'), node('out', 'exit')],
      edges: [edge(trigger.id, 'one'), edge('one', 'two'), edge('one', 'out', 'replied')],
    })
    expect(warnings(graph({}))).toEqual([])
    expect(warnings(graph({ replyTimeoutMs: 60_000 }))).toEqual(['warning short_wait two'])
  })
})

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

describe('graphs of any shape', () => {
  const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown
  const answer = (graph: unknown) => {
    const { workflow, problems } = compile(graph as Graph, catalogue, parseConfig)
    references(graph as Graph, catalogue)
    expect(workflow === null).toBe(problems.some(({ severity }) => severity === 'error'))
    for (const problem of problems) expect(problem.message).toMatch(/\S/)
  }

  it('are answered with a workflow or with errors, never by throwing', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd', 'start', '__proto__', 'constructor', '')
    const configs = fc.oneof(
      fc.constantFrom(...Object.values(catalogue).flatMap(({ examples }) => examples)),
      fc.dictionary(
        fc.constantFrom('rules', 'branches', 'durationMs', 'waitType', 'assignTo', 'subject', '__proto__'),
        fc.jsonValue(),
      ),
    )
    const nodes = fc.record({
      id: ids,
      type: fc.constantFrom(...Object.keys(catalogue), 'toString'),
      title: fc.string(),
      config: configs,
    })
    const labels = fc.constantFrom(null, 'vip', 'rest', 'a', 'default', '__proto__')
    const edges = fc.record({ id: fc.string(), source: ids, target: ids, when: labels })
    fc.assert(
      fc.property(fc.array(nodes, { maxLength: 12 }), fc.array(edges, { maxLength: 20 }), (some, links) => {
        answer(json({ nodes: some, edges: links }))
      }),
      { numRuns: 500 },
    )
  })

  it('are answered even when they are no graphs', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => answer(value)))
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), (nodes, edges) => answer({ nodes, edges })),
    )
  })

  it('may be long chains and dense knots', () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => `n${index}`)
    const nodes = ids.map((each, index) => (index === 0 ? node(each, 'trigger') : node(each, 'add-tag', { name: 'x' })))
    const chain = ids.slice(1).map((each, index) => edge(ids[index] ?? '', each))
    expect(problemsOf({ nodes, edges: chain })).toEqual([])
    expect(codesOf({ nodes, edges: [...chain, edge('n1999', 'n0')] })).toContain('loop n0')
    const knot = ids.slice(0, 100).flatMap((from) => ids.slice(0, 100).map((to) => edge(from, to)))
    expect(codesOf({ nodes: nodes.slice(0, 100), edges: knot })).toContain('loop n0')
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
