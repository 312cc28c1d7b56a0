import type { App } from '../app.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import { checkHost } from '../channels/hosts.ts'
import type { Channel } from '../engine/facts.ts'
import { notFound } from '../errors.ts'
import { channels as allChannels } from '../messages/address-sql.ts'
import { findCap } from '../messages/cap-sql.ts'
import { countTimeoutMs } from '../segments/count-sql.ts'
import { readGuarded } from '../segments/guarded-sql.ts'
import { decidingTriggers } from '../triggers/campaign-triggers-sql.ts'
import { channelsOf } from '../workflow/channel.ts'
import type { CompiledWorkflow, Graph, GraphNode } from '../workflow/graph.ts'
import { journeyOf } from '../workflow/journey.ts'
import { leavesOf } from '../workflow/schema.ts'
import type { Audience } from './audience.ts'
import { type CheckedGraph, checkGraph } from './check.ts'
import {
  countElsewhere,
  countWaterfall,
  drawExamples,
  findCredentials,
  findPostalAddress,
  findTemplates,
  type LinePage,
  listWaterfall,
  type Named,
  type Waterfall,
  type WaterfallOf,
} from './preflight-sql.ts'
import { archivedProducts } from './product-queries.ts'
import { findCampaign } from './queries.ts'
import {
  blockersOf,
  type Finding,
  fieldsNamed,
  findingOf,
  mostMessages,
  type Pace,
  passedChecks,
  sendingPace,
  type UsedCredential,
} from './readiness.ts'
import { type Draft, findDraft } from './workflow-queries.ts'

/** What stands between a draft and its activation. */
export interface Readiness extends CheckedGraph {
  draft: Draft
  /** What is in order, as sentences. */
  passed: string[]
  /** What was checked: the draft, unless another graph was given. */
  graph: Graph
  blockers: Finding[]
  credentials: UsedCredential[]
}

/** Checks everything that can block activation of the draft, or of `proposed` in its place. Names are resolved, so it may take a moment: call it outside of a transaction. @throws Problem `not_found` */
export async function checkReadiness(
  app: App,
  workspaceId: number,
  campaignId: string,
  audience: Audience | null,
  proposed?: Graph,
): Promise<Readiness> {
  const draft = await findDraft(app.db, workspaceId, campaignId)
  if (!draft) throw notFound('campaign')
  const graph = proposed ?? draft
  const checked = await checkGraph(app.db, workspaceId, campaignId, graph)
  const credentials = await usedCredentials(app, workspaceId, graph.nodes)
  const postalAddress = await findPostalAddress(app.db, workspaceId)
  const around = { hasAudience: audience !== null, credentials, postalAddress, publicUrl: app.env.publicUrl }
  const errors = checked.problems.filter(({ severity }) => severity === 'error')
  const blockers = [...errors.map(findingOf), ...blockersOf(around)]
  const passed = passedChecks(around, { steps: graph.nodes.length, isValid: errors.length === 0 })
  return { ...checked, draft, graph, blockers, passed, credentials }
}

/** The fields of a node that hold something of a kind: an id by `x-ref`, a text by `x-template`. */
function fieldsOf(node: GraphNode, member: 'x-ref' | 'x-template', kind: string): string[] {
  const schema = catalogue[node.type]?.config
  if (!schema) return []
  return [...leavesOf(schema, node.config)].flatMap((leaf) =>
    leaf.schema[member] === kind && typeof leaf.value === 'string' ? [leaf.value] : [],
  )
}

/** The sender that a node writes by. */
export const senderOf = (node: GraphNode): string | undefined => fieldsOf(node, 'x-ref', 'credential')[0]

async function usedCredentials(app: App, workspaceId: number, nodes: readonly GraphNode[]): Promise<UsedCredential[]> {
  const ids = [...new Set(nodes.flatMap((node) => fieldsOf(node, 'x-ref', 'credential')))]
  const found = await findCredentials(app.db, workspaceId, ids)
  return await Promise.all(
    found.map(async ({ host, port, ...credential }) => ({
      ...credential,
      isPrivate: await isPrivateHost(app, host, port),
    })),
  )
}

/** A host that cannot be resolved or may not be reached is treated as a real one: the rules for real mail hold. */
async function isPrivateHost({ env }: App, host: string | null, port: number | null): Promise<boolean> {
  if (host === null) return true
  try {
    return (await checkHost(host, port ?? 25, env.allowPrivateHosts)).isPrivate
  } catch {
    return false
  }
}

