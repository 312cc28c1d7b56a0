import { rm } from 'node:fs/promises'
import pg from 'pg'
import { pino } from 'pino'
import type { TestProject } from 'vitest/node'
import { createPool } from '../src/db/database.ts'
import { startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { connectionUrl } from '../src/db/open.ts'
import { makeScratchDirectory } from './scratch.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { adminUrl: string; template: string; strategy: string }
  }
}

/**
 * Starts one PostgreSQL for the whole run (the embedded one without fsync; or the one at TEST_DATABASE_URL, whose user
 * may create databases) and migrates the template that every test database is a copy of.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL
  const server = given === undefined ? await startServer() : { url: given, stop: async () => undefined }
  try {
    const template = `throughline_template_${process.pid}`
    const strategy = await createTemplate(server.url, template)
    provide('postgres', { adminUrl: server.url, template, strategy })
    return async () => {
      if (given !== undefined) await administer(server.url, `drop database if exists ${template}`)
      await server.stop()
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await makeScratchDirectory('test')
  const embedded = await startEmbedded({ dataDir, log: pino({ level: 'warn' }), durable: false })
  return {
    url: connectionUrl(embedded.config),
    async stop() {
      await embedded.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function createTemplate(adminUrl: string, template: string): Promise<string> {
  await administer(adminUrl, `create database ${template}`)
  const url = new URL(adminUrl)
  url.pathname = `/${template}`
  const pool = createPool({ connectionString: url.href }, { max: 1 })
  try {
    await migrate(pool)
    // A file copy is the faster one where a checkpoint costs nothing, which is where fsync is off.
    const { rows } = await pool.query<{ fsync: string }>(`select current_setting('fsync') as fsync`)
    return rows[0]?.fsync === 'off' ? 'file_copy' : 'wal_log'
  } finally {
    await pool.end()
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
