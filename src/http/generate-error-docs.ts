/** Writes docs/errors.md from the table of error codes. `--check` writes nothing and exits 1 when the page is stale. */
import { readFileSync, writeFileSync } from 'node:fs'
import { errorDocs } from './error-docs.ts'

const page = new URL('../../docs/errors.md', import.meta.url)

if (!process.argv.includes('--check')) writeFileSync(page, errorDocs())
else if (readFileSync(page, 'utf8') !== errorDocs()) {
  process.stderr.write('docs/errors.md is stale: npm run generate\n')
  process.exitCode = 1
}
