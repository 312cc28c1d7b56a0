import { sql, type Tx } from '../db/database.ts'

/** Who sends a starter's messages: the one mail account of the workspace; with none or several, the sandbox, until somebody chooses. */
export async function starterSender(tx: Tx, workspaceId: number): Promise<string> {
  const { rows } = await sql<{ id: string; type: string }>`
    select id, type from credential where workspace_id = ${workspaceId} and type in ('smtp', 'sandbox') and archived_at is null
  `.execute(tx)
  const accounts = rows.filter(({ type }) => type === 'smtp')
  const [sender] = accounts.length === 1 ? accounts : rows.filter(({ type }) => type === 'sandbox')
  if (!sender) throw new Error('The workspace has no sandbox.')
  return sender.id
}
