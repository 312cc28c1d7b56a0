import { type Db, sql, type Tx } from '../db/database.ts'
import { insertTemplate, updateTemplate } from '../templates/queries.ts'
import { defaultInstructions, instructionsName } from './prompt.ts'

/** The template that holds a workspace's instructions. */
export interface Instructions {
  id: string
  body: string
  version: number
}

/** The instructions as the workspace has them; undefined while nobody asked for them. */
export async function findInstructions(db: Db | Tx, workspaceId: number): Promise<Instructions | undefined> {
  const { rows } = await sql<Instructions>`
    select id, body, version from template where workspace_id = ${workspaceId} and lower(name) = ${instructionsName} and channel = 'ai'
      and archived_at is null
  `.execute(db)
  return rows[0]
}

/** Makes the template with the default text, or puts the default text back as its next version. */
export async function resetInstructions(tx: Tx, workspaceId: number, by: string): Promise<Instructions | undefined> {
  const found = await findInstructions(tx, workspaceId)
  if (!found) {
    await insertTemplate(
      tx,
      workspaceId,
      { name: instructionsName, channel: 'ai', subject: '', body: defaultInstructions },
      by,
    )
  } else if (found.body !== defaultInstructions) {
    await updateTemplate(tx, workspaceId, found.id, found.version, { body: defaultInstructions }, by)
  }
  return await findInstructions(tx, workspaceId)
}
