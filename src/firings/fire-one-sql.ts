import type { LockedCampaign } from '../campaigns/lifecycle-sql.ts'
import type { Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { enrollChunk } from './enroll-sql.ts'
import { fatesOf } from './fates-sql.ts'
import { readEnrolling, recordChunk } from './fire-sql.ts'
import { addFiring, type FiringType } from './queries.ts'

/** A trigger fired for one customer. */
export interface FiringForOne {
  type: Extract<FiringType, 'webhook' | 'test'>
  triggerId: string
  customerId: string
  payload: unknown
  by: string
  id?: string
}

/**
 * Fires for one customer and carries it out at once, in the caller's transaction, who holds the campaign's lock shared and has read it as
 * active. Who is not in the audience, or was in the campaign before, is passed over with the reason. Answers the firing's id.
 */
export async function fireForOne(tx: Tx, campaign: LockedCampaign, firing: FiringForOne): Promise<string> {
  const { workspaceId, id: campaignId, excludeSegmentId } = campaign
  const { start, holdoutPercent } = await readEnrolling(tx, campaignId)
  if (!campaign.audience || start === null) throw new Error('An active campaign has neither audience nor workflow.')
  const audience = { type: 'list' as const, customerIds: [firing.customerId] }
  const id = await addFiring(tx, { ...firing, workspaceId, campaignId, audience, excludeSegmentId })
  const fates = await fatesOf(tx, { ...campaign, audience: campaign.audience }, [firing.customerId])
  const fate = fates.get(firing.customerId)
  const open = { id, workspaceId, campaignId, type: firing.type, audience, excludeSegmentId, cursor: null, skipped: {} }
  const chunk = fate
    ? { matched: 1, enrolled: 0, skipped: { [fate]: 1 }, cursor: null }
    : await enrollChunk(tx, open, { holdoutPercent, start })
  await recordChunk(tx, open, { ...chunk, last: true })
  await notifyWake(tx)
  return id
}
