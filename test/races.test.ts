import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type Arena, openArena, races } from './races.ts'

// The whole form: RACES_REPEAT=200 RACES_CUSTOMERS=2000 npm test -- test/races.test.ts
// With a million: RACES_REPEAT=1 RACES_CUSTOMERS=1000000 npm test -- test/races.test.ts
const repeat = Number(process.env.RACES_REPEAT ?? 1)
const customers = Number(process.env.RACES_CUSTOMERS ?? 300)
const only = process.env.RACES_ONLY

let database: TestDatabase
let arena: Arena
beforeAll(async () => {
  database = await createTestDatabase()
  arena = await openArena(database.db, database.url, { workers: 4, customers })
}, 600_000)
afterAll(async () => {
  await arena[Symbol.asyncDispose]()
  await database.close()
})

describe(`races of four workers for ${customers} customers, ${repeat} times each`, () => {
  for (const [name, race] of Object.entries(races)) {
    if (only !== undefined && !name.includes(only)) continue
    it(`${name}: every promise holds`, { timeout: Math.max(180_000, repeat * 60_000) }, async () => {
      for (let time = 1; time <= repeat; time += 1) {
        expect([time, await race(arena)]).toEqual([time, []])
      }
    })
  }
})
