import { type Drawing, type DrawnNode, readDrawing } from './drawing.ts'
import { busNameOf } from './event-names.ts'
import type { Catalogue, CompiledNode, CompiledWorkflow, Graph, GraphProblem, Needs, ParseConfig } from './graph.ts'
import { outcomesAmong } from './outcomes.ts'
import { branchesOf, checkStructure } from './structure.ts'
import { checkVariables, type NamedTemplate, ownNeeds } from './variables.ts'

export { references } from './variables.ts'

/** What a compilation answers: the workflow when there is no error, and all problems, errors first. */
export interface Compilation {
  workflow: CompiledWorkflow | null
  problems: GraphProblem[]
}

/**
 * Checks a graph and makes of it what the engine walks. `templates` are the texts of the named templates that its nodes use, by name;
 * what is not given is not looked into. Whether ids of other things exist is checked elsewhere (`references`). Never throws.
 */
export function compile(
  graph: Graph,
  catalogue: Catalogue,
  parseConfig: ParseConfig,
  options: { templates?: ReadonlyMap<string, NamedTemplate> } = {},
): Compilation {
  const problems: GraphProblem[] = []
  const report = (problem: GraphProblem) => {
    problems.push(problem)
  }
  const drawing = readDrawing(graph, catalogue, parseConfig, report)
  checkStructure(drawing, report)
  const keeps = checkVariables(drawing, options.templates ?? new Map(), report)
  const errors = problems.filter(({ severity }) => severity === 'error')
  const warnings = problems.filter(({ severity }) => severity === 'warning')
  const workflow = errors.length === 0 && drawing.start ? assemble(drawing, drawing.start, keeps) : null
  return { workflow, problems: [...errors, ...warnings] }
}

/** The problems of a graph, errors first. */
export const validate = (
  graph: Graph,
  catalogue: Catalogue,
  parseConfig: ParseConfig,
  options: { templates?: ReadonlyMap<string, NamedTemplate> } = {},
): GraphProblem[] => compile(graph, catalogue, parseConfig, options).problems

function assemble(
  drawing: Drawing,
  start: DrawnNode,
  keeps: ReadonlyMap<string, ReadonlySet<string>>,
): CompiledWorkflow {
  const listeners = [...drawing.nodes.values()].filter(takesAnybody)
  const goals = [...drawing.nodes.values()].filter((node) => node.type.goal)
  const listens = new Map([...drawing.nodes.values()].map((node) => [node.id, listensOf(node)]))
  const namesOf = (node: DrawnNode): string[] => listens.get(node.id) ?? []
  const needs = closures(drawing, listeners)
  const nodes: [string, CompiledNode][] = [...drawing.nodes.values()].map((node) => {
    const guards = guardsOf(node)
    return [
      node.id,
      {
        id: node.id,
        type: node.type.type,
        title: node.title,
        config: node.config ?? {},
        out: Object.fromEntries(node.out.map((edge) => [edge.when ?? '', edge.target])),
        ...(guards && { guards }),
        needs: needs.get(node.id) ?? { customer: [], scores: [], facts: [] },
        keeps: [...(keeps.get(node.id) ?? [])].sort(),
        listens: namesOf(node),
      },
    ]
  })
  return {
    start: start.id,
    nodes: Object.fromEntries(nodes),
    listeners: listeners.map((node) => ({ nodeId: node.id, below: [...below(drawing, node)].sort() })),
    listens: [...new Set([...drawing.nodes.values()].flatMap((node) => toldOf(node, namesOf(node))))].sort(),
    ...(goals.length > 0 && {
      goals: {
        nodeIds: goals.map((node) => node.id),
        listens: [...new Set(goals.flatMap((node) => reachedBy(node, namesOf(node))))].sort(),
      },
    }),
  }
}

/** Whether a node takes customers from wherever they are. A goal that neither ends the run nor leads on only marks. */
const takesAnybody = ({ type, config, out }: DrawnNode): boolean =>
  type.entry === 'event' && (!type.goal || out.length > 0 || (type.endsBy !== null && config?.[type.endsBy] === true))

/** What live runs are told of for a node's sake. A goal that takes them hears also that it was marked; one that only marks hears nothing. */
function toldOf(node: DrawnNode, names: readonly string[]): readonly string[] {
  if (!node.type.goal) return names
  return takesAnybody(node) ? [...names, 'goal.reached'] : []
}

