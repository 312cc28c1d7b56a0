import { type Db, sql } from '../db/database.ts'

/** An open builder: whose, and the node that is open in its drawer. */
export interface Presence {
  /** One open tab. */
  tab: string
  memberId: string
  name: string
  nodeId: string | null
}

/** A simulation under way; `total` null while it is not known. */
export interface SimulationProgress {
  id: string
  done: number
  total: number | null
}

/** What those who have a campaign open hear beside its counts. */
export interface Watched {
  draft: { version: number; by: string | null; byName: string | null; at: string | null }
  presence: Presence[]
  simulations: SimulationProgress[]
}

/** A tab that was not heard of for so many seconds is gone; a simulation, too. */
const goneAfterSeconds = 45

/** Who has the campaign open, the state of its draft, and simulations under way. Nothing when the campaign is gone. */
export async function findWatched(db: Db, workspaceId: number, campaignId: string): Promise<Watched | undefined> {
  const { rows } = await sql<Watched>`
    select jsonb_build_object('version', c.graph_version, 'by', c.draft_by, 'byName', coalesce(a.name, k.name), 'at', c.draft_at) as draft,
      coalesce((select jsonb_agg(jsonb_build_object('tab', p.tab, 'memberId', p.member_id, 'name', pa.name, 'nodeId', p.node_id)
          order by pa.name, p.tab)
        from builder_presence p join member pm on pm.id = p.member_id join account pa on pa.id = pm.account_id
        where p.campaign_id = c.id and p.seen_at > now() - make_interval(secs => ${goneAfterSeconds})), '[]') as presence,
      coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'done', s.done, 'total', s.total) order by s.id)
        from simulation s where s.campaign_id = c.id and s.seen_at > now() - make_interval(secs => ${goneAfterSeconds})), '[]')
        as simulations
    from campaign c
    left join member m on c.draft_by = 'member:' || m.id::text and m.workspace_id = c.workspace_id
    left join account a on a.id = m.account_id
    left join api_key k on c.draft_by = 'key:' || k.id::text and k.workspace_id = c.workspace_id
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/** Notes that a member has a campaign open in a tab, and clears what was not heard of for long. Answers whether there is such a campaign. */
export async function seePresence(
  db: Db,
  workspaceId: number,
  campaignId: string,
  { tab, memberId, nodeId }: { tab: string; memberId: string; nodeId: string | null },
): Promise<boolean> {
  const { rows } = await sql`
    with gone as (delete from builder_presence where seen_at < now() - interval '10 minutes')
    insert into builder_presence (campaign_id, tab, workspace_id, member_id, node_id)
    select id, ${tab}::uuid, workspace_id, ${memberId}::uuid, ${nodeId}::text from campaign
    where id = ${campaignId} and workspace_id = ${workspaceId}
    on conflict (campaign_id, tab) do update set node_id = excluded.node_id, seen_at = now()
      where builder_presence.member_id = excluded.member_id
    returning tab
  `.execute(db)
  return rows.length > 0
}

/** A tab was closed. */
export async function endPresence(db: Db, workspaceId: number, campaignId: string, tab: string): Promise<void> {
  await sql`
    delete from builder_presence where campaign_id = ${campaignId} and workspace_id = ${workspaceId} and tab = ${tab}::uuid
  `.execute(db)
}

/** How far a simulation is, for who listens; nothing else of it is written anywhere. */
export async function tellProgress(
  db: Db,
  workspaceId: number,
  campaignId: string,
  { id, done, total }: SimulationProgress,
): Promise<void> {
  await sql`
    with gone as (delete from simulation where seen_at < now() - interval '10 minutes')
    insert into simulation (id, campaign_id, workspace_id, done, total)
    select ${id}::uuid, id, workspace_id, ${done}::int, ${total}::int from campaign
    where id = ${campaignId} and workspace_id = ${workspaceId}
    on conflict (id) do update set done = excluded.done, total = excluded.total, seen_at = now()
      where simulation.campaign_id = excluded.campaign_id
  `.execute(db)
}

/** A simulation is over, however it ended. */
export async function endProgress(db: Db, workspaceId: number, id: string): Promise<void> {
  await sql`delete from simulation where id = ${id}::uuid and workspace_id = ${workspaceId}`.execute(db)
}
