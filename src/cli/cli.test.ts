import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { runCommand, startProgram } from '../../test/program.ts'
import { makeScratchDirectory } from '../../test/scratch.ts'
import { commands } from './commands.ts'

let database: TestDatabase
let env: Record<string, string>

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false })
  env = { DATABASE_URL: database.url, DATA_DIR: await makeScratchDirectory('cli') }
})

afterAll(async () => {
  await database.close()
  await rm(env.DATA_DIR ?? '', { recursive: true, force: true })
})

const owner = ['--email', 'owner@acme.example', '--password', 'correct horse battery', '--workspace', 'Acme']

describe('the command line', () => {
  it('lists its commands', async () => {
    const { code, stdout } = await runCommand(['--help'], {})
    expect(code).toBe(0)
    for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name} `)
  })

  it.each(Object.keys(commands))('explains %s', async (name) => {
    const { code, stdout, stderr } = await runCommand([...name.split(' '), '--help'], {})
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`Usage: throughline ${name}`)
    expect(stdout).toContain('--json')
  })

  it.each([
    [['nonsense'], 'There is no command "nonsense"'],
    [['migrate', 'twice'], 'Usage: throughline migrate'],
    [['setup', '--colour', 'red'], "Unknown option '--colour'"],
    [['setup', '--email', 'a@b.example'], 'Give --email, --password and --workspace.'],
    [['start', '--role', 'chief'], 'There is no role "chief"'],
    [['import', 'customers', '/nowhere/at-all.csv'], 'The file /nowhere/at-all.csv cannot be read'],
    [['bench', 'patience'], 'There is no benchmark "patience"'],
  ])('fails on %j with one clear line', async (args, line) => {
    const { code, stdout, stderr } = await runCommand(args, env)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^throughline: [^\n]+\n$/)
    expect(stderr).toContain(line)
  })

  it('reports a failure as JSON where JSON was asked for', async () => {
    const { code, stdout } = await runCommand(['api-key', 'create', '--json'], env)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'invalid', message: 'Give the key a --name.' } })
  })

  it('names each setting that is wrong, and how to write it', async () => {
    const { code, stderr } = await runCommand(['migrate'], { ...env, PORT: 'many', PUBLIC_URL: 'example.com' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/PORT: .*PUBLIC_URL: Write an http:\/\/ or https:\/\/ URL\.\n$/)
  })
})

describe('migrate', () => {
  it('brings an empty database to this version, by two at once, and then has nothing to do', async () => {
    const both = await Promise.all([runCommand(['migrate', '--json'], env), runCommand(['migrate', '--json'], env)])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    const applied = both.flatMap(({ stdout }) => JSON.parse(stdout).applied)
    expect(applied).toContain('000001_initial.sql')
    expect(new Set(applied).size).toBe(applied.length)
    expect((await runCommand(['migrate'], env)).stdout).toBe('The database is up to date.\n')
  })
})

describe('setup and api-key create', () => {
  it('asks for a set-up before it makes a key', async () => {
    const { code, stderr } = await runCommand(['api-key', 'create', '--name', 'early'], env)
    expect(code).toBe(1)
    expect(stderr).toBe('throughline: There is no workspace yet. Create one with: throughline setup\n')
  })

  it('creates the first owner once, however often and at once it is asked', async () => {
    const all = await Promise.all([1, 2, 3].map(() => runCommand(['setup', ...owner, '--json'], env)))
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(all.filter(({ stdout }) => JSON.parse(stdout).created)).toHaveLength(1)
    const again = await runCommand(['setup', ...owner], env)
    expect(again).toMatchObject({ code: 0, stdout: 'There is an owner already; nothing was changed.\n' })
    const { rows } = await database.pool.query('select name from workspace')
    expect(rows).toEqual([{ name: 'Acme' }])
  })

  it('prints only the key, which opens the API of the running program', async () => {
    await using program = await startProgram(env)
    const { code, stdout } = await runCommand(['api-key', 'create', '--name', 'script', '--role', 'admin'], env)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^tl_\S+\n$/)
    const answer = await fetch(`${program.url}/api/v1/me`, { headers: { authorization: `Bearer ${stdout.trim()}` } })
    expect(answer.status).toBe(200)
    const { rows } = await database.pool.query('select key_hash from api_key')
    expect(JSON.stringify(rows)).not.toContain(stdout.trim())
  })

  it('refuses a workspace or role that there is not', async () => {
    const elsewhere = await runCommand(['api-key', 'create', '--name', 'x', '--workspace', 'Umbrella'], env)
    expect(elsewhere.stderr).toBe('throughline: There is no workspace "Umbrella". There are: Acme (1).\n')
    const king = await runCommand(['api-key', 'create', '--name', 'x', '--role', 'king'], env)
    expect(king.stderr).toBe('throughline: There is no role "king": member, admin, owner.\n')
  })
})

describe('import customers', () => {
  it('reports what was created, updated and rejected, and why', async () => {
    const file = join(env.DATA_DIR ?? '', 'people.csv')
    await writeFile(file, '\uFEFFE-mail;First Name;Plan\r\nann@x.example;Ann;pro\r\nbroken@;Bob;free\r\n')
    const { code, stdout } = await runCommand(
      ['import', 'customers', file, '--map', 'Plan=attributes.plan', '--json'],
      env,
    )
    expect(code).toBe(0)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ workspace: 'Acme', rowsRead: 2, created: 1, updated: 0, rejected: 1 })
    expect(report.rejects[0].line).toBe(3)
    const { rows } = await database.pool.query('select email, first_name, attributes from customer')
    expect(rows).toEqual([{ email: 'ann@x.example', first_name: 'Ann', attributes: { plan: 'pro' } }])
  })

  it('reads from a pipe', async () => {
    const { stdout } = await runCommand(['import', 'customers', '-'], env, 'email,first_name\nann@x.example,Anna\n')
    expect(stdout).toBe('Acme: 1 rows read, 0 created, 1 updated, 0 unchanged, 0 rejected\n')
  })

  it('says what is wrong with a file that is no CSV', async () => {
    const { code, stderr, stdout } = await runCommand(['import', 'customers', process.execPath], env)
    expect(code).toBe(1)
    expect(stdout + stderr).toMatch(/CSV/)
  })
})

describe('doctor', () => {
  it('finds an installation in order and says what it looked at', async () => {
    const { code, stdout } = await runCommand(['doctor', '--json'], env)
    const { ok, checks } = JSON.parse(stdout)
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    const names = checks.map(({ check }: { check: string }) => check)
    for (const name of [
      'database',
      'migrations',
      'clock',
      'disk',
      'secret key',
      'links',
      'credentials',
      'runs',
      'messages',
      'stuck runs',
    ]) {
      expect(names).toContain(name)
    }
  })

  it('fails with a line on what to do when the database is away', async () => {
    const { code, stdout } = await runCommand(['doctor'], {
      ...env,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^FAIL {2}database .*\n {2,}-> /m)
  })

  it('points at a refused credential and at a run that waits for nothing', async () => {
    await database.pool.query(
      `with campaign as (insert into campaign (workspace_id, name, status) values (1, 'Stuck', 'active') returning id)
       insert into run (workspace_id, campaign_id, customer_id, node_id) select 1, id, new_id(), 'wait-1' from campaign`,
    )
    await database.pool.query(
      `insert into credential (workspace_id, type, name, health, health_detail) values (1, 'smtp', 'Relay', 'dead', '535 no')`,
    )
    const { code, stdout } = await runCommand(['doctor'], env)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^FAIL {2}credentials {2,}Relay \(Acme\): 535 no$/m)
    expect(stdout).toMatch(/^FAIL {2}stuck runs {3,}1 live runs wait for nothing$/m)
  })
})

describe('start', () => {
  it('says where it is ready, serves health and readiness, and ends cleanly on SIGTERM', async () => {
    const program = await startProgram(env)
    expect((await fetch(`${program.url}/health`)).status).toBe(200)
    expect((await fetch(`${program.url}/ready`)).status).toBe(200)
    expect(await program.stop()).toBe(0)
  })

  it('works without a web server as a worker', async () => {
    const program = await startProgram(env, ['--role', 'worker'])
    expect(program.url).toBe('')
    expect(await program.stop()).toBe(0)
  })

  it('refuses a port in use with one clear line', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { code, stderr } = await runCommand(['start'], {
      ...env,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'silent',
    })
    other.close()
    expect(code).toBe(1)
    expect(stderr).toBe(
      `throughline: Port ${port} is already in use. Stop the program that uses it, or set PORT to another.\n`,
    )
  })

  it('lets commands work beside it on the embedded database, and refuses a second one', async () => {
    const alone = { DATA_DIR: await makeScratchDirectory('cli-embedded'), LOG_LEVEL: 'fatal' }
    onTestFinished(() => rm(alone.DATA_DIR, { recursive: true, force: true }))
    expect((await runCommand(['setup', ...owner], alone)).code).toBe(0)
    await using program = await startProgram(alone)
    const key = (await runCommand(['api-key', 'create', '--name', 'beside'], alone)).stdout.trim()
    const answer = await fetch(`${program.url}/api/v1/me`, { headers: { authorization: `Bearer ${key}` } })
    expect(answer.status).toBe(200)
    const second = await runCommand(['start'], { ...alone, PORT: '0' })
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(/^throughline: Throughline is already running on .+ \(process \d+\)\..*\n$/)
  })
})
