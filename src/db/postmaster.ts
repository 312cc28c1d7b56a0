import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, launch, run } from './embedded-account.ts'
import type { Binaries } from './embedded-binaries.ts'

/** One running postmaster (PostgreSQL's parent process). */
export interface Postmaster {
  /** Whether the process is there; it may not accept connections yet. */
  readonly alive: boolean
  /** Resolves when it is gone, however that came. */
  readonly exited: Promise<void>
  /** Ends it, open transactions rolled back: at once if it can, by force (crash recovery at the next start) after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/**
 * The postmaster's parent: a shell that ignores the signals meant for us, and a reader at the other end of our pipe. When
 * the pipe closes, because we close it or because we are dead, the reader asks for a fast shutdown, and after 9 s ends the
 * postmaster by force. A parent of its own keeps the process id from being reused while the reader may still signal it.
 */
const guard = `
trap '' HUP INT TERM
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
(
  while read -r line <&3; do :; done
  kill -INT $child
  for second in 1 2 3 4 5 6 7 8 9; do sleep 1; kill -0 $child || exit; done
  kill -QUIT $child
) 2>/dev/null &
reader=$!
exec 3<&-
wait $child
code=$?
kill -KILL $reader
exit $code`

/** Starts PostgreSQL on `cluster` in a session of its own, so that Ctrl-C in a terminal reaches us and not it. */
export function startPostmaster(
  account: Account,
  binaries: Binaries,
  cluster: string,
  args: readonly string[],
  logFile: number,
): Postmaster {
  const windows = process.platform === 'win32'
  const child = launch(
    account,
    { script: windows ? undefined : guard, args: [binaries.postgres, '-D', cluster, ...args] },
    { cwd: '/', detached: true, windowsHide: true, stdio: ['pipe', logFile, logFile] },
  )
  const exited = new Promise<void>((resolve) => {
    child.on('exit', () => resolve())
    child.on('error', () => resolve())
  })
  child.stdin?.on('error', () => undefined)
  let alive = true
  void exited.then(() => {
    alive = false
    child.stdin?.destroy()
  })
  return {
    get alive() {
      return alive
    },
    exited,
    async stop(graceMs) {
      if (!alive) return
      if (windows) void run(account, { args: [binaries.pgCtl, 'stop', '-D', cluster, '-m', 'fast', '-W'] })
      else child.stdin?.end()
      if (await settles(exited, graceMs)) return
      await signalPostmaster(account, binaries, cluster, 'SIGQUIT')
      if (await settles(exited, 5_000)) return
      await signalPostmaster(account, binaries, cluster, 'SIGKILL')
      killGroup(child)
      await exited
    },
  }
}

/**
 * Ends what a killed program has left running on `cluster`: its postmaster, or single backends of one that was killed. The
 * caller holds the data directory's lock, so nothing that runs there is somebody's. Answers whether there was any.
 */
export async function stopOrphans(account: Account, binaries: Binaries, cluster: string): Promise<boolean> {
  const pid = await postmasterPid(cluster)
  if (pid === null) return false
  if (!isRunning(pid)) return endBackends(cluster)
  if (!(await isPostmasterOf(account, pid, cluster))) {
    await disownLockFile(cluster)
    return endBackends(cluster)
  }
  for (const [signal, waitMs] of [
    ['SIGINT', 5_000],
    ['SIGQUIT', 3_000],
    ['SIGKILL', 3_000],
  ] as const) {
    await signalPostmaster(account, binaries, cluster, signal)
    for (let waitedMs = 0; waitedMs < waitMs; waitedMs += 25) {
      if (!isRunning(pid)) {
        endBackends(cluster)
        return true
      }
      await delay(25)
    }
  }
  return true
}

/** The process id in the cluster's `postmaster.pid`, or null without one. */
export async function postmasterPid(cluster: string): Promise<number | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return pid > 0 ? pid : null
}

async function signalPostmaster(
  account: Account,
  binaries: Binaries,
  cluster: string,
  signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL',
): Promise<void> {
  const pid = await postmasterPid(cluster)
  if (pid === null) return
  if (process.platform === 'win32' && signal !== 'SIGKILL') {
    const mode = signal === 'SIGINT' ? 'fast' : 'immediate'
    await run(account, { args: [binaries.pgCtl, 'stop', '-D', cluster, '-m', mode, '-W'] })
    return
  }
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already, or not ours to end: the caller waits for it to be gone, and the start says what is in the way.
  }
}

/**
 * Whether a process id in a lock file is that cluster's postmaster, and not another process that got the number since (in
 * a container, numbers repeat from one start to the next).
 */
async function isPostmasterOf(account: Account, pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'linux') {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return /postgres$/.test(words[0] ?? '') && words.includes(cluster)
    } catch {
      return false
    }
  }
  if (process.platform === 'win32') return true
  const { output } = await run(account, { args: ['/bin/ps', '-o', 'command=', '-p', String(pid)] })
  return output.includes('postgres') && output.includes(cluster)
}

/**
 * PostgreSQL does not start while the number in its lock file is some running process. The number becomes one that no
 * process can have; the rest stays, for the check that no old backend is still attached to the shared memory.
 */
async function disownLockFile(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/^\d+/, '2147483647'))
}

/** Ends backends whose postmaster is gone; a busy one would otherwise hold up the next start until its statement ends. */
function endBackends(cluster: string): boolean {
  if (process.platform !== 'linux') return false
  let found = false
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      if (readlinkSync(`/proc/${entry}/cwd`) !== cluster) continue
      if (!readFileSync(`/proc/${entry}/cmdline`, 'utf8').startsWith('postgres: ')) continue
      process.kill(Number(entry), 'SIGKILL')
      found = true
    } catch {
      // Ended meanwhile, or another user's process, which is none of this cluster's.
    }
  }
  return found
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Whether `promise` resolves within `waitMs`. */
async function settles(promise: Promise<void>, waitMs: number): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(waitMs, false, { signal: timer.signal }).catch(() => false)
  const inTime = await Promise.race([promise.then(() => true), late])
  timer.abort()
  return inTime
}
