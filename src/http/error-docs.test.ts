import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { problems } from '../errors.ts'

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

it('docs/errors.md lists every code with its status and title, and no other', () => {
  const listed = [...page.matchAll(/^\| (\d{3}) \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, status, code, title]) => [code, { status: Number(status), title }],
  )
  expect(listed).toEqual(Object.entries(problems))
})

it('every code is a word that scripts can branch on, with a status of API.md', () => {
  for (const [code, { status }] of Object.entries(problems)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect([400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503]).toContain(status)
  }
})
