import { type Db, sql } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { recordSettled, type Settled } from './turn-sql.ts'

const rowsPerSweep = 1_000

/**
 * Frees what a worker that died had in hand: claimed messages go back to the queue, under a new fence so that a late holder writes
 * nothing; messages in the provider's hands become unconfirmed, because nobody knows (TRUST §3.2). Answers how many of each.
 */
export async function sweepMessages(db: Db): Promise<{ requeued: number; unconfirmed: number }> {
  return db.transaction().execute(async (tx) => {
    const requeued = await sql`
      update message set state = 'queued', worker = null, lease_until = null, fence = fence + 1
      where id = any(array(select id from message where state = 'claimed' and lease_until < clock_timestamp() order by id
        limit ${rowsPerSweep} for update skip locked))
      returning 1
    `.execute(tx)
    const lost = await sql<{ id: number; fence: number }>`
      select id, fence from message where state = 'handing' and lease_until < clock_timestamp() order by id
      limit ${rowsPerSweep} for update skip locked
    `.execute(tx)
    const settled: Settled[] = lost.rows.map((row) => ({ ...row, settlement: lostInHand }))
    await recordSettled(tx, settled)
    if (requeued.rows.length + settled.length > 0) await notifyWake(tx)
    return { requeued: requeued.rows.length, unconfirmed: settled.length }
  })
}

const lostInHand: Settled['settlement'] = {
  to: 'unconfirmed',
  reason: 'worker_died',
  providerId: null,
  response: null,
  hard: false,
  afterMs: 0,
  free: false,
}
