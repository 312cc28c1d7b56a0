import { type Db, sql, type Tx } from '../db/database.ts'
import type { Graph } from '../workflow/graph.ts'
import type { Layout } from './workflow-queries.ts'

/** Why a checkpoint was made: somebody opened the builder, or a proposal was about to be applied. */
export type CheckpointReason = 'opened' | 'ai'

/** A draft that was kept, in the list. */
export interface Checkpoint {
  id: string
  reason: CheckpointReason
  /** How many steps it has. */
  steps: number
  madeBy: string
  madeByName: string | null
  madeAt: Date
}

/** Most checkpoints that a campaign keeps; the oldest go. */
const most = 30

/**
 * Keeps the draft as it is now and answers the checkpoint's id; undefined when there is no such campaign. Where the newest one holds the
 * same draft for the same reason, or it was only opened, that one serves again.
 */
export async function keepDraft(
  tx: Tx,
  workspaceId: number,
  campaignId: string,
  { reason, by }: { reason: CheckpointReason; by: string },
): Promise<{ id: string; isNew: boolean } | undefined> {
  // A statement of its own: the next one sees what whoever held the lock has kept or saved.
  await sql`select from campaign where id = ${campaignId} and workspace_id = ${workspaceId} for no key update`.execute(
    tx,
  )
  const { rows } = await sql<{ id: string; isNew: boolean }>`
    with c as (
      select id, graph_version, data from campaign where id = ${campaignId} and workspace_id = ${workspaceId}
    ), newest as (
      select k.id, k.reason, k.graph_version from draft_checkpoint k join c on c.id = k.campaign_id order by k.id desc limit 1
    ), known as (
      select n.id from newest n join c on c.graph_version = n.graph_version where n.reason = ${reason} or ${reason} = 'opened'
    ), made as (
      insert into draft_checkpoint (workspace_id, campaign_id, reason, graph_version, made_by, graph)
      select ${workspaceId}, c.id, ${reason}, c.graph_version, ${by}, jsonb_build_object('layout', coalesce(c.data -> 'layout', '{}'),
        'nodes', coalesce((select jsonb_agg(jsonb_build_object('id', n.id, 'type', n.type, 'title', n.title, 'config', n.config)
          order by n.position) from node n where n.campaign_id = c.id), '[]'),
        'edges', coalesce((select jsonb_agg(jsonb_build_object('id', e.id, 'source', e.source, 'target', e.target, 'when', e."when")
          order by e.position) from edge e where e.campaign_id = c.id), '[]'))
      from c where not exists (select from known) returning id
    ), gone as (
      delete from draft_checkpoint where campaign_id = ${campaignId} and workspace_id = ${workspaceId} and id in (
        select id from draft_checkpoint where campaign_id = ${campaignId} order by id desc offset ${most - 1})
        and exists (select from made)
    )
    select id, true as "isNew" from made union all select id, false from known
  `.execute(tx)
  return rows[0]
}

const columns = sql`k.id, k.reason, jsonb_array_length(k.graph -> 'nodes') as steps, k.made_by as "madeBy",
  coalesce(a.name, t.name) as "madeByName", k.made_at as "madeAt"`
const tables = sql`draft_checkpoint k
  left join member m on k.made_by = 'member:' || m.id::text and m.workspace_id = k.workspace_id
  left join account a on a.id = m.account_id
  left join api_key t on k.made_by = 'key:' || t.id::text and t.workspace_id = k.workspace_id`

/** The checkpoints of a campaign's draft, the newest first. */
export async function listCheckpoints(db: Db, workspaceId: number, campaignId: string): Promise<Checkpoint[]> {
  const { rows } = await sql<Checkpoint>`
    select ${columns} from ${tables} where k.campaign_id = ${campaignId} and k.workspace_id = ${workspaceId} order by k.id desc
  `.execute(db)
  return rows
}

/** One checkpoint with its graph; undefined when there is none. */
export async function findCheckpoint(
  db: Db | Tx,
  workspaceId: number,
  campaignId: string,
  id: string,
): Promise<(Checkpoint & Graph & { layout: Layout }) | undefined> {
  const { rows } = await sql<Checkpoint & Graph & { layout: Layout }>`
    select ${columns}, k.graph -> 'nodes' as nodes, k.graph -> 'edges' as edges, k.graph -> 'layout' as layout
    from ${tables} where k.id = ${id} and k.campaign_id = ${campaignId} and k.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}
