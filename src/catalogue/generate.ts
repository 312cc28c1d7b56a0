/**
 * Writes what derives from the node definitions: src/nodes/index.ts, src/catalogue/catalogue.json and docs/nodes/.
 * `--check` writes nothing and exits 1 when something is stale. The index comes first: the rest is read through it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const check = process.argv.includes('--check')
const stale: string[] = []

function put(file: string, text: string): void {
  const path = join(root, file)
  if (currentText(path) === text) return
  stale.push(file)
  if (check) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function currentText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Every definition: a file of a group's folder that is no test. */
const files = ['builtin', 'contact', 'messaging'].flatMap((group) =>
  readdirSync(join(root, 'src/nodes', group))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => ({ path: `./${group}/${name}`, type: basename(name, '.ts') }))
    .sort((left, right) => (left.type < right.type ? -1 : 1)),
)
const nameOf = (type: string) => type.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

put(
  'src/nodes/index.ts',
  [
    '// Written by src/catalogue/generate.ts: npm run generate.',
    "import type { AnyNode } from '../engine/define-node.ts'",
    ...files.map(({ path, type }) => `import ${nameOf(type)} from '${path}'`),
    '',
    '/** Every node type, by its name. */',
    'export const nodes: Readonly<Record<string, AnyNode>> = {',
    ...files.map(({ type }) => (type === nameOf(type) ? `  ${type},` : `  '${type}': ${nameOf(type)},`)),
    '}',
    '',
  ].join('\n'),
)

if (!(check && stale.length > 0)) {
  const { catalogue } = await import('./catalogue.ts')
  const { docsIndex, docsPage } = await import('./docs-page.ts')
  const types = Object.values(catalogue)
  put('src/catalogue/catalogue.json', `${JSON.stringify(catalogue, null, 2)}\n`)
  for (const type of types) put(`docs/nodes/${type.type}.md`, docsPage(type))
  put('docs/nodes/index.md', docsIndex(types))

  const known = new Set(['index.md', ...types.map(({ type }) => `${type}.md`)])
  for (const name of readdirSync(join(root, 'docs/nodes')).filter((each) => !known.has(each))) {
    stale.push(`docs/nodes/${name}`)
    if (!check) rmSync(join(root, 'docs/nodes', name))
  }
}

if (check && stale.length > 0) {
  process.stderr.write(`Stale, run npm run generate:\n${stale.map((file) => `  ${file}`).join('\n')}\n`)
  process.exitCode = 1
} else if (stale.length > 0) {
  process.stdout.write(`${stale.map((file) => `wrote ${file}`).join('\n')}\n`)
}
