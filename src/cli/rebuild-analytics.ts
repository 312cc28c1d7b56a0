import { rebuildAnalytics } from '../analytics/rebuild.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import type { Command } from './command.ts'

/** Differences printed; the rest is a number. */
const mostPrinted = 20

export default {
  usage: 'rebuild-analytics',
  summary: 'Count the analytics anew from the rows, and say what differed.',
  details:
    'Works beside a running server and without one. Every run is counted again, then every sum is compared with what the runs add up to; what differs is printed and mended, and the exit code is 1. Exit code 0 proves that the numbers agreed with the rows.',
  options: {},
  async run({ env, log, tell }) {
    await using database = await openDatabase({
      databaseUrl: env.databaseUrl,
      dataDir: env.dataDir,
      log,
      role: 'command',
    })
    await migrate(database.pool, { log })
    const { runs, runsDiffering, differences } = await rebuildAnalytics(database.db, tell)
    const agree = runsDiffering === 0 && differences.length === 0
    const named = differences
      .slice(0, mostPrinted)
      .map(({ table, key, column, was, is }) => `${table}.${column} was ${was}, is ${is}: ${JSON.stringify(key)}`)
    const more = differences.length > mostPrinted ? [`and ${differences.length - mostPrinted} more`] : []
    const summary = agree
      ? `The analytics agree with the rows of ${runs} runs.`
      : `Mended: ${runsDiffering} of ${runs} runs were counted wrongly, ${differences.length} sums differed.`
    return {
      data: { runs, runsDiffering, differences, agree },
      text: [...named, ...more, summary].join('\n'),
      failed: !agree,
    }
  },
} satisfies Command
