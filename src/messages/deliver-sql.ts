import { type Db, sql, type Tx } from '../db/database.ts'
import type { DueCredential } from './claim-sql.ts'
import type { TurnResult } from './lane.ts'
import { type Grant, returnTokens, takeTokens } from './limits-sql.ts'
import { type Intent, type Settled, undoIntents, writeTurn } from './turn-sql.ts'

/**
 * One turn of a lane: results are written down, then intents for the connections that are free now, all or nothing. Without limits that
 * is one statement and one round trip; tokens take a transaction around it. `ended` tells whether runs should be woken.
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
  const { limits } = credential
  const isLimited = limits.perSecond !== undefined || limits.perHour !== undefined || limits.perDay !== undefined
  // Those without content are passed over and need no token.
  const sendable = intents.filter((intent) => intent.content !== null).length
  const write = async (connection: Db | Tx, grant: Grant) => {
    const covered = coverFirst(intents, grant.granted)
    const verdicts = await writeTurn(connection, { settled, intents: intents.slice(0, covered), worker, leaseMs })
    const skipped = [...verdicts.values()].some((verdict) => !['go', 'hold', 'stale'].includes(verdict))
    const ended = skipped || settled.some((one) => one.settlement.to !== 'queued')
    return { verdicts, granted: covered, waitMs: grant.waitMs, ended }
  }
  if (!isLimited || sendable === 0) return write(db, { granted: sendable, waitMs: 0 })
  return db.transaction().execute(async (tx) => {
    const grant = await takeTokens(tx, credential.id, limits, sendable)
    const written = await write(tx, grant)
    const going = [...written.verdicts.values()].filter((verdict) => verdict === 'go').length
    await returnTokens(tx, credential.id, limits, grant.granted - going)
    return written
  })
}

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
