import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, runsOf, settle } from '../../test/campaign.ts'
import { holdRequests } from './queries.ts'

let test: TestApp
let server: Server
let url: string
let seen: { key: string | string[] | undefined; body: string }[]
let answer: (response: ServerResponse, request: IncomingMessage) => void

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ key: request.headers['idempotency-key'], body })
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}/hook`
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}` } })
})
afterAll(async () => {
  server.closeAllConnections()
  await test.close()
})
beforeEach(() => {
  seen = []
  answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"score": 12}')
})

/** trigger → request → a task that names the answer → exit. Answers the campaign; nothing has moved yet. */
async function start(count: number, config: Record<string, unknown> = {}): Promise<string> {
  const node = (id: string, type: string, settings: Record<string, unknown> = {}) => ({
    id,
    type,
    title: id,
    config: settings,
  })
  const chain = ['start', 'call', 'task', 'exit']
  const flow = {
    nodes: [
      node('start', 'trigger'),
      node('call', 'http-request', { method: 'POST', url, body: '{"email": {{customer.email | json}}}', ...config }),
      node('task', 'create-task', {
        title: '{{node.call.output.ok}} {{node.call.output.reason}} {{node.call.output.body.score}}',
      }),
      node('exit', 'exit'),
    ],
    edges: chain.slice(1).map((target, index) => ({ id: target, source: chain[index], target, when: null })),
  }
  const audience = { type: 'list', customerIds: await addCustomers(test, count) }
  return await makeActive(test, { audience, flow, enroll: 'now' })
}

const titles = async (campaign: string) =>
  (await test.database.pool.query('select title from task where campaign_id = $1', [campaign])).rows.map(
    (row) => row.title,
  )
const sql = (text: string, campaign: string) => test.database.pool.query(text, [campaign])

describe('an http-request step', () => {
  it('calls once for each customer and goes on with the answer; nothing of the request is kept', async () => {
    const campaign = await start(30)
    await test.drain()
    expect(seen).toHaveLength(30)
    expect(new Set(seen.map(({ key }) => key)).size).toBe(30)
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ email: expect.stringContaining('@example.com') })
    const runs = await runsOf(test.app, campaign)
    expect(new Set(runs.map((run) => run.reason))).toEqual(new Set(['exit']))
    expect(new Set(await titles(campaign))).toEqual(new Set(['true  12']))
    const { body } = await test.request('GET', `/runs/${runs[0]?.id}`)
    expect(body.steps[1]).toMatchObject({
      nodeId: 'call',
      output: { ok: true, status: 200, reason: null, body: { score: 12 } },
      why: { code: 'answered' },
    })
    const kept = await sql(
      'select distinct state, request, ok, status from http_request where campaign_id = $1',
      campaign,
    )
    expect(kept.rows).toEqual([{ state: 'done', request: null, ok: true, status: 200 }])
  })

  it('tries again after 503 with the same key, and goes on when it is answered', async () => {
    answer = (response) => response.writeHead(seen.length === 1 ? 503 : 200).end('fine')
    const campaign = await start(1)
    await test.drain()
    expect((await runsOf(test.app, campaign))[0]).toMatchObject({ status: 'running', node_id: 'call' })
    await sql('update http_request set due_at = now() where campaign_id = $1', campaign)
    await test.drain()
    expect((await runsOf(test.app, campaign))[0]).toMatchObject({ status: 'succeeded' })
    expect(seen.map(({ key }) => key)).toEqual([seen[0]?.key, seen[0]?.key])
  })

  it('goes on without an answer when its time is over, and asks no more', async () => {
    answer = (response) => response.writeHead(500).end()
    const campaign = await start(1)
    await test.drain()
    await sql('update run set wake_at = now() where campaign_id = $1', campaign)
    await test.drain()
    expect(await titles(campaign)).toEqual(['false no_answer'])
    await sql('update http_request set due_at = now() where campaign_id = $1', campaign)
    await test.drain()
    expect(seen).toHaveLength(1)
    const left = await sql('select state, request from http_request where campaign_id = $1', campaign)
    expect(left.rows).toEqual([{ state: 'withdrawn', request: null }])
  })

  it.each([
    ['POST', ['false unknown'], 1],
    ['PUT', [], 1],
  ])('does not repeat a %s that may have arrived, unless that is harmless', async (method, expected, calls) => {
    answer = (_response, request) => request.socket.destroy()
    const campaign = await start(1, { method })
    await test.drain()
    expect(await titles(campaign)).toEqual(expected)
    expect(seen).toHaveLength(calls)
  })

  it('takes a request whose holder is gone for one of unknown fate', async () => {
    const campaign = await start(1)
    await settle(test.app)
    expect(await holdRequests(test.app.db, 10, 0)).toHaveLength(1)
    await test.drain()
    expect(await titles(campaign)).toEqual(['false unknown'])
    expect(seen).toHaveLength(0)
  })

  it('says why a status or an address was no good', async () => {
    answer = (response) => response.writeHead(404).end()
    const refused = await start(1, { url: 'http://10.0.0.1/' })
    const missing = await start(1)
    await test.drain()
    expect(await titles(refused)).toEqual(['false private_host'])
    expect(await titles(missing)).toEqual(['false status'])
  })

  it('begins no request while the campaign is paused or sending is stopped', async () => {
    const campaign = await start(2)
    await settle(test.app)
    await test.request('POST', `/campaigns/${campaign}/pause`)
    await test.drain()
    expect(seen).toHaveLength(0)
    await test.request('POST', '/workspace/stop-sending', { body: { on: true } })
    await test.request('POST', `/campaigns/${campaign}/resume`)
    await test.drain()
    expect(seen).toHaveLength(0)
    await test.request('POST', '/workspace/stop-sending', { body: { on: false } })
    await test.drain()
    expect(seen).toHaveLength(2)
  })
})
