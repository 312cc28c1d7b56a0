import type { Logger } from 'pino'
import type { Db, Tx } from '../db/database.ts'
import type { CompiledWorkflow, Needs } from '../workflow/graph.ts'
import {
  anythingDue,
  appendSteps,
  appendTally,
  type Candidate,
  type Claim,
  type ClaimedRun,
  claimDueRuns,
  claimRuns,
  clearInbox,
  type Decided,
  heardUntil,
  loadInbox,
  loadMessageOutcomes,
  loadTriggers,
  loadVersion,
  lockCandidates,
  nextDeadline,
  saveRuns,
  withdrawMessages,
} from './advance-sql.ts'
import { type Decision, decide, erred } from './decide.ts'
import type { AnyNode } from './define-node.ts'
import { applyEffects, type PlacedEffect } from './effects-sql.ts'
import { type NewEvent, recordEvents } from './events-sql.ts'
import type { CampaignFacts, HeardEvent, MessageOutcome } from './facts.ts'
import { loadCampaigns, loadCustomers, takePositions } from './facts-sql.ts'
import { Pace } from './pace.ts'
import type { Loop, Pass } from './scheduler.ts'

/** Named points inside a batch at which a crash test may stop the program. */
export type CrashPoint = 'claimed' | 'decided' | 'applied' | 'committed'

export interface AdvanceOptions {
  db: Db
  nodes: Readonly<Record<string, AnyNode>>
  log: Logger
  /** Most runs in one transaction. */
  batchSize?: number
  /** Batches under way at once in this process: one decides while the database works on the other. */
  concurrency?: number
  /** Called at the named points of a batch that has runs, with the time since it began, in ms. */
  onPoint?: (point: CrashPoint, sinceStartMs: number) => void
}

/** Below this many runs a batch gets no smaller: most of its time is the same for one run. */
const fewestRuns = 100
/** Batches below this size are a trickle, such as the answers of a mail server: it is let gather for a moment. */
const trickle = 150
const trickleRestMs = 100
/** Campaign and workspace facts may be this old, in ms. */
const campaignFactsAgeMs = 1_000
/** A full look, without the floors, follows at the latest after this time, in ms; later when looking is slow (an old snapshot is open). */
const fullLookMs = 1_000

/**
 * The Advance loop (ENGINE, loop 1). One transaction a batch: claim due runs, load what they look at, decide each, apply all effects
 * of one kind in one statement, write runs and steps, commit. A crash rolls the batch back. A run that throws is set aside with its
 * error; a batch that the database refuses is halved until the bad run stands alone.
 */
