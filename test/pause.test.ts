import { expect, it } from 'vitest'
import { createTestDatabase } from './database.ts'
import { pauseUnderLoad } from './pause-under-load.ts'

// With eight workers, a hundred pauses and the figures: npm run cli -- bench pause
it('moves nothing and hands nothing over once a pause was answered, with workers under load', {
  timeout: 180_000,
}, async () => {
  await using database = await createTestDatabase()
  const figures = await pauseUnderLoad(database.db, database.url, { workers: 2, customers: 5_000, pauses: 8 })
  expect(figures.pauseMs).toHaveLength(8)
  expect({ handed: figures.handedAfterwards, moved: figures.movedAfterwards }).toEqual({ handed: 0, moved: 0 })
  expect(figures.sent).toBeGreaterThan(0)
})
