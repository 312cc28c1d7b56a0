import { expect, it } from 'vitest'
import { z } from 'zod'
import { decodeCursor, page } from './page.ts'
import { changed, parseIfMatch, requireVersion } from './version.ts'

it('a page gives a cursor only when a row is left over, and the cursor reads back', () => {
  expect(page([1, 2], 2, (row) => row)).toEqual({ items: [1, 2], nextCursor: null })
  const first = page(
    [
      { at: 'x', id: 3 },
      { at: 'y', id: 2 },
    ],
    1,
    ({ at, id }) => [at, id],
    ({ id }) => id,
  )
  expect(first.items).toEqual([3])
  expect(decodeCursor(first.nextCursor ?? undefined, z.tuple([z.string(), z.int()]))).toEqual(['x', 3])
  expect(page([], 10, (row) => row)).toEqual({ items: [], nextCursor: null })
})

it('a cursor of another list, or of nobody, is refused', () => {
  const cursor = page([1, 2], 1, (row) => row).nextCursor ?? ''
  for (const wrong of [cursor, 'x', '%%%', '']) {
    expect(() => decodeCursor(wrong, z.uuid())).toThrow(expect.objectContaining({ code: 'invalid' }))
  }
  expect(decodeCursor(undefined, z.uuid())).toBe(undefined)
})

it('If-Match is read bare, quoted and weak; anything else is refused', () => {
  expect(['3', '"3"', 'W/"3"', ' 3 ', '*', '', undefined].map(parseIfMatch)).toEqual([3, 3, 3, 3, null, null, null])
  for (const wrong of ['abc', '"a"', '3, 4', '-1', '1.5', '99999999999']) {
    expect(() => parseIfMatch(wrong)).toThrow(expect.objectContaining({ code: 'malformed' }))
  }
})

it('an update that met no row tells "gone" from "changed meanwhile"', async () => {
  expect(await changed({ id: 1 }, 'thing', async () => undefined)).toEqual({ id: 1 })
  await expect(changed(undefined, 'thing', async () => undefined)).rejects.toMatchObject({ code: 'not_found' })
  await expect(changed(undefined, 'thing', async () => ({ version: 7 }))).rejects.toMatchObject({
    code: 'stale_version',
    extra: { version: 7 },
  })
  expect(() => requireVersion(null, 7)).not.toThrow()
  expect(() => requireVersion(6, 7)).toThrow(expect.objectContaining({ code: 'stale_version' }))
})
