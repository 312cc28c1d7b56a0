import { Problem } from '../errors.ts'
import { openApp } from '../open-app.ts'
import { createApiKey } from '../workspaces/api-key-queries.ts'
import { audit } from '../workspaces/audit.ts'
import type { Command } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

const roles = ['member', 'admin', 'owner'] as const

export default {
  usage: 'api-key create --name N [--role member|admin|owner]',
  summary: 'Make an API key and print it, once.',
  details: 'Only the key goes to stdout, so that a script can take it: KEY=$(throughline api-key create --name script)',
  options: {
    name: { type: 'string', value: 'NAME', help: 'What the key is for' },
    role: { type: 'string', value: 'ROLE', help: 'member, admin or owner; admin unless said' },
    workspace: workspaceOption,
  },
  async run({ env, log, text }) {
    const name = text('name')?.trim()
    if (!name) throw new Problem('invalid', 'Give the key a --name.')
    const role = roles.find((one) => one === (text('role') ?? 'admin'))
    if (role === undefined) throw new Problem('invalid', `There is no role "${text('role')}": ${roles.join(', ')}.`)
    await using opened = await openApp({ env, log, role: 'command' })
    const workspace = await chooseWorkspace(opened.app, text('workspace'))
    const { id, key } = await opened.app.db.transaction().execute(async (tx) => {
      const made = await createApiKey(tx, { workspaceId: workspace.id, name, role })
      await audit(tx, { workspaceId: workspace.id, actor: { text: 'cli' } }, 'api-key.created', 'api-key', made.id, {
        name,
        role,
      })
      return made
    })
    return { data: { id, key, name, role, workspace: workspace.name }, text: key }
  },
} satisfies Command
