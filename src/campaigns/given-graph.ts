import { z } from 'zod'
import { type FieldError, Problem } from '../errors.ts'
import type { Graph, GraphEdge } from '../workflow/graph.ts'

const mostNodes = 2_000
const id = z.string().min(1).max(200)
const json = z.record(z.string(), z.json())

const position = z.looseObject({ x: z.number(), y: z.number() })
/** Positions on the canvas by node id; names with a `$` in front hold something else (notes). */
export const givenLayout = z.record(z.string().max(200), z.json()).check((context) => {
  for (const [name, value] of Object.entries(context.value)) {
    if (name.startsWith('$') || position.safeParse(value).success) continue
    context.issues.push({ code: 'custom', path: [name], input: value, message: 'Must be a position {x, y}.' })
  }
})

/** The fields of a graph as a caller sends it: complete enough to save, valid or not. */
export const givenGraph = {
  nodes: z
    .array(
      z.strictObject({
        id,
        type: z.string().min(1).max(100),
        title: z.string().max(500).default(''),
        config: json.default({}),
      }),
    )
    .max(mostNodes, `At most ${mostNodes} nodes.`),
  edges: z
    .array(
      z.strictObject({
        id: id.optional(),
        source: id,
        target: id,
        when: z
          .string()
          .min(1)
          .max(200)
          .refine((label) => label !== 'default', 'The default way out is “when”: null, or no “when” at all.')
          .nullish(),
      }),
    )
    .max(mostNodes * 5, `At most ${mostNodes * 5} edges.`),
}
type GivenEdge = z.output<(typeof givenGraph.edges)['element']>

/** Edges without an id get one that says where they lead. */
export function withEdgeIds(edges: readonly GivenEdge[]): GraphEdge[] {
  const taken = new Set(edges.flatMap((each) => each.id ?? []))
  return edges.map(({ id: own, source, target, when }) => {
    let name = own
    if (name === undefined) {
      const base = `${source}-${target}${when ? `-${when}` : ''}`
      name = base
      for (let twin = 2; taken.has(name); twin += 1) name = `${base}-${twin}`
      taken.add(name)
    }
    return { id: name, source, target, when: when ?? null }
  })
}

/** A graph as a caller sends it beside something else, in place of the draft. @throws Problem `invalid` when two things share an id */
export function graphFrom(given: { nodes: Graph['nodes']; edges: readonly GivenEdge[] }): Graph {
  const graph = { nodes: given.nodes, edges: withEdgeIds(given.edges) }
  requireUniqueIds('nodes', graph.nodes)
  requireUniqueIds('edges', graph.edges)
  return graph
}

/** Ids are keys of rows: two things cannot share one, not even in a draft. @throws Problem `invalid` */
export function requireUniqueIds(kind: 'nodes' | 'edges', things: readonly { id: string }[]): void {
  const seen = new Set<string>()
  const errors: FieldError[] = []
  for (const [index, thing] of things.entries()) {
    if (seen.has(thing.id)) {
      errors.push({
        path: `${kind}.${index}.id`,
        code: 'repeated',
        message: `The id “${thing.id}” is taken by another one.`,
      })
    }
    seen.add(thing.id)
  }
  if (errors.length > 0) throw new Problem('invalid', errors[0]?.message ?? '', { errors: errors.slice(0, 100) })
}
