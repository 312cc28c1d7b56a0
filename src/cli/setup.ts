import { z } from 'zod'
import { Problem } from '../errors.ts'
import { hasOwner, openApp } from '../open-app.ts'
import { setupOwner } from '../workspaces/setup-queries.ts'
import type { Command } from './command.ts'

export default {
  usage: 'setup --email E --password P --workspace W',
  summary: 'Create the first owner and workspace without a browser. Does nothing when there is an owner.',
  options: {
    email: { type: 'string', value: 'EMAIL', help: 'The owner’s email address: the login' },
    password: { type: 'string', value: 'PASSWORD', help: 'At least 8 characters' },
    workspace: { type: 'string', value: 'NAME', help: 'The name of the workspace' },
  },
  async run({ env, log, text }) {
    const [email, password, workspace] = [text('email'), text('password'), text('workspace')]
    if (!email || !password || !workspace) throw new Problem('invalid', 'Give --email, --password and --workspace.')
    if (!z.email().safeParse(email).success) throw new Problem('invalid', `${email} is not an email address.`)
    await using opened = await openApp({ env, log, role: 'command' })
    const nothingDone = { data: { created: false }, text: 'There is an owner already; nothing was changed.' }
    if (await hasOwner(opened.app)) return nothingDone
    try {
      await setupOwner(opened.app.db, { email, password, workspace })
    } catch (error) {
      if (error instanceof Problem && error.code === 'already_set_up') return nothingDone
      throw error
    }
    return {
      data: { created: true, email, workspace },
      text: `Created the workspace ${workspace} with ${email} as its owner.`,
    }
  },
} satisfies Command
