import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** docs/adding-a-node.md, done in a copy of the program: what the page shows is what works. */
const root = resolve(import.meta.dirname, '..')
const run = promisify(execFile)
const module = (name: string, file: string) => join(root, 'node_modules', name, file)

let copy: string
let written: { file: string; text: string }[]
let before: Map<string, string>

beforeAll(async () => {
  copy = await realpath(await mkdtemp(join(tmpdir(), 'throughline-node-')))
  for (const name of ['src', 'docs', 'test/node-step.ts', 'package.json', 'tsconfig.json']) {
    await cp(join(root, name), join(copy, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  before = await textsOf()
  const page = await readFile(join(root, 'docs/adding-a-node.md'), 'utf8')
  written = [...page.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm)].map(([, file = '', text = '']) => ({
    file,
    text,
  }))
  for (const { file, text } of written) {
    await mkdir(dirname(join(copy, file)), { recursive: true })
    await writeFile(join(copy, file), text)
  }
  await run(process.execPath, ['src/catalogue/generate.ts'], { cwd: copy })
})
afterAll(() => rm(copy, { recursive: true, force: true }))

/** The text of every file below src and docs in the copy. */
async function textsOf(): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const folder of ['src', 'docs']) {
    const entries = await readdir(join(copy, folder), { withFileTypes: true, recursive: true })
    for (const entry of entries.filter((each) => each.isFile())) {
      const path = join(entry.parentPath, entry.name)
      texts.set(relative(copy, path), await readFile(path, 'utf8'))
    }
  }
  return texts
}

it('takes one file and its test; the generator writes the rest', async () => {
  expect(written.map(({ file }) => file)).toEqual([
    'src/nodes/builtin/office-hours.ts',
    'src/nodes/builtin/office-hours.test.ts',
  ])
  const changed = [...(await textsOf())].filter(([file, text]) => before.get(file) !== text).map(([file]) => file)
  expect(changed.sort()).toEqual(
    [
      ...written.map(({ file }) => file),
      'docs/nodes/index.md',
      'docs/nodes/office-hours.md',
      'src/catalogue/catalogue.json',
      'src/nodes/index.ts',
    ].sort(),
  )
})

it('is held to its types by the compiler', async () => {
  const config = { extends: './tsconfig.json', include: [], files: written.map(({ file }) => file) }
  await writeFile(join(copy, 'tsconfig.example.json'), JSON.stringify(config))
  const check = () =>
    run(process.execPath, [module('typescript', 'bin/tsc'), '-p', 'tsconfig.example.json'], { cwd: copy })
  await expect(check()).resolves.toBeDefined()
  const [{ file, text } = { file: '', text: '' }] = written
  await writeFile(join(copy, file), text.replace("when: ['open', 'closed']", "when: ['open', 'shut']"))
  await expect(check()).rejects.toMatchObject({ stdout: expect.stringContaining('closed') })
  await writeFile(join(copy, file), text)
})

it('passes the test on the page and those that every node type is held to', async () => {
  const files = ['src/nodes/builtin/office-hours.test.ts', 'src/catalogue/catalogue.test.ts']
  const vitest = [module('vitest', 'vitest.mjs'), 'run', '--root', copy, ...files]
  const { stdout } = await run(process.execPath, vitest, {
    cwd: copy,
    env: { ...process.env, VITEST: '', NO_COLOR: '1' },
  })
  expect(stdout).toMatch(/Test Files\s+2 passed/)
})

it('stands in a workflow: the validator knows its ways out, and what stands behind it reads its output', async () => {
  const script = `
    import { catalogue, parseConfig } from './src/catalogue/catalogue.ts'
    import { compile } from './src/workflow/compile.ts'
    const node = (id, type, config = {}) => ({ id, type, title: id, config })
    const edge = (source, target, when = null) => ({ id: source + target, source, target, when })
    const graph = (when, field) => ({
      nodes: [node('start', 'trigger'), node('office', 'office-hours', { from: '09:00', to: '17:00' }),
        node('task', 'create-task', { title: 'Call, {{node.office.output.' + field + '}}' })],
      edges: [edge('start', 'office'), edge('office', 'task', when)],
    })
    const codes = (when, field) => compile(graph(when, field), catalogue, parseConfig).problems.map(({ code }) => code)
    console.log(JSON.stringify([codes('open', 'open'), codes('ajar', 'open'), codes('open', 'colour')]))
  `
  await writeFile(join(copy, 'script.ts'), script)
  const { stdout } = await run(process.execPath, ['script.ts'], { cwd: copy })
  expect(JSON.parse(stdout)).toEqual([[], ['unknown_when'], ['unknown_variable']])
})
