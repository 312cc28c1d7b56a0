import { givenGraph } from '../campaigns/given-graph.ts'
import { findProducts } from '../campaigns/product-queries.ts'
import { findCampaign } from '../campaigns/queries.ts'
import { findDraft } from '../campaigns/workflow-queries.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import type { Db } from '../db/database.ts'
import { notFound } from '../errors.ts'
import { references } from '../workflow/compile.ts'
import { type CampaignFile, type FileReference, fileKind, type ReferenceKind, referenceKinds } from './format.ts'
import { findNamed } from './queries.ts'

/** A campaign's draft as a file, with the names of all that it refers to. The same campaign always gives the same text. @throws Problem `not_found` */
export async function exportCampaign(db: Db, workspaceId: number, campaignId: string): Promise<CampaignFile> {
  const campaign = await findCampaign(db, workspaceId, campaignId)
  const draft = await findDraft(db, workspaceId, campaignId)
  if (!campaign || !draft) throw notFound('campaign')
  const products = await findProducts(db, workspaceId, campaignId)
  const { audience, excludeSegmentId } = campaign
  const graph = { nodes: draft.nodes, edges: draft.edges }
  const used = references(graph, catalogue).flatMap(({ ref, value }) =>
    isKind(ref) && value !== null ? [{ kind: ref, word: value }] : [],
  )
  const segmentIds = [audience?.type === 'segment' ? audience.segmentId : null, excludeSegmentId]
  const named = await findNamed(db, workspaceId, [
    ...used,
    ...segmentIds.flatMap((id) => (id === null ? [] : [{ kind: 'segment' as const, word: id }])),
    ...products.map(({ productId }) => ({ kind: 'product' as const, word: productId })),
  ])
  const find = (kind: ReferenceKind, word: string): FileReference | null => {
    const found = named.find((each) => each.kind === kind && each.id.toLowerCase() === word.toLowerCase())
    return found ? { id: found.id, name: found.name, ...(found.product !== null && { product: found.product }) } : null
  }
  const inNodes = referenceKinds.flatMap((kind) => {
    const words = [...new Set(used.flatMap((each) => (each.kind === kind ? [each.word] : [])))]
    const known = words.flatMap((word) => find(kind, word) ?? []).sort((a, b) => a.id.localeCompare(b.id))
    return known.length > 0 ? [[kind, known] as const] : []
  })
  const segment = audience?.type === 'segment' ? find('segment', audience.segmentId) : null
  return {
    throughline: fileKind,
    name: campaign.name,
    description: campaign.description,
    audience: audience?.type === 'all' ? { type: 'all' } : segment && { type: 'segment', segment },
    excludeSegment: excludeSegmentId === null ? null : find('segment', excludeSegmentId),
    products: products.flatMap(({ productId, primary }) => {
      const product = find('product', productId)
      return product ? [{ ...product, primary }] : []
    }),
    nodes: givenGraph.nodes.parse(draft.nodes),
    edges: draft.edges,
    layout: draft.layout as CampaignFile['layout'],
    references: Object.fromEntries(inNodes),
  }
}

const isKind = (ref: string): ref is ReferenceKind => (referenceKinds as readonly string[]).includes(ref)
