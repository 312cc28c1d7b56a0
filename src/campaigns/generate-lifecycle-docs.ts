/** Writes docs/lifecycle.md from the table of lifecycle.ts. `--check` writes nothing and exits 1 when the page is stale. */
import { readFileSync, writeFileSync } from 'node:fs'
import { lifecycleDocs } from './lifecycle-docs.ts'

const page = new URL('../../docs/lifecycle.md', import.meta.url)

if (!process.argv.includes('--check')) writeFileSync(page, lifecycleDocs())
else if (readFileSync(page, 'utf8') !== lifecycleDocs()) {
  process.stderr.write('docs/lifecycle.md is stale: npm run generate\n')
  process.exitCode = 1
}
