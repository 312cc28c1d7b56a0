// Writes the definitions of the analytics into docs/analytics.md: node src/analytics/generate-docs.ts
import { readFile, writeFile } from 'node:fs/promises'
import { definitions } from './definitions.ts'

const file = new URL('../../docs/analytics.md', import.meta.url)
const text = await readFile(file, 'utf8')
const rows = Object.entries(definitions).map(([name, words]) => `| \`${name}\` | ${words} |`)
const table = ['| number | what it counts |', '|---|---|', ...rows].join('\n')
await writeFile(
  file,
  text.replace(/(<!-- definitions: [^>]*-->\n)[\s\S]*?(<!-- \/definitions -->)/, `$1\n${table}\n\n$2`),
)
