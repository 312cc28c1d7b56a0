import { z } from 'zod'
import { findState } from '../campaigns/queries.ts'
import { notFound } from '../errors.ts'
import { openApp } from '../open-app.ts'
import { sentenceOf } from '../triggers/kinds.ts'
import { listTriggers } from '../triggers/queries.ts'
import type { Command } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

export default {
  usage: 'trigger list CAMPAIGN-ID',
  summary: 'Show what makes a campaign’s customers enroll, and when a schedule fires next.',
  options: { workspace: workspaceOption },
  takes: { min: 1, max: 1 },
  async run({ env, log, arguments: [campaignId = ''], text }) {
    await using opened = await openApp({ env, log, role: 'command' })
    const { db } = opened.app
    const workspace = await chooseWorkspace(opened.app, text('workspace'))
    const isKnown = z.uuid().safeParse(campaignId).success && (await findState(db, workspace.id, campaignId))
    if (!isKnown) throw notFound('campaign')
    const rows = await listTriggers(db, workspace.id, campaignId, { limit: 200, after: undefined })
    const triggers = rows.map(({ id, type, config, enabled, nextAt }) => {
      return { id, type, enabled, sentence: sentenceOf(type, config), nextAt }
    })
    const lines = triggers.map(({ id, sentence, enabled, nextAt }) => {
      return `${id}  ${enabled ? 'on ' : 'off'}  ${sentence}${nextAt ? `; next ${nextAt.toISOString()}` : ''}`
    })
    return { data: { triggers }, text: lines.join('\n') || 'This campaign has no triggers.' }
  },
} satisfies Command
