import type { GraphProblem } from '../../../src/workflow/graph.ts'
import { setConfig } from './branch-edits.ts'
import { removeEdges } from './edits.ts'
import { removeNodes } from './remove.ts'
import type { Names } from './sentence.ts'
import { branchesOf, linksOf } from './shape.ts'
import type { BuilderStore } from './store.ts'

/** A way to be rid of a problem with one press; undo takes it back. */
export interface QuickFix {
  label: string
  run(): string | null
}

type Schema = Record<string, unknown>

/** What the builder can do about a problem itself; null when a person has to decide. */
export function quickFixFor(store: BuilderStore, problem: GraphProblem, names: Names): QuickFix | null {
  const { draft } = store.state
  const { nodeId, edgeId, code, field } = problem
  const node = nodeId ? draft.nodes.get(nodeId) : undefined
  const type = node && store.catalogue[node.type]
  if (edgeId && draft.edges.has(edgeId)) {
    const faulty = [
      'loose_edge',
      'loop',
      'duplicate_when',
      'unknown_when',
      'missing_when',
      'way_into_start',
      'way_out_of_end',
    ]
    if (faulty.includes(code))
      return { label: 'Remove the connection', run: () => store.run(removeEdges(store.state.draft, [edgeId])) }
  }
  if (!node || !type || !nodeId) return null
  if (code === 'unknown_type' || code === 'second_trigger' || code === 'path_without_split')
    return { label: 'Remove the step', run: () => store.run(removeNodes(store.scene, [nodeId], { heal: true })) }
  if (code === 'unreachable') {
    const alone = (linksOf(draft).in.get(nodeId) ?? []).length === 0
    return alone
      ? { label: 'Remove the step', run: () => store.run(removeNodes(store.scene, [nodeId], { heal: false })) }
      : null
  }
  if (code === 'no_default' && type.guardedBy) {
    const list = branchesOf(type, node)
    let number = list.length + 1
    while (list.some((branch) => branch.id === `branch-${number}`)) number += 1
    const branches = [...list, { id: `branch-${number}`, label: 'Everyone else', default: true }]
    const config = { ...node.config, [type.guardedBy]: branches }
    return { label: 'Add a branch for everyone else', run: () => store.run(setConfig(store.scene, nodeId, config)) }
  }
  if (field && !field.includes('.')) return chooseTheOnly(store, nodeId, field, names)
  return null
}

/** Chooses what a field refers to when there is only one thing to choose. */
function chooseTheOnly(store: BuilderStore, nodeId: string, field: string, names: Names): QuickFix | null {
  const node = store.state.draft.nodes.get(nodeId)
  const type = node && store.catalogue[node.type]
  const shapes = type ? [type.config, ...((type.config.oneOf ?? []) as Schema[])] : []
  const schema = shapes
    .map((shape) => (shape.properties as Record<string, Schema> | undefined)?.[field])
    .find((found) => found !== undefined)
  const kind = schema?.['x-ref']
  if (!node || typeof kind !== 'string' || schema?.type === 'array') return null
  const known = [...(names[kind] ?? [])]
  const [only] = known
  if (!only || known.length !== 1 || node.config[field] === only[0]) return null
  const [id, name] = only
  return {
    label: `Choose “${name}”`,
    run: () => store.run(setConfig(store.scene, nodeId, { ...node.config, [field]: id })),
  }
}
