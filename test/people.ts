import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { TestApp } from './app.ts'

/** Customers for rules to look at, in a test file whose app is there once the tests run. */
export function peopleOf(test: () => TestApp) {
  const post = (path: string, body: unknown) => test().request('POST', path, { body })
  return {
    post,
    /** Makes customers, each with a mark of this call as an attribute, so that rules of a test look at them alone. */
    async people(...given: Record<string, unknown>[]) {
      const mark = randomUUID()
      const ids: string[] = []
      for (const [index, { attributes = {}, ...fields }] of given.entries()) {
        const email = `p${index}-${mark}@example.com`
        const body = { email, ...fields, attributes: { ...(attributes as object), mark } }
        const answer = await post('/customers', body)
        expect(answer.status, JSON.stringify(answer.body)).toBe(201)
        ids.push(answer.body.id)
      }
      const mine = { field: 'attributes.mark', op: 'equals', value: mark }
      /** The places of those whom rules match. */
      const matched = async (rule: unknown): Promise<number[]> => {
        const made = await post('/segments', { name: 'Some', kind: 'dynamic', rules: { all: [mine, rule] } })
        expect(made.status, JSON.stringify(made.body)).toBe(201)
        const { body } = await test().request('GET', `/segments/${made.body.id}/customers`)
        const places = body.items.map(({ id }: { id: string }) => ids.indexOf(id)).sort()
        expect(made.body.customers).toBe(places.length)
        return places
      }
      return { ids, matched, mine }
    },
    /** Something that happened to one of them. */
    async event(id: string | undefined, name: string, more: Record<string, unknown> = {}) {
      expect((await post('/events', { name, customer: { id }, ...more })).status).toBe(202)
    },
  }
}
