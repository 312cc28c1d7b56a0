import type { Logger } from 'pino'
import type { Db } from './db/database.ts'
import type { Env } from './env.ts'
import type { Keyring } from './keyring.ts'

/** What main.ts builds once and hands to routes and loops: the program's parts with a lifetime. */
export interface App {
  db: Db
  env: Env
  log: Logger
  keys: Keyring
  /** Wakes the loops of all processes (NOTIFY on commit of what the caller wrote). */
  wake(): Promise<void>
}
