import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Problem } from '../errors.ts'
import type { Command } from './command.ts'

/** The benchmarks by name. Each file default-exports a function that runs on a scratch database and answers with its figures. */
const benches = [
  'engine',
  'analytics',
  'send',
  'pause',
  'idle',
  'events',
  'publish',
  'simulate',
  'segments',
  'customers',
  'import',
  'enroll',
  'validate',
  'ui',
  'generate',
] as const

export default {
  usage: 'bench [NAME]',
  summary: `Run a benchmark (${benches.join(', ')}; all without a name) and print its figures as JSON.`,
  details: 'Runs on a scratch database of its own; nothing of yours is touched.',
  options: {},
  takes: { min: 0, max: 1 },
  async run({ arguments: [wanted], tell }) {
    const names = benches.filter((name) => wanted === undefined || name === wanted)
    if (names.length === 0) throw new Problem('invalid', `There is no benchmark "${wanted}": ${benches.join(', ')}.`)
    const figures: Record<string, unknown> = {}
    for (const name of names) {
      const file = new URL(`../../bench/${name}.ts`, import.meta.url)
      await access(fileURLToPath(file))
      const module: { default(options: { tell(line: string): void }): Promise<Record<string, unknown>> } = await import(
        file.href
      )
      figures[name] = await module.default({ tell })
    }
    const data = wanted === undefined ? figures : (figures[wanted] as Record<string, unknown>)
    return { data, text: JSON.stringify(data, null, 2) }
  },
} satisfies Command
