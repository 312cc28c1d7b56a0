import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answers, connectModel, emptyCampaign, generate } from '../../test/ai.ts'
import { type AiServer, startAiServer } from '../../test/ai-server.ts'
import { startTestApp, type TestApp } from '../../test/app.ts'

/** Far more than the sockets of one machine hold between them: a few megabytes each way. */
const flood = 64 * 1024 * 1024
let test: TestApp
let server: AiServer
let sandbox: string

beforeAll(async () => {
  server = await startAiServer()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: server.host } })
  sandbox = (await test.request('GET', '/credentials')).body.items[0].id
})
afterAll(async () => {
  await test.close()
  await server.close()
})
beforeEach(() => {
  server.heard.length = 0
})

/** The request that the server is answering. */
async function heard() {
  while (server.heard.length === 0) await new Promise((resolve) => setImmediate(resolve))
  return server.heard[0] as AiServer['heard'][number]
}

describe.each(['openai', 'openai-compatible', 'anthropic', 'bedrock'])('over %s', (kind) => {
  let id: string
  beforeAll(async () => {
    await connectModel(test, server, kind)
    id = await emptyCampaign(test)
  })

  it('hangs up on an answer without an end while it streams, not after it', async () => {
    server.script({ flood })
    const { failed } = await generate(test, id, { prompt: 'One mail' })
    expect(failed).toMatchObject({ code: 'too_large' })
    const asked = await heard()
    expect(await asked.ended).toBe('cut')
    expect(asked.sent).toBeLessThan(flood / 2)
  })

  it('hangs up on the model when whoever asked stops', async () => {
    server.script({ stallAfter: '{"summary": "One' })
    const stop = new AbortController()
    const asking = generate(test, id, { prompt: 'One mail' }, { key: test.ownerKey, signal: stop.signal })
    const asked = await heard()
    stop.abort()
    await expect(asking).rejects.toThrow()
    expect(await asked.ended).toBe('cut')
  })

  it('hangs up on the model when whoever asked goes away while a text is improved', async () => {
    server.script({ stallAfter: '{"alternatives": ["Hel' })
    const stop = new AbortController()
    const asking = fetch(`${test.url}/api/v1/ai/improve`, {
      method: 'POST',
      headers: { authorization: `Bearer ${test.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'Hello', field: 'body', action: 'shorten' }),
      signal: stop.signal,
    })
    const asked = await heard()
    stop.abort()
    await expect(asking).rejects.toThrow()
    expect(await asked.ended).toBe('cut')
  })

  it('lets a whole answer come to its end', async () => {
    server.script({ say: answers.good(sandbox) })
    const { proposal } = await generate(test, id, { prompt: 'One mail' }, { key: test.adminKey })
    expect(proposal.problems).toEqual([])
    expect(await (await heard()).ended).toBe('whole')
  })
})
