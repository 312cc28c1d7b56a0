import type { Logger } from 'pino'
import type { App } from './app.ts'
import { type Database, sql } from './db/database.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { StartFailure } from './db/start-failure.ts'
import { notifyWake } from './engine/events-sql.ts'
import type { Env } from './env.ts'
import { type Keyring, openKeyring } from './keyring.ts'

/** The parts with a lifetime, built and migrated. */
export interface OpenApp extends AsyncDisposable {
  app: App
  database: Database
  close(): Promise<void>
}

/**
 * Opens database and keyring and brings the database to this version. A `command` works beside a running server on the
 * same data directory and without one. @throws StartFailure with one clear line
 */
export async function openApp(options: {
  env: Env
  log: Logger
  role: 'server' | 'command'
  maxConnections?: number
}): Promise<OpenApp> {
  const { env, log, role, maxConnections } = options
  const database = await openDatabase({
    databaseUrl: env.databaseUrl,
    dataDir: env.dataDir,
    log,
    role,
    ...(maxConnections === undefined ? {} : { maxConnections }),
  })
  try {
    await migrate(database.pool, { log })
    const { db } = database
    const app: App = { db, env, log, keys: keyringOf(env), wake: () => notifyWake(db) }
    return { app, database, close: database.close, [Symbol.asyncDispose]: database.close }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Whether somebody can sign in: without an account the first visitor becomes the owner. */
export async function hasOwner({ db }: App): Promise<boolean> {
  const { rows } = await sql<{ present: boolean }>`select exists (select 1 from account) as present`.execute(db)
  return rows[0]?.present ?? false
}

function keyringOf({ dataDir, secretKey, secretKeyPrevious }: Env): Keyring {
  try {
    return openKeyring({
      dataDir,
      ...(secretKey === undefined ? {} : { secretKey }),
      ...(secretKeyPrevious === undefined ? {} : { previous: secretKeyPrevious }),
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartFailure(
      `The secret key in ${dataDir} cannot be read or made: ${reason}. Set SECRET_KEY, or run this as the owner of DATA_DIR.`,
      { cause },
    )
  }
}
