import { containing, type Db, sql, type Tx } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, orderBy, type PageRequest, readList } from '../db/listing.ts'

/** A template as the API shows it. */
export interface Template {
  id: string
  name: string
  channel: 'email' | 'telegram' | 'linkedin' | 'ai'
  subject: string
  body: string
  archivedAt: Date | null
  version: number
  createdAt: Date
  updatedAt: Date
}

/** A saved state of a template. */
export interface TemplateVersion {
  number: number
  subject: string
  body: string
  savedBy: string | null
  savedAt: Date
}

const columns = sql`t.id, t.name, t.channel, t.subject, t.body, t.archived_at as "archivedAt", t.version, t.created_at as "createdAt",
  t.updated_at as "updatedAt"`

/** Which campaigns, other than archived ones, name templates in a message in draft or in force: name in small letters, campaign. */
const uses = (workspaceId: number) => sql`
  select lower(n.config ->> 'templateName') as name, c.id as campaign_id
  from campaign c join node n on n.campaign_id = c.id
  where c.workspace_id = ${workspaceId} and c.status <> 'archived' and n.config ->> 'templateName' <> ''
  union
  select lower(t.name #>> '{}'), c.id
  from campaign c join workflow_version v on v.id = c.version_id, jsonb_path_query(v.graph, '$.nodes.*.config.templateName') as t(name)
  where c.workspace_id = ${workspaceId} and c.status <> 'archived'`

/** Which templates; `q` searches name and subject. */
export interface TemplatesFilter {
  q?: string | undefined
  channel?: string | undefined
  archived: boolean
}

/** What templates can be ordered by. */
export type TemplatesOrder = 'createdAt' | 'updatedAt' | 'name'

const orders: Record<TemplatesOrder, ListOrder> = {
  createdAt: orderBy(sql`t.id`, sql`uuid`),
  updatedAt: orderBy(sql`t.updated_at`, sql`timestamptz`),
  name: orderBy(sql`lower(t.name)`, sql`text`),
}

function listing(workspaceId: number, { q, channel, archived }: TemplatesFilter): Listing {
  const where = [sql`t.workspace_id = ${workspaceId}`, sql`(t.archived_at is not null) = ${archived}`]
  if (channel) where.push(sql`t.channel = ${channel}`)
  if (q) {
    const like = containing(q)
    where.push(sql`(t.name ilike ${like} or t.subject ilike ${like})`)
  }
  return { from: sql`template t`, where: sql.join(where, sql` and `), id: { value: sql`t.id`, type: sql`uuid` } }
}

/** One page of a workspace's templates. */
export const listTemplates = async (
  db: Db,
  workspaceId: number,
  filter: TemplatesFilter,
  page: PageRequest<TemplatesOrder>,
): Promise<ListPage<Template & { usedBy: number }>> =>
  await readList(db, listing(workspaceId, filter), orders[page.by], page, (ids) =>
    sql<Template & { usedBy: number }>`
    with used as materialized (${uses(workspaceId)})
    select ${columns}, (select count(*)::int from used u where u.name = lower(t.name) and t.archived_at is null) as "usedBy" from template t
      where t.workspace_id = ${workspaceId} and t.id = any(${ids}::uuid[])
    `.execute(db),
  )

/** One template, or undefined. */
export async function getTemplate(db: Db | Tx, workspaceId: number, id: string): Promise<Template | undefined> {
  const { rows } = await sql<Template>`
    select ${columns} from template t where t.workspace_id = ${workspaceId} and t.id = ${id}
  `.execute(db)
  return rows[0]
}

/** The template in use that has a name, whatever its case. */
export async function templateNamed(db: Db | Tx, workspaceId: number, name: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from template where workspace_id = ${workspaceId} and lower(name) = lower(${name}) and archived_at is null
  `.execute(db)
  return rows[0]?.id
}

/** Adds a template with its first version; undefined when the name is taken. */
export async function insertTemplate(
  tx: Tx,
  workspaceId: number,
  values: Pick<Template, 'name' | 'channel' | 'subject' | 'body'>,
  savedBy: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    with made as (
      insert into template (workspace_id, name, channel, subject, body)
      values (${workspaceId}, ${values.name}, ${values.channel}, ${values.subject}, ${values.body})
      on conflict do nothing returning id, subject, body
    ), saved as (
      insert into template_version (template_id, number, subject, body, saved_by) select id, 1, subject, body, ${savedBy}::text from made
    )
    select id from made
  `.execute(tx)
  return rows[0]?.id
}

/** Saves the given fields and appends the version that this makes; undefined when it is gone, archived, or at another version. */
export async function updateTemplate(
  tx: Tx,
  workspaceId: number,
  id: string,
  ifMatch: number | null,
  values: { name?: string | undefined; subject?: string | undefined; body?: string | undefined },
  savedBy: string,
): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    with changed as (
      update template set name = coalesce(${values.name ?? null}::text, name), subject = coalesce(${values.subject ?? null}::text, subject),
        body = coalesce(${values.body ?? null}::text, body), version = version + 1, updated_at = now()
      where workspace_id = ${workspaceId} and id = ${id} and archived_at is null and (${ifMatch}::int is null or version = ${ifMatch})
      returning id, version, subject, body
    ), saved as (
      insert into template_version (template_id, number, subject, body, saved_by)
      select id, version, subject, body, ${savedBy}::text from changed
    )
    select id from changed
  `.execute(tx)
  return rows[0]
}

/** Archives a template; undefined when it is gone or at another version. Its name is free again. */
export async function archiveTemplate(
  tx: Tx,
  workspaceId: number,
  id: string,
  ifMatch: number | null,
): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    update template set archived_at = coalesce(archived_at, now()), updated_at = now(),
      version = version + case when archived_at is null then 1 else 0 end
    where workspace_id = ${workspaceId} and id = ${id} and (${ifMatch}::int is null or version = ${ifMatch}) returning id
  `.execute(tx)
  return rows[0]
}

/** Campaigns, other than archived ones, with a message in draft or in force that names the template. */
export async function campaignsNaming(
  db: Db | Tx,
  workspaceId: number,
  name: string,
): Promise<{ id: string; name: string; status: string }[]> {
  const { rows } = await sql<{ id: string; name: string; status: string }>`
    select c.id, c.name, c.status from campaign c
    where c.id in (select u.campaign_id from (${uses(workspaceId)}) u where u.name = lower(${name}::text))
    order by c.id desc limit 100
  `.execute(db)
  return rows
}

/** A template's saved states, newest first. */
export async function listTemplateVersions(
  db: Db,
  templateId: string,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<TemplateVersion[]> {
  const { rows } = await sql<TemplateVersion>`
    select number, subject, body, saved_by as "savedBy", saved_at as "savedAt" from template_version
    where template_id = ${templateId} and (${before ?? null}::int is null or number < ${before ?? null}::int)
    order by number desc limit ${limit}
  `.execute(db)
  return rows
}
