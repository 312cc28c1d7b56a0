import { randomBytes } from 'node:crypto'
import { startLoops } from '../loops.ts'
import { type OpenApp, openApp } from '../open-app.ts'
import type { Command } from './command.ts'
import { buildDemo } from './demo/build.ts'
import { demoClient } from './demo/client.ts'
import { playDemo } from './demo/play.ts'
import {
  demoEmail,
  demoWorkspaceName,
  type EmptyDemo,
  finishDemo,
  makeEmptyDemo,
  removeDemo,
  whileAlone,
} from './demo/workspace-sql.ts'

export default {
  usage: 'demo',
  summary: 'Load a demo workspace: customers, products, templates, and three living campaigns.',
  details:
    'It is a workspace of its own with a login of its own, and sends to the built-in mailbox alone. What you have is not touched.\n' +
    'A second call changes nothing.',
  options: {},
  async run({ env, log, tell }) {
    await using opened = await openApp({ env, log, role: 'command' })
    const { app, database } = opened
    const url = env.publicUrl ?? `http://localhost:${env.port}`
    const password = randomBytes(9).toString('base64url')
    const created = await whileAlone(database, async () => {
      const demo = await makeEmptyDemo(app, password)
      if (demo === null) return false
      tell('Loading the demo workspace: 300 customers, and campaigns that run for real. This takes a moment.')
      try {
        await load(opened, demo)
      } catch (error) {
        await removeDemo(app, demo.workspaceId)
        throw error
      }
      return true
    })
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

async function load({ app, database }: OpenApp, demo: EmptyDemo): Promise<void> {
  const client = await demoClient(app, demo.key)
  const loops = startLoops(app, database)
  try {
    await playDemo(app, client, demo.workspaceId, await buildDemo(client))
  } finally {
    await loops.stop()
    await client.close()
  }
  await finishDemo(app, demo)
}
