import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import type { Command } from './command.ts'

export default {
  usage: 'migrate',
  summary: 'Bring the database to this version. Safe to run twice, and by two at once.',
  details: '`start` does this by itself; run it apart where several processes start on one DATABASE_URL.',
  options: {},
  async run({ env, log }) {
    await using database = await openDatabase({
      databaseUrl: env.databaseUrl,
      dataDir: env.dataDir,
      log,
      role: 'command',
    })
    const applied = await migrate(database.pool, { log })
    const text =
      applied.length === 0 ? 'The database is up to date.' : applied.map((name) => `Applied ${name}`).join('\n')
    return { data: { applied }, text }
  },
} satisfies Command