/** The pre-flight of a campaign (PRODUCT §7): what blocks it, what to know first, and who will get how much. */
export interface Preflight {
  ok: boolean
  blockers: Finding[]
  warnings: Finding[]
  passed: string[]
  /** Those the audience matches, less the excluded and the archived. */
  audienceSize: number
  matched: number
  steps: { reason: string; count: number }[]
  willEnroll: number
  reachable: number
  estimatedSends: number
  estimatedDurationSeconds: number
  /** The first message that they get: how long after they enter, null when that is not known, and how long it takes to send. */
  firstSend: { nodeId: string; afterMs: number | null; sender: string; pace: Pace } | null
  /** From entering to the end on the slowest way; `atLeast` when a wait on it has no known length. */
  longest: { ms: number; atLeast: boolean } | null
  /** What makes customers enroll instead of activation: the enabled triggers that fire by themselves. */
  triggers: { id: string; type: string; sentence: string }[]
}

/**
 * The pre-flight of a campaign's draft, or of `proposed` in its place; without `people` only what is checked, which takes no time however
 * many customers there are. @throws Problem `not_found`
 */
export async function preflight(
  app: App,
  workspaceId: number,
  campaignId: string,
  { proposed, people = true }: { proposed?: Graph; people?: boolean } = {},
): Promise<Preflight> {
  const campaign = await findCampaign(app.db, workspaceId, campaignId)
  if (!campaign) throw notFound('campaign')
  const { audience, excludeSegmentId } = campaign
  const ready = await checkReadiness(app, workspaceId, campaignId, audience, proposed)
  const warnings = ready.problems.filter(({ severity }) => severity === 'warning').map(findingOf)
  const sending = ready.graph.nodes.filter(({ type }) => catalogue[type]?.sends)
  const fields = await fieldsIn(app, workspaceId, sending, { bare: true })
  const of = await waterfallOf(app, workspaceId, { id: campaignId, excludeSegmentId }, sending)
  const waterfall =
    audience && people
      ? await readGuarded(app.db, { timeoutMs: countTimeoutMs }, (tx) =>
          countWaterfall(tx, workspaceId, audience, { ...of, fields }),
        )
      : null
  for (const [field, count] of Object.entries(waterfall?.missing ?? {})) {
    if (count === 0) continue
    warnings.push({
      code: 'missing_value',
      field: `customer.${field}`,
      count,
      message: `${count} of those who will enroll have no ${field}, and a message uses it without a default.`,
      fix: `Write {{customer.${field} | default: "…"}}.`,
    })
  }
  for (const name of await archivedProducts(app.db, workspaceId, campaignId)) {
    warnings.push({
      code: 'product_archived',
      message: `The linked product “${name}” is archived: messages still say its facts and steps still change its scores, but its rules score nobody.`,
      fix: 'Bring the product back, or link another one.',
    })
  }
  const { reachable, ...shown } = showWaterfall(waterfall)
  return {
    ok: ready.blockers.length === 0,
    blockers: ready.blockers,
    warnings,
    passed: ready.passed,
    ...shown,
    reachable,
    ...estimate(ready.workflow, sending, ready.credentials, reachable),
    triggers: await decidingTriggers(app.db, campaignId),
  }
}

/** What a campaign's waterfall is of. Somebody whose messages are all transactional meets no cap. */
async function waterfallOf(
  app: App,
  workspaceId: number,
  campaign: { id: string; excludeSegmentId: string | null },
  sending: readonly GraphNode[],
): Promise<WaterfallOf> {
  return {
    excludeSegmentId: campaign.excludeSegmentId,
    campaignId: campaign.id,
    channels: writtenOn(sending),
    cap: sending.every(({ config }) => config.transactional === true) ? null : await findCap(app.db, workspaceId),
  }
}

/** The customers behind one line of a campaign's waterfall, as its pre-flight counts them. @throws Problem `not_found` */
export async function preflightPeople(
  app: App,
  workspaceId: number,
  campaignId: string,
  page: LinePage,
): Promise<Named[]> {
  const { audience, of } = await draftAudience(app, workspaceId, campaignId)
  if (!audience) return []
  return await readGuarded(app.db, { timeoutMs: countTimeoutMs }, (tx) =>
    listWaterfall(tx, workspaceId, audience, { ...of, ...page }),
  )
}

/** Other active campaigns that some of those who would enroll are in now. @throws Problem `not_found` */
export async function preflightElsewhere(app: App, workspaceId: number, campaignId: string) {
  const { audience, of } = await draftAudience(app, workspaceId, campaignId)
  if (!audience) return []
  return await readGuarded(app.db, { timeoutMs: countTimeoutMs }, (tx) => countElsewhere(tx, workspaceId, audience, of))
}

/** So many examples at most: three at a time, four times. */
const mostExamples = 12

/**
 * To whom the first message can be shown: its node, some who would get it, in an order of `seed`, and who of them all has least of the
 * fields that it names. @throws Problem `not_found`
 */
