import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { starterIds } from './starters.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await test.request('POST', '/customers', { body: { email: 'ada@example.com' } })
})
afterAll(async () => await test.close())

const begin = async (starter: string) =>
  (await test.request('POST', '/campaigns', { body: { name: 'Mine', audience: { type: 'all' }, starter } })).body.id

it('are listed with what they are for', async () => {
  const { items } = (await test.request('GET', '/campaigns/starters')).body
  expect(items.map(({ id }: { id: string }) => id)).toEqual(starterIds)
  for (const { steps, description } of items) expect([steps > 5, description.length > 20]).toEqual([true, true])
})

it.each(starterIds)('%s is ready to be activated as it stands, with the sandbox as its sender', async (starter) => {
  const id = await begin(starter)
  const campaign = (await test.request('GET', `/campaigns/${id}`)).body
  expect(campaign).toMatchObject({ name: 'Mine', status: 'draft' })
  const checked = await test.request('POST', `/campaigns/${id}/workflow/validate`)
  expect(checked.body.problems.filter((problem: { severity: string }) => problem.severity === 'error')).toEqual([])
  expect((await test.request('GET', `/campaigns/${id}/preflight`)).body.blockers).toEqual([])
})

it('are sent by the one mail account that there is, and by the sandbox when there are several', async () => {
  const account = {
    ...{ type: 'smtp', host: 'smtp.example.com', port: 587, encryption: 'starttls' },
    ...{ senderName: 'A', senderEmail: 'a@example.com' },
  }
  const sendersOf = async (id: string) => {
    const { nodes } = (await test.request('GET', `/campaigns/${id}/workflow`)).body
    const ids = nodes.flatMap(({ config }: { config: { credentialId?: string } }) => config.credentialId ?? [])
    return [...new Set(ids)]
  }
  const only = (await test.request('POST', '/credentials', { body: { ...account, name: 'One' } })).body.id
  expect(await sendersOf(await begin('win-back'))).toEqual([only])
  await test.request('POST', '/credentials', { body: { ...account, name: 'Two' } })
  const { items } = (await test.request('GET', '/credentials')).body
  const sandbox = items.find(({ type }: { type: string }) => type === 'sandbox').id
  expect(await sendersOf(await begin('win-back'))).toEqual([sandbox])
})
