import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { giveToOwnerOfDirectory, writePrivateFile } from './private-file.ts'
import { StartFailure } from './start-failure.ts'

/** What a program does with the data directory: `server` runs until stopped, `command` ends by itself. */
export type Role = 'server' | 'command'

/** How to reach the embedded PostgreSQL: what `connection.json` holds. */
export interface EmbeddedConfig {
  /** The directory of its socket, or 127.0.0.1. */
  host: string
  port: number
  user: string
  password: string
  database: string
}

/** Who has the data directory, and once its PostgreSQL answers, how to reach it. */
export interface Holder {
  pid: number
  role: Role
  config: EmbeddedConfig | null
}

/** The right to run a PostgreSQL on a data directory, for as long as this process lives or until released. */
export interface DataDirLock {
  /** Tells other processes of the same owner how to reach the database. */
  publish(config: EmbeddedConfig): Promise<void>
  release(): Promise<void>
}

/**
 * Takes the data directory for this process, making it when it is not there; `null` when another process has it. The lock
 * is one of the operating system (SQLite's file lock, which Node brings for every platform), so that it is gone at the
 * instant its holder is, however that ended, and two that start at once cannot both get it.
 */
export async function acquireDataDirLock(dataDir: string, role: Role): Promise<DataDirLock | null> {
  const file = join(dataDir, 'throughline.lock')
  let handle: DatabaseSync
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    handle = new DatabaseSync(file, { timeout: 0 })
    await giveToOwnerOfDirectory(file, dataDir)
  } catch (cause) {
    throw notWritable(dataDir, cause)
  }
  try {
    // Rollback journal in memory: an exclusive transaction that never writes leaves no file beside the lock.
    handle.exec('pragma journal_mode = memory; begin exclusive')
  } catch (cause) {
    handle.close()
    if (reason(cause).includes('locked')) return null
    throw new StartFailure(`The data directory ${dataDir} cannot be locked: ${reason(cause)}`, { cause })
  }
  const connection = connectionFile(dataDir)
  const write = (config: EmbeddedConfig | null) =>
    writePrivateFile(connection, JSON.stringify({ pid: process.pid, role, config } satisfies Holder))
  try {
    await write(null)
  } catch (cause) {
    // SQLite also locks a file that it may only read.
    handle.close()
    throw notWritable(dataDir, cause)
  }
  return {
    publish: write,
    async release() {
      if (!handle.isOpen) return
      await rm(connection, { force: true })
      handle.close()
    },
  }
}

/**
 * Who holds the data directory, from `connection.json`; `null` when nobody says so, or when the one that did is gone (its
 * successor may not have written the file yet). Throws a {@link StartFailure} when the file belongs to another user.
 */
export async function readHolder(dataDir: string): Promise<Holder | null> {
  let text: string
  try {
    text = await readFile(connectionFile(dataDir), 'utf8')
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return null
    throw new StartFailure(
      `The data directory ${dataDir} is in use by another user's process: ${reason(cause)}. Run this as that user.`,
      { cause },
    )
  }
  const holder: Holder = JSON.parse(text)
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if (isCode(error, 'ESRCH')) return null
  }
  return holder
}

function notWritable(dataDir: string, cause: unknown): StartFailure {
  const message = `The data directory ${dataDir} cannot be written: ${reason(cause)}. Run this as the user it belongs to, or set DATA_DIR to another.`
  return new StartFailure(message, { cause })
}

function connectionFile(dataDir: string): string {
  return join(dataDir, 'connection.json')
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
