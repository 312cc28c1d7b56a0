import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft } from '../../test/campaign.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

/** trigger → change the score → end. */
const scoring = (config: Record<string, unknown>) => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    { id: 'score', type: 'adjust-score', title: 'Score', config },
    { id: 'exit', type: 'exit', title: 'Done', config: {} },
  ],
  edges: [
    { id: 'a', source: 'start', target: 'score', when: null },
    { id: 'b', source: 'score', target: 'exit', when: null },
  ],
})

async function criterion(): Promise<string> {
  const product = await test.request('POST', '/products', { body: { name: `Boat ${crypto.randomUUID()}` } })
  const made = await test.request('POST', `/products/${product.body.id}/criteria`, {
    body: { name: 'Fit', type: 'engagement', weight: 1, params: {} },
  })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return made.body.id
}

it('begins at 0 for who has no score, and is kept at 1 by a campaign, with each step in the history', async () => {
  const [customerId] = await addCustomers(test, 1)
  const criterionId = await criterion()
  const audience = { type: 'list', customerIds: [customerId] }
  for (const delta of [0.7, 0.7]) {
    await makeActive(test, { audience, flow: scoring({ criterionId, delta }), enroll: 'now' })
    await test.drain()
  }
  const { body } = await test.request('GET', `/customers/${customerId}/scores/history`)
  expect(body.items.map((row: { score: number }) => row.score)).toEqual([1, 0.7])
})

it('refuses a change that is no number in a step', async () => {
  const id = await makeDraft(test)
  for (const delta of ['1e309', '-1e309', 'NaN']) {
    const body = JSON.stringify(scoring({ delta: 0 })).replace('"delta":0', `"delta":${delta}`)
    const answer = await test.request('PUT', `/campaigns/${id}/workflow`, {
      body,
      headers: { 'content-type': 'application/json' },
    })
    if (answer.status === 200) {
      const checked = await test.request('POST', `/campaigns/${id}/workflow/validate`)
      expect(checked.body.problems, delta).toContainEqual(
        expect.objectContaining({ nodeId: 'score', severity: 'error' }),
      )
    } else expect([400, 422], delta).toContain(answer.status)
  }
})
