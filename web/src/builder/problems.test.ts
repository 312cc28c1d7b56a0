import { expect, test } from 'vitest'
import { catalogue, parseConfig } from '../../../src/catalogue/catalogue.ts'
import { references, validate } from '../../../src/workflow/compile.ts'
import type { Graph, GraphNode, GraphProblem } from '../../../src/workflow/graph.ts'
import { setConfig } from './branch-edits.ts'
import type { CheckAnswer, CheckAsk } from './check-worker.ts'
import { type Draft, draftOf } from './draft.ts'
import { moveNodes, removeEdges } from './edits.ts'
import { LiveCheck } from './live-check.ts'
import { type Checked, judge } from './problems.ts'
import { BuilderStore } from './store.ts'

const sender = '019f0000-0000-7000-8000-0000000000c1'
const step = (id: string, type: string, config: Record<string, unknown> = {}): GraphNode => ({
  id,
  type,
  title: id,
  config,
})
const start: Graph = {
  nodes: [
    step('start', 'trigger', { type: 'manual' }),
    step('mail', 'email-send', { credentialId: sender, subject: 'Hello', body: 'Hi' }),
    step('end', 'exit'),
  ],
  edges: [
    { id: 'a', source: 'start', target: 'mail', when: null },
    { id: 'b', source: 'mail', target: 'end', when: null },
  ],
}
const gone: GraphProblem = {
  severity: 'error',
  code: 'unknown_credential',
  nodeId: 'mail',
  field: 'credentialId',
  message: 'There is no sender with this id in this workspace.',
}

/** What the worker answers, without one. */
function check(graph: Graph): CheckAnswer {
  const named = new Map(references(graph, catalogue).map(({ nodeId, field, value }) => [nodeId, `${field} ${value}`]))
  return { problems: validate(graph, catalogue, parseConfig), references: [...named] }
}
const graphOf = (draft: Draft): Graph => ({ nodes: [...draft.nodes.values()], edges: [...draft.edges.values()] })
function checked(draft: Draft): Checked {
  const { problems, references: named } = check(graphOf(draft))
  return { draft, problems, references: new Map(named) }
}
const open = () => new BuilderStore(catalogue, draftOf({ ...start, layout: {} }), null)
const codes = (problems: readonly GraphProblem[]) => problems.map(({ code }) => code)
const configure = (store: BuilderStore, id: string, config: Record<string, unknown>) =>
  store.run(setConfig(store.scene, id, config))

test('says what is wrong without the server, and no more once it is right', () => {
  const store = open()
  store.run(removeEdges(store.state.draft, ['b']))
  expect(codes(judge(checked(store.state.draft), null).problems)).toEqual(['unreachable'])
  store.undo()
  expect(judge(checked(store.state.draft), null).problems).toEqual([])
})

test('keeps what the server alone can know until it answers again, and says that it is being checked', () => {
  const store = open()
  const answered = { problems: [gone], here: checked(store.state.draft) }
  expect(judge(checked(store.state.draft), answered)).toEqual({ problems: [gone], unchecked: new Map() })
  store.run(removeEdges(store.state.draft, ['b']))
  const apart = judge(checked(store.state.draft), answered)
  expect(codes(apart.problems).sort()).toEqual(['unknown_credential', 'unreachable'])
  expect(apart.unchecked).toEqual(new Map())
  configure(store, 'mail', { credentialId: sender.replace('c1', 'c2'), subject: 'Hello', body: 'Hi' })
  const chosen = judge(checked(store.state.draft), answered)
  expect(codes(chosen.problems)).toContain('unknown_credential')
  expect(chosen.unchecked).toEqual(new Map([['mail', new Set(['credentialId'])]]))
})

test('lets a problem of a step that is gone go at once', () => {
  const store = open()
  const answered = { problems: [gone], here: checked(store.state.draft) }
  const { mail: _, ...rest } = Object.fromEntries(store.state.draft.nodes)
  const without = { ...store.state.draft, nodes: new Map(Object.entries(rest)), edges: new Map() }
  expect(codes(judge(checked(without), answered).problems)).not.toContain('unknown_credential')
})

test('does not bring back what the server did not confirm of the same step', () => {
  const store = open()
  configure(store, 'mail', { credentialId: sender, subject: '', body: 'Hi' })
  const then = checked(store.state.draft)
  expect(codes(then.problems)).toEqual(['missing_field'])
  store.run(removeEdges(store.state.draft, ['b']))
  const { problems } = judge(checked(store.state.draft), { problems: [], here: then })
  expect(codes(problems)).toEqual(['unreachable'])
})

test('checks what changed alone, and judges the newest draft', async () => {
  const store = open()
  const asked: CheckAsk[] = []
  let graph: Draft = { ...store.state.draft, nodes: new Map(), edges: new Map() }
  const live = new LiveCheck(store, async (ask) => {
    asked.push(ask)
    const nodes = new Map(graph.nodes)
    const edges = new Map(graph.edges)
    for (const [id, node] of ask.nodes) node ? nodes.set(id, node) : nodes.delete(id)
    for (const [id, edge] of ask.edges) edge ? edges.set(id, edge) : edges.delete(id)
    graph = { ...graph, nodes, edges }
    return check(graphOf(graph))
  })
  const judged = () =>
    new Promise<void>((done) => {
      const stop = store.subscribe(() => {
        if (!store.state.isJudged) return
        stop()
        done()
      })
    })
  await judged()
  expect(store.state.problems).toEqual([])
  store.run(moveNodes(new Map([['mail', { x: 20, y: 20 }]])))
  store.run(removeEdges(store.state.draft, ['b']))
  const found = new Promise<void>((done) => {
    const stop = store.subscribe(() => {
      if (store.state.problems.length === 0) return
      stop()
      done()
    })
  })
  await found
  live.close()
  expect(codes(store.state.problems)).toEqual(['unreachable'])
  expect(asked.map(({ nodes, edges }) => [nodes.length, edges.length])).toEqual([
    [3, 2],
    [0, 1],
  ])
})
