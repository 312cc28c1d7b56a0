import { lockCampaign } from '../campaigns/lifecycle-sql.ts'
import { arrayLiteral, type Db, sql } from '../db/database.ts'
import { fireForOne } from '../firings/fire-one-sql.ts'
import { noteFirings } from '../firings/note-sql.ts'
import { idDays } from './sweep-sql.ts'

/** A webhook as a call finds it by its path, with the database's clock. */
export interface CalledTrigger {
  id: string
  workspaceId: number
  campaignId: string
  config: unknown
  enabled: boolean
  secret: string | null
  previousSecret: string | null
  status: string
  /** The firing that an accepted call with this id made within the last 7 days. */
  repeatOf: string | null
  now: Date
}

/** The webhook that is called by this path, and whether the call's id was accepted before; undefined for an unknown path. */
export async function findCalled(db: Db, path: string, webhookId: string): Promise<CalledTrigger | undefined> {
  const { rows } = await sql<CalledTrigger>`
    select t.id, t.workspace_id as "workspaceId", t.campaign_id as "campaignId", t.config, t.enabled, t.secret,
      case when t.previous_secret_until > clock_timestamp() then t.previous_secret end as "previousSecret", c.status, clock_timestamp() as now,
      (select k.firing_id from webhook_key k where k.trigger_id = t.id and k.id = ${webhookId} and k.at > ${forgottenAt}) as "repeatOf"
    from trigger t join campaign c on c.id = t.campaign_id
    where t.path = ${path} and t.deleted_at is null
  `.execute(db)
  return rows[0]
}

/** Ids that were accepted before are forgotten. */
const forgottenAt = sql`clock_timestamp() - make_interval(days => ${idDays}::int)`

/** What became of a call: its firing, new or from before; or the campaign was not active any more. */
export type Received = { firingId: string; repeated: boolean } | { status: string }

/**
 * Takes a call's id and fires for its customer, in one transaction: of many calls with one id at once the first one fires and the others
 * wait for it and answer the same. A campaign that stopped being active meanwhile takes neither, so the id may come again.
 */
export async function receive(
  db: Db,
  trigger: CalledTrigger,
  call: { webhookId: string; customerId: string; payload: unknown },
): Promise<Received> {
  return await db.transaction().execute(async (tx) => {
    const campaign = await lockCampaign(tx, trigger.workspaceId, trigger.campaignId, 'shared')
    if (campaign.status !== 'active') return { status: campaign.status }
    const { rows } = await sql<{ firing_id: string }>`
      insert into webhook_key (trigger_id, id, firing_id) values (${trigger.id}, ${call.webhookId}, new_id())
      on conflict (trigger_id, id) do update set firing_id = excluded.firing_id, at = excluded.at
        where webhook_key.at <= ${forgottenAt}
      returning firing_id
    `.execute(tx)
    const id = rows[0]?.firing_id
    if (id === undefined) {
      const taken = await sql<{ firing_id: string }>`
        select firing_id from webhook_key where trigger_id = ${trigger.id} and id = ${call.webhookId}
      `.execute(tx)
      if (!taken.rows[0]) throw new Error('A webhook id was taken and is not there.')
      return { firingId: taken.rows[0].firing_id, repeated: true }
    }
    const { customerId, payload } = call
    const firing = { type: 'webhook' as const, triggerId: trigger.id, customerId, payload, by: 'system', id }
    return { firingId: await fireForOne(tx, campaign, firing), repeated: false }
  })
}

/** Says in the trigger's firings that a call came while the campaign took nobody. */
export async function noteRefused(db: Db, { id, workspaceId, campaignId, status }: CalledTrigger): Promise<void> {
  if (status !== 'paused' && status !== 'completed') return
  const noted = { workspaceId, campaignId, triggerId: id, type: 'webhook' as const, status: 'refused' as const }
  await db.transaction().execute(async (tx) => {
    await noteFirings(tx, { ...noted, times: 1, matched: 0, skipped: {}, error: `The campaign was ${status}.` })
  })
}

/** Refused calls of a kind, as they are written down. */
export interface RefusedCalls {
  triggerId: string
  reason: string
  detail: string
  webhookId: string | null
  times: number
}

/** Adds refused calls to the rows of this minute. */
export async function recordRefusals(db: Db, calls: readonly RefusedCalls[]): Promise<void> {
  const column = <Value extends string | number | null>(pick: (call: RefusedCalls) => Value) =>
    arrayLiteral(calls.map(pick))
  await sql`
    insert into webhook_refusal (trigger_id, minute, reason, times, detail, webhook_id)
    select v.trigger_id, date_trunc('minute', clock_timestamp()), v.reason, v.times, v.detail, v.webhook_id
    from unnest(${column(({ triggerId }) => triggerId)}::uuid[], ${column(({ reason }) => reason)}::text[],
      ${column(({ times }) => times)}::int[], ${column(({ detail }) => detail)}::text[],
      ${column(({ webhookId }) => webhookId)}::text[]) as v(trigger_id, reason, times, detail, webhook_id)
    order by v.trigger_id, v.reason
    on conflict (trigger_id, minute, reason) do update set times = webhook_refusal.times + excluded.times, detail = excluded.detail,
      webhook_id = excluded.webhook_id, at = clock_timestamp()
  `.execute(db)
}
