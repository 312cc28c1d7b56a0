import { type Db, sql, type Tx } from '../db/database.ts'

/** A credential's row, the secret still sealed. */
export interface CredentialRow {
  id: string
  workspaceId: number
  type: 'smtp' | 'sandbox' | 'telegram' | 'linkedin'
  name: string
  config: Record<string, unknown>
  secret: string | null
  secretSetAt: Date | null
  limits: Record<string, number>
  health: 'unknown' | 'ok' | 'dead'
  healthDetail: string | null
  healthAt: Date | null
  heldUntil: Date | null
  archivedAt: Date | null
  version: number
  createdAt: Date
  updatedAt: Date
  /** Handed over in the running window of its limit a day; null when there is no such window. */
  usedToday: number | null
}

const columns = sql`id, workspace_id as "workspaceId", type, name, config, secret, secret_set_at as "secretSetAt", limits, health, health_detail as "healthDetail",
  health_at as "healthAt", case when held_until > now() then held_until end as "heldUntil", archived_at as "archivedAt", version,
  created_at as "createdAt", updated_at as "updatedAt",
  (select greatest(0, (credential.limits ->> 'perDay')::int - floor(b.tokens))::int from credential_bucket b
    where b.credential_id = credential.id and b.period = 'day' and b.refilled_at + interval '24 hours' > now()) as "usedToday"`

/** Credentials of a workspace, newest first. */
export async function listCredentials(
  db: Db,
  workspaceId: number,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<CredentialRow[]> {
  const { rows } = await sql<CredentialRow>`
    select ${columns} from credential where workspace_id = ${workspaceId} and archived_at is null
      and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
    order by id desc limit ${limit}
  `.execute(db)
  return rows
}

/** One credential, also an archived one; undefined when there is none. */
export async function getCredential(db: Db | Tx, workspaceId: number, id: string): Promise<CredentialRow | undefined> {
  const { rows } = await sql<CredentialRow>`
    select ${columns} from credential where workspace_id = ${workspaceId} and id = ${id}
  `.execute(db)
  return rows[0]
}

/** The id of a workspace's sandbox. */
export async function sandboxOf(db: Db, workspaceId: number): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from credential where workspace_id = ${workspaceId} and type = 'sandbox'
  `.execute(db)
  return rows[0]?.id
}

/** A fresh id: a secret is bound to its row before the row is there. */
export async function newCredentialId(tx: Tx): Promise<string> {
  const { rows } = await sql<{ id: string }>`select new_id() as id`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The database made no id.')
  return row.id
}

/** Adds a sending account; `works` when it was tested already. */
export async function insertCredential(
  tx: Tx,
  workspaceId: number,
  values: {
    id: string
    type: 'smtp' | 'telegram' | 'linkedin'
    name: string
    config: object
    secret: string | null
    limits: object
    works?: boolean
  },
): Promise<void> {
  await sql`
    insert into credential (id, workspace_id, type, health, health_at, name, config, secret, secret_set_at, limits)
    values (${values.id}, ${workspaceId}, ${values.type}, ${values.works ? 'ok' : 'unknown'}, case when ${values.works ?? false} then now() end,
      ${values.name}, ${JSON.stringify(values.config)}::jsonb, ${values.secret}, case when ${values.secret !== null} then now() end,
      ${JSON.stringify(values.limits)}::jsonb)
  `.execute(tx)
}

/**
 * Writes a credential's fields. With `repaired`, what was held against it is forgotten, so that its messages go on. Answers false when
 * `ifMatch` is not its version.
 */
export async function updateCredential(
  tx: Tx,
  workspaceId: number,
  id: string,
  values: { name: string; config: object; secret: string | null; limits: object; repaired: boolean },
  ifMatch: number | null,
): Promise<boolean> {
  const { rows } = await sql`
    update credential set name = ${values.name}, config = ${JSON.stringify(values.config)}::jsonb, secret = ${values.secret},
      secret_set_at = case when ${values.secret}::text is null then null
        when secret is distinct from ${values.secret}::text then now() else secret_set_at end,
      limits = ${JSON.stringify(values.limits)}::jsonb,
      health = case when ${values.repaired} and type <> 'sandbox' then 'unknown' else health end,
      health_detail = case when ${values.repaired} then null else health_detail end,
      held_until = case when ${values.repaired} then null else held_until end,
      failures = case when ${values.repaired} then 0 else failures end,
      version = version + 1, updated_at = now()
    where workspace_id = ${workspaceId} and id = ${id} and archived_at is null and (${ifMatch}::int is null or version = ${ifMatch}::int)
    returning 1
  `.execute(tx)
  return rows.length > 0
}

/** Forgets the buckets of limits that changed: the next message begins a new window. */
export async function resetBuckets(tx: Tx, id: string): Promise<void> {
  await sql`delete from credential_bucket where credential_id = ${id}`.execute(tx)
}

/** Writes down what a test found. */
export async function recordTest(db: Db | Tx, id: string, result: { ok: boolean; detail: string }): Promise<void> {
  await sql`
    update credential set health = case when ${result.ok} then 'ok' when health = 'ok' then 'unknown' else health end,
      health_detail = ${result.ok ? null : result.detail}, health_at = clock_timestamp(),
      held_until = case when ${result.ok} then null else held_until end, failures = case when ${result.ok} then 0 else failures end
    where id = ${id}
  `.execute(db)
}

/** The credential of this workspace that has this bot, leaving out one; undefined when there is none. */
export async function credentialOfBot(
  db: Db,
  workspaceId: number,
  botId: number,
  except: string | null,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from credential where workspace_id = ${workspaceId} and type = 'telegram' and archived_at is null
      and config ->> 'botId' = ${String(botId)} and (${except}::uuid is null or id <> ${except}::uuid)
  `.execute(db)
  return rows[0]?.id
}

/** Campaigns that still send through a credential. */
export async function campaignsSending(
  tx: Tx,
  workspaceId: number,
  id: string,
): Promise<{ id: string; name: string; status: string }[]> {
  const { rows } = await sql<{ id: string; name: string; status: string }>`
    select c.id, c.name, c.status from campaign c
    where c.workspace_id = ${workspaceId} and c.status in ('active', 'paused', 'completed')
      and (exists (select from node n where n.campaign_id = c.id and n.config ->> 'credentialId' = ${id})
        or exists (select from message m where m.credential_id = ${id} and m.campaign_id = c.id and m.state = 'queued'))
    order by c.id desc limit 20
  `.execute(tx)
  return rows
}

/** A campaign that has a step which sends through a credential. */
export interface Use {
  credentialId: string
  id: string
  name: string
  status: string
}

/** The campaigns, not archived, whose draft or live graph sends through these credentials. */
export async function campaignsUsing(db: Db | Tx, workspaceId: number, ids: readonly string[]): Promise<Use[]> {
  const { rows } = await sql<Use>`
    select distinct n.config ->> 'credentialId' as "credentialId", c.id, c.name, c.status
    from campaign c join node n on n.campaign_id = c.id
    where c.workspace_id = ${workspaceId} and c.status <> 'archived' and n.config ->> 'credentialId' = any(${ids}::text[])
    order by c.id desc
  `.execute(db)
  return rows
}

/** Takes a credential out of use; its secret is forgotten. */
export async function archiveCredential(tx: Tx, workspaceId: number, id: string): Promise<void> {
  await sql`
    update credential set archived_at = now(), secret = null, version = version + 1, updated_at = now()
    where workspace_id = ${workspaceId} and id = ${id} and archived_at is null
  `.execute(tx)
}
