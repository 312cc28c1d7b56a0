import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const root = join(import.meta.dirname, '..')

/** How a command ended. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a command of the command line to its end, as a process of its own. */
export async function runCommand(args: readonly string[], env: Record<string, string>, input?: string): Promise<Ended> {
  const child = spawnProgram(args, env)
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

/** A running `start`. */
export interface RunningProgram extends AsyncDisposable {
  child: ChildProcess
  /** Where it is ready, e.g. `http://localhost:40123`. */
  url: string
  stderr(): string
  stdout(): string
  /** Sends SIGTERM and answers with the exit code. */
  stop(): Promise<number | null>
}

/** Starts the program and waits for the line that says where it is ready. Throws with what it printed when it ends instead. */
export async function startProgram(env: Record<string, string>, args: readonly string[] = []): Promise<RunningProgram> {
  const child = spawnProgram(['start', ...args], { PORT: '0', HOST: '127.0.0.1', ...env })
  child.stdin.end()
  let printed = ''
  let complained = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complained += chunk
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
      const url = /^Throughline is (?:ready on (http\S+)|working)$/m.exec(printed)
      if (url) resolve(url[1] ?? '')
    })
    void ended.then((code) => reject(new Error(`start ended with ${code}: ${printed}${complained}`)))
  })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    return ended
  }
  return {
    child,
    url: await ready,
    stderr: () => complained,
    stdout: () => printed,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

/** Starts a command without waiting for it: for tests that stop it half-way. */
export function spawnProgram(args: readonly string[], env: Record<string, string>): ChildProcessWithoutNullStreams {
  const { PATH, HOME, TMPDIR } = process.env
  const inherited = Object.fromEntries(
    Object.entries({ PATH, HOME, TMPDIR }).filter(([, value]) => value !== undefined),
  )
  return spawn(process.execPath, [join(root, 'src', 'main.ts'), ...args], {
    cwd: root,
    env: { ...inherited, ...env },
    stdio: 'pipe',
  })
}
