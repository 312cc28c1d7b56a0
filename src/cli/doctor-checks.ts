import { existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Database } from '../db/database.ts'
import { pendingMigrations } from '../db/migrate.ts'
import type { Env } from '../env.ts'
import { lookAtWork } from '../work-sql.ts'
import { describeFailure } from './failure.ts'

/** One line of `doctor`: what was found, and what to do when it is not in order. */
export interface Check {
  check: string
  status: 'ok' | 'warn' | 'fail'
  detail: string
  fix?: string
}

const gibibyte = 2 ** 30
// Waits end by the database's clock, but leases and timers are set on this machine (TRUST F12).
const tolerableSkewMs = 2_000

/** Free space where the data is: PostgreSQL stops at a full disk. */
export async function checkDisk({ dataDir }: Env): Promise<Check> {
  let folder = dataDir
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const detail = `${(free / gibibyte).toFixed(1)} GiB free at ${dataDir}`
  if (free > 5 * gibibyte) return { check: 'disk', status: 'ok', detail }
  const status = free > gibibyte / 2 ? 'warn' : 'fail'
  return { check: 'disk', status, detail, fix: 'Free some space, or move DATA_DIR to a larger disk.' }
}

/** The key that encrypts stored passwords and signs links. */
export function checkSecretKey({ secretKey, dataDir }: Env): Check {
  const check = 'secret key'
  if (secretKey !== undefined) return { check, status: 'ok', detail: 'from SECRET_KEY' }
  const file = join(dataDir, 'secret.key')
  if (!existsSync(file)) return { check, status: 'ok', detail: `will be made in ${dataDir} at the first start` }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    return { check, status: 'warn', detail: `${file} can be read by other users`, fix: `chmod 600 ${file}` }
  }
  return { check, status: 'ok', detail: `in ${file}; keep a copy beside your backups` }
}

/** Version, latency, migrations and clock; and whether the tables are there to look further. */
export async function checkDatabase({ pool, embedded }: Database): Promise<[Check[], boolean]> {
  await pool.query('select 1')
  const sentAt = Date.now()
  const startedAt = performance.now()
  const { rows } = await pool.query<{ version: string; now: Date; size: string }>(
    `select current_setting('server_version') as version, clock_timestamp() as now,
      pg_size_pretty(pg_database_size(current_database())) as size`,
  )
  const latencyMs = performance.now() - startedAt
  const found = rows[0] ?? { version: 'unknown', now: new Date(), size: 'unknown' }
  const where = embedded ? 'embedded' : 'at DATABASE_URL'
  const database: Check = {
    check: 'database',
    status: latencyMs > 50 ? 'warn' : 'ok',
    detail: `PostgreSQL ${found.version} (${where}), ${found.size}, answers in ${latencyMs.toFixed(1)} ms`,
    ...(latencyMs > 50 && { fix: 'Every step waits for it: put the program nearer to its database.' }),
  }
  const skewMs = Math.round(found.now.getTime() - (sentAt + latencyMs / 2))
  const skewed = Math.abs(skewMs) > tolerableSkewMs
  const clock: Check = {
    check: 'clock',
    status: skewed ? 'warn' : 'ok',
    detail: `this machine is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'behind' : 'ahead of'} the database`,
    ...(skewed && { fix: 'Let both machines keep time by NTP (systemd-timesyncd or chrony).' }),
  }
  try {
    const pending = await pendingMigrations(pool)
    const migrations: Check =
      pending.length === 0
        ? { check: 'migrations', status: 'ok', detail: 'up to date' }
        : {
            check: 'migrations',
            status: 'warn',
            detail: `${pending.length} to apply: ${pending.join(', ')}`,
            fix: 'They are applied by: throughline migrate (or at the next start).',
          }
    return [[database, migrations, clock], pending.length === 0]
  } catch (error) {
    const detail = describeFailure(error).message
    return [[database, { check: 'migrations', status: 'fail', detail }, clock], false]
  }
}

