import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import { aloneWith, demoOf, demoWorkspaceName } from '../demo/demo-sql.ts'
import { demoEmail, demoLogin } from '../demo/login-sql.ts'
import { stages } from '../demo/stages.ts'
import { Problem } from '../errors.ts'
import { startLoops } from '../loops.ts'
import { openApp } from '../open-app.ts'
import { hashPassword } from '../workspaces/password.ts'
import type { Command } from './command.ts'

/** No workspace has this id: the lock is that of the command itself. */
const theCommand = 0

export default {
  usage: 'demo',
  summary: 'Load a demo workspace: customers, products, templates, and three living campaigns.',
  details:
    'It is a workspace of its own with a login of its own, and sends to the built-in mailbox alone. What you have is not touched.\n' +
    'A second call changes nothing. In the app, Home opens one for whoever is signed in, and the banner deletes it.',
  options: {},
  async run({ env, log, tell }) {
    await using opened = await openApp({ env, log, role: 'command' })
    const { app, database } = opened
    const url = env.publicUrl ?? `http://localhost:${env.port}`
    const password = randomBytes(9).toString('base64url')
    const created = await aloneWith(app.db, theCommand, async () => {
      const { accountId, isWhole } = await demoLogin(app.db, await hashPassword(password))
      if (isWhole) return false
      tell('Loading the demo workspace: 300 customers, and campaigns that run for real. This takes a moment.')
      const loops = startLoops(app, database)
      try {
        await loaded(app.db, accountId, tell)
      } finally {
        await loops.stop()
      }
      return true
    })
    if (created === undefined)
      throw new Problem('wrong_state', 'Another command is loading the demo workspace right now.')
    const data = { created, workspace: demoWorkspaceName, url, email: demoEmail }
    if (!created) {
      return {
        data,
        text: `The demo workspace is there already: sign in at ${url} as ${demoEmail}, with the password that the first call printed.`,
      }
    }
    return {
      data: { ...data, password },
      text: [
        `Loaded the demo workspace ${demoWorkspaceName}. Sign in at ${url}`,
        `  email     ${demoEmail}`,
        `  password  ${password}`,
        'Its campaigns go on while the program runs (npm start).',
      ].join('\n'),
    }
  },
} satisfies Command

/** Waits for the loop, ours or that of a running server, and tells each stage. @throws Problem `unavailable` when it could not be loaded */
async function loaded(db: Db, accountId: string, tell: (line: string) => void): Promise<void> {
  for (let told = ''; ; await sleep(200)) {
    const demo = await demoOf(db, accountId)
    if (demo?.state === 'ready') return
    if (demo?.state !== 'loading')
      throw new Problem('unavailable', demo?.error ?? 'The demo workspace was deleted meanwhile.')
    const doing = stages[demo.stage]?.doing ?? ''
    if (doing !== told) tell(`  ${doing}`)
    told = doing
  }
}
