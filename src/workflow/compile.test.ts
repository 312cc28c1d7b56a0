import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  changed,
  codesOf,
  compiled,
  edge,
  mail,
  node,
  path,
  problemsOf,
  sound,
  trigger,
  wait,
} from '../../test/graphs.ts'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { compile, references } from './compile.ts'
import type { Graph, GraphEdge, GraphNode } from './graph.ts'

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
