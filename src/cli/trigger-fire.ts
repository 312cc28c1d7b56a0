import { z } from 'zod'
import { findByContact } from '../customers/queries.ts'
import { notFound, Problem } from '../errors.ts'
import { openApp } from '../open-app.ts'
import { testTrigger } from '../triggers/test-fire-sql.ts'
import type { Command } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

export default {
  usage: 'trigger fire TRIGGER-ID --customer ID|EMAIL|EXTERNAL-ID [--payload JSON]',
  summary: 'Fire a trigger once for a customer, for real; the campaign has to be active.',
  options: {
    customer: { type: 'string', value: 'WHO', help: 'Id, email or external id of the customer' },
    payload: { type: 'string', value: 'JSON', help: 'What {{trigger.payload}} is; nothing unless said' },
    workspace: workspaceOption,
  },
  takes: { min: 1, max: 1 },
  async run({ env, log, arguments: [id = ''], text }) {
    const who = text('customer')?.trim()
    if (!who) throw new Problem('invalid', '--customer takes the id, email or external id of a customer.')
    const payload = readPayload(text('payload'))
    await using opened = await openApp({ env, log, role: 'command' })
    const { app } = opened
    const workspace = await chooseWorkspace(app, text('workspace'))
    if (!z.uuid().safeParse(id).success) throw notFound('trigger')
    const isId = z.uuid().safeParse(who).success
    const [found] = isId ? [{ id: who }] : await findByContact(app.db, workspace.id, { email: who, externalId: who })
    if (!found) throw new Problem('not_found', `There is no customer “${who}” in the workspace ${workspace.name}.`)
    const context = { workspaceId: workspace.id, actor: { text: 'cli' } }
    const firing = await testTrigger(app, context, id, { customerId: found.id, payload })
    const [reason] = Object.keys(firing.skipped)
    const outcome = firing.enrolled > 0 ? `Enrolled ${who}.` : `Passed over ${who}: ${reason?.replaceAll('-', ' ')}.`
    return { data: { ...firing }, text: outcome }
  },
} satisfies Command

function readPayload(text: string | undefined): unknown {
  if (text === undefined) return null
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem('invalid', '--payload takes JSON.', { cause })
  }
}