export function createAdvance(options: AdvanceOptions): Loop & { anythingDue(): Promise<boolean> } {
  const { db, nodes, log, batchSize = 1_000, concurrency = 3, onPoint = () => {} } = options
  const versions = new Map<number, CompiledWorkflow | null>()
  const campaigns = new Map<string, { facts: CampaignFacts; loadedAt: number }>()
  const floors = new Map<string, Date>()
  const pace = new Pace({ most: batchSize, least: fewestRuns })
  let nextFullLook = 0

  async function workflowOf(tx: Tx, versionId: number): Promise<CompiledWorkflow | null> {
    let workflow = versions.get(versionId)
    if (workflow === undefined) {
      workflow = await loadVersion(tx, versionId)
      if (workflow) versions.set(versionId, workflow)
    }
    return workflow ?? null
  }

  async function campaignFacts(tx: Tx, ids: readonly string[], ageMs: number): Promise<Map<string, CampaignFacts>> {
    const oldest = performance.now() - ageMs
    const stale = ids.filter((id) => (campaigns.get(id)?.loadedAt ?? Number.NEGATIVE_INFINITY) < oldest)
    if (stale.length > 0) {
      const loadedAt = performance.now()
      for (const facts of await loadCampaigns(tx, stale)) campaigns.set(facts.id, { facts, loadedAt })
    }
    return new Map(ids.flatMap((id) => (campaigns.has(id) ? [[id, campaigns.get(id)?.facts as CampaignFacts]] : [])))
  }

  /** Decides and writes one claimed batch inside its transaction. Answers how many of its runs went on or were told something. */
  async function work(
    tx: Tx,
    candidates: readonly Candidate[],
    claim: Claim,
    reached: (point: CrashPoint) => void = () => {},
  ): Promise<number> {
    const { runs } = claim
    const workflows = new Map<number, CompiledWorkflow>()
    for (const versionId of new Set(runs.map((run) => run.versionId))) {
      const workflow = await workflowOf(tx, versionId)
      if (workflow) workflows.set(versionId, workflow)
    }
    const needs = union(runs, workflows)
    // A step that changes a score says on which criterion: one that was just deleted is none.
    const factsAgeMs = needs.scores.size > 0 ? 0 : campaignFactsAgeMs
    const facts = await campaignFacts(tx, [...new Set(runs.map((run) => run.campaignId))], factsAgeMs)
    const criterionIds = new Set<string>()
    for (const run of runs) {
      for (const id of needs.scores) {
        const criterionId = id ?? facts.get(run.campaignId)?.defaultCriterionId
        if (criterionId) criterionIds.add(criterionId)
      }
    }
    const customers = await loadCustomers(tx, [...new Set(runs.map((run) => run.customerId))], {
      fields: needs.customer,
      criterionIds,
    })
    const messages = await loadMessageOutcomes(tx, runs, claim)
    const inbox = candidates.some((candidate) => candidate.told)
      ? await loadInbox(tx, runs, claim)
      : new Map<number, HeardEvent[]>()
    const told = runs.some((run) => run.awaiting === 'event') ? await heardUntil(tx, claim.now) : claim.now
    const triggers = needs.facts.has('trigger') ? await loadTriggers(tx, runs) : null
    const firstPosition = needs.facts.has('position') ? await takePositions(tx, runs.length) : 0

    const all: Decided[] = runs.map((run, index) => {
      const workflow = workflows.get(run.versionId)
      const campaign = facts.get(run.campaignId)
      const state = customers.get(run.customerId)
      const clock = claim.clocks.get(run.campaignId) ?? claim.now
      const trigger = triggers?.get(run.id) ?? run.trigger
      const aside = (code: string, message: string): Decided => ({ run, decision: setAside(run, clock, code, message) })
      if (!workflow || !campaign || !state)
        return aside('workflow_missing', 'The published workflow of this run cannot be read.')
      try {
        const around = {
          workflow,
          nodes,
          campaign,
          state,
          messages: messages.get(run.id) ?? none,
          events: inbox.get(run.id) ?? [],
          heardUntil: told,
          now: claim.now,
          clock,
          position: firstPosition + index,
        }
        return { run, decision: decide({ ...run, trigger }, around) }
      } catch (error) {
        return aside('walk_threw', error instanceof Error ? error.message : String(error))
      }
    })
    const decided = all.filter(({ decision }) => !decision.held)
    reached('decided')

    await applyEffects(tx, placed(decided))
    await recordEvents(tx, lifeEvents(decided))
    await appendSteps(tx, decided)
    await saveRuns(tx, decided)
    await withdrawMessages(
      tx,
      decided.filter(leftUnsent).map(({ run }) => ({ runId: run.id, nodeId: run.nodeId })),
    )
    await clearInbox(tx, candidates, runs)
    await appendTally(tx, counts(decided))
    for (const { run, decision } of decided) {
      if (decision.standing.is === 'live' && decision.standing.error) {
        log.warn({ runId: run.id, ...decision.standing.error }, 'A run erred at its node')
      }
    }
    reached('applied')
    return decided.length
  }

  /** One batch. Answers how many runs it moved and whether it had looked at everything. */
  async function batch(help?: () => void): Promise<{ moved: number; full: boolean }> {
    const startedAt = performance.now()
    const reached = (point: CrashPoint) => onPoint(point, performance.now() - startedAt)
    const full = startedAt >= nextFullLook
    let attempted: readonly ClaimedRun[] = []
    let moved = 0
    let candidates: readonly Candidate[] = []
    let lockedAt = startedAt
    try {
      await db.transaction().execute(async (tx) => {
        lockedAt = performance.now()
        candidates = await lockCandidates(tx, full ? new Map() : floors)
        if (full) {
          const tookMs = performance.now() - startedAt
          nextFullLook = performance.now() + Math.max(fullLookMs, tookMs * 20)
        }
        if (candidates.length === 0) return
        const claim = await claimDueRuns(tx, candidates, pace.size)
        attempted = claim.runs
        for (const run of claim.runs) {
          const floor = floors.get(run.campaignId)
          if (run.wakeAt && (!floor || floor < run.wakeAt)) floors.set(run.campaignId, run.wakeAt)
        }
        if (claim.runs.length === 0) return
        if (claim.runs.length >= pace.size) help?.()
        reached('claimed')
        moved = await work(tx, candidates, claim, reached)
      })
      pace.took(attempted.length, performance.now() - lockedAt)
    } catch (error) {
      floors.clear()
      if (attempted.length === 0 || !isRefusedByDatabase(error)) throw error
      log.warn({ err: error, runs: attempted.length }, 'The database refused a batch; looking for the run at fault')
      await bisect(attempted, error)
      moved = attempted.length
    }
    if (attempted.length > 0) reached('committed')
    return { moved, full }
  }

  /** Halves a refused batch until the run at fault stands alone, and sets that one aside; all others go through. */
  async function bisect(runs: readonly ClaimedRun[], error: unknown): Promise<void> {
    if (runs.length === 1) {
      const message = error instanceof Error ? error.message : String(error)
      await only(runs, async (tx, claim) => {
        const decided = claim.runs.map((run) => ({
          run,
          decision: setAside(run, claim.clocks.get(run.campaignId) ?? claim.now, 'refused_by_database', message),
        }))
        await saveRuns(tx, decided)
      })
      return
    }
    const middle = Math.ceil(runs.length / 2)
    for (const half of [runs.slice(0, middle), runs.slice(middle)]) {
      try {
        await only(half, async (tx, claim, candidates) => void (await work(tx, candidates, claim)))
      } catch (failure) {
        if (!isRefusedByDatabase(failure)) throw failure
        await bisect(half, failure)
      }
    }
  }

  async function only(
    runs: readonly ClaimedRun[],
    act: (tx: Tx, claim: Claim, candidates: readonly Candidate[]) => Promise<void>,
  ): Promise<void> {
    await db.transaction().execute(async (tx) => {
      const candidates = await lockCandidates(tx, new Map())
      const claim = await claimRuns(
        tx,
        candidates,
        runs.map((run) => run.id),
      )
      if (claim.runs.length > 0) await act(tx, claim, candidates)
    })
  }

  return {
    name: 'advance',
    concurrency,
    async pass(help): Promise<Pass> {
      const { moved, full } = await batch(help)
      if (moved > 0) return { again: true, nextAt: null, ...(moved < trickle && { restMs: trickleRestMs }) }
      if (!full) {
        // Nothing above the floors: look at everything once before sleeping.
        nextFullLook = Math.min(nextFullLook, performance.now())
        const again = await batch(help)
        if (again.moved > 0) return { again: true, nextAt: null }
      }
      return { again: false, nextAt: await nextDeadline(db, floors) }
    },
    anythingDue: () => anythingDue(db),
  }
}

