import type { Command } from './command.ts'

interface Entry {
  summary: string
  load(): Promise<{ default: Command }>
}

/** All commands by name, loaded when called: `api-key create` need not read the server. The summaries are those of `--help`. */
export const commands: Readonly<Record<string, Entry>> = {
  start: { summary: 'Serve the web app, the API and the workers', load: () => import('./start.ts') },
  migrate: { summary: 'Bring the database to this version', load: () => import('./migrate.ts') },
  setup: { summary: 'Create the first owner without a browser', load: () => import('./setup.ts') },
  'api-key create': { summary: 'Make an API key and print it once', load: () => import('./api-key-create.ts') },
  'import customers': { summary: 'Load customers from a CSV file', load: () => import('./import-customers.ts') },
  'export campaign': { summary: 'Write a campaign to a file', load: () => import('./export-campaign.ts') },
  'import campaign': { summary: 'Make a draft of a campaign file', load: () => import('./import-campaign.ts') },
  generate: { summary: 'Write a campaign file from plain words', load: () => import('./generate.ts') },
  validate: { summary: 'Check a campaign file without a database', load: () => import('./validate.ts') },
  simulate: { summary: 'Simulate a campaign file, for a CI', load: () => import('./simulate.ts') },
  demo: { summary: 'Load a demo workspace with living campaigns', load: () => import('./demo.ts') },
  doctor: { summary: 'Check database, disk, clock and credentials', load: () => import('./doctor.ts') },
  bench: { summary: 'Run the benchmarks and print their figures', load: () => import('./bench.ts') },
}

/** Splits a command line into the command's name (the longest that fits) and what follows it. */
export function findCommand(words: readonly string[]): { name: string | null; rest: string[] } {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    if (words.length >= length && Object.hasOwn(commands, name)) return { name, rest: words.slice(length) }
  }
  return { name: null, rest: [...words] }
}
