import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answers, canaryKey, connectModel, emptyCampaign, generate } from '../../test/ai.ts'
import { type AiServer, type Reply, startAiServer } from '../../test/ai-server.ts'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { findDraft } from '../campaigns/workflow-queries.ts'
import { sql } from '../db/database.ts'
import { openDesk } from './generate.ts'
import { write } from './write.ts'

let test: TestApp
let server: AiServer
let sandbox: string
/** All that was written: log lines, the console, what the server answered. */
const said: string[] = []
const log = new Writable({
  write(chunk, _encoding, done) {
    said.push(String(chunk))
    done()
  },
})
/** In turns: each may ask so often in an hour. */
let turns = 0
function nextKey(): string {
  turns += 1
  return [test.adminKey, test.ownerKey, test.memberKey][turns % 3] ?? ''
}
const written = () => said.join('\n')

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    const real = stream.write.bind(stream) as (...args: unknown[]) => boolean
    vi.spyOn(stream, 'write').mockImplementation((...args: unknown[]) => {
      said.push(String(args[0]))
      return real(...args)
    })
  }
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    const real = console[method]
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => {
      said.push(
        args
          .map((arg) => (arg instanceof Error ? `${arg.stack} ${JSON.stringify(arg)}` : JSON.stringify(arg)))
          .join(' '),
      )
      real(...args)
    })
  }
  server = await startAiServer()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: server.host, LOG_LEVEL: 'trace' }, logTo: log })
  sandbox = (await test.request('GET', '/credentials')).body.items[0].id
})
afterAll(async () => {
  vi.restoreAllMocks()
  await test.close()
  await server.close()
})

/** Answers of a provider that repeats the key, as OpenAI does with a wrong one. */
const replies: [string, Reply, string | null][] = [
  ['a good answer', { say: '' }, null],
  [
    'a refused key',
    { status: 401, body: { error: { message: `Incorrect API key provided: ${canaryKey}` }, message: canaryKey } },
    'key_refused',
  ],
  [
    'a key without rights',
    { status: 403, body: { error: { message: `No: ${canaryKey}` }, message: canaryKey } },
    'key_refused',
  ],
  [
    'too many requests',
    { status: 429, headers: { 'retry-after': '3' }, body: { error: { message: canaryKey } } },
    'rate_limited',
  ],
  [
    'an error',
    { status: 500, body: { error: { message: `Boom ${canaryKey}` }, message: canaryKey } },
    'provider_error',
  ],
  ['an error that is no JSON', { status: 502, body: `<html>${canaryKey}` }, 'provider_error'],
  ['a cut stream', { cutAfter: '{"summary": "One' }, 'broken_off'],
  ['a flood', { flood: 5 * 1024 * 1024 }, 'too_large'],
  ['an answer that repeats it', { cutShort: `{"summary": "${canaryKey}` }, 'cut_short'],
]

describe.each(['openai', 'openai-compatible', 'anthropic', 'bedrock', 'bedrock with an access key'])(
  'a key of %s',
  (name) => {
    const [kind = ''] = name.split(' ')
    const more = name.includes('access key') ? { accessKeyId: 'AKIACANARY1234567890' } : {}
    let provider: string
    let id: string
    beforeAll(async () => {
      provider = await connectModel(test, server, kind, more)
      id = await emptyCampaign(test)
    })

    it.each(replies)('is in no line of the log, no answer and no row after %s', async (_, reply, code) => {
      said.length = 0
      server.script(code === null ? { say: answers.good(sandbox) } : reply)
      const { failed, text } = await generate(test, id, { prompt: 'One mail' }, { key: nextKey() })
      if (code === null) expect(failed).toBeUndefined()
      else {
        expect(failed.code).toBe(code)
        expect(written()).toContain('A model gave no answer')
        expect(written()).toContain(provider)
      }
      server.script(code === null ? { say: '{"ready": true}' } : reply)
      const tested = await test.request('POST', `/ai/providers/${provider}/test`)
      server.script(code === null ? { say: '{"alternatives": ["Hi"]}' } : reply)
      const improved = await test.request('POST', '/ai/improve', {
        body: { text: 'Hello', field: 'body', action: 'shorten' },
      })
      const everything = [text, tested.body, improved.body, written()]
      expect(JSON.stringify(everything)).not.toContain(canaryKey)
    })

    it('is in no line of the log after a stall', async () => {
      said.length = 0
      server.script({ stallAfter: '{"summary": "One' })
      const draft = await findDraft(test.app.db, test.workspaceId, id)
      if (!draft) throw new Error('There is no draft.')
      const desk = await openDesk(test.app, test.workspaceId, id, draft, {
        prompt: 'One',
        proposal: null,
        example: null,
      })
      const asker = { actor: 'key:1', signal: new AbortController().signal, stallMs: 100 }
      const events: unknown[] = []
      for await (const event of write(desk, asker)) events.push(event)
      expect(events.at(-1)).toMatchObject({ event: 'failed', data: { code: 'stalled' } })
      expect(written()).toContain('A model gave no answer')
      expect(JSON.stringify([events, written()])).not.toContain(canaryKey)
    })

    it('is in no line of the log when nobody answers at its address, or its name is not known', async () => {
      said.length = 0
      for (const baseUrl of [
        'https://nowhere.invalid/v1',
        `http://${server.host.replace('127.0.0.1', '127.0.0.2')}/v1`,
      ]) {
        const made = await test.request('POST', '/ai/providers', {
          body: { kind, name: `Elsewhere ${Math.random()}`, model: 'm', apiKey: canaryKey, baseUrl, ...more },
        })
        const listed = await test.request('POST', '/ai/models', {
          body: { kind: 'openai', apiKey: canaryKey, baseUrl },
        })
        expect(JSON.stringify([made.body, listed.body, written()])).not.toContain(canaryKey)
      }
    })
  },
)

it('is in no audit entry, no usage row, no field of a provider, and on no live stream', async () => {
  said.length = 0
  const stop = new AbortController()
  const stream = await fetch(`${test.url}/api/v1/stream`, {
    headers: { authorization: `Bearer ${test.adminKey}` },
    signal: stop.signal,
  })
  const reading = (async () => {
    for await (const piece of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) said.push(piece)
  })().catch(() => undefined)
  const provider = await connectModel(test, server, 'openai')
  await test.request('PATCH', `/ai/providers/${provider}`, { body: { apiKey: canaryKey } })
  server.script({ status: 401, body: { error: { message: canaryKey } } })
  const id = await emptyCampaign(test)
  await generate(test, id, { prompt: 'One mail' }, { key: nextKey() })
  const wrong = await test.request('POST', '/ai/providers', {
    body: { kind: 'openai', name: '', model: '', apiKey: canaryKey, baseUrl: `https://x:${canaryKey}@example.com` },
  })
  expect(wrong.status).toBe(422)
  const { rows } = await sql<{ all: string }>`
    select (select jsonb_agg(to_jsonb(a)) from audit_log a)::text || (select jsonb_agg(to_jsonb(u)) from ai_usage u)::text
      || (select jsonb_agg(to_jsonb(p)) from ai_provider p)::text as all
  `.execute(test.app.db)
  expect(rows[0]?.all).toContain('ai_provider.updated')
  stop.abort()
  await reading
  expect(JSON.stringify([wrong.body, rows, written()])).not.toContain(canaryKey)
})
