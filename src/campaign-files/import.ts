import { checkGraph } from '../campaigns/check.ts'
import { requireState } from '../campaigns/lifecycle.ts'
import { replaceProducts } from '../campaigns/product-queries.ts'
import { addCampaign, changeCampaign, findState } from '../campaigns/queries.ts'
import { replaceDraft } from '../campaigns/workflow-queries.ts'
import type { Db } from '../db/database.ts'
import { notFound, Problem } from '../errors.ts'
import type { GraphProblem } from '../workflow/graph.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import type { CampaignFile } from './format.ts'
import { findNamed } from './queries.ts'
import { resolveFile, wordsOf } from './resolve.ts'

/** Where a file went, and what is to be looked at there. */
export interface ImportedCampaign {
  campaignId: string
  name: string
  /** Of the draft graph: what the next import may name in `If-Match`. */
  graphVersion: number
  problems: GraphProblem[]
}

/**
 * Makes a draft of a campaign file, or puts its workflow, name, description and products into the draft of a campaign; the audience of a
 * campaign that is there stays. References are matched by id, then by name; what is not found is left empty and listed.
 * @throws Problem `invalid`, `not_found`, `wrong_state`, `stale_version`
 */
export async function importCampaign(
  db: Db,
  context: AuditContext & { memberId: string | null },
  file: CampaignFile,
  target: { into: string | null; ifMatch: number | null },
): Promise<ImportedCampaign> {
  const { workspaceId } = context
  const named = await findNamed(db, workspaceId, wordsOf(file))
  const { graph, audience, excludeSegmentId, products, problems } = resolveFile(file, named)
  const { name, description, layout } = file
  const saved = await db.transaction().execute(async (tx) => {
    const fields = { name, description }
    const campaignId =
      target.into ?? (await addCampaign(tx, workspaceId, context.memberId, { ...fields, audience, excludeSegmentId }))
    const graphVersion = await replaceDraft(
      tx,
      workspaceId,
      campaignId,
      { ...graph, layout, by: context.actor.text },
      target.ifMatch,
    )
    if (graphVersion === undefined) {
      const state = await findState(tx, workspaceId, campaignId)
      if (!state) throw notFound('campaign')
      requireState(state.status, 'change')
      const version = state.graphVersion
      throw new Problem('stale_version', `The workflow was changed in the meantime: its version is now ${version}.`, {
        extra: { version },
      })
    }
    if (target.into !== null) await changeCampaign(tx, workspaceId, campaignId, fields, null)
    await replaceProducts(tx, campaignId, products)
    const size = { name, nodes: graph.nodes.length, edges: graph.edges.length }
    await audit(tx, context, 'campaign.imported', 'campaign', campaignId, size)
    return { campaignId, graphVersion }
  })
  const checked = await checkGraph(db, workspaceId, saved.campaignId, graph)
  return { ...saved, name, problems: [...problems, ...checked.problems] }
}
