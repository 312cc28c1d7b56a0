import type { App } from '../app.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import { sql } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { notFound, Problem } from '../errors.ts'
import { diffGraphs, type GraphDiff, isSame } from '../workflow/diff.ts'
import type { Graph, GraphProblem } from '../workflow/graph.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { type Change, listChanges } from './changes.ts'
import { followFor } from './leaving.ts'
import { requireState } from './lifecycle.ts'
import { lockCampaign } from './lifecycle-sql.ts'
import { checkReadiness, type Readiness } from './preflight.ts'
import { chooseForRemoved, leavingOf, type RemovedChoice } from './publish.ts'
import { type CurrentVersion, countStanding, findCurrentVersion } from './publish-queries.ts'
import { findState } from './queries.ts'
import { errorsOf, type Finding } from './readiness.ts'
import { findDraft, publishVersion } from './workflow-queries.ts'

/** The draft held against what customers follow now. */
export interface Review {
  ready: Readiness
  current: CurrentVersion | undefined
  diff: GraphDiff
  changes: Change[]
  /** What has to be put right before it can be published. */
  blockers: Finding[]
}

const nothing: Graph = { nodes: [], edges: [] }

/** Compares the draft with the current version, counts who stands where, and checks it as activation does. @throws Problem `not_found` */
export async function reviewDraft(app: App, workspaceId: number, campaignId: string): Promise<Review> {
  const current = await findCurrentVersion(app.db, workspaceId, campaignId)
  // The audience was chosen at activation and cannot be taken away; a draft's is not this list's concern.
  const ready = await checkReadiness(app, workspaceId, campaignId, { type: 'all' })
  const before = current ?? nothing
  const diff = diffGraphs(before, ready.draft, catalogue)
  const touchedNodes = [...diff.nodes.removed, ...diff.nodes.changed].map(({ id }) => id)
  const here = await countStanding(app.db, workspaceId, campaignId, touchedNodes)
  const changes = listChanges(diff, { before, after: ready.draft, touched: current?.touched ?? {}, here })
  // A sender that its server refuses sends nothing either way, and a better text need not wait for it.
  const blockers = ready.blockers.filter(({ code }) => code !== 'credential_dead')
  return { ready, current, diff, changes, blockers }
}

/** What is wrong with the draft as the list of changes shows it: the graph's problems, and what else stands in the way. */
export function problemsOf({ ready, blockers }: Review): GraphProblem[] {
  const ofGraph = new Set(ready.problems.map(({ code, nodeId, edgeId }) => `${code} ${nodeId} ${edgeId}`))
  const others = blockers.filter(({ code, nodeId, edgeId }) => !ofGraph.has(`${code} ${nodeId} ${edgeId}`))
  return [...ready.problems, ...others.map(({ count: _, ...finding }) => ({ severity: 'error' as const, ...finding }))]
}

/** In how many places a campaign's draft differs from what its customers follow; 0 where nothing was published yet. */
export async function countUnpublished(app: Pick<App, 'db'>, workspaceId: number, campaignId: string): Promise<number> {
  const state = await findState(app.db, workspaceId, campaignId)
  if (!state || state.status === 'draft') return 0
  const current = await findCurrentVersion(app.db, workspaceId, campaignId)
  if (!current || current.draftVersion === state.graphVersion) return 0
  const draft = await findDraft(app.db, workspaceId, campaignId)
  if (!draft) return 0
  const facts = { before: current, after: draft, touched: {}, here: new Map<string, number>() }
  return listChanges(diffGraphs(current, draft, catalogue), facts).length
}

/** What a publish is told. */
export interface PublishOptions {
  removed: Readonly<Record<string, RemovedChoice>>
  note: string | null
  /** Answers the same and writes nothing. */
  dryRun: boolean
  /** Compares the draft's version that the caller saw; throws when it is stale. */
  guard(version: number): void
}

/** What a publish did, or would do. */
export interface Published {
  /** The version that customers follow then. */
  version: number
  /** The one that they followed before. */
  from: number
  /** Whether a version was made; a draft without changes makes none. */
  published: boolean
  changes: Change[]
  removed: Record<string, { action: RemovedChoice['action']; target: string | null; here: number }>
  /** Customers by what became of them. */
  finish: number
  move: number
  exit: number
  /** Whether all of them have followed; the rest does within the next moments, and nobody moves in the campaign before. */
  done: boolean
}

