import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fileSchemas, schemaText } from './schemas.ts'

it.each(Object.keys(fileSchemas))('publishes docs/%s as the program reads such files', async (name) => {
  const published = await readFile(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8')
  expect(published).toBe(schemaText(fileSchemas[name] ?? {}))
})
