import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileSchemas, schemaText } from './schemas.ts'

const docs = join(import.meta.dirname, '..', '..', 'docs')
for (const [name, schema] of Object.entries(fileSchemas)) await writeFile(join(docs, name), schemaText(schema))
