import type { App } from '../app.ts'
import { sql } from '../db/database.ts'
import { Problem } from '../errors.ts'
import type { CommandOption } from './command.ts'

/** The option by which a command names the workspace it works on. */
export const workspaceOption: CommandOption = {
  type: 'string',
  value: 'NAME',
  help: 'Name or number of the workspace; the first one unless said',
}

/** The workspace a command works on. @throws Problem `not_found` when there is none, or none of that name */
export async function chooseWorkspace(app: App, wanted: string | undefined): Promise<{ id: number; name: string }> {
  const { rows } = await sql<{ id: number; name: string }>`select id, name from workspace order by id`.execute(app.db)
  const [first] = rows
  if (first === undefined) {
    throw new Problem('not_found', 'There is no workspace yet. Create one with: throughline setup')
  }
  if (wanted === undefined) return first
  const found = rows.find(({ id, name }) => String(id) === wanted || name.toLowerCase() === wanted.toLowerCase())
  if (found !== undefined) return found
  const names = rows.map(({ id, name }) => `${name} (${id})`).join(', ')
  throw new Problem('not_found', `There is no workspace "${wanted}". There are: ${names}.`)
}
