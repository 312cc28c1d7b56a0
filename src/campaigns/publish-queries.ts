import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import type { Graph } from '../workflow/graph.ts'
import type { Touch } from './changes.ts'

/** The version that a campaign's customers follow, and what was touched in the draft since. */
export interface CurrentVersion extends Graph {
  id: number
  number: number
  /** The draft's version that it was made of. */
  draftVersion: number | null
  touched: Record<string, Touch>
}

/** The current version as it was drawn; nothing where none was published yet. */
export async function findCurrentVersion(
  db: Db | Tx,
  workspaceId: number,
  campaignId: string,
): Promise<CurrentVersion | undefined> {
  const { rows } = await sql<CurrentVersion>`
    select v.id, v.number, v.draft_version as "draftVersion", c.draft_touched as touched,
      coalesce(v.graph -> 'drawn' -> 'nodes', '[]') as nodes, coalesce(v.graph -> 'drawn' -> 'edges', '[]') as edges
    from campaign c join workflow_version v on v.id = c.version_id
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  return rows[0]
}

/** How many customers who follow the current version stand on each of these nodes now. */
export async function countStanding(
  db: Db | Tx,
  workspaceId: number,
  campaignId: string,
  nodeIds: readonly string[],
): Promise<Map<string, number>> {
  if (nodeIds.length === 0) return new Map()
  const { rows } = await sql<{ nodeId: string; n: number }>`
    select r.node_id as "nodeId", count(*) as n from run r join campaign c on c.id = r.campaign_id
    where r.campaign_id = ${campaignId} and r.workspace_id = ${workspaceId} and r.finished_at is null and r.version_id is null
      and c.status <> 'archived' and r.node_id = any(${arrayLiteral(nodeIds)}::text[]) group by r.node_id
  `.execute(db)
  return new Map(rows.map(({ nodeId, n }) => [nodeId, n]))
}

/** The names of those who did something, by what history keeps of them (`member:<id>`, `key:<id>`). */
export async function findActorNames(
  db: Db,
  workspaceId: number,
  actors: readonly string[],
): Promise<Map<string, string>> {
  if (actors.length === 0) return new Map()
  const { rows } = await sql<{ actor: string; name: string }>`
    select w.actor, coalesce(a.name, k.name) as name from unnest(${arrayLiteral([...new Set(actors)])}::text[]) as w(actor)
    left join member m on w.actor = 'member:' || m.id::text and m.workspace_id = ${workspaceId}
    left join account a on a.id = m.account_id
    left join api_key k on w.actor = 'key:' || k.id::text and k.workspace_id = ${workspaceId}
    where coalesce(a.name, k.name) is not null
  `.execute(db)
  return new Map(rows.map(({ actor, name }) => [actor, name]))
}

/** A published version in the list. */
export interface PublishedVersion {
  number: number
  note: string | null
  publishedBy: string
  publishedByName: string | null
  publishedAt: Date
  /** Whether customers who enter now follow it. */
  current: boolean
  /** Customers inside who follow it. */
  inside: number
}

const versionColumns = sql`v.number, v.note, v.published_by as "publishedBy", coalesce(a.name, k.name) as "publishedByName",
  v.published_at as "publishedAt", v.id = c.version_id as current, coalesce(i.n, 0)::int as inside`

const versionTables = (campaignId: string) => sql`campaign c
  join workflow_version v on v.campaign_id = c.id
  left join (
    select coalesce(r.version_id, (l.leaving -> r.node_id ->> 'versionId')::bigint, l.version_id) as version_id, count(*) as n
    from run r join campaign l on l.id = r.campaign_id
    where r.campaign_id = ${campaignId} and r.finished_at is null and l.status <> 'archived' group by 1
  ) i on i.version_id = v.id
  left join member m on v.published_by = 'member:' || m.id::text and m.workspace_id = c.workspace_id
  left join account a on a.id = m.account_id
  left join api_key k on v.published_by = 'key:' || k.id::text and k.workspace_id = c.workspace_id`

/** A campaign's published versions, newest first. */
export async function listVersions(db: Db, workspaceId: number, campaignId: string): Promise<PublishedVersion[]> {
  const { rows } = await sql<PublishedVersion>`
    select ${versionColumns} from ${versionTables(campaignId)}
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId} order by v.number desc
  `.execute(db)
  return rows
}

/** One published version with its graph as it was drawn. */
export async function findVersion(
  db: Db,
  workspaceId: number,
  campaignId: string,
  number: number,
): Promise<(PublishedVersion & Graph) | undefined> {
  const { rows } = await sql<PublishedVersion & Graph>`
    select ${versionColumns}, coalesce(v.graph -> 'drawn' -> 'nodes', '[]') as nodes, coalesce(v.graph -> 'drawn' -> 'edges', '[]') as edges
    from ${versionTables(campaignId)}
    where c.id = ${campaignId} and c.workspace_id = ${workspaceId} and v.number = ${number}
  `.execute(db)
  return rows[0]
}

/** Writes what a version is about. Answers whether there is such a version. */
export async function setVersionNote(
  tx: Tx,
  workspaceId: number,
  campaignId: string,
  number: number,
  note: string | null,
): Promise<boolean> {
  const { rows } = await sql`
    update workflow_version v set note = ${note} from campaign c
    where v.campaign_id = c.id and c.id = ${campaignId} and c.workspace_id = ${workspaceId} and v.number = ${number} returning v.number
  `.execute(tx)
  return rows.length > 0
}
