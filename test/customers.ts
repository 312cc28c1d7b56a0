import { expect } from 'vitest'
import type { TestApp } from './app.ts'

let counter = 0

/** Calls about customers for a test file, whose app is there once the tests run. */
export function callsOf(test: () => TestApp) {
  const post = (path: string, body: unknown, key = test().adminKey) => test().request('POST', path, { body, key })
  const get = (path: string, key = test().adminKey) => test().request('GET', path, { key })
  /** An address that nobody has. */
  const fresh = () => `person.${++counter}@example.com`
  return {
    post,
    get,
    fresh,
    /** Makes a customer, with an address of their own unless `fields` has one. */
    async made(fields: Record<string, unknown> = {}) {
      const { status, body } = await post('/customers', { email: fresh(), ...fields })
      expect(status, JSON.stringify(body)).toBe(201)
      return body
    },
    /** What was recorded of a customer, oldest first. */
    async eventsOf(id: string) {
      const { rows } = await test().database.pool.query(
        `select name, properties from event where customer_id = $1 order by id`,
        [id],
      )
      return rows
    },
  }
}
