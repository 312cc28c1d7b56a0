import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { runCommand } from '../../test/program.ts'
import { makeScratchDirectory } from '../../test/scratch.ts'
import { setupOwner } from '../workspaces/setup-queries.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')
const example = (name: string) => join(examples, name)

let folder: string
/** Commands that need no database get one that is not there. */
const nowhere = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere' }

beforeAll(async () => {
  folder = await makeScratchDirectory('campaign-file')
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function write(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const welcome = async () => JSON.parse(await readFile(example('welcome.json'), 'utf8'))

describe('validate', () => {
  it('passes a good file, without a database', async () => {
    expect(await runCommand(['validate', example('welcome.json')], nowhere)).toMatchObject({
      code: 0,
      stdout: 'Welcome: valid, 8 nodes\n',
    })
  })

  it('fails with each error, its place and its fix', async () => {
    const file = await welcome()
    file.nodes[1].config.subject = 'Hello {{customer.nickname'
    file.edges.pop()
    const path = await write('broken.json', file)
    const { code, stdout } = await runCommand(['validate', path, '--json'], nowhere)
    expect(code).toBe(1)
    const { ok, problems } = JSON.parse(stdout)
    expect(ok).toBe(false)
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'error', nodeId: 'email-1', field: 'subject' }))
  })

  it.each([
    ['not-json.json', '{"throughline": ', 'This is no JSON'],
    ['other.json', { hello: 'world' }, 'This is no campaign file'],
    ['newer.json', { throughline: 'throughline.campaign/9', name: 'x', nodes: [], edges: [] }, 'throughline'],
  ])('refuses %s with one clear line', async (name, content, line) => {
    const { code, stderr } = await runCommand(['validate', await write(name, content)], nowhere)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^throughline: [^\n]+\n$/)
    expect(stderr).toContain(line)
  })
})

describe('simulate', () => {
  it('fails when an expectation is not met, and says which', async () => {
    const expected = await write('expect.json', {
      assume: { customers: { count: 50 } },
      reached: { 'exit-1': { min: 10 }, 'email-1': 50 },
      sends: { max: 3 },
    })
    const { code, stdout } = await runCommand(['simulate', example('welcome.json'), '--expect', expected], nowhere)
    expect(code).toBe(1)
    expect(stdout).toContain('met      reached exit-1: 50, expected at least 10')
    expect(stdout).toMatch(/NOT MET {2}sends: \d+, expected at most 3/)
  })

  it('takes customers from a CSV file, and gives the same answer for the same seed', async () => {
    const csv = await write('people.csv', 'email,first name\nann@x.example,Ann\nbob@x.example,Bob\n')
    const run = () => runCommand(['simulate', example('welcome.json'), '--csv', csv, '--seed', '5', '--json'], nowhere)
    const { code, stdout } = await run()
    expect(code).toBe(0)
    expect(JSON.parse(stdout).result).toMatchObject({ customers: 2, errors: [] })
    expect((await run()).stdout).toBe(stdout)
  })
})

describe('export and import campaign', () => {
  let database: TestDatabase
  let env: Record<string, string>

  beforeAll(async () => {
    database = await createTestDatabase()
    await setupOwner(database.db, { email: 'o@acme.example', password: 'correct horse battery', workspace: 'Acme' })
    env = { DATABASE_URL: database.url, DATA_DIR: folder }
  })

  afterAll(async () => {
    await database.close()
  })

  it('carry a campaign through a file and back, guarded by the version of its workflow', async () => {
    const first = await runCommand(['import', 'campaign', example('welcome.json'), '--json'], env)
    expect(first.code).toBe(0)
    const { campaignId, graphVersion, problems } = JSON.parse(first.stdout)
    expect(problems).toEqual([])
    const path = join(folder, 'exported.json')
    expect((await runCommand(['export', 'campaign', campaignId, path], env)).code).toBe(0)
    const exported = JSON.parse(await readFile(path, 'utf8'))
    const original = await welcome()
    expect(exported.nodes.map(({ id }: { id: string }) => id)).toEqual(
      original.nodes.map(({ id }: { id: string }) => id),
    )
    const into = ['import', 'campaign', path, '--into', campaignId, '--if-match', String(graphVersion)]
    expect((await runCommand(into, env)).code).toBe(0)
    const stale = await runCommand(into, env)
    expect(stale.code).toBe(1)
    expect(stale.stderr).toContain('changed in the meantime')
    const unknown = await runCommand(['export', 'campaign', 'nothing'], env)
    expect(unknown.stderr).toBe('throughline: There is no such campaign in this workspace.\n')
  })
})
