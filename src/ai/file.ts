import {
  type CampaignFile,
  type FileReference,
  fileKind,
  type ReferenceKind,
  referenceKinds,
} from '../campaign-files/format.ts'
import { givenGraph } from '../campaigns/given-graph.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import { references } from '../workflow/compile.ts'
import type { Proposal } from './proposal.ts'
import type { KnownThing, Workspace } from './workspace.ts'

/** A proposal as a campaign file, with the names of what it refers to: for `throughline import campaign`. */
export function proposalFile(
  name: string,
  description: string,
  graph: NonNullable<Proposal['graph']>,
  workspace: Workspace,
): CampaignFile {
  const things: Record<ReferenceKind, readonly (KnownThing & { product?: string })[]> = {
    segment: workspace.segments,
    credential: workspace.credentials,
    template: workspace.templates,
    criterion: workspace.criteria,
    member: workspace.members,
    product: workspace.products,
  }
  const used = references({ nodes: graph.nodes, edges: graph.edges }, catalogue)
  const ofKind = (kind: ReferenceKind): FileReference[] => {
    const ids = new Set(used.flatMap(({ ref, value }) => (ref === kind && value !== null ? [value.toLowerCase()] : [])))
    return things[kind]
      .filter(({ id }) => ids.has(id.toLowerCase()))
      .map((thing) => ({
        id: thing.id,
        name: thing.name,
        ...(thing.product !== undefined && { product: thing.product }),
      }))
  }
  const named = referenceKinds.flatMap((kind) => {
    const found = ofKind(kind)
    return found.length > 0 ? [[kind, found] as const] : []
  })
  return {
    throughline: fileKind,
    name,
    description,
    audience: null,
    excludeSegment: null,
    products: [],
    nodes: givenGraph.nodes.parse(graph.nodes),
    edges: graph.edges,
    layout: graph.layout,
    references: Object.fromEntries(named),
  }
}
