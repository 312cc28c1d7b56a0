import type { App } from '../app.ts'
import { requireState } from '../campaigns/lifecycle.ts'
import { lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { unknownCustomers } from '../customers/queries.ts'
import { invalidField, notFound } from '../errors.ts'
import { fireForOne } from '../firings/fire-one-sql.ts'
import { type Firing, findFiring } from '../firings/queries.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { findTrigger } from './queries.ts'

/**
 * Fires a trigger once for a customer, for real, as it would fire by itself: they have to be in the audience. Also one that is switched off.
 * @throws Problem `not_found`, `wrong_state` unless the campaign is active, `invalid` for an unknown customer
 */
export async function testTrigger(
  { db }: Pick<App, 'db'>,
  context: AuditContext,
  triggerId: string,
  { customerId, payload }: { customerId: string; payload: unknown },
): Promise<Firing & { payload: unknown }> {
  const { workspaceId, actor } = context
  const trigger = await findTrigger(db, workspaceId, triggerId)
  if (!trigger) throw notFound('trigger')
  const { campaignId } = trigger
  const [unknown] = await unknownCustomers(db, workspaceId, [customerId])
  if (unknown) throw invalidField('customerId', 'unknown_customer', 'There is no such customer in this workspace.')
  const firingId = await db.transaction().execute(async (tx) => {
    const campaign = await lockCampaign(tx, workspaceId, campaignId, 'shared')
    requireState(campaign.status, 'enroll')
    const fired = await fireForOne(tx, campaign, { type: 'test', triggerId, customerId, payload, by: actor.text })
    await audit(tx, context, 'trigger.tested', 'trigger', triggerId, { campaignId, customerId, firingId: fired })
    return fired
  })
  const firing = await findFiring(db, workspaceId, firingId)
  if (!firing) throw new Error('A firing vanished while it was added.')
  return firing
}
