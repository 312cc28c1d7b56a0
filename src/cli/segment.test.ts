import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { runCommand } from '../../test/program.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const segment = async (...args: string[]) => {
  const env = { DATABASE_URL: test.database.url, DATA_DIR: test.app.env.dataDir }
  const { code, stdout } = await runCommand(['segment', ...args, '--json'], env)
  return { code, body: JSON.parse(stdout) }
}

it('lists segments, counts one by its name, and previews rules', { timeout: 120_000 }, async () => {
  const vietnam = { all: [{ field: 'country', op: 'equals', value: 'VN' }] }
  for (const country of ['VN', 'VN', 'DE']) {
    await test.request('POST', '/customers', { body: { externalId: crypto.randomUUID(), country } })
  }
  await test.request('POST', '/segments', { body: { name: 'Vietnam', kind: 'dynamic', rules: vietnam } })
  expect((await segment('list')).body.items).toMatchObject([{ name: 'Vietnam', kind: 'dynamic', customers: 2 }])
  expect((await segment('count', 'vietnam')).body).toMatchObject({ count: 2, counts: { 'all.0': 2 } })
  const previewed = await segment('preview', JSON.stringify(vietnam))
  expect(previewed.body).toMatchObject({ count: 2, customers: 3, items: [{ because: ['country is VN'] }, {}] })
  const bad = await segment('preview', '{"field": "contry", "op": "empty"}')
  expect(bad).toMatchObject({ code: 1, body: { error: { code: 'invalid' } } })
  expect((await segment('count', 'Nobody')).body.error.code).toBe('not_found')
})
