import { describe, expect, it } from 'vitest'
import { execute, resume } from '../../../test/node-step.ts'
import httpRequest from './http-request.ts'

const config = { method: 'POST', url: 'https://api.example.com/x' }
const scope = { trigger: { payload: { name: 'A "quoted" name', path: 'a/b c' } } }
const clock = new Date('2027-03-01T10:00:00Z')

it('asks for its request and waits a day of the campaign’s clock', () => {
  const url = 'https://api.example.com/{{trigger.payload.path | url_encode}}'
  const body = '{"name": {{trigger.payload.name | json}}}'
  const headers = { 'x-token': 'secret' }
  expect(execute(httpRequest, { config: { method: 'PUT', url, headers, body }, scope, clock })).toMatchObject({
    is: 'await-event',
    until: new Date('2027-03-02T10:00:00Z'),
    effects: [
      {
        do: 'request',
        method: 'PUT',
        url: 'https://api.example.com/a%2Fb+c',
        headers,
        body: '{"name": "A \\"quoted\\" name"}',
      },
    ],
  })
})

it('goes on with what was answered, and without an answer when the day is over', () => {
  const at = new Date()
  const properties = { ok: true, status: 201, reason: null, body: { id: 7 } }
  const event = { name: 'message.answered', properties, nodeId: 'node-1', at, clockAt: at }
  expect(resume(httpRequest, { by: 'event', event }, { config })).toMatchObject({ is: 'next', output: properties })
  expect(resume(httpRequest, { by: 'deadline' }, { config })).toMatchObject({
    is: 'next',
    output: { ok: false, status: null, reason: 'no_answer', body: null },
  })
  const hears = (nodeId: string | null) =>
    httpRequest.hears?.({ config: httpRequest.config.parse(config), event: { ...event, nodeId }, nodeId: 'node-1' })
  expect([hears('node-1'), hears('node-2'), hears(null)]).toEqual([true, false, false])
})

describe('its config', () => {
  it.each([
    ['file:///etc/passwd', {}],
    ['api.example.com', {}],
    ['https://{{customer.id}}/', {}],
    ['https://a.example', { Host: 'b.example' }],
    ['https://a.example', { 'Content-Length': '1' }],
    ['https://a.example', { 'Transfer-Encoding': 'chunked' }],
    ['https://a.example', { 'x-a': 'one\r\nx-b: two' }],
    ['https://a.example', { 'x a': 'one' }],
  ])('refuses %s with headers %j', (url, headers) => {
    expect(httpRequest.config.safeParse({ url, headers }).success).toBe(false)
  })
})
