import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sampleBody, sampleCall } from '../web/src/triggers/sample-call.ts'
import { startTestApp, type TestApp } from './app.ts'
import { makeActive, runsOf } from './campaign.ts'
import { addTrigger } from './triggers.ts'

const run = promisify(execFile)
let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const has = async (program: string, ...args: string[]) => {
  try {
    await run(program, args)
    return true
  } catch {
    return false
  }
}

it.each([
  ['shell', 'sh', '-c'],
  ['node', process.execPath, '--input-type=module', '-e'],
  ['python', 'python3', '-c'],
] as const)('the sample call in %s is accepted as it is copied', async (language, program, ...args) => {
  const needs = language === 'shell' ? (await has('openssl', 'version')) && (await has('curl', '--version')) : true
  if (!needs || (language === 'python' && !(await has('python3', '--version')))) return
  const campaign = await makeActive(test)
  const customerPath = "$.person['e-mail']"
  const hook = await addTrigger(test, campaign, {
    type: 'webhook',
    config: { customerPath, createIfUnknown: true, mapping: { firstName: '$.person.name' } },
  })
  const body = sampleBody([
    { path: customerPath, value: `${language}@example.com` },
    { path: '$.person.name', value: 'O’Neil "the \'quoted\' $1" 🏆' },
  ])
  const { stdout } = await run(program, [...args, sampleCall(language, { url: hook.url, secret: hook.secret, body })])
  expect(stdout).toContain('firingId')
  expect(await runsOf(test.app, campaign)).toHaveLength(1)
})

it('makes a body of the paths that name one place', () => {
  const body = sampleBody([
    { path: '$.a.b', value: 1 },
    { path: '$.a.c', value: 2 },
    { path: '$..x', value: 3 },
  ])
  expect(JSON.parse(body)).toEqual({ a: { b: 1, c: 2 } })
})
