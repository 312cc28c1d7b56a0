import { checkCampaignFile, readCampaignFile } from '../campaign-files/read.ts'
import { problemLine, readText } from './campaign-file.ts'
import type { Command } from './command.ts'

export default {
  usage: 'validate FILE',
  summary: 'Check a campaign file without a database; exit code 1 when it has errors.',
  details:
    'All rules of the workflow are checked. Whether the segments, senders and templates that it refers to exist is\n' +
    'known to a workspace only: `import campaign` says it.',
  options: {},
  takes: { min: 1, max: 1 },
  async run({ arguments: [path = ''] }) {
    const file = readCampaignFile(await readText(path))
    const { workflow, problems } = checkCampaignFile(file)
    const errors = problems.filter(({ severity }) => severity === 'error').length
    const verdict =
      workflow === null
        ? `${errors} error${errors === 1 ? '' : 's'}`
        : `valid, ${file.nodes.length} nodes${problems.length > 0 ? `, ${problems.length} warnings` : ''}`
    return {
      data: { ok: workflow !== null, name: file.name, nodes: file.nodes.length, problems },
      text: [`${file.name}: ${verdict}`, ...problems.map(problemLine)].join('\n'),
      failed: workflow === null,
    }
  },
} satisfies Command
