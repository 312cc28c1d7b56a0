import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeScratchDirectory } from '../../test/scratch.ts'
import { createPool } from './database.ts'
import { type Embedded, startEmbedded } from './embedded.ts'

let dataDir: string
let server: Embedded
const lines: string[] = []

beforeAll(async () => {
  dataDir = await makeScratchDirectory('embedded')
  const log = pino({}, { write: (line) => lines.push(line) })
  server = await startEmbedded({ dataDir, log })
})

afterAll(async () => {
  await server.stop()
  await rm(dataDir, { recursive: true })
})

describe('the supervisor', () => {
  it('restarts a killed postmaster with its data, says so, and the pool’s users just try again', async () => {
    const pool = createPool(server.config)
    try {
      await pool.query('create table kept as select 1 as n')
      for (let round = 1; round <= 2; round += 1) {
        const before = await server.pid()
        if (before === null) throw new Error('No postmaster')
        lines.length = 0
        process.kill(before, 'SIGKILL')
        await expect.poll(() => lines.join('')).toContain('is running again')
        expect(lines.join('')).toContain('The embedded PostgreSQL ended unexpectedly; starting it again')
        expect(await server.pid()).not.toBe(before)
        await expect.poll(async () => (await pool.query('select n from kept')).rows).toEqual([{ n: 1 }])
      }
    } finally {
      await pool.end()
    }
  })

  it('survives the crash of a backend', async () => {
    const pool = createPool(server.config, { max: 1 })
    try {
      const { rows } = await pool.query('select pg_backend_pid() as pid')
      process.kill(rows[0].pid, 'SIGKILL')
      await expect.poll(async () => (await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    } finally {
      await pool.end()
    }
  })

  it('stops twice without complaint, and stays stopped', async () => {
    await server.stop()
    await server.stop()
    expect(await server.pid()).toBeNull()
  })
})
