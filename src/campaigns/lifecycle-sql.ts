import { type Db, sql, type Tx } from '../db/database.ts'
import { notifyWake } from '../engine/events-sql.ts'
import { notFound } from '../errors.ts'
import { addFiring } from '../firings/queries.ts'
import { moveSchedules } from '../triggers/campaign-triggers-sql.ts'
import { tellOfMove } from '../webhooks/feed-sql.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import type { Audience } from './audience.ts'
import { actions, destination, type Move, type Status } from './lifecycle.ts'
import { previewResume } from './resume-queries.ts'

/** A campaign as a move or an enrollment sees it, read after its lock was taken. */
export interface LockedCampaign {
  id: string
  workspaceId: number
  name: string
  status: Status
  version: number
  graphVersion: number
  audience: Audience | null
  excludeSegmentId: string | null
  enrollMode: 'keep' | 'now' | 'none'
  exitOnAudienceLeave: boolean
  versionId: number | null
}

/**
 * Takes the campaign's advisory lock until the transaction ends, then reads it in a statement of its own, so that what is read stays
 * true. Status moves lock `exclusive`; whoever only needs the status to stay is `shared` (ENGINE, "Status moves and batches").
 * @throws Problem `not_found`
 */
export async function lockCampaign(
  tx: Tx,
  workspaceId: number,
  id: string,
  mode: 'exclusive' | 'shared',
): Promise<LockedCampaign> {
  const found = await sql<{ lock_key: number }>`
    select lock_key from campaign where id = ${id} and workspace_id = ${workspaceId}
  `.execute(tx)
  const key = found.rows[0]?.lock_key
  if (key === undefined) throw notFound('campaign')
  if (mode === 'exclusive') await sql`select pg_advisory_xact_lock(1, ${key})`.execute(tx)
  else await sql`select pg_advisory_xact_lock_shared(1, ${key})`.execute(tx)
  const { rows } = await sql<LockedCampaign>`
    select id, workspace_id as "workspaceId", name, status, version, graph_version as "graphVersion", audience,
      exclude_segment_id as "excludeSegmentId", enroll_mode as "enrollMode",
      exit_on_audience_leave as "exitOnAudienceLeave", version_id as "versionId"
    from campaign where id = ${id} and workspace_id = ${workspaceId}
  `.execute(tx)
  const campaign = rows[0]
  if (!campaign) throw notFound('campaign')
  return campaign
}

export interface MoveOptions {
  /** Compares the version that the caller saw; throws when it is stale. */
  guard(version: number): void
  /** Leaving a pause: `keep` takes it off every wait, `continue` counts it as elapsed. */
  waits?: 'keep' | 'continue'
  /** Leaving a pause: lets those who are overdue then go on evenly over so many hours. */
  spreadHours?: number
  /** What else the move does, inside its transaction and under the lock; runs before the status changes. */
  prepare?(tx: Tx, campaign: LockedCampaign): Promise<void>
  /** What history keeps beside who, when, from and to. */
  detail?: Record<string, unknown>
}

/**
 * Moves a campaign to another status: waits for the batches that are in hand, then changes one row (and the open firings), however
 * many customers are inside. Answers how many messages were in a provider's hands at that moment.
 * @throws Problem `not_found`, `wrong_state`, and what `guard` and `prepare` throw
 */
