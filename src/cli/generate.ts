import { writeFile } from 'node:fs/promises'
import { proposalFile } from '../ai/file.ts'
import { openDesk } from '../ai/generate.ts'
import type { Proposal } from '../ai/proposal.ts'
import { write } from '../ai/write.ts'
import { Problem } from '../errors.ts'
import { openApp } from '../open-app.ts'
import { problemLine } from './campaign-file.ts'
import type { Command } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

/** A campaign that is not there yet: nothing has this id. */
const noCampaign = '00000000-0000-0000-0000-000000000000'

export default {
  usage: 'generate "WORDS" --out FILE [--name NAME]',
  summary: 'Write a campaign file from plain words; nothing is changed in the workspace.',
  details:
    'The workspace’s AI model writes it where one is connected (Settings → AI models); else the built-in outline reader\n' +
    'does, by rules: numbered steps or sentences, waits, “if reply → …”, tags, scores, exits. What it does not understand is\n' +
    'listed. Look at the file, then: throughline import campaign FILE.',
  options: {
    out: { type: 'string', value: 'FILE', help: 'Where the campaign file goes' },
    name: { type: 'string', value: 'NAME', help: 'The campaign’s name; the first words unless said' },
    workspace: workspaceOption,
  },
  takes: { min: 1, max: 1 },
  async run({ env, log, arguments: [words = ''], text, tell }) {
    const out = text('out')
    if (out === undefined) throw new Problem('invalid', '--out FILE is needed: where the campaign file goes.')
    const prompt = words.trim()
    if (prompt === '') throw new Problem('invalid', 'Say what shall happen, in quotes.')
    await using opened = await openApp({ env, log, role: 'command' })
    const workspace = await chooseWorkspace(opened.app, text('workspace'))
    const draft = { nodes: [], edges: [], layout: {}, version: 0, status: 'draft' as const }
    const desk = await openDesk(opened.app, workspace.id, noCampaign, draft, { prompt, proposal: null, example: null })
    let proposal: Proposal | null = null
    for await (const event of write(desk, { actor: 'cli', signal: AbortSignal.timeout(600_000) })) {
      if (event.event === 'proposal') proposal = event.data
      else if (event.event === 'failed') throw new Problem('ai_failed', event.data.message)
      else if (event.data.stage !== 'step') tell(event.data.text)
    }
    const unread = (proposal?.unread ?? []).map(
      ({ line, text: said, reason }) => `  line ${line}: ${said}${reason ? ` (${reason})` : ''}`,
    )
    if (!proposal?.graph) {
      const similar = (proposal?.examples ?? []).map(({ id, name }) => `  examples/${id}.json: ${name}`)
      const lines = [
        proposal?.summary ?? 'Nothing was written.',
        ...unread,
        ...(similar.length > 0 ? ['Ready-made campaigns about the same:', ...similar] : []),
      ]
      throw new Problem('invalid', lines.join('\n'))
    }
    const name = text('name')?.trim() || prompt.split(/\s+/).slice(0, 8).join(' ').slice(0, 200)
    const file = proposalFile(name, prompt.slice(0, 5_000), proposal.graph, desk.workspace)
    await writeFile(out, `${JSON.stringify(file, null, 2)}\n`)
    const { source, problems, placeholders, notes, examples } = proposal
    return {
      data: {
        file: out,
        name,
        source,
        nodes: file.nodes.length,
        problems,
        placeholders,
        unread: proposal.unread,
        notes,
        examples,
      },
      text: [
        `${name}: ${file.nodes.length} nodes written to ${out} by ${source === 'model' ? 'the AI model' : 'the outline reader (rules, no model)'}`,
        ...(unread.length > 0 ? ['Not understood:', ...unread] : []),
        ...notes.map((note) => `  note: ${note}`),
        ...problems.map(problemLine),
      ].join('\n'),
    }
  },
} satisfies Command
