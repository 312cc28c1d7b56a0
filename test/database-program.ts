import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { EmbeddedConfig } from '../src/db/data-dir-lock.ts'

/** A separate process with an open database (fixtures/database-program.ts). */
export interface DatabaseProgram {
  readonly child: ChildProcess
  /** Resolves with the way to its database; rejects with what it said when it could not open one. */
  readonly ready: Promise<EmbeddedConfig>
  /** What it has logged, as text. */
  said(): string
  /** Sends a signal and waits for its end; answers with the exit code, or the signal that ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | NodeJS.Signals | null>
}

const fixture = fileURLToPath(new URL('./fixtures/database-program.ts', import.meta.url))

/** Starts the program on `dataDir`; `through` is a command line to start it with (`setpriv` with another user). */
export function startDatabaseProgram(
  dataDir: string,
  role: 'server' | 'command',
  through: readonly string[] = [],
): DatabaseProgram {
  const [file = '', ...args] = [...through, process.execPath, fixture, dataDir, role]
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let said = ''
  const ready = new Promise<EmbeddedConfig>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const line = /^ready (.*)\n/m.exec(out)?.[1]
      if (line !== undefined) resolve(JSON.parse(line))
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.once('close', () => reject(new Error(said.trim())))
  })
  // A test that ends the program early need not look at it.
  ready.catch(() => undefined)
  return {
    child,
    ready,
    said: () => said,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode
      child.kill(signal)
      const [code, by] = await once(child, 'close')
      return code ?? by
    },
  }
}
