import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { exportCampaign } from '../campaign-files/export.ts'
import { notFound } from '../errors.ts'
import { openApp } from '../open-app.ts'
import type { Command } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

export default {
  usage: 'export campaign ID [FILE]',
  summary: 'Write a campaign’s draft to a file for version control, or to stdout.',
  details:
    'The file has the workflow and the names of what it refers to; no customers, triggers, secrets or statistics.',
  options: { workspace: workspaceOption },
  takes: { min: 1, max: 2 },
  async run({ env, log, arguments: [id = '', path], text }) {
    await using opened = await openApp({ env, log, role: 'command' })
    const workspace = await chooseWorkspace(opened.app, text('workspace'))
    if (!z.uuid().safeParse(id).success) throw notFound('campaign')
    const file = await exportCampaign(opened.app.db, workspace.id, id)
    const written = JSON.stringify(file, null, 2)
    if (path === undefined) return { data: file, text: written }
    await writeFile(path, `${written}\n`)
    return {
      data: { file: path, name: file.name, nodes: file.nodes.length },
      text: `${file.name}: ${file.nodes.length} nodes written to ${path}`,
    }
  },
} satisfies Command
