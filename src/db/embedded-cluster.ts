import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { type Account, giveTo, run } from './embedded-account.ts'
import type { Binaries } from './embedded-binaries.ts'
import { writePrivateFile } from './private-file.ts'
import { StartFailure } from './start-failure.ts'

/** The name of the superuser and of the database in a cluster of ours. */
export const owner = 'throughline'

// The major version of the programs that package.json pins; a cluster of another one cannot be opened by them.
const majorVersion = '18'

/** Where the cluster of a data directory is. */
export function clusterDirectory(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/**
 * Makes the cluster when there is none and answers with its password. `initdb` works in a directory beside it that is
 * renamed at the end, so a crash leaves no half-made cluster. The caller holds the data directory's lock. Throws a
 * {@link StartFailure} for a cluster of another major version or without its password.
 */
export async function ensureCluster(
  account: Account,
  binaries: Binaries,
  dataDir: string,
  durable: boolean,
): Promise<string> {
  const cluster = clusterDirectory(dataDir)
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(missing)
  if (version === null) {
    const password = await ensurePassword(dataDir)
    await initialize(account, binaries, dataDir, password, durable)
    return password
  }
  if (version.trim() !== majorVersion) {
    throw new StartFailure(
      `The data in ${cluster} was written by PostgreSQL ${version.trim()}, but this version of the program brings ${majorVersion}. Start the program's version that wrote it, take a backup, and restore that into a new DATA_DIR.`,
    )
  }
  await giveTo(account, cluster)
  const password = await readFile(passwordFile(dataDir), 'utf8').catch(missing)
  if (password === null) {
    throw new StartFailure(`${passwordFile(dataDir)}, the password of the data in ${cluster}, is missing. Put it back.`)
  }
  return password.trim()
}

async function ensurePassword(dataDir: string): Promise<string> {
  const kept = await readFile(passwordFile(dataDir), 'utf8').catch(missing)
  if (kept !== null) return kept.trim()
  const password = randomBytes(24).toString('base64url')
  await writePrivateFile(passwordFile(dataDir), `${password}\n`)
  return password
}

async function initialize(
  account: Account,
  binaries: Binaries,
  dataDir: string,
  password: string,
  durable: boolean,
): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith('postgres.new')) await rm(join(dataDir, name), { recursive: true })
  }
  const directory = join(dataDir, 'postgres.new')
  const given = join(dataDir, 'postgres.new-password')
  await mkdir(directory, { mode: 0o700 })
  await writePrivateFile(given, `${password}\n`)
  if (account.identity !== undefined) {
    for (const path of [directory, given]) await chown(path, account.identity.uid, account.identity.gid)
  }
  const { code, output } = await run(account, {
    args: [
      binaries.initdb,
      `--pgdata=${directory}`,
      `--username=${owner}`,
      `--pwfile=${given}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      ...(durable ? [] : ['--no-sync']),
    ],
  })
  await rm(given)
  if (code !== 0) {
    await rm(directory, { recursive: true, force: true })
    const hint = output.includes('could not look up effective user')
      ? '. Give this user id a line in /etc/passwd, or run the program as a user that has one'
      : ''
    throw new StartFailure(`PostgreSQL could not make its files in ${dataDir}: ${output}${hint}`)
  }
  await rename(directory, clusterDirectory(dataDir))
}

/**
 * Opens the data directory (made 0700 by default) far enough that PostgreSQL's account reaches the cluster in it when the
 * program runs as root: passing through, not listing. Leaves a directory alone that the operator has closed on purpose.
 */
export async function openDataDirectory(account: Account, dataDir: string, wasThere: boolean): Promise<void> {
  if (account.identity === undefined || wasThere) return
  if ((await stat(dataDir)).uid !== account.identity.uid) await chmod(dataDir, 0o711)
}

/**
 * The settings we start PostgreSQL with, as its command line; they are not in the cluster's files, so that an upgrade of
 * the program changes them. `durable` is false for tests only: a power cut may then lose the cluster.
 */
export function settings(durable: boolean): string[] {
  const constrained = process.constrainedMemory()
  const memoryMb = (constrained > 0 ? Math.min(totalmem(), constrained) : totalmem()) / 2 ** 20
  const buffersMb = Math.max(32, Math.min(256, Math.floor(memoryMb / 8)))
  const values: { [name: string]: string | number } = {
    shared_buffers: `${buffersMb}MB`,
    effective_cache_size: `${Math.max(128, Math.floor(memoryMb / 2))}MB`,
    maintenance_work_mem: `${Math.max(32, Math.min(256, Math.floor(memoryMb / 16)))}MB`,
    work_mem: '8MB',
    max_connections: 300,
    // Nobody replicates from us, and backups are our own: the least WAL there is.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_logical_replication_workers: 0,
    max_wal_size: '4GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    // Compiling costs more than it gains on statements of milliseconds, and the programs come without LLVM.
    jit: 'off',
    random_page_cost: 1.1,
    autovacuum_naptime: '15s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    log_checkpoints: 'off',
    // A connection whose other end is gone without a word is noticed within a minute.
    tcp_keepalives_idle: 30,
    tcp_keepalives_interval: 10,
    tcp_keepalives_count: 3,
    // A scratch cluster may be in memory: keep its log short.
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_wal_size: '512MB' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function passwordFile(dataDir: string): string {
  return join(dataDir, 'postgres-password')
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw new StartFailure(`The data directory cannot be read: ${error.message}. Run this as the user it belongs to.`, {
    cause: error,
  })
}