/** What a goal may be reached by. Rules may hold on coming in; a held-out run never starts, its end is all that is heard of it. */
const reachedBy = (node: DrawnNode, names: readonly string[]): string[] => [
  ...names,
  ...(hasRules(node) ? ['run.started', 'run.finished'] : []),
]

function hasRules({ type, config }: DrawnNode): boolean {
  const { listens } = type
  const rules =
    typeof listens === 'object' && listens !== null && 'rules' in listens && listens.rules !== undefined
      ? config?.[listens.rules]
      : null
  return Array.isArray(rules) && rules.length > 0
}

/** The bus names of what a node is told: `replied` is short for `message.replied`. */
function listensOf(node: DrawnNode): string[] {
  const { type, config, out } = node
  if (type.listens === null) return []
  if (type.listens === 'when') {
    const outcomes = outcomesAmong(out.map((edge) => edge.when ?? ''))
    // A bounce ends the window also where it has no edge of its own.
    if (outcomes.size > 0) outcomes.add('bounced')
    return [...outcomes].map((label) => `message.${label}`).sort()
  }
  if ('event' in type.listens) return [type.listens.event]
  const name = config?.[type.listens.field]
  return [
    ...(typeof name === 'string' && name !== '' ? [busNameOf(name)] : []),
    ...(hasRules(node) ? changesOf(ownNeeds(node).customer) : []),
  ]
}

/** The events that tell of a change in these fields of a customer. */
const changesOf = (fields: readonly string[]): string[] => [
  ...(fields.some((field) => field !== 'tags') ? ['customer.updated'] : []),
  ...(fields.includes('tags') ? ['customer.tagged', 'customer.untagged'] : []),
]

/** A node and all that it leads to. */
function below({ nodes }: Drawing, from: DrawnNode): Set<string> {
  const found = new Set([from.id])
  for (const id of found) for (const edge of nodes.get(id)?.out ?? []) found.add(edge.target)
  return found
}

function guardsOf(node: DrawnNode): CompiledNode['guards'] {
  if (node.type.guardedBy === null) return undefined
  return branchesOf(node, node.type.guardedBy).flatMap(({ id, fallback }) => {
    const edge = node.out.find((each) => each.when === id)
    return edge ? [{ branch: id, nodeId: edge.target, fallback }] : []
  })
}

/** Sets of what is needed, while they grow. */
interface Gathered {
  customer: Set<string>
  scores: Set<string | null>
  facts: Set<string>
}

/**
 * For each node what a walk that stands there may look at: its own needs and those of all it can pass to before it must rest, the node
 * where it rests included. One that may let a customer pass at once (a wait of 0, a date in the past) is passed through.
 */
function closures({ nodes, ways }: Drawing, listeners: readonly DrawnNode[]): Map<string, Needs> {
  const fromHere = new Map<string, Gathered>()
  const onArrival = new Map<string, Gathered>()
  const none: Gathered = { customer: new Set(), scores: new Set(), facts: new Set() }
  for (const id of (ways.order ?? []).toReversed()) {
    const node = nodes.get(id)
    if (!node) continue
    const own = gather([ownNeeds(node)])
    const here = gather([own, ...node.out.map((edge) => onArrival.get(edge.target) ?? none)])
    fromHere.set(id, here)
    onArrival.set(id, alwaysRests(node) ? own : here)
  }
  // A listener may take a run from anywhere, so what it leads to may be looked at from anywhere.
  const anywhere = gather(listeners.map((node) => fromHere.get(node.id) ?? none))
  return new Map(
    [...fromHere].map(([id, own]) => {
      const { customer, scores, facts } = gather([own, anywhere])
      return [id, { customer: [...customer].sort(), scores: [...scores], facts: [...facts].sort() }]
    }),
  )
}

function gather(parts: Iterable<{ [Key in keyof Needs]: Iterable<Needs[Key][number]> }>): Gathered {
  const all: Gathered = { customer: new Set(), scores: new Set(), facts: new Set() }
  for (const part of parts) {
    for (const field of part.customer) all.customer.add(field)
    for (const id of part.scores) all.scores.add(id)
    for (const name of part.facts) all.facts.add(name)
  }
  return all
}

/** Whether nobody gets through on arrival: its message's fate comes later, or it rests for a set time. */
function alwaysRests({ type, raw }: DrawnNode): boolean {
  if (type.sends !== null && type.blocks) return true
  const rest = type.rests === null ? undefined : raw[type.rests]
  return type.blocks && typeof rest === 'number' && rest > 0
}
