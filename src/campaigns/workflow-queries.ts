import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import type { CompiledWorkflow, Graph, GraphEdge, GraphNode } from '../workflow/graph.ts'
import { touchedKeys } from './changes.ts'
import type { Status } from './lifecycle.ts'

/** Positions on the canvas by node id, and `$notes`; no part of the graph's version. */
export type Layout = Record<string, unknown>

/** The draft graph of a campaign. */
export interface Draft extends Graph {
  layout: Layout
  version: number
  status: Status
}

/** The draft with its nodes and edges in the order in which they were saved. */
export async function findDraft(db: Db | Tx, workspaceId: number, campaignId: string): Promise<Draft | undefined> {
  const { rows } = await sql<Draft>`
    select c.graph_version as version, c.status, coalesce(c.data -> 'layout', '{}') as layout,
      coalesce((select jsonb_agg(jsonb_build_object('id', n.id, 'type', n.type, 'title', n.title, 'config', n.config) order by n.position)
        from node n where n.campaign_id = c.id), '[]') as nodes,
      coalesce((select jsonb_agg(jsonb_build_object('id', e.id, 'source', e.source, 'target', e.target, 'when', e."when") order by e.position)
        from edge e where e.campaign_id = c.id), '[]') as edges
    from campaign c where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/**
 * Replaces the draft graph as a whole, valid or not, when its version is the one that the caller saw. Once a version was published, it
 * is remembered who touched what. Answers the new version, or nothing when the campaign is gone, archived or was changed meanwhile.
 */
export async function replaceDraft(
  tx: Tx,
  workspaceId: number,
  campaignId: string,
  { nodes, edges, layout, by }: { nodes: GraphNode[]; edges: GraphEdge[]; layout: Layout | undefined; by: string },
  version: number | null,
): Promise<number | undefined> {
  const { rows } = await sql<{ version: number; published: boolean }>`
    update campaign set graph_version = graph_version + 1, updated_at = now(), draft_by = ${by}, draft_at = now(),
      data = case when ${layout !== undefined} then jsonb_set(data, '{layout}', ${JSON.stringify(layout ?? {})}::jsonb) else data end
    where id = ${campaignId} and workspace_id = ${workspaceId} and status <> 'archived'
      and (${version}::int is null or graph_version = ${version})
    returning graph_version as version, version_id is not null as published
  `.execute(tx)
  const saved = rows[0]?.version
  if (saved === undefined) return undefined
  if (rows[0]?.published) await rememberTouched(tx, workspaceId, campaignId, { nodes, edges }, by)
  await sql`delete from node where campaign_id = ${campaignId}`.execute(tx)
  await sql`delete from edge where campaign_id = ${campaignId}`.execute(tx)
  await sql`
    insert into node (campaign_id, id, type, title, config, position)
    select ${campaignId}, n.id, n.type, n.title, n.config, n.position
    from unnest(${arrayLiteral(nodes.map((node) => node.id))}::text[], ${arrayLiteral(nodes.map((node) => node.type))}::text[],
      ${arrayLiteral(nodes.map((node) => node.title))}::text[], ${arrayLiteral(nodes.map((node) => JSON.stringify(node.config)))}::jsonb[])
      with ordinality as n(id, type, title, config, position)
  `.execute(tx)
  await sql`
    insert into edge (campaign_id, id, source, target, "when", position)
    select ${campaignId}, e.id, e.source, e.target, e."when", e.position
    from unnest(${arrayLiteral(edges.map((edge) => edge.id))}::text[], ${arrayLiteral(edges.map((edge) => edge.source))}::text[],
      ${arrayLiteral(edges.map((edge) => edge.target))}::text[], ${arrayLiteral(edges.map((edge) => edge.when))}::text[])
      with ordinality as e(id, source, target, "when", position)
  `.execute(tx)
  return saved
}

/** Notes who made a draft differ from what it was; its row is locked. */
async function rememberTouched(
  tx: Tx,
  workspaceId: number,
  campaignId: string,
  graph: Graph,
  by: string,
): Promise<void> {
  const before = await findDraft(tx, workspaceId, campaignId)
  const keys = before ? touchedKeys(before, graph) : []
  if (keys.length === 0) return
  await sql`
    update campaign set draft_touched = draft_touched || (
      select jsonb_object_agg(key, jsonb_build_object('by', ${by}::text, 'at', to_jsonb(now()))) from unnest(${arrayLiteral(keys)}::text[]) key)
    where id = ${campaignId}
  `.execute(tx)
}

/** Saves positions only. Answers whether there is such a campaign that is not archived. */
export async function saveLayout(db: Db, workspaceId: number, campaignId: string, layout: Layout): Promise<boolean> {
  const { rows } = await sql`
    update campaign set data = jsonb_set(data, '{layout}', ${JSON.stringify(layout)}::jsonb)
    where id = ${campaignId} and workspace_id = ${workspaceId} and status <> 'archived' returning id
  `.execute(db)
  return rows.length > 0
}

/** Publishes a version and makes it the campaign's current one. `graph` is the compiled workflow with the drawn graph beside it. */
export async function publishVersion(
  tx: Tx,
  campaignId: string,
  graph: Pick<CompiledWorkflow, 'listens' | 'goals'>,
  { by, note = null, draftVersion }: { by: string; note?: string | null; draftVersion: number },
): Promise<number> {
  const { rows } = await sql<{ number: number }>`
    with v as (
      insert into workflow_version (campaign_id, number, graph, listens, goals, note, published_by, draft_version)
      select ${campaignId}, coalesce(max(number), 0) + 1, ${JSON.stringify(graph)}::jsonb, ${arrayLiteral(graph.listens)}::text[],
        ${arrayLiteral(graph.goals?.listens ?? [])}::text[], ${note}, ${by}, ${draftVersion}::int
      from workflow_version where campaign_id = ${campaignId} returning id, number
    ), c as (update campaign set version_id = (select id from v), draft_touched = '{}' where id = ${campaignId})
    select number from v
  `.execute(tx)
  return rows[0]?.number ?? 0
}
