import { connect, refusal } from './edits.ts'
import { drawnPorts, linksOf, type Port } from './shape.ts'
import type { BuilderStore } from './store.ts'

/** A step to which another can be connected, or why not. */
export interface Target {
  id: string
  title: string
  refused: string | null
}

/** The ways out that a step offers, with the step that each leads to now. */
export function waysOut(store: BuilderStore, id: string): (Port & { leadsTo: string | null })[] {
  const { draft } = store.state
  const node = draft.nodes.get(id)
  if (!node) return []
  const out = linksOf(draft).out.get(id) ?? []
  return drawnPorts(store.catalogue[node.type], node).map((port) => {
    const target = draft.nodes.get(out.find((edge) => edge.when === port.when)?.target ?? '')
    return { ...port, leadsTo: target ? target.title || target.id : null }
  })
}

/** Every other step: first those that can be connected, each with the reason where it cannot. */
export function targetsFor(store: BuilderStore, id: string): Target[] {
  const { scene } = store
  return [...scene.draft.nodes.values()]
    .filter((node) => node.id !== id)
    .map((node) => ({
      id: node.id,
      title: node.title || store.catalogue[node.type]?.title || node.id,
      refused: refusal(scene, id, node.id),
    }))
    .sort((a, b) => Number(a.refused !== null) - Number(b.refused !== null))
}

/** Connects without dragging. Answers why it was refused. */
export const connectTo = (store: BuilderStore, source: string, when: string | null, target: string): string | null =>
  store.run(connect(store.scene, source, when, target))
