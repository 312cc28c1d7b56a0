import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { invalidField, Problem } from '../errors.ts'
import { nextFiring } from './cron.ts'
import { sentenceOf, type TriggerType, typesByThemselves } from './kinds.ts'
import type { Timing } from './schedule.ts'

/** The enabled triggers of a campaign, oldest first: what PRODUCT §2 counts as having one. */
export async function enabledTriggers(
  db: Db | Tx,
  campaignId: string,
): Promise<{ id: string; type: TriggerType; config: Record<string, unknown> }[]> {
  const { rows } = await sql<{ id: string; type: TriggerType; config: Record<string, unknown> }>`
    select id, type, config from trigger where campaign_id = ${campaignId} and enabled and deleted_at is null order by id
  `.execute(db)
  return rows
}

/** Whether triggers alone decide who enrolls: one of the enabled ones fires by itself. */
export const enrollsByItself = (triggers: readonly { type: TriggerType }[]): boolean =>
  triggers.some(({ type }) => typesByThemselves.includes(type))

/** The enabled triggers of a campaign that fire by themselves, with what they do in words. */
export async function decidingTriggers(
  db: Db | Tx,
  campaignId: string,
): Promise<{ id: string; type: TriggerType; sentence: string }[]> {
  const triggers = await enabledTriggers(db, campaignId)
  return triggers
    .filter(({ type }) => typesByThemselves.includes(type))
    .map(({ id, type, config }) => ({ id, type, sentence: sentenceOf(type, config) }))
}

/** Whoever matches cannot go on enrolling where triggers decide. @throws Problem `invalid` */
export async function requireNoTriggers(tx: Tx, campaignId: string): Promise<void> {
  if (!enrollsByItself(await enabledTriggers(tx, campaignId))) return
  const message = 'The triggers of this campaign decide who enrolls; switch them off to enroll whoever matches.'
  throw invalidField('enroll', 'has_triggers', message)
}

/**
 * The trigger that Run now presses, null where the campaign has none at all.
 * @throws Problem `wrong_state` when its triggers fire by themselves and none is manual (PRODUCT §2)
 */
export async function manualTrigger(db: Db | Tx, campaignId: string): Promise<string | null> {
  const triggers = await enabledTriggers(db, campaignId)
  const manual = triggers.find(({ type }) => type === 'manual')
  if (manual) return manual.id
  if (triggers.length === 0) return null
  const types = [...new Set(triggers.map(({ type }) => type))].join(' and ')
  throw new Problem(
    'wrong_state',
    `Customers enroll here by a trigger (${types}), so Run now does nothing. Add a manual trigger, or fire one of them for a customer.`,
    { extra: { triggers: types } },
  )
}

/**
 * What a status move does to schedules, in its transaction: an active campaign counts its next firings from now, whatever was missed; a
 * completed or archived one takes none. While paused they come due and are refused.
 */
export async function moveSchedules(tx: Tx, campaignId: string, to: string): Promise<void> {
  if (to === 'paused') return
  const { rows } = await sql<{ id: string; config: Timing; now: Date }>`
    select id, config, clock_timestamp() as now from trigger
    where campaign_id = ${campaignId} and type = 'schedule' and deleted_at is null order by id for update
  `.execute(tx)
  if (rows.length === 0) return
  const enabled = new Set((await enabledTriggers(tx, campaignId)).map(({ id }) => id))
  const next = rows.map(({ id, config, now }) =>
    to === 'active' && enabled.has(id) ? (nextFiring(config, now)?.toISOString() ?? null) : null,
  )
  await sql`
    update trigger t set next_at = v.at
    from unnest(${arrayLiteral(rows.map(({ id }) => id))}::uuid[], ${arrayLiteral(next)}::timestamptz[]) as v(id, at) where t.id = v.id
  `.execute(tx)
}

/** A campaign whose triggers fire by themselves no longer enrolls whoever matches. Answers whether it did. */
export async function stopKeeping(tx: Tx, campaignId: string): Promise<boolean> {
  const { rows } = await sql`
    update campaign set enroll_mode = 'none', version = version + 1, updated_at = now()
    where id = ${campaignId} and enroll_mode = 'keep' returning id
  `.execute(tx)
  if (rows.length === 0) return false
  await sql`
    update firing set status = 'stopped', finished_at = clock_timestamp()
    where campaign_id = ${campaignId} and type = 'keep' and status in ('scheduled', 'running', 'held')
  `.execute(tx)
  return true
}