export async function preflightExamples(app: App, workspaceId: number, campaignId: string, seed: string) {
  const { audience, of, draft } = await draftAudience(app, workspaceId, campaignId)
  const { workflow } = await checkGraph(app.db, workspaceId, campaignId, draft)
  const nodeId = workflow && journeyOf(catalogue, workflow).firstSend?.nodeId
  const node = draft.nodes.find(({ id }) => id === nodeId)
  if (!node || !audience) return { nodeId: null, items: [], emptiest: null }
  const fields = await fieldsIn(app, workspaceId, [node], { bare: false })
  const { some, emptiest } = await readGuarded(app.db, { timeoutMs: countTimeoutMs }, (tx) =>
    drawExamples(tx, workspaceId, audience, { ...of, fields, seed, limit: mostExamples }),
  )
  return { nodeId: node.id, items: some, emptiest }
}

/** A campaign's draft and audience, and what its waterfall is of. @throws Problem `not_found` */
export async function draftAudience(app: App, workspaceId: number, campaignId: string) {
  const campaign = await findCampaign(app.db, workspaceId, campaignId)
  const draft = await findDraft(app.db, workspaceId, campaignId)
  if (!campaign || !draft) throw notFound('campaign')
  const sending = draft.nodes.filter(({ type }) => catalogue[type]?.sends)
  return { audience: campaign.audience, of: await waterfallOf(app, workspaceId, campaign, sending), draft }
}

/** The channels on which nodes write. */
const writtenOn = (nodes: readonly GraphNode[]): Channel[] =>
  allChannels.filter((channel) => channelsOf(catalogue, nodes).includes(channel))

/** The waterfall as the API shows it; `steps` takes off first who does not enroll, then names who of the rest is passed over. */
export function showWaterfall(waterfall: Waterfall | null): {
  audienceSize: number
  matched: number
  steps: { reason: string; count: number }[]
  willEnroll: number
  reachable: number
} {
  if (!waterfall) return { audienceSize: 0, matched: 0, steps: [], willEnroll: 0, reachable: 0 }
  const { matched, excluded, archived, inside, wentThrough, willEnroll, noAddress, suppressed, capped } = waterfall
  return {
    audienceSize: matched - excluded - archived,
    matched,
    steps: [
      { reason: 'excluded', count: excluded },
      { reason: 'archived', count: archived },
      { reason: 'inside', count: inside },
      { reason: 'went-through', count: wentThrough },
      { reason: 'no-address', count: noAddress },
      { reason: 'suppressed', count: suppressed },
      { reason: 'capped', count: capped },
    ],
    willEnroll,
    reachable: willEnroll - noAddress - suppressed - capped,
  }
}

/** The customer's fields that the messages of these nodes name; with `bare` those without a default. */
async function fieldsIn(
  app: App,
  workspaceId: number,
  sending: readonly GraphNode[],
  which: { bare: boolean },
): Promise<string[]> {
  const names = sending.flatMap((node) => fieldsOf(node, 'x-ref', 'template'))
  const templates = await findTemplates(app.db, workspaceId, names)
  const texts = [
    ...sending.flatMap((node) => fieldsOf(node, 'x-template', 'full')),
    ...[...templates.values()].flatMap(({ subject, body }) => [subject, body]),
  ]
  return [...new Set(texts.flatMap((text) => fieldsNamed(text, which)))].slice(0, 50)
}

/** At most so many messages, and so long until the slowest sender has handed over its share; when they begin and how long it all takes. */
function estimate(
  workflow: CompiledWorkflow | null,
  sending: readonly GraphNode[],
  credentials: readonly UsedCredential[],
  reachable: number,
): Pick<Preflight, 'estimatedSends' | 'estimatedDurationSeconds' | 'firstSend' | 'longest'> {
  if (!workflow) return { estimatedSends: 0, estimatedDurationSeconds: 0, firstSend: null, longest: null }
  const senders = new Map(sending.map((node) => [node.id, senderOf(node)]))
  const seconds = credentials.map(
    ({ id, limits }) =>
      sendingPace(reachable * mostMessages(workflow, (node) => senders.get(node) === id), limits).seconds,
  )
  const { firstSend, longestMs, open } = journeyOf(catalogue, workflow)
  const sender = credentials.find(({ id }) => id === senders.get(firstSend?.nodeId ?? ''))
  return {
    estimatedSends: reachable * mostMessages(workflow, (node) => senders.has(node)),
    estimatedDurationSeconds: Math.max(0, ...seconds),
    firstSend:
      firstSend && sender ? { ...firstSend, sender: sender.name, pace: sendingPace(reachable, sender.limits) } : null,
    longest: { ms: longestMs[workflow.start] ?? 0, atLeast: open },
  }
}
