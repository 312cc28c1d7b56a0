import { type Db, sql, type Tx } from '../db/database.ts'

/** What somebody wrote down about a customer. */
export interface Note {
  id: string
  customerId: string
  text: string
  /** `member:<id>` or `key:<id>`. */
  by: string
  createdAt: Date
}

const columns = sql`id, customer_id as "customerId", text, by, created_at as "createdAt"`

/** Adds a note. */
export async function insertNote(
  tx: Tx,
  workspaceId: number,
  { customerId, text, by }: Pick<Note, 'customerId' | 'text' | 'by'>,
): Promise<Note> {
  const { rows } = await sql<Note>`
    insert into customer_note (workspace_id, customer_id, text, by) values (${workspaceId}, ${customerId}, ${text}, ${by})
    returning ${columns}
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row
}

/** A customer's notes, newest first, behind the id of the page before. */
export async function listNotes(
  db: Db,
  workspaceId: number,
  customerId: string,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<Note[]> {
  const { rows } = await sql<Note>`
    select ${columns} from customer_note
    where workspace_id = ${workspaceId} and customer_id = ${customerId} and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
    order by id desc limit ${limit}
  `.execute(db)
  return rows
}

/** Deletes a note; answers whose it was about, undefined where there is none. */
export async function deleteNote(tx: Tx, workspaceId: number, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ customerId: string }>`
    delete from customer_note where workspace_id = ${workspaceId} and id = ${id} returning customer_id as "customerId"
  `.execute(tx)
  return rows[0]?.customerId
}
