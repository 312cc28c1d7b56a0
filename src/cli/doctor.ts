import type { Database } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import type { Env } from '../env.ts'
import type { Command } from './command.ts'
import { type Check, checkDatabase, checkDisk, checkLinks, checkSecretKey, checkWork } from './doctor-checks.ts'
import { describeFailure } from './failure.ts'

const signs: Record<Check['status'], string> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' }

export default {
  usage: 'doctor',
  summary: 'Check database, disk, clock, credentials and the work that is due; say what to do.',
  details: 'Exits 1 when a check fails. A warning does not.',
  options: {},
  async run({ env, log }) {
    const checks = await examine(env, log)
    const failed = checks.some(({ status }) => status === 'fail')
    const lines = checks.map(({ check, status, detail, fix }) => {
      const line = `${signs[status]}  ${check.padEnd(12)} ${detail}`
      return fix === undefined ? line : `${line}\n${' '.repeat(19)}-> ${fix}`
    })
    return { data: { ok: !failed, checks }, text: lines.join('\n'), failed }
  },
} satisfies Command

async function examine(env: Env, log: Parameters<typeof openDatabase>[0]['log']): Promise<Check[]> {
  const local = [await checkDisk(env), checkSecretKey(env)]
  let database: Database
  try {
    database = await openDatabase({ databaseUrl: env.databaseUrl, dataDir: env.dataDir, log, role: 'command' })
  } catch (error) {
    const detail = describeFailure(error).message
    return [{ check: 'database', status: 'fail', detail, fix: 'Nothing runs without it: mend this first.' }, ...local]
  }
  try {
    const [checks, migrated] = await checkDatabase(database)
    return [
      ...checks,
      ...local,
      ...(migrated ? [...(await checkLinks(env, database)), ...(await checkWork(database))] : []),
    ]
  } finally {
    await database.close()
  }
}
