import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { chown, lstat, readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Binaries, binariesIn, copyBinaries } from './embedded-binaries.ts'
import { StartFailure } from './start-failure.ts'

/** Whose rights PostgreSQL runs with. It refuses to run as root, so root starts it as somebody else. */
export interface Account {
  /** Absent: the account of this process. */
  identity?: { uid: number; gid: number }
  /** Whether it is given the one capability to pass directories that are closed to it (Linux, through setpriv). */
  mayPass: boolean
}

/**
 * Picks the account for a cluster: this process's own unless it is root; then the owner of an existing cluster, else of
 * the data directory (if it has a name, which `initdb` insists on), else `nobody`.
 */
export async function chooseAccount(dataDir: string, cluster: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { mayPass: false }
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const entries = passwd.split('\n').map((line) => line.split(':'))
  const [clusterOwner, dataDirOwner] = await Promise.all([cluster, dataDir].map((path) => stat(path).catch(() => null)))
  const named = entries.some(([, , uid]) => uid === String(dataDirOwner?.uid))
  for (const owner of [clusterOwner, named ? dataDirOwner : null]) {
    if (owner && owner.uid !== 0) return { identity: { uid: owner.uid, gid: owner.gid }, mayPass: false }
  }
  const [, , uid = '65534', gid = '65534'] = entries.find(([name]) => name === 'nobody') ?? []
  return { identity: { uid: Number(uid), gid: Number(gid) }, mayPass: false }
}

/**
 * The securebit is for access(2), by which PostgreSQL's programs look for themselves: without it the kernel leaves the
 * capability out of that answer. At the exec all other capabilities are gone.
 */
const passingRights = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup']

/** Starts `script` in a POSIX shell (with `args` as `$1`, `$2` …) or, without a script, the program itself. */
export function launch(account: Account, command: Command, options: SpawnOptions): ChildProcess {
  const [file, ...args] =
    command.script === undefined ? command.args : ['/bin/sh', '-c', command.script, 'throughline', ...command.args]
  const environment = { ...options, env: databaseEnvironment() }
  if (account.identity === undefined) return spawn(file, args, environment)
  const { uid, gid } = account.identity
  if (!account.mayPass) return spawn(file, args, { ...environment, uid, gid })
  const become = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...passingRights]
  return spawn('setpriv', [...become, '--', file, ...args], environment)
}

/** What {@link launch} starts: a program with its arguments, or a shell script that gets them. */
export interface Command {
  script?: string
  args: readonly [string, ...string[]]
}

/**
 * Makes sure that `account` can run the programs and enter `directory`, and answers with the account and programs that
 * can. Root's installation may lie where nobody else may go (a clone in /root): then PostgreSQL gets the capability to
 * pass, or else a copy of the programs beside the data. Throws a {@link StartFailure} that names the closed directory.
 */
export async function ensureReach(
  account: Account,
  binaries: Binaries,
  dataDir: string,
  directory: string,
): Promise<{ account: Account; binaries: Binaries }> {
  const failure = await probe(account, binaries, directory)
  if (failure === null) return { account, binaries }
  if (account.identity === undefined) throw new StartFailure(`PostgreSQL cannot run here: ${failure}`)
  const passing = { ...account, mayPass: true }
  if (process.platform === 'linux' && (await probe(passing, binaries, directory)) === null) {
    return { account: passing, binaries }
  }
  const closed = await firstClosed(directory, account.identity)
  if (closed === null) {
    const copy = binariesIn(await copyBinaries(binaries.root, dataDir))
    const copyFailure = await probe(account, copy, directory)
    if (copyFailure === null) return { account, binaries: copy }
    throw new StartFailure(`PostgreSQL cannot run here: ${copyFailure}`)
  }
  throw new StartFailure(
    `PostgreSQL, which does not run as root, cannot enter ${closed} as user ${account.identity.uid}. Set DATA_DIR to a directory outside it (DATA_DIR=/var/lib/throughline), or open it with: chmod o+x ${closed}`,
  )
}

/** As root, gives `directory` and all in it to the account, if it is not the owner already. */
export async function giveTo(account: Account, directory: string): Promise<void> {
  if (account.identity === undefined) return
  const { uid, gid } = account.identity
  if ((await stat(directory)).uid === uid) return
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), uid, gid)
  }
  // Last, so that an interruption is seen next time.
  await chown(directory, uid, gid)
}

/** Runs a program to its end; answers with its exit code and what it printed. A program that cannot start has code -1. */
export async function run(account: Account, command: Command): Promise<{ code: number; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>()
  const child = launch(account, command, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.on('error', (error) => resolve({ code: -1, output: error.message }))
  child.on('close', (code) => resolve({ code: code ?? -1, output: output.trim() }))
  return promise
}

async function probe(account: Account, binaries: Binaries, directory: string): Promise<string | null> {
  if (process.platform === 'win32') return null
  const { code, output } = await run(account, {
    script: '"$1" --version >/dev/null && cd "$2"',
    args: [binaries.postgres, directory],
  })
  if (code === 0) return null
  return output === '' ? `${binaries.postgres} ended with code ${code}` : output
}

/** The outermost directory above `path` that the account may not enter, judged by its mode bits. */
async function firstClosed(path: string, { uid, gid }: { uid: number; gid: number }): Promise<string | null> {
  const chain = []
  for (let current = path; ; current = dirname(current)) {
    chain.unshift(current)
    if (current === dirname(current)) break
  }
  for (const directory of chain) {
    const { mode, uid: owner, gid: group } = await lstat(directory)
    const needed = owner === uid ? constants.S_IXUSR : group === gid ? constants.S_IXGRP : constants.S_IXOTH
    if ((mode & needed) === 0) return directory
  }
  return null
}

/** What PostgreSQL inherits: none of our secrets, and no PG* variable that would change what it does. */
function databaseEnvironment(): NodeJS.ProcessEnv {
  if (process.platform !== 'win32') return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
  const { SystemRoot, PATH, TEMP, TMP } = process.env
  return { SystemRoot, PATH, TEMP, TMP, LC_ALL: 'C', TZ: 'UTC' }
}
