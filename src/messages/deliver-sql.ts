import { type Db, sql } from '../db/database.ts'
import type { DueCredential } from './claim-sql.ts'
import type { TurnResult } from './lane.ts'
import { returnTokens, takeTokens } from './limits-sql.ts'
import { type Intent, recordSettled, type Settled, undoIntents, writeIntents } from './turn-sql.ts'

/**
 * One turn of a lane in one transaction: results are written down, then intents for the connections that are free now. `ended` tells whether
 * runs should be woken.
 */
export async function takeTurn(
  db: Db,
  turn: {
    credential: DueCredential
    worker: string
    leaseMs: number
    settled: readonly Settled[]
    intents: readonly Intent[]
  },
): Promise<TurnResult & { ended: boolean }> {
  const { credential, worker, leaseMs, settled, intents } = turn
  return db.transaction().execute(async (tx) => {
    const campaigns = intents.map((intent) => intent.campaignId)
    const locked = await recordSettled(tx, settled, campaigns)
    // Those without content are passed over and need no token.
    const sendable = intents.filter((intent) => intent.content !== null).length
    const { granted, waitMs } = sendable === 0 ? none : await takeTokens(tx, credential.id, credential.limits, sendable)
    const covered = coverFirst(intents, granted)
    const verdicts = await writeIntents(tx, intents.slice(0, covered), { worker, leaseMs, locked })
    const going = [...verdicts.values()].filter((verdict) => verdict === 'go').length
    await returnTokens(tx, credential.id, credential.limits, granted - going)
    const skipped = [...verdicts.values()].some((verdict) => !['go', 'hold', 'stale'].includes(verdict))
    const ended = skipped || settled.some((one) => one.settlement.to !== 'queued')
    return { verdicts, granted: covered, waitMs, ended }
  })
}

const none = { granted: 0, waitMs: 0 }

/** How many intents from the start hold at most `granted` that need a token. */
function coverFirst(intents: readonly Intent[], granted: number): number {
  let left = granted
  for (const [index, intent] of intents.entries()) {
    if (intent.content === null) continue
    if (left === 0) return index
    left -= 1
  }
  return intents.length
}

/** Takes back intents that a failed commit may have left behind. */
export async function undoTurn(db: Db, worker: string, intents: readonly Intent[]): Promise<void> {
  await db.transaction().execute((tx) => undoIntents(tx, worker, intents))
}

/** The published workflow of a version, for its message nodes. */
export async function loadGraph(db: Db, versionId: number): Promise<unknown> {
  const { rows } = await sql<{ graph: unknown }>`select graph from workflow_version where id = ${versionId}`.execute(db)
  return rows[0]?.graph ?? null
}
