import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { definitions } from './definitions.ts'

it('are those of docs/analytics.md, word for word', async () => {
  const page = await readFile(new URL('../../docs/analytics.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('<!-- definitions'), page.indexOf('<!-- /definitions'))
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, words]) => [name, words])
  expect(rows).toEqual(Object.entries(definitions))
})
