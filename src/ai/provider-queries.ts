import { type Db, sql, type Tx } from '../db/database.ts'
import type { OpenProvider } from './model.ts'

/** A provider's row, its key still sealed. */
export interface ProviderRow extends Omit<OpenProvider, 'secret'> {
  id: string
  workspaceId: number
  name: string
  secret: string | null
  isChat: boolean
  inputPrice: number | null
  outputPrice: number | null
  health: 'unknown' | 'ok' | 'failing'
  healthDetail: string | null
  healthAt: Date | null
  version: number
  createdAt: Date
  updatedAt: Date
}

const columns = sql`id, workspace_id as "workspaceId", kind, name, base_url as "baseUrl", region, access_key_id as "accessKeyId", model, secret,
  is_chat as "isChat", answers, input_price as "inputPrice", output_price as "outputPrice", health, health_detail as "healthDetail",
  health_at as "healthAt", version, created_at as "createdAt", updated_at as "updatedAt"`

/** The providers of a workspace, the oldest first. */
export async function listProviders(db: Db, workspaceId: number): Promise<ProviderRow[]> {
  const { rows } =
    await sql<ProviderRow>`select ${columns} from ai_provider where workspace_id = ${workspaceId} order by id limit 100`.execute(
      db,
    )
  return rows
}

/** One provider; undefined when there is none. */
export async function getProvider(db: Db | Tx, workspaceId: number, id: string): Promise<ProviderRow | undefined> {
  const { rows } =
    await sql<ProviderRow>`select ${columns} from ai_provider where workspace_id = ${workspaceId} and id = ${id}`.execute(
      db,
    )
  return rows[0]
}

/** The one that AI Generate asks; undefined when none was chosen. */
export async function chatProvider(db: Db, workspaceId: number): Promise<ProviderRow | undefined> {
  const { rows } =
    await sql<ProviderRow>`select ${columns} from ai_provider where workspace_id = ${workspaceId} and is_chat`.execute(
      db,
    )
  return rows[0]
}

/** A fresh id: a key is bound to its row before the row is there. */
export async function newProviderId(tx: Tx): Promise<string> {
  const { rows } = await sql<{ id: string }>`select new_id() as id`.execute(tx)
  return rows[0]?.id ?? ''
}

export type ProviderValues = Pick<
  ProviderRow,
  'kind' | 'name' | 'baseUrl' | 'region' | 'accessKeyId' | 'model' | 'secret' | 'inputPrice' | 'outputPrice'
>

/** Adds a provider; the first one of a workspace is the one that is asked. */
export async function insertProvider(tx: Tx, workspaceId: number, id: string, values: ProviderValues): Promise<void> {
  await sql`
    insert into ai_provider (id, workspace_id, kind, name, base_url, region, access_key_id, model, secret, input_price, output_price, is_chat)
    values (${id}, ${workspaceId}, ${values.kind}, ${values.name}, ${values.baseUrl}, ${values.region}, ${values.accessKeyId}, ${values.model},
      ${values.secret}, ${values.inputPrice}, ${values.outputPrice},
      not exists (select from ai_provider where workspace_id = ${workspaceId} and is_chat))
  `.execute(tx)
}

/** Writes a provider's fields; what was found out about it is forgotten when it is asked elsewhere or for another model. */
export async function updateProvider(
  tx: Tx,
  workspaceId: number,
  id: string,
  values: ProviderValues,
  moved: boolean,
): Promise<void> {
  await sql`
    update ai_provider set name = ${values.name}, base_url = ${values.baseUrl}, region = ${values.region}, access_key_id = ${values.accessKeyId},
      model = ${values.model}, secret = ${values.secret}, input_price = ${values.inputPrice}, output_price = ${values.outputPrice},
      answers = case when ${moved} then 'schema' else answers end, health = case when ${moved} then 'unknown' else health end,
      health_detail = case when ${moved} then null else health_detail end, version = version + 1, updated_at = now()
    where workspace_id = ${workspaceId} and id = ${id}
  `.execute(tx)
}

/** Makes one provider the one that is asked. */
export async function chooseChat(tx: Tx, workspaceId: number, id: string): Promise<void> {
  await sql`update ai_provider set is_chat = false where workspace_id = ${workspaceId} and is_chat and id <> ${id}`.execute(
    tx,
  )
  await sql`update ai_provider set is_chat = true where workspace_id = ${workspaceId} and id = ${id}`.execute(tx)
}

/** Forgets a provider and its key. */
export async function deleteProvider(tx: Tx, workspaceId: number, id: string): Promise<void> {
  await sql`delete from ai_provider where workspace_id = ${workspaceId} and id = ${id}`.execute(tx)
}

/** Writes down what a test found: whether it answers, and in which way it can be asked for JSON. */
export async function recordTest(
  db: Db,
  workspaceId: number,
  id: string,
  found: { ok: boolean; detail: string | null; answers: OpenProvider['answers'] | null },
): Promise<void> {
  await sql`
    update ai_provider set health = ${found.ok ? 'ok' : 'failing'}, health_detail = ${found.detail}, health_at = clock_timestamp(),
      answers = coalesce(${found.answers}::text, answers)
    where workspace_id = ${workspaceId} and id = ${id}
  `.execute(db)
}
