import { z } from 'zod'
import { importCampaign } from '../campaign-files/import.ts'
import { readCampaignFile } from '../campaign-files/read.ts'
import { notFound, Problem } from '../errors.ts'
import { openApp } from '../open-app.ts'
import { problemLine, readText } from './campaign-file.ts'
import type { Command } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

export default {
  usage: 'import campaign FILE [--into ID [--if-match VERSION]]',
  summary: 'Make a draft of a campaign file, or put its workflow into the draft of a campaign.',
  details:
    'Segments, senders, templates and so on are matched by id, then by name; what is not found is left empty and listed.\n' +
    'A file with errors is imported all the same, as a draft that cannot be activated yet.',
  options: {
    into: { type: 'string', value: 'ID', help: 'Replace the draft of this campaign' },
    'if-match': { type: 'string', value: 'VERSION', help: 'Only while its workflow has this version' },
    workspace: workspaceOption,
  },
  takes: { min: 1, max: 1 },
  async run({ env, log, arguments: [path = ''], text }) {
    const file = readCampaignFile(await readText(path))
    const into = text('into') ?? null
    if (into !== null && !z.uuid().safeParse(into).success) throw notFound('campaign')
    const version = text('if-match')
    if (version !== undefined && !/^\d{1,9}$/.test(version)) {
      throw new Problem('invalid', '--if-match takes the version of the workflow, a whole number.')
    }
    await using opened = await openApp({ env, log, role: 'command' })
    const workspace = await chooseWorkspace(opened.app, text('workspace'))
    const context = { workspaceId: workspace.id, actor: { text: 'cli' }, memberId: null }
    const ifMatch = version === undefined ? null : Number(version)
    const imported = await importCampaign(opened.app.db, context, file, { into, ifMatch })
    await opened.app.wake()
    const { campaignId, graphVersion, problems } = imported
    return {
      data: { workspace: workspace.name, ...imported },
      text: [
        `${file.name}: ${file.nodes.length} nodes in campaign ${campaignId}, workflow version ${graphVersion}`,
        ...problems.map(problemLine),
      ].join('\n'),
    }
  },
} satisfies Command
