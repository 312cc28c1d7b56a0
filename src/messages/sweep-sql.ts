import { type Db, sql } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { putBack, settle } from './settle.ts'
import { type Settled, writeTurn } from './turn-sql.ts'

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
    const lost = await sql<{ id: number; fence: number; here: boolean; arrived: boolean }>`
      select m.id, m.fence, cr.type in ('sandbox', 'linkedin') as here, exists (select from sandbox_mail s where s.message_id = m.id) as arrived
      from message m join credential cr on cr.id = m.credential_id
      where m.state = 'handing' and m.lease_until < clock_timestamp() order by m.id
      limit ${rowsPerSweep} for update of m skip locked
    `.execute(tx)
    const settled: Settled[] = lost.rows.map(({ id, fence, here, arrived }) => {
      // The sandbox keeps its mail, and tasks are kept, beside the ledger: there it is known, or harmless to do again.
      const settlement = here ? (arrived ? inTheSandbox : putBack()) : lostInHand
      return { id, fence, settlement }
    })
    await writeTurn(tx, { settled, intents: [], worker: null, leaseMs: 0 })
    if (requeued.rows.length + settled.length > 0) await notifyWake(tx)
    const unconfirmed = settled.filter((one) => one.settlement === lostInHand).length
    return { requeued: requeued.rows.length + settled.length - unconfirmed, unconfirmed }
  })
}

const inTheSandbox = settle({ is: 'accepted', providerId: null, response: 'in the sandbox mailbox' }, 1, 0).settlement

const lostInHand: Settled['settlement'] = {
  to: 'unconfirmed',
  reason: 'worker_died',
  providerId: null,
  response: null,
  hard: false,
  afterMs: 0,
  free: false,
}
