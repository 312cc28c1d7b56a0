import type { App } from '../app.ts'
import { checkGraph } from '../campaigns/check.ts'
import { findCampaign } from '../campaigns/queries.ts'
import { findDraft } from '../campaigns/workflow-queries.ts'
import type { CampaignFacts } from '../engine/facts.ts'
import { type CustomerNeeds, loadCampaigns } from '../engine/facts-sql.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import type { CompiledWorkflow, Graph } from '../workflow/graph.ts'
import type { Rates } from './behaviour.ts'
import { countPeople, drawIds, findFrequencyCap, loadPeople, nextIds, type SimulatedAudience } from './queries.ts'
import { runSimulation } from './run-simulation.ts'
import type { SimulationResult } from './tally.ts'
import type { SimulatedCustomer } from './walk.ts'

const portionSize = 2_000

/** A campaign's draft, or a graph in its place, as a simulation takes it. */
export interface SimulatedCampaign {
  workflow: CompiledWorkflow
  campaign: CampaignFacts
  /** Null when none is chosen yet. */
  audience: SimulatedAudience | null
  needs: CustomerNeeds
  triggerType: string
  /** Of the workspace. */
  frequencyCap: number | null
}

/** Reads and checks the draft of a campaign, or `proposed` in its place. @throws Problem `not_found`, `invalid_workflow` with everything that is to fix */
export async function readSimulatedCampaign(
  { db }: Pick<App, 'db'>,
  workspaceId: number,
  campaignId: string,
  proposed?: Graph,
): Promise<SimulatedCampaign> {
  const found = await findCampaign(db, workspaceId, campaignId)
  const draft = await findDraft(db, workspaceId, campaignId)
  if (!found || !draft) throw notFound('campaign')
  const { workflow, problems } = await checkGraph(db, workspaceId, campaignId, proposed ?? draft)
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (!workflow) {
    const detail = `A workflow with errors cannot be simulated: ${errors[0]?.message ?? ''}`
    throw new Problem('invalid_workflow', detail, {
      errors: errors.slice(0, 100).map(({ nodeId, edgeId, field, code, message }) => ({
        path: [nodeId ?? edgeId ?? 'workflow', ...(field ? [field] : [])].join('.'),
        code,
        message,
      })),
      extra: { problems: errors.slice(0, 100) },
    })
  }
  const [campaign] = await loadCampaigns(db, [campaignId])
  if (!campaign) throw notFound('campaign')
  const { audience, excludeSegmentId } = found
  return {
    workflow,
    campaign,
    audience: audience && { workspaceId, audience, excludeSegmentId },
    needs: needsOf(workflow, campaign.defaultCriterionId),
    triggerType: String(workflow.nodes[workflow.start]?.config.type ?? 'manual'),
    frequencyCap: await findFrequencyCap(db, workspaceId),
  }
}

/** What customers of any node are looked at for, and the addresses that decide whether they can be written to. */
function needsOf({ nodes }: CompiledWorkflow, defaultCriterionId: string | null): CustomerNeeds {
  const all = Object.values(nodes)
  const needs = all.map((node) => node.needs)
  // Whether a tag is new to the customer decides whether anything happened.
  const tags = all.some(({ listens }) => listens.some((name) => /^customer\.(un)?tagged$/.test(name))) ? ['tags'] : []
  return {
    fields: new Set([
      'email',
      'telegramChatId',
      'linkedinUrl',
      'timezone',
      ...tags,
      ...needs.flatMap(({ customer }) => customer),
    ]),
    criterionIds: new Set(needs.flatMap(({ scores }) => scores.flatMap((id) => id ?? defaultCriterionId ?? []))),
  }
}

/**
 * Simulates a campaign's draft, or a graph in its place, over its audience, or over so many drawn from it (PRODUCT §7). Sends nothing and writes nothing;
 * `progress` hears how many customers of how many are done.
 * @throws Problem `not_found`, `invalid_workflow`, `invalid` without an audience, `rate_limited`
 */
export async function simulateCampaign(
  { db }: Pick<App, 'db'>,
  workspaceId: number,
  campaignId: string,
  wanted: {
    /** In place of the draft. */
    graph?: Graph | undefined
    sample: number | null
    rates: Rates
    seed: string
    startAt: Date
    triggerPayload: unknown
  },
  signal?: AbortSignal,
  progress: (done: number, total: number | null) => void = () => undefined,
): Promise<SimulationResult> {
  const simulated = await readSimulatedCampaign({ db }, workspaceId, campaignId, wanted.graph)
  const { workflow, campaign, audience, needs, triggerType, frequencyCap } = simulated
  if (!audience) throw invalidField('audience', 'required', 'Choose an audience first: there is nobody to simulate.')

  let total: number | null = null
  async function* portions(from: SimulatedAudience): AsyncGenerator<SimulatedCustomer[]> {
    if (wanted.sample !== null) {
      const ids = await drawIds(db, from, wanted.sample, wanted.seed)
      total = ids.length
      progress(0, total)
      for (let at = 0; at < ids.length; at += portionSize) {
        yield await loadPeople(db, workspaceId, ids.slice(at, at + portionSize), needs)
      }
      return
    }
    total = await countPeople(db, from)
    progress(0, total)
    for (let last: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof nextIds>> = await nextIds(db, from, last, portionSize)
      if (page.ids.length > 0) yield await loadPeople(db, workspaceId, page.ids, needs)
      last = page.last
      if (last === null) return
    }
  }

  const { rates, seed, startAt, triggerPayload } = wanted
  const setup = { workflow, campaign, startAt, trigger: { type: triggerType, payload: triggerPayload }, frequencyCap }
  return await runSimulation({ setup, rates, seed }, portions(audience), signal, (done) => progress(done, total))
}