export async function moveCampaign(
  db: Db,
  context: AuditContext,
  id: string,
  move: Move,
  options: MoveOptions,
): Promise<{ inHand: number }> {
  const { spreadHours } = options
  // Before the lock, as it takes a moment; while paused the number stands nearly still.
  const preview = spreadHours ? await previewResume(db, context.workspaceId, id) : undefined
  return await db.transaction().execute(async (tx) => {
    const campaign = await lockCampaign(tx, context.workspaceId, id, 'exclusive')
    const to = destination(campaign.status, move)
    options.guard(campaign.version)
    await options.prepare?.(tx, campaign)
    const waits = options.waits ?? 'keep'
    const leavesPause = campaign.status === 'paused' && (to === 'active' || to === 'completed')
    const spread = leavesPause && preview ? preview.atOnce[waits] : 0
    const endsSpread = leavesPause || to === 'paused' || to === 'archived'
    // The lock was waited for: only clock_timestamp() is the moment from which nothing moves any more.
    const { rows } = await sql<{ at: Date }>`
      with moment as materialized (
        select at, c.paused_total + case when ${leavesPause && waits === 'keep'} then at - c.paused_at else interval '0' end as paused_total
        from (select clock_timestamp() as at) t, campaign c where c.id = ${id}
      )
      update campaign c set
        status = ${to}, version = c.version + 1, updated_at = m.at,
        paused_at = case when ${to} = 'paused' then m.at end,
        paused_total = m.paused_total,
        ${endsSpread ? spreading(spread, spreadHours ?? 0) : sql``}
        activated_at = case when ${to} = 'active' then coalesce(c.activated_at, m.at) else c.activated_at end,
        archived_at = case when ${to} = 'archived' then m.at else c.archived_at end,
        leavers_checked_at = case when ${leavesPause} then null else c.leavers_checked_at end
      from moment m where c.id = ${id} and c.workspace_id = ${context.workspaceId} returning m.at
    `.execute(tx)
    const at = rows[0]?.at
    if (!at) throw notFound('campaign')
    await moveFirings(tx, id, to)
    await moveSchedules(tx, id, to)
    if (move === 'resume' || move === 'reopen') await keepEnrolling(tx, context, campaign)
    const inHand = move === 'pause' ? await messagesInHand(tx, id) : 0
    const detail = {
      ...options.detail,
      ...(leavesPause && { waits }),
      ...(spread > 0 && { spreadHours, spread }),
      ...(move === 'pause' && { inHand }),
    }
    const moved = await sql<{ id: number }>`
      insert into campaign_move (campaign_id, from_status, to_status, by, detail, at)
      values (${id}, ${campaign.status}, ${to}, ${context.actor.text}, ${JSON.stringify(detail)}::jsonb, ${at}) returning id
    `.execute(tx)
    await tellOfMove(tx, {
      id: moved.rows[0]?.id ?? 0,
      workspaceId: context.workspaceId,
      campaignId: id,
      from: campaign.status,
      to,
      by: context.actor.text,
      at,
    })
    await audit(tx, context, `campaign.${actions[move].done}`, 'campaign', id, { from: campaign.status, to, ...detail })
    await notifyWake(tx)
    return { inHand }
  })
}

/** Begins to let `total` overdue customers go evenly, from the moment `m` on; none ends it. */
const spreading = (total: number, hours: number) =>
  total > 0
    ? sql`spread_from = m.at, spread_until = m.at + make_interval(secs => ${hours * 3_600}::float8), spread_clock = m.at - m.paused_total,
        spread_total = ${total}, spread_released = 0,`
    : sql`spread_from = null, spread_until = null, spread_clock = null, spread_total = 0, spread_released = 0,`

/** Firings that are under way are held by a pause, go on after it, and end with the campaign. */
async function moveFirings(tx: Tx, campaignId: string, to: Status): Promise<void> {
  const open = sql`campaign_id = ${campaignId} and status in ('scheduled', 'running', 'held')`
  if (to === 'paused') await sql`update firing set status = 'held' where ${open}`.execute(tx)
  else if (to === 'active')
    await sql`update firing set status = 'running' where ${open} and status = 'held'`.execute(tx)
  else await sql`update firing set status = 'stopped', finished_at = clock_timestamp() where ${open}`.execute(tx)
}

/** Fires for the whole audience of a campaign that keeps enrolling, after what is left of a grace period: at resume, reopen and when its audience changes. */
export async function keepEnrolling(
  tx: Tx,
  context: AuditContext,
  campaign: Pick<LockedCampaign, 'id' | 'workspaceId' | 'audience' | 'excludeSegmentId' | 'enrollMode'>,
  graceSeconds = 0,
): Promise<void> {
  if (campaign.enrollMode !== 'keep' || !campaign.audience) return
  await addFiring(tx, {
    workspaceId: campaign.workspaceId,
    campaignId: campaign.id,
    type: 'keep',
    audience: campaign.audience,
    excludeSegmentId: campaign.excludeSegmentId,
    graceSeconds,
    by: context.actor.text,
  })
}

async function messagesInHand(tx: Tx, campaignId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select (select count(*) from message where state = 'handing' and campaign_id = ${campaignId})
      + (select count(*) from http_request where state = 'handing' and campaign_id = ${campaignId}) as n
  `.execute(tx)
  return rows[0]?.n ?? 0
}
