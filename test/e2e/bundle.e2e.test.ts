import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { buildWebApp, webDir } from './browser.ts'

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

test('the first load of the campaigns list stays within 230 KB of scripts and 45 KB of styles', async () => {
  const files = closure(keyOf('src/pages/campaigns.tsx'), closure(keyOf('index.html')))
  expect(await weigh(files, '.js')).toBeLessThanOrEqual(230)
  expect(await weigh(files, '.css')).toBeLessThanOrEqual(45)
})

test('the builder adds at most 150 KB to it; any other page, and each panel of the builder, at most 60 KB', async () => {
  const first = closure(keyOf('src/pages/campaigns.tsx'), closure(keyOf('index.html')))
  const routes = Object.values(manifest).flatMap(({ src }) =>
    src && /^src\/(pages|builder)\/[\w-]+\.tsx$/.test(src) ? [src] : [],
  )
  expect(routes.length).toBeGreaterThan(10)
  const builder = 'src/builder/builder-page.tsx'
  // A panel is loaded when it is opened, with the builder there already.
  const withBuilder = closure(keyOf(builder), new Set(first))
  for (const route of routes) {
    const known = route.startsWith('src/builder/') && route !== builder ? withBuilder : first
    const extra = await weigh(without(closure(keyOf(route)), known), '.js')
    expect(extra, route).toBeLessThanOrEqual(route === builder ? 150 : 60)
  }
})
