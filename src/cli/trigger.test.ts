import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf } from '../../test/campaign.ts'
import { runCommand } from '../../test/program.ts'
import { addTrigger } from '../../test/triggers.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

it('lists a campaign’s triggers, fires one for a customer, and explains a cron', async () => {
  const env = { DATABASE_URL: test.database.url, DATA_DIR: test.app.env.dataDir }
  const cli = async (...words: string[]) => {
    const { code, stdout } = await runCommand([...words, '--json'], env)
    return { code, said: JSON.parse(stdout) }
  }
  const [customer] = await addCustomers(test, 1)
  const campaign = await makeActive(test)
  const { id } = await addTrigger(test, campaign, { type: 'event', config: { event: 'deal.won' } })
  const listed = await cli('trigger', 'list', campaign)
  expect(listed.said.triggers).toMatchObject([{ id, type: 'event', enabled: true, nextAt: null }])
  const fired = await cli('trigger', 'fire', id, '--customer', customer ?? '', '--payload', '{"amount": 5}')
  expect(fired).toMatchObject({ code: 0, said: { type: 'test', enrolled: 1, payload: { amount: 5 } } })
  expect(await runsOf(test.app, campaign)).toHaveLength(1)
  expect((await cli('trigger', 'fire', id, '--customer', 'nobody@example.com')).code).toBe(1)
  const next = await cli('trigger', 'next', '0 9 * * 1-5', '--timezone', 'Europe/Berlin')
  expect(next.said).toMatchObject({ sentence: 'Weekdays at 09:00 in Europe/Berlin' })
  expect((await cli('trigger', 'next', '61 * * * *')).said.error.message).toContain('“61” is no minute')
})
