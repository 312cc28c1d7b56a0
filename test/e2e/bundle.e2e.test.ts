import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { webDir } from './browser.ts'
import { buildWebApp } from './build-web.ts'

interface Chunk {
  file: string
  src?: string
  imports?: string[]
  css?: string[]
  isEntry?: boolean
}

let manifest: Record<string, Chunk>

beforeAll(async () => {
  await buildWebApp()
  manifest = JSON.parse(await readFile(join(webDir, '.vite', 'manifest.json'), 'utf8'))
})

/** A chunk and all that it loads with it, as files. */
function closure(key: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[key]
  if (!chunk || found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const file of chunk.css ?? []) found.add(file)
  for (const next of chunk.imports ?? []) closure(next, found)
  return found
}

/** Kilobytes after gzip of the files of one kind. */
async function weigh(files: Iterable<string>, kind: '.js' | '.css'): Promise<number> {
  const sizes = [...files]
    .filter((file) => file.endsWith(kind))
    .map(async (file) => gzipSync(await readFile(join(webDir, file))).length)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1024
}

const keyOf = (source: string): string => {
  const key = Object.keys(manifest).find((one) => manifest[one]?.src === source)
  if (!key) throw new Error(`${source} is not in the build.`)
  return key
}

const without = (files: Set<string>, known: Set<string>): string[] => [...files].filter((file) => !known.has(file))

/** UX §4.17, in kilobytes after gzip. */
const budgets = { firstLoad: 230, styles: 45, builder: 150, templates: 220, other: 60 }
const builder = 'src/builder/builder-page.tsx'
const ofRoute: Record<string, number> = { [builder]: budgets.builder, 'src/pages/templates.tsx': budgets.templates }
const campaigns = () => closure(keyOf('src/pages/campaigns.tsx'), closure(keyOf('index.html')))

test('the first load of the campaigns list stays within 230 KB of scripts', async () => {
  expect(await weigh(campaigns(), '.js')).toBeLessThanOrEqual(budgets.firstLoad)
})

test('the builder adds at most 150 KB, templates 220, any other page and each panel of the builder 60; styles of a page stay within 45', async () => {
  const first = campaigns()
  const routes = Object.values(manifest).flatMap(({ src }) =>
    src && /^src\/(pages|builder)\/[\w-]+\.tsx$/.test(src) ? [src] : [],
  )
  expect(routes.length).toBeGreaterThan(10)
  // A panel is loaded when it is opened, with the builder there already.
  const withBuilder = closure(keyOf(builder), new Set(first))
  const write = closure(keyOf('src/write/editor.tsx'), closure(keyOf('src/pages/templates.tsx'), new Set(first)))
  expect(await weigh(without(write, first), '.js'), 'a template in Write mode').toBeLessThanOrEqual(budgets.templates)
  const drawer = closure(keyOf('src/write/editor.tsx'), new Set(withBuilder))
  expect(await weigh(without(drawer, withBuilder), '.js'), 'Write mode in the builder').toBeLessThanOrEqual(120)
  for (const route of routes) {
    const known = route.startsWith('src/builder/') && route !== builder ? withBuilder : first
    const all = closure(keyOf(route), new Set(known))
    expect(await weigh(without(all, known), '.js'), route).toBeLessThanOrEqual(ofRoute[route] ?? budgets.other)
    if (known === first) expect(await weigh(all, '.css'), `${route}, styles`).toBeLessThanOrEqual(budgets.styles)
  }
})

test('each component of Mantine that the app uses has its styles in web/src/mantine.css', async () => {
  const folder = join(import.meta.dirname, '..', '..', 'node_modules', '@mantine', 'core', 'styles')
  const taken = await readFile(join(import.meta.dirname, '..', '..', 'web', 'src', 'mantine.css'), 'utf8')
  const names = (await readdir(join(webDir, 'assets'))).filter((file) => file.endsWith('.js'))
  const scripts = (await Promise.all(names.map((file) => readFile(join(webDir, 'assets', file), 'utf8')))).join('')
  const missing: string[] = []
  for (const file of (await readdir(folder)).filter(
    (one) => /^[A-Z]\w+\.css$/.test(one) && !taken.includes(`/${one}"`),
  )) {
    const classes = (await readFile(join(folder, file), 'utf8')).match(/m_[0-9a-f]+/g) ?? []
    if (classes.some((name) => scripts.includes(name))) missing.push(file)
  }
  expect(missing).toEqual([])
})

test('no fonts are loaded, and the worker that checks a workflow, which comes after the canvas, stays within 120 KB', async () => {
  const assets = await readdir(join(webDir, 'assets'))
  expect(assets.filter((file) => /\.(woff2?|ttf|otf)$/.test(file))).toEqual([])
  const checker = assets.filter((file) => /^check-worker-.*\.js$/.test(file)).map((file) => join('assets', file))
  expect(checker).toHaveLength(1)
  expect(await weigh(checker, '.js')).toBeLessThanOrEqual(120)
})
