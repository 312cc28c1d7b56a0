import type { campaignCommands } from './campaign.ts'
import type { Command } from './command.ts'
import type { segmentCommands } from './segment.ts'

interface Entry {
  summary: string
  load(): Promise<{ default: Command }>
}

const ofCampaign = (name: keyof typeof campaignCommands, summary: string): Entry => ({
  summary,
  load: async () => ({ default: (await import('./campaign.ts')).campaignCommands[name] }),
})

const ofSegment = (name: keyof typeof segmentCommands, summary: string): Entry => ({
  summary,
  load: async () => ({ default: (await import('./segment.ts')).segmentCommands[name] }),
})

/** All commands by name, loaded when called: `api-key create` need not read the server. The summaries are those of `--help`. */
export const commands: Readonly<Record<string, Entry>> = {
  start: { summary: 'Serve the web app, the API and the workers', load: () => import('./start.ts') },
  migrate: { summary: 'Bring the database to this version', load: () => import('./migrate.ts') },
  setup: { summary: 'Create the first owner without a browser', load: () => import('./setup.ts') },
  'reset-password': {
    summary: 'Make a link for somebody who is locked out',
    load: () => import('./reset-password.ts'),
  },
  'api-key create': { summary: 'Make an API key and print it once', load: () => import('./api-key-create.ts') },
  'import customers': { summary: 'Load customers from a CSV file', load: () => import('./import-customers.ts') },
  'export campaign': { summary: 'Write a campaign to a file', load: () => import('./export-campaign.ts') },
  'import campaign': { summary: 'Make a draft of a campaign file', load: () => import('./import-campaign.ts') },
  generate: { summary: 'Write a campaign file from plain words', load: () => import('./generate.ts') },
  'campaign list': ofCampaign('list', 'List campaigns with their status and numbers'),
  'campaign show': ofCampaign('show', 'Show a campaign, its moves, and who is overdue'),
  'campaign activate': ofCampaign('activate', 'Check a draft, publish it and begin'),
  'campaign pause': ofCampaign('pause', 'Freeze everyone inside'),
  'campaign resume': ofCampaign('resume', 'Go on after a pause'),
  'campaign complete': ofCampaign('complete', 'Enroll nobody any more, let everyone finish'),
  'campaign archive': ofCampaign('archive', 'End a campaign for good'),
  'campaign reopen': ofCampaign('reopen', 'Let a completed campaign enroll again'),
  'campaign duplicate': ofCampaign('duplicate', 'Copy a campaign into a new draft'),
  'campaign run': ofCampaign('run', 'Run now: enroll the current audience'),
  'campaign enroll': ofCampaign('enroll', 'Enroll customers by id or email'),
  'campaign re-enroll': ofCampaign('re-enroll', 'Send customers through again'),
  'trigger list': { summary: 'Show what makes a campaign’s customers enroll', load: () => import('./trigger-list.ts') },
  'trigger fire': { summary: 'Fire a trigger once for a customer', load: () => import('./trigger-fire.ts') },
  'trigger next': { summary: 'Say what a cron means and when it fires', load: () => import('./trigger-next.ts') },
  'segment list': ofSegment('list', 'List segments with how many customers they hold'),
  'segment count': ofSegment('count', 'Count the customers of a segment'),
  'segment preview': ofSegment('preview', 'Count who matches rules, without saving'),
  validate: { summary: 'Check a campaign file without a database', load: () => import('./validate.ts') },
  simulate: { summary: 'Simulate a campaign file, for a CI', load: () => import('./simulate.ts') },
  demo: { summary: 'Load a demo workspace with living campaigns', load: () => import('./demo.ts') },
  'rebuild-analytics': {
    summary: 'Count the analytics anew from the rows, and say what differed',
    load: () => import('./rebuild-analytics.ts'),
  },
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
