import { type Db, sql } from '../db/database.ts'
import type { AuditRow } from './queries.ts'

/** What an id in the audit log stands for, as it is called now; a thing that is gone has none. */
export interface AuditName {
  id: string
  type: string
  /** Null where the thing has no name of its own. */
  name: string | null
  /** What it belongs to: the campaign of a trigger, the product of a criterion. */
  parentId: string | null
  parentName: string | null
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** All ids that stand somewhere in a value. */
function idsIn(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (uuid.test(value)) found.add(value)
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) idsIn(inner, found)
  }
}

/** So many ids are looked up for one page of the log; what is beyond stays without a name. */
const mostIds = 2_000

/** Names for the ids that entries of the audit log mention, by id; only what is of this workspace. */
export async function auditNames(
  db: Db,
  workspaceId: number,
  rows: readonly Pick<AuditRow, 'objectType' | 'objectId' | 'detail'>[],
): Promise<Map<string, AuditName>> {
  const found = new Set<string>()
  for (const { objectId, detail } of rows) idsIn([objectId, detail], found)
  const ids = [...found].slice(0, mostIds)
  const numbered = (type: string) =>
    rows.flatMap(({ objectType, objectId }) =>
      objectType === type && objectId !== null && /^\d{1,18}$/.test(objectId) ? [objectId] : [],
    )
  const runs = numbered('run')
  const messages = numbered('message')
  if (ids.length + runs.length + messages.length === 0) return new Map()
  const named = await sql<AuditName>`
    with asked as (select unnest(${ids}::uuid[]) as id)
    select x.id::text, 'campaign' as type, x.name, null::text as "parentId", null as "parentName"
      from asked join campaign x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'customer',
        coalesce(nullif(concat_ws(' ', x.first_name, x.last_name), ''), x.email, x.external_id), null, null
      from asked join customer x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'company', coalesce(nullif(x.name, ''), x.domain), null, null
      from asked join company x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'segment', x.name, null, null
      from asked join segment x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'product', x.name, null, null
      from asked join product x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'criterion', x.name, p.id::text, p.name
      from asked join fit_criterion x using (id) join product p on p.id = x.product_id where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'template', x.name, null, null
      from asked join template x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'credential', x.name, null, null
      from asked join credential x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'trigger', x.type, c.id::text, c.name
      from asked join trigger x using (id) join campaign c on c.id = x.campaign_id where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'firing', null, c.id::text, c.name
      from asked join firing x using (id) join campaign c on c.id = x.campaign_id where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'checkpoint', null, c.id::text, c.name
      from asked join draft_checkpoint x using (id) join campaign c on c.id = x.campaign_id where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'task', x.title, null, null
      from asked join task x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'import', x.file_name, null, null
      from asked join import x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'job', null, null, null
      from asked join job x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'note', null, null, null
      from asked join customer_note x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'suppression', x.address, null, null
      from asked join suppression x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'invitation', x.email, null, null
      from asked join invitation x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'api-key', x.name, null, null
      from asked join api_key x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'webhook', x.name, null, null
      from asked join webhook x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'ai_provider', x.name, null, null
      from asked join ai_provider x using (id) where x.workspace_id = ${workspaceId}
    union all select x.id::text, 'member', a.name, null, null
      from asked join member x using (id) join account a on a.id = x.account_id where x.workspace_id = ${workspaceId}
    union all select a.id::text, 'account', a.name, null, null
      from asked join account a using (id) join member x on x.account_id = a.id and x.workspace_id = ${workspaceId}
    union all select x.id::text, 'run', null, c.id::text, c.name
      from run x join campaign c on c.id = x.campaign_id
      where x.id = any(${runs}::bigint[]) and x.workspace_id = ${workspaceId}
    union all select x.id::text, 'message', null, c.id::text, c.name
      from message x join campaign c on c.id = x.campaign_id
      where x.id = any(${messages}::bigint[]) and x.workspace_id = ${workspaceId}
  `.execute(db)
  return new Map(named.rows.map((name) => [name.id, name]))
}

/** The names that one entry mentions: of its object, and of what its detail tells of. */
export function namesOf(
  row: Pick<AuditRow, 'objectType' | 'objectId' | 'detail'>,
  known: ReadonlyMap<string, AuditName>,
): AuditName[] {
  const found = new Set<string>()
  idsIn(row.detail, found)
  if (row.objectId !== null) found.add(row.objectId)
  return [...found].flatMap((id) => known.get(id) ?? [])
}
