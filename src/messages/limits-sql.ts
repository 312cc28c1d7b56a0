import { type Db, sql, type Tx } from '../db/database.ts'

/** A credential's limits, as saved; absent = none. */
export interface SendLimits {
  perSecond?: number
  perHour?: number
  perDay?: number
}

/** How many may go now, and when to ask again if that was fewer than wanted, in ms. */
export interface Grant {
  granted: number
  waitMs: number
}

const windows = [
  ['hour', 'perHour', 3_600_000],
  ['day', 'perDay', 86_400_000],
] as const

/**
 * Takes tokens for up to `wanted` messages in the caller's transaction; all workers share the buckets and a restart does not refill
 * them. Per second they drip, with next to no burst, so that no window of a second holds more than the limit. Per hour and per day
 * they are counted in windows that begin with the first message, so a small batch need not trickle.
 */
export async function takeTokens(tx: Tx, credentialId: string, limits: SendLimits, wanted: number): Promise<Grant> {
  let grant: Grant = { granted: wanted, waitMs: 0 }
  for (const [period, field, lengthMs] of windows) {
    const limit = limits[field]
    if (limit === undefined || grant.granted === 0) continue
    const { rows } = await sql<{ left: number; wait_ms: number }>`
      insert into credential_bucket as b (credential_id, period, tokens) values (${credentialId}, ${period}, ${limit})
      on conflict (credential_id, period) do update set
        tokens = least(${limit}, case when b.refilled_at + ${lengthMs} * interval '1 millisecond' <= clock_timestamp() then ${limit} else b.tokens end),
        refilled_at = case when b.refilled_at + ${lengthMs} * interval '1 millisecond' <= clock_timestamp() then clock_timestamp() else b.refilled_at end
      returning floor(tokens)::int as left,
        extract(epoch from refilled_at + ${lengthMs} * interval '1 millisecond' - clock_timestamp())::float8 * 1000 as wait_ms
    `.execute(tx)
    const { left, wait_ms } = rows[0] ?? { left: 0, wait_ms: 1_000 }
    if (left < grant.granted) grant = { granted: Math.max(0, left), waitMs: wait_ms }
  }
  const rate = limits.perSecond
  if (rate !== undefined && grant.granted > 0) {
    const burst = Math.max(1, Math.floor(rate / 50))
    const { rows } = await sql<{ tokens: number }>`
      insert into credential_bucket as b (credential_id, period, tokens) values (${credentialId}, 'second', ${burst})
      on conflict (credential_id, period) do update set
        tokens = least(${burst}, b.tokens + extract(epoch from clock_timestamp() - b.refilled_at)::float8 * ${rate}), refilled_at = clock_timestamp()
      returning tokens
    `.execute(tx)
    const tokens = rows[0]?.tokens ?? 0
    // What adds up in floating point may fall short of a whole token by a hair.
    const left = Math.floor(tokens + 1e-6)
    if (left < grant.granted) grant = { granted: left, waitMs: Math.max(1, ((1 - (tokens - left)) / rate) * 1_000) }
  }
  if (grant.granted > 0) await spend(tx, credentialId, limits, grant.granted)
  return grant
}

/** Gives back tokens of messages that were not handed over after all. */
export async function returnTokens(tx: Tx, credentialId: string, limits: SendLimits, count: number): Promise<void> {
  if (count > 0) await spend(tx, credentialId, limits, -count)
}

async function spend(tx: Tx, credentialId: string, limits: SendLimits, count: number): Promise<void> {
  if (limits.perSecond === undefined && limits.perHour === undefined && limits.perDay === undefined) return
  await sql`update credential_bucket set tokens = tokens - ${count} where credential_id = ${credentialId}`.execute(tx)
}

/** Nothing is claimed for the credential for a while, by any worker. Not a fault: its limit is used up. */
export async function holdForLimit(db: Db, credentialId: string, waitMs: number): Promise<void> {
  await sql`
    update credential set held_until = greatest(coalesce(held_until, '-infinity'), clock_timestamp() + ${waitMs} * interval '1 millisecond')
    where id = ${credentialId}
  `.execute(db)
}