/** How long an answer waits for customers to follow, in ms: a few thousand have followed by then, and a million go on behind it. */
const followMs = 200

/**
 * Makes the draft the version that customers follow: one row, however many are inside. Whoever stands on a node that still exists goes on
 * with its new settings, deadlines unchanged; whoever stands on a removed one follows the choice made for it. The check resolves
 * names and runs before the lock is taken; what was changed since then is checked again.
 * @throws Problem `not_found`, `wrong_state`, `invalid_workflow`, `not_ready`, `invalid` and what `guard` throws
 */
export async function publish(
  app: App,
  context: AuditContext,
  id: string,
  { removed: given, note, dryRun, guard }: PublishOptions,
): Promise<Published> {
  const { workspaceId } = context
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const state = await findState(app.db, workspaceId, id)
    if (!state) throw notFound('campaign')
    requireState(state.status, 'publish')
    const { ready, current, diff, changes, blockers } = await reviewDraft(app, workspaceId, id)
    const { draft, workflow } = ready
    guard(draft.version)
    if (!current) throw notFound('campaign')
    if (!workflow || blockers.length > 0) {
      const detail = `${blockers.length} ${blockers.length === 1 ? 'thing has' : 'things have'} to be put right before these changes can be published.`
      throw new Problem(workflow ? 'not_ready' : 'invalid_workflow', detail, { errors: errorsOf(blockers) })
    }
    const gone = diff.nodes.removed
    const listeners = new Set(
      draft.nodes.filter(({ type }) => catalogue[type]?.entry === 'event').map((node) => node.id),
    )
    const choices = chooseForRemoved(gone, given, workflow, listeners)
    const here = new Map(
      changes.flatMap(({ nodeId, kind, here }) => (nodeId && kind === 'removed' ? [[nodeId, here]] : [])),
    )
    const removed: Published['removed'] = {}
    const planned = { finish: 0, move: 0, exit: 0 }
    for (const [nodeId, choice] of Object.entries(choices)) {
      const standing = here.get(nodeId) ?? 0
      removed[nodeId] = {
        action: choice.action,
        target: choice.action === 'move' ? choice.target : null,
        here: standing,
      }
      planned[choice.action] += standing
    }
    const published = !isSame(diff)
    const answer = { from: current.number, published, changes, removed }
    if (dryRun || !published) {
      return { ...answer, ...planned, version: current.number + (published ? 1 : 0), done: true }
    }
    let stale = false
    const version = await app.db.transaction().execute(async (tx) => {
      const locked = await lockCampaign(tx, workspaceId, id, 'exclusive')
      requireState(locked.status, 'publish')
      stale = locked.graphVersion !== draft.version || locked.versionId !== current.id
      if (stale) return 0
      const { rows } = await sql<{
        leaving: boolean
      }>`select leaving is not null as leaving from campaign where id = ${id}`.execute(tx)
      if (rows[0]?.leaving) {
        throw new Problem(
          'wrong_state',
          'Customers still follow what the last publish chose for them. Publish again in a moment.',
          {
            extra: { state: locked.status, allowed: [] },
          },
        )
      }
      const graph = { ...workflow, drawn: { nodes: draft.nodes, edges: draft.edges } }
      const number = await publishVersion(tx, id, graph, { by: context.actor.text, note, draftVersion: draft.version })
      const leaving = leavingOf(gone, choices, workflow, { versionId: current.id }, { number })
      await sql`
        update campaign set leaving = ${leaving === null ? null : JSON.stringify(leaving)}::jsonb, leaving_cursor = null, updated_at = now()
        where id = ${id}
      `.execute(tx)
      await audit(tx, context, 'campaign.published', 'campaign', id, {
        version: number,
        changes: changes.length,
        ...(note !== null && { note }),
        ...(gone.length > 0 && { removed: choices }),
      })
      await notifyWake(tx)
      return number
    })
    if (stale) continue
    const followed = gone.length > 0 ? await followFor(app, id, followMs) : { finish: 0, move: 0, exit: 0, done: true }
    return { ...answer, ...(followed.done ? followed : { ...planned, done: false }), version }
  }
  throw new Problem('stale_version', 'The draft is being changed by somebody else. Try again when they have finished.')
}
