import { randomBytes } from 'node:crypto'
import { type Db, sql, type Tx } from '../db/database.ts'
import { newToken, tokenHash } from '../keyring.ts'

type Role = 'owner' | 'admin' | 'member'

/** An API key as lists show it: never the key itself. */
export interface ApiKeyRow {
  id: string
  name: string
  role: Role
  /** How the key begins, `tl_…`, to tell keys apart. */
  prefix: string
  createdBy: string | null
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
}

const columns = sql`id, name, role, 'tl_' || prefix as prefix, created_by as "createdBy", created_at as "createdAt",
  expires_at as "expiresAt", last_used_at as "lastUsedAt"`

/** Makes a key. `key` is the only time it is seen: the table keeps its SHA-256 (TRUST S8). Call audit() beside it. */
export async function createApiKey(
  db: Db | Tx,
  wanted: { workspaceId: number; name: string; role: Role; createdBy?: string | null; expiresAt?: Date | null },
): Promise<ApiKeyRow & { key: string }> {
  // 12 of 36 symbols: only has to be unique; the secret guards.
  const prefix = Array.from(randomBytes(12), (byte) => (byte % 36).toString(36)).join('')
  const key = `tl_${prefix}_${newToken()}`
  const { rows } = await sql<ApiKeyRow>`
    insert into api_key (workspace_id, name, role, prefix, key_hash, created_by, expires_at)
    values (${wanted.workspaceId}, ${wanted.name}, ${wanted.role}, ${prefix}, ${tokenHash(key)}, ${wanted.createdBy ?? null},
      ${wanted.expiresAt ?? null})
    returning ${columns}
  `.execute(db)
  const row = rows[0]
  if (!row) throw new Error('The new API key was not returned.')
  return { ...row, key }
}

/** Keys in force and expired ones, newest first; revoked ones are gone. One row more than `limit`. */
export async function listApiKeys(
  db: Db,
  workspaceId: number,
  limit: number,
  after: string | undefined,
): Promise<ApiKeyRow[]> {
  const { rows } = await sql<ApiKeyRow>`
    select ${columns} from api_key
    where workspace_id = ${workspaceId} and revoked_at is null and (${after ?? null}::uuid is null or id < ${after ?? null})
    order by id desc limit ${limit + 1}
  `.execute(db)
  return rows
}

/** Ends a key at once; undefined when there is none. */
export async function revokeApiKey(tx: Tx, workspaceId: number, id: string): Promise<{ name: string } | undefined> {
  const { rows } = await sql<{ name: string }>`
    update api_key set revoked_at = now() where id = ${id} and workspace_id = ${workspaceId} and revoked_at is null returning name
  `.execute(tx)
  return rows[0]
}
