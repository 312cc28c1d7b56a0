import type { App } from '../app.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import { notFound, Problem } from '../errors.ts'
import { countOutcomes } from '../firings/outcome-queries.ts'
import { countTimeoutMs } from '../segments/count-sql.ts'
import { readGuarded } from '../segments/guarded-sql.ts'
import { decidingTriggers } from '../triggers/campaign-triggers-sql.ts'
import { journeyOf } from '../workflow/journey.ts'
import { lastThrough, sendingOf, type Untold } from './outlook.ts'
import {
  findCurrentWorkflow,
  findHeldFirings,
  findQueues,
  findStandings,
  findWorkflows,
  type HeldFiring,
} from './outlook-queries.ts'
import { senderOf } from './preflight.ts'
import { countWaterfall } from './preflight-sql.ts'
import { type CampaignDetail, findCampaign } from './queries.ts'
import type { Pace } from './readiness.ts'
import { previewResume, type ResumePreview } from './resume-queries.ts'

/** What is sent at once: messages, and how long their senders take. */
export interface Sending {
  messages: number
  pace: Pace
}

/** Who enters at once. */
export interface Enrolling {
  /** Firings that the pause holds and that go on. */
  firings: number
  /** Whom they and what matches by now enroll, at most; null when it would take too long to count. */
  customers: number | null
}

/** What a resume lets loose. */
export interface ResumeOutlook extends ResumePreview {
  sending: { keep: Sending; continue: Sending }
  enrolling: Enrolling
}

const noSending: Sending = { messages: 0, pace: { seconds: 0, limit: null } }

/** What resuming a paused campaign lets loose; undefined unless it is paused. */
export async function lookAtResume(
  app: App,
  workspaceId: number,
  campaign: CampaignDetail,
): Promise<ResumeOutlook | undefined> {
  const preview = await previewResume(app.db, workspaceId, campaign.id)
  if (!preview) return undefined
  const workflow = await findCurrentWorkflow(app.db, workspaceId, campaign.id)
  const enrolling = await whoEnters(app, workspaceId, campaign)
  if (!workflow) return { ...preview, sending: { keep: noSending, continue: noSending }, enrolling }
  const followed = { workflow, journey: journeyOf(catalogue, workflow) }
  const senders = await findQueues(app.db, workspaceId, campaign.id)
  const goingOn = (waits: 'keep' | 'continue') =>
    sendingOf(
      senders,
      preview.nodes.map((node) => ({ nodeId: node.nodeId, customers: waits === 'keep' ? node.anyway : node.overdue })),
      followed,
      (nodeId) => {
        const node = workflow.nodes[nodeId]
        return node && senderOf({ ...node, id: nodeId, title: node.title ?? '' })
      },
    )
  return { ...preview, sending: { keep: goingOn('keep'), continue: goingOn('continue') }, enrolling }
}

/** Whom held firings and, where the campaign keeps enrolling, what matches by now bring in. */
async function whoEnters(app: App, workspaceId: number, campaign: CampaignDetail): Promise<Enrolling> {
  const held = await findHeldFirings(app.db, workspaceId, campaign.id)
  const keeps = campaign.enroll === 'keep' && (await decidingTriggers(app.db, campaign.id)).length === 0
  // Who newly matches is counted with those whom a held firing of the same kind has yet to enroll.
  const counted = keeps ? held.filter(({ type }) => type === 'enroll' || type === 're-enroll') : held
  const { audience, excludeSegmentId } = campaign
  const all = keeps && audience ? [...counted, { type: 'keep', audience, excludeSegmentId, matched: 0 }] : counted
  let customers: number | null = 0
  for (const firing of all) {
    const n: number | null = await whomItEnrolls(app, workspaceId, campaign.id, firing)
    customers = n === null || customers === null ? null : customers + n
  }
  return { firings: held.length, customers }
}

async function whomItEnrolls(
  app: App,
  workspaceId: number,
  campaignId: string,
  { type, audience, excludeSegmentId, matched }: HeldFiring,
): Promise<number | null> {
  if (!audience || audience.type === 'snapshot') return null
  if (audience.type === 'filter') return audience.total === null ? null : Math.max(0, audience.total - matched)
  if (audience.type === 'outcome') {
    const outcomes = await countOutcomes(app.db, workspaceId, campaignId)
    return outcomes.find(({ status, reason }) => status === audience.status && reason === audience.reason)?.count ?? 0
  }
  if (type === 're-enroll') {
    return audience.type === 'list' ? Math.max(0, audience.customerIds.length - matched) : null
  }
  const of = { excludeSegmentId, campaignId, channels: [], cap: null }
  try {
    const waterfall = await readGuarded(app.db, { timeoutMs: countTimeoutMs }, (tx) =>
      countWaterfall(tx, workspaceId, audience, of),
    )
    return waterfall.willEnroll
  } catch (problem) {
    if (problem instanceof Problem && problem.code === 'too_slow') return null
    throw problem
  }
}

/** What completing a campaign leaves to happen. */
export interface CompleteOutlook {
  inside: number
  exact: boolean
  /** When the last of those of whom it can be told are through, by what becomes of the waits; `atLeast` when there are others. */
  last: { keep: Date | null; continue: Date | null; atLeast: boolean }
  untold: (Untold & { title: string })[]
}

/** When the last of those inside are through if nobody new enters. @throws Problem `not_found` */
export async function lookAtComplete(app: App, workspaceId: number, campaignId: string): Promise<CompleteOutlook> {
  const campaign = await findCampaign(app.db, workspaceId, campaignId)
  if (!campaign) throw notFound('campaign')
  const { standings, exact } = await findStandings(app.db, campaignId)
  const workflows = await findWorkflows(app.db, campaignId, [...new Set(standings.map(({ versionId }) => versionId))])
  const versions = new Map(
    workflows.map(({ id, graph }) => [id, { workflow: graph, journey: journeyOf(catalogue, graph) }]),
  )
  const { ms, untold } = lastThrough(standings, versions, (type) => Boolean(catalogue[type]?.sends))
  const title = (nodeId: string) =>
    workflows.map(({ graph }) => graph.nodes[nodeId]?.title).find((found) => found) ?? nodeId
  const at = (left: number | null) => (left === null ? null : new Date(Date.now() + left))
  return {
    inside: campaign.counts.inside,
    exact,
    last: { keep: at(ms.keep), continue: at(ms.continue), atLeast: untold.length > 0 },
    untold: untold.map((one) => ({ ...one, title: title(one.nodeId) })),
  }
}