const none: ReadonlyMap<string, MessageOutcome> = new Map()

const setAside = (run: ClaimedRun, clock: Date, code: string, message: string): Decision => ({
  steps: [],
  effects: [],
  standing: erred(clock, run, code, message),
  outputs: run.outputs,
})

/** What the batch looks at: the union of what its runs need from where they stand. */
function union(runs: readonly ClaimedRun[], workflows: ReadonlyMap<number, CompiledWorkflow>) {
  const seen = new Set<Needs>()
  for (const run of runs) {
    const needs = workflows.get(run.versionId)?.nodes[run.nodeId]?.needs
    if (needs) seen.add(needs)
  }
  const all = [...seen]
  return {
    customer: new Set(all.flatMap((needs) => needs.customer)),
    scores: new Set(all.flatMap((needs) => needs.scores)),
    facts: new Set(all.flatMap((needs) => needs.facts)),
  }
}

const placed = (decided: readonly Decided[]): PlacedEffect[] =>
  decided.flatMap(({ run, decision }) => decision.effects.map(({ effect, nodeId }) => ({ run, effect, nodeId })))

/** run.started with a run's first step, run.finished with its last. */
function lifeEvents(decided: readonly Decided[]): NewEvent[] {
  const events: NewEvent[] = []
  for (const { run, decision } of decided) {
    const place = {
      workspaceId: run.workspaceId,
      customerId: run.customerId,
      campaignId: run.campaignId,
      runId: run.id,
    }
    if (run.steps === 0 && decision.steps.length > 0)
      events.push({ ...place, name: 'run.started', properties: { entry: run.entry } })
    if (decision.standing.is === 'ended') {
      const { status, reason, nodeId } = decision.standing
      events.push({ ...place, name: 'run.finished', nodeId, properties: { status, reason } })
    }
  }
  return events
}

/** Rested at a message node and left it, perhaps before the message was handed over. */
const leftUnsent = ({ run, decision }: Decided): boolean =>
  (run.awaiting === 'message' || run.awaiting === 'event' || run.awaiting === 'skip') && decision.steps.length > 0

function counts(decided: readonly Decided[]) {
  const sums = new Map<string, { workspaceId: number; campaignId: string; metric: string; key: string; n: number }>()
  const add = (run: ClaimedRun, metric: string, key: string) => {
    const id = `${run.campaignId}\u0000${metric}\u0000${key}`
    const sum = sums.get(id)
    if (sum) sum.n += 1
    else sums.set(id, { workspaceId: run.workspaceId, campaignId: run.campaignId, metric, key, n: 1 })
  }
  for (const { run, decision } of decided) {
    for (const step of decision.steps) add(run, 'node', `${step.nodeId}:${step.label ?? 'end'}`)
    if (decision.standing.is === 'ended') add(run, 'ended', `${decision.standing.status}:${decision.standing.reason}`)
  }
  return [...sums.values()]
}

/**
 * Whether the database refused the data of a batch (SQLSTATE class 22, 23, 42 or 54), as opposed to being away, busy or in a
 * deadlock, which the next pass gets over by itself. https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
function isRefusedByDatabase(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return /^(22|23|42|54)/.test(code) && code.length === 5
}
