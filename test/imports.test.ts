import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/**
 * STYLE's dependency table. A part is a top folder of src/ (or one file of it); `*` in an arrow is the start of a path. Tests
 * are left out: they may look at everything.
 */
const root = resolve(import.meta.dirname, '..')
const src = join(root, 'src')

const nouns = [
  'ai',
  'analytics',
  'campaign-files',
  'campaigns',
  'companies',
  'credentials',
  'customers',
  'demo',
  'events',
  'firings',
  'imports',
  'jobs',
  'messages',
  'products',
  'replies',
  'requests',
  'runs',
  'sandbox',
  'segments',
  'simulate',
  'suppressions',
  'tasks',
  'templates',
  'tracking',
  'triggers',
  'webhooks',
  'work',
  'workspaces',
]
/** Files that everybody may import: contracts without a dependency of their own. */
const everybodys = ['errors.ts']
/** Contracts for all but the parts that load in a browser. */
const serverWide = [...everybodys, 'app.ts', 'disk.ts', 'env.ts', 'keyring.ts', 'db/start-failure.ts']

const allowed: Record<string, readonly string[]> = {
  'errors.ts': [],
  'app.ts': ['db', 'env.ts', 'keyring.ts'],
  'disk.ts': [],
  'env.ts': everybodys,
  'keyring.ts': [],
  db: ['db'],
  workflow: ['workflow', ...everybodys],
  nodes: ['nodes', 'engine/define-node.ts', 'engine/outcome.ts', 'engine/facts.ts', 'workflow', ...everybodys],
  engine: ['engine', 'workflow', 'db', ...serverWide],
  channels: ['channels', 'engine', 'db', ...serverWide],
  catalogue: ['catalogue', 'nodes', 'engine/define-node.ts', 'workflow', ...everybodys],
  http: ['http', 'db', 'catalogue', ...serverWide],
}
const everyPart = ['workflow', 'nodes', 'engine', 'channels', 'catalogue', 'db', 'http', ...nouns, ...serverWide]
for (const noun of nouns) allowed[noun] = everyPart
/** The files that put the parts together. */
const assemblers = /^(main|start|router|open-app|loops|measures|work-sql)\.ts$|^cli\//

interface Import {
  from: string
  to: string
  typeOnly: boolean
}

const imports = sourceFiles(src).flatMap(importsOf)

describe('imports', () => {
  it('are read: the table would hold for an empty list, too', () => {
    expect(imports.length).toBeGreaterThan(50)
    expect(imports).toContainEqual({ from: 'env.ts', to: 'errors.ts', typeOnly: false })
  })

  it('follow the table of parts', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (assemblers.test(from)) return false
      const arrows = allowed[partOf(from)]
      return !arrows?.some((target) => to === target || to.startsWith(`${target}/`))
    })
    expect(wrong.map(arrow)).toEqual([])
  })

  it('name every folder of src in the table', () => {
    const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const known = [...Object.keys(allowed), 'cli']
    expect(folders.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([])
  })

  it('reach the database from files with SQL alone', () => {
    const mayQuery = /(^|\/)(queries|[a-z-]+-queries)\.ts$|-sql\.ts$|^(engine|http|db)\//
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        to.startsWith('db/') &&
        to !== 'db/start-failure.ts' &&
        !typeOnly &&
        !assemblers.test(from) &&
        !mayQuery.test(from),
    )
    expect(wrong.map(arrow)).toEqual([])
  })

  it('reach the server from routes alone', () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        to.startsWith('http/') &&
        !typeOnly &&
        !/(^|\/)([a-z-]+-)?routes\.ts$/.test(from) &&
        !from.startsWith('http/') &&
        !assemblers.test(from),
    )
    expect(wrong.map(arrow)).toEqual([])
  })

  it('have no cycle', () => {
    expect(cycles(imports.filter(({ typeOnly }) => !typeOnly))).toEqual([])
  })

  it('keep what loads in a browser free of Node', () => {
    const names = sourceFiles(join(src, 'workflow')).flatMap((file) =>
      specifiers(file).map(({ name }) => `${shown(file)}: ${name}`),
    )
    expect(names.filter((line) => /: node:/.test(line))).toEqual([])
  })
})

describe('imports of the web app', () => {
  const web = join(root, 'web', 'src')
  /** What runs in the browser: the workflow's rules, and in the worker that checks it the definitions of the steps. */
  const allowedIn = (file: string, to: string) =>
    to.startsWith('workflow/') || (file === 'builder/check-worker.ts' && to === 'catalogue/catalogue.ts')
  const found = readdirSync(web, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name)
      return specifiers(file)
        .filter(({ name, typeOnly }) => !typeOnly && name.startsWith('.'))
        .map(({ name }) => ({
          from: relative(web, file).replaceAll('\\', '/'),
          to: relative(src, resolve(dirname(file), name)).replaceAll('\\', '/'),
        }))
    })
    .filter(({ to }) => !to.startsWith('..'))

  it('take of the server no more at run time than the rules that a browser can run', () => {
    expect(found.length).toBeGreaterThan(5)
    expect(found.filter(({ from, to }) => !allowedIn(from, to)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('keep what the worker that checks a workflow loads free of Node', () => {
    const reached = new Set(['catalogue/catalogue.ts'])
    for (const file of reached)
      for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) reached.add(to)
    expect(reached.size).toBeGreaterThan(20)
    const names = [...reached].flatMap((file) => specifiers(join(src, file)).map(({ name }) => `${file}: ${name}`))
    expect(names.filter((line) => /: node:/.test(line))).toEqual([])
  })
})

function partOf(file: string): string {
  const [top] = file.split('/')
  return top ?? file
}

function arrow({ from, to }: Import): string {
  return `${from} -> ${to}`
}

function shown(file: string): string {
  return relative(src, file).replaceAll('\\', '/')
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.(test|test-d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Every module a file names: static and lazy imports, re-exports and workers. */
function specifiers(file: string): { name: string; typeOnly: boolean }[] {
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const statics = [...text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s*'([^']+)'/gm)]
  const bare = [...text.matchAll(/^\s*import\s*'([^']+)'/gm)]
  const lazy = [...text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)]
  const urls = [...text.matchAll(/new URL\('(\.[^']+\.ts)', import\.meta\.url\)/g)]
  return [
    ...statics.map(([, type, name]) => ({ name: name ?? '', typeOnly: type !== undefined })),
    ...[...bare, ...lazy, ...urls].map(([, name]) => ({ name: name ?? '', typeOnly: false })),
  ]
}

function importsOf(file: string): Import[] {
  return specifiers(file)
    .filter(({ name }) => name.startsWith('.'))
    .map(({ name, typeOnly }) => ({ from: shown(file), to: shown(resolve(dirname(file), name)), typeOnly }))
}

/** The loops among `edges`, each as the files on it: Tarjan's strongly connected components of more than one file. */
function cycles(edges: readonly Import[]): string[][] {
  const next = Map.groupBy(edges, ({ from }) => from)
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []
  const visit = (file: string) => {
    index.set(file, index.size)
    low.set(file, index.get(file) ?? 0)
    stack.push(file)
    for (const { to } of next.get(file) ?? []) {
      if (!index.has(to)) visit(to)
      if (stack.includes(to)) low.set(file, Math.min(low.get(file) ?? 0, low.get(to) ?? 0))
    }
    if (low.get(file) !== index.get(file)) return
    const component = stack.splice(stack.indexOf(file))
    if (component.length > 1) found.push(component.sort())
  }
  for (const file of next.keys()) if (!index.has(file)) visit(file)
  return found
}