/** Where tracking and unsubscribe links lead: no use to anybody while they point at this machine. */
export async function checkLinks({ publicUrl, port }: Env, { pool }: Database): Promise<Check[]> {
  const { rows } = await pool.query<{ real: boolean }>(
    `select exists (select 1 from credential where type = 'smtp' and archived_at is null) as real`,
  )
  const check = 'links'
  if (publicUrl === undefined) {
    const detail = `PUBLIC_URL is not set: links in messages lead to http://localhost:${port}`
    if (!rows[0]?.real) return [{ check, status: 'ok', detail: `${detail} (enough for the sandbox)` }]
    return [
      { check, status: 'warn', detail, fix: 'Set PUBLIC_URL to the https:// address that your customers can reach.' },
    ]
  }
  if (publicUrl.startsWith('https://')) return [{ check, status: 'ok', detail: `links lead to ${publicUrl}` }]
  const fix =
    'Put a TLS proxy in front (and set TRUST_PROXY=1): mail programs want https links, and so do session cookies.'
  return [{ check, status: 'warn', detail: `links lead to ${publicUrl}, without TLS`, fix }]
}

/** Credentials, and whether what is due is done: the oldest due run and message with their age, stuck runs, errors. */
export async function checkWork({ db, pool }: Database): Promise<Check[]> {
  const credentials = await pool.query<{ name: string; workspace: string; detail: string | null }>(
    `select c.name, w.name as workspace, c.health_detail as detail from credential c join workspace w on w.id = c.workspace_id
      where c.health = 'dead' and c.archived_at is null order by c.id limit 20`,
  )
  const work = await lookAtWork(db)
  return [
    credentials.rows.length === 0
      ? { check: 'credentials', status: 'ok', detail: 'none is refused by its provider' }
      : {
          check: 'credentials',
          status: 'fail',
          detail: credentials.rows
            .map(({ name, workspace, detail }) => `${name} (${workspace}): ${detail ?? 'dead'}`)
            .join('; '),
          fix: 'Correct them in Settings > Credentials and test them; what is queued goes out then.',
        },
    backlog('runs', 'run', work.dueRuns, work.runsOverdueSeconds),
    backlog('messages', 'queued message', work.dueMessages, work.messagesOverdueSeconds),
    work.stuckRuns === 0
      ? { check: 'stuck runs', status: 'ok', detail: 'every live run waits for something' }
      : {
          check: 'stuck runs',
          status: 'fail',
          detail: `${work.stuckRuns} live runs wait for nothing`,
          fix: 'This is a fault of the program: retry or cancel them in the campaign, and report it please.',
        },
    ...(work.errorRuns === 0
      ? []
      : [
          {
            check: 'errors',
            status: 'warn' as const,
            detail: `${work.errorRuns} runs stand at a node that failed three times`,
            fix: 'Open the campaign, Runs, and choose Retry, Skip or Exit.',
          },
        ]),
    ...(work.unconfirmed === 0
      ? []
      : [
          {
            check: 'unconfirmed',
            status: 'warn' as const,
            detail: `${work.unconfirmed} messages broke off while in the provider's hands`,
            fix: 'Whether they arrived is not known. Messages lists them with "send again".',
          },
        ]),
    ...work.stopped.map((name) => ({
      check: 'sending',
      status: 'warn' as const,
      detail: `the workspace ${name} has stopped all sending`,
      fix: 'Switch it on again in the app when you are ready.',
    })),
  ]
}

function backlog(check: string, what: string, count: number, overdueSeconds: number | null): Check {
  if (count === 0 || overdueSeconds === null) return { check, status: 'ok', detail: `no ${what} is due` }
  const detail = `${count >= 10_000 ? 'over 10,000' : count} due, the oldest for ${duration(overdueSeconds)}`
  if (overdueSeconds < 60) return { check, status: 'ok', detail }
  const fix = 'Is the program running (throughline start)? If it is, its log says what keeps the workers.'
  return { check, status: overdueSeconds < 600 ? 'warn' : 'fail', detail, fix }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${(seconds / 3_600).toFixed(1)} h`
  return `${Math.round(seconds / 86_400)} days`
}
