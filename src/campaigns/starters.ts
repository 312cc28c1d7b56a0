import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GraphEdge, GraphNode } from '../workflow/graph.ts'

/** The ready workflows that a new campaign may begin with: files of examples/starters. */
export const starterIds = ['cold-outreach', 'trial-onboarding', 'win-back'] as const
export type StarterId = (typeof starterIds)[number]

/** A ready workflow. */
export interface Starter {
  id: StarterId
  name: string
  description: string
  nodes: GraphNode[]
  edges: GraphEdge[]
  layout: Record<string, { x: number; y: number }>
}

const folder = join(import.meta.dirname, '../../examples/starters')

/** The sender that stands in the files; each workspace puts its own in its place. */
const senderInFiles = '019f0000-0000-7000-8000-0000000000c1'

/** A starter, its messages sent by `credentialId`. */
export function readStarter(id: StarterId, credentialId: string): Starter {
  const file = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8').replaceAll(senderInFiles, credentialId))
  const { name, description, nodes, layout } = file
  const edges = file.edges.map((edge: GraphEdge) => ({ ...edge, when: edge.when ?? null }))
  return { id, name, description, nodes, edges, layout }
}
