import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { type BusEvent, openBus } from '../engine/bus-sql.ts'
import { loadCustomers } from '../engine/facts-sql.ts'
import { engagementDeltas, eventsHeard, fieldsRead, scoreProfile } from './criterion-rules.ts'
import {
  advanceScoreJob,
  nextOfJob,
  type ScoringCriterion,
  scoringCriteria,
  startScoreJob,
  takeScoreJob,
} from './score-job-queries.ts'
import { changeScores, type ScoreChange } from './score-queries.ts'

/** Events read, and customers scored, in one transaction: well under the two seconds that a write transaction may take. */
const batchSize = 1_000
const cursorName = 'scores'
/** What changes the profile of a customer. */
const profileEvents = new Set(['customer.created', 'customer.updated', 'customer.tagged', 'customer.untagged'])

/**
 * Reads the next events of the bus, in commit order: customers whose profile changed are scored anew by the profile criteria, and
 * engagement criteria move by each event that one of their rules means. The cursor and the scores are one transaction, so that no event
 * counts twice or not at all. Answers whether there is more to read.
 */
export async function followScoredEvents(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const bus = await openBus(tx, cursorName)
    if (!bus) return false
    const criteria = await scoringCriteria(tx)
    if (criteria.length === 0) {
      await bus.skip()
      return false
    }
    const events = await bus.read(batchSize)
    const last = events.at(-1)
    if (!last) return false
    const heard = new Set(criteria.flatMap(({ engagement }) => eventsHeard(engagement)))
    const byWorkspace = Map.groupBy(
      events.filter(({ name }) => profileEvents.has(name) || heard.has(name)),
      ({ workspaceId }) => workspaceId,
    )
    for (const [workspaceId, list] of byWorkspace) {
      const own = criteria.filter((criterion) => criterion.workspaceId === workspaceId)
      if (own.length > 0) await scoreEvents(tx, workspaceId, own, list)
    }
    await bus.moveTo(last)
    return events.length === batchSize
  })
}

async function scoreEvents(
  tx: Tx,
  workspaceId: number,
  criteria: readonly ScoringCriterion[],
  events: readonly BusEvent[],
): Promise<void> {
  // Locked before they are read: a change that commits later is on the bus behind these events, and scores them again.
  const present = await lockPresent(tx, workspaceId, [...new Set(events.map(({ customerId }) => customerId))])
  const changed = new Set(
    events
      .filter(({ name, customerId }) => profileEvents.has(name) && present.has(customerId))
      .map((event) => event.customerId),
  )
  await scoreProfiles(tx, workspaceId, criteria, [...changed])
  const moves: ScoreChange[] = events
    .filter(({ customerId }) => present.has(customerId))
    .flatMap(({ id, name, properties, customerId }) =>
      criteria.flatMap((criterion) =>
        engagementDeltas(criterion.engagement, { name, properties }).map((value) => ({
          customerId,
          criterionId: criterion.id,
          value,
          source: { kind: 'event', event: name, eventId: id },
        })),
      ),
    )
  for (const round of inRounds(moves)) await changeScores(tx, workspaceId, 'change', round)
}

/** Two changes of one score clamp one after the other: each round holds a pair of customer and criterion once. */
function inRounds(changes: readonly ScoreChange[]): ScoreChange[][] {
  const seen = new Map<string, number>()
  const rounds: ScoreChange[][] = []
  for (const change of changes) {
    const key = `${change.customerId}${change.criterionId}`
    const round = seen.get(key) ?? 0
    seen.set(key, round + 1)
    rounds[round] ??= []
    rounds[round].push(change)
  }
  return rounds
}

/** Scores customers by the profile criteria; the caller has locked them. Answers how many scores became others. */
async function scoreProfiles(
  tx: Tx,
  workspaceId: number,
  criteria: readonly ScoringCriterion[],
  customerIds: readonly string[],
): Promise<number> {
  const scoring = criteria.filter(({ profile }) => profile.length > 0)
  if (scoring.length === 0 || customerIds.length === 0) return 0
  const fields = new Set(scoring.flatMap(({ profile }) => [...fieldsRead(profile)]))
  const states = await loadCustomers(tx, customerIds, { fields, criterionIds: new Set() })
  const changes = customerIds.flatMap((customerId) =>
    scoring.map(({ id, profile }) => ({
      customerId,
      criterionId: id,
      value: scoreProfile(profile, states.get(customerId)?.customer ?? {}).score,
      source: { kind: 'rules' },
    })),
  )
  return await changeScores(tx, workspaceId, 'set', changes)
}

async function lockPresent(tx: Tx, workspaceId: number, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from customer
    where workspace_id = ${workspaceId} and id = any(${arrayLiteral(ids)}::uuid[]) and archived_at is null
    order by id for no key update
  `.execute(tx)
  return new Set(rows.map(({ id }) => id))
}

/** Carries one open job a chunk further, in one transaction. Answers whether there was one. */
export async function carryScoreJobOn(db: Db): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const job = await takeScoreJob(tx)
    if (!job) return false
    const criteria = await scoringCriteria(tx, job)
    const ids = criteria.length === 0 ? [] : await nextOfJob(tx, job, batchSize)
    const changed = await scoreProfiles(tx, job.workspaceId, criteria, ids)
    await advanceScoreJob(tx, job.id, {
      cursor: ids.at(-1) ?? null,
      lookedAt: ids.length,
      changed,
      last: ids.length < batchSize,
    })
    return true
  })
}

/** Scores a company’s customers anew after it changed, where some profile rule of the workspace looks at companies. */
export async function scoreCompany(tx: Tx, workspaceId: number, companyId: string, by: string): Promise<void> {
  const scope = { workspaceId, productId: null, criterionId: null }
  const criteria = await scoringCriteria(tx, scope)
  if (!criteria.some(({ profile }) => fieldsRead(profile).has('company'))) return
  await startScoreJob(tx, { ...scope, companyId, by })
}
