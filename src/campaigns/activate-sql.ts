import type { App } from '../app.ts'
import { sql } from '../db/database.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { addFiring } from '../firings/queries.ts'
import { enabledTriggers, enrollsByItself } from '../triggers/campaign-triggers-sql.ts'
import type { AuditContext } from '../workspaces/audit.ts'
import { destination } from './lifecycle.ts'
import { moveCampaign } from './lifecycle-sql.ts'
import { checkReadiness } from './preflight.ts'
import { findCampaign } from './queries.ts'
import { errorsOf } from './readiness.ts'
import { publishVersion } from './workflow-queries.ts'

/** What activation chooses. */
export interface Activation {
  /**
   * `keep` = whoever matches, now and later; `now` = whoever matches now; `none` = nobody until told. Not for campaigns whose triggers
   * fire by themselves; `keep` unless said for all others.
   */
  enroll?: 'keep' | 'now' | 'none' | undefined
  holdoutPercent: number
  graceSeconds: number
}

/**
 * Checks a draft, publishes its graph as an immutable version, and begins to enroll as chosen. The check resolves names and runs before
 * the lock is taken; what was changed since then is checked again.
 * @throws Problem `not_found`, `wrong_state`, `invalid_workflow` or `not_ready` with everything that is to fix, `invalid` for a choice
 * that its triggers leave nobody
 */
export async function activate(
  app: App,
  context: AuditContext,
  id: string,
  { enroll: wanted, holdoutPercent, graceSeconds }: Activation,
  guard: (version: number) => void,
): Promise<void> {
  const { workspaceId, actor } = context
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const campaign = await findCampaign(app.db, workspaceId, id)
    if (!campaign) throw notFound('campaign')
    destination(campaign.status, 'activate')
    guard(campaign.version)
    const { workflow, blockers, draft } = await checkReadiness(app, workspaceId, id, campaign.audience)
    if (!workflow || blockers.length > 0) {
      const invalid = workflow === null
      const detail = `${blockers.length} ${blockers.length === 1 ? 'thing has' : 'things have'} to be put right before this campaign can run.`
      throw new Problem(invalid ? 'invalid_workflow' : 'not_ready', detail, { errors: errorsOf(blockers) })
    }
    let stale = false
    const detail: Record<string, unknown> = { holdoutPercent }
    const published = { ...workflow, drawn: { nodes: draft.nodes, edges: draft.edges } }
    try {
      await moveCampaign(app.db, context, id, 'activate', {
        guard,
        detail,
        async prepare(tx, locked) {
          stale = locked.version !== campaign.version || locked.graphVersion !== draft.version
          if (stale || !locked.audience) throw new Problem('wrong_state', 'The draft was changed while it was checked.')
          const enroll = enrollChoice(wanted, await enabledTriggers(tx, id))
          detail.enroll = enroll
          await publishVersion(tx, id, published, { by: actor.text, draftVersion: draft.version })
          await sql`
            update campaign set enroll_mode = ${enroll}, holdout_percent = ${holdoutPercent} where id = ${id}
          `.execute(tx)
          if (enroll === 'none') return
          await addFiring(tx, {
            workspaceId,
            campaignId: id,
            type: enroll === 'keep' ? 'keep' : 'manual',
            audience: locked.audience,
            excludeSegmentId: locked.excludeSegmentId,
            graceSeconds,
            by: actor.text,
          })
        },
      })
      return
    } catch (error) {
      if (!stale) throw error
    }
  }
  throw new Problem('stale_version', 'The draft is being changed by somebody else. Try again when they have finished.')
}

function enrollChoice(
  wanted: Activation['enroll'],
  triggers: Awaited<ReturnType<typeof enabledTriggers>>,
): 'keep' | 'now' | 'none' {
  if (!enrollsByItself(triggers)) return wanted ?? 'keep'
  if (wanted === undefined || wanted === 'none') return 'none'
  throw invalidField(
    'enroll',
    'has_triggers',
    'The triggers of this campaign decide who enrolls and when; leave “enroll” away, or switch them off.',
  )
}
