import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answers, canaryKey, connectModel, emptyCampaign, generate } from '../../test/ai.ts'
import { type AiServer, type Heard, startAiServer } from '../../test/ai-server.ts'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
let server: AiServer
let sandbox: string
let id: string
const model = 'anthropic.claude-3-5-haiku-20241022-v1:0'

beforeAll(async () => {
  server = await startAiServer()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: server.host } })
  sandbox = (await test.request('GET', '/credentials')).body.items[0].id
  id = await emptyCampaign(test)
})
afterAll(async () => {
  await test.close()
  await server.close()
})
beforeEach(() => {
  server.heard.length = 0
})

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The signature that a request should have: Signature Version 4, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf({ path, headers, text }: Heard, secret: string): string {
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? []
  const [date = '', region = '', service = ''] = scope.split('/')
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}\n`)
  // Each part of a path is encoded twice.
  const uri = path.split('/').map(encodeURIComponent).join('/')
  const request = ['POST', uri, '', lines.join(''), signed, headers['x-amz-content-sha256'] ?? sha256(text)].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(request)].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return hmac(key, toSign).toString('hex')
}

describe.each([
  ['an API key', {}],
  ['an access key', { accessKeyId: 'AKIACANARY1234567890' }],
])('Bedrock with %s', (_, more) => {
  const isSigned = 'accessKeyId' in more
  beforeAll(async () => {
    await connectModel(test, server, 'bedrock', { model, region: 'eu-central-1', ...more })
  })

  it('streams its steps by a tool of the schema, and what it wrote is a checked proposal', async () => {
    const say = answers.good(sandbox)
    const shown = Promise.withResolvers<void>()
    server.script({ say, pause: { at: say.indexOf('"exit-1"'), until: shown.promise } })
    const hears = (text: string) => text.includes('Mail email-1') && shown.resolve()
    const { proposal } = await generate(test, id, { prompt: 'One mail' }, { hears })
    expect(proposal).toMatchObject({
      source: 'model',
      problems: [],
      usage: { model, calls: 1, inputTokens: 1200, outputTokens: 300 },
    })
    const [asked] = server.heard as [Heard]
    expect(decodeURIComponent(asked.path)).toBe(`/v1/model/${model}/converse-stream`)
    expect(asked.body.toolConfig).toMatchObject({
      tools: [
        { toolSpec: { name: 'answer', inputSchema: { json: { required: ['summary', 'nodes', 'edges', 'notes'] } } } },
      ],
      toolChoice: { tool: { name: 'answer' } },
    })
  })

  it('asks in the name of the workspace, and not of whoever runs the server', async () => {
    process.env.AWS_BEARER_TOKEN_BEDROCK = 'operators-own'
    try {
      server.script({ say: answers.good(sandbox) })
      await generate(test, id, { prompt: 'One mail' }, { key: test.adminKey })
    } finally {
      delete process.env.AWS_BEARER_TOKEN_BEDROCK
    }
    const [asked] = server.heard as [Heard]
    if (isSigned) {
      expect(asked.headers.authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIACANARY1234567890\/\d{8}\/eu-central-1\/bedrock\/aws4_request, /,
      )
      expect(/Signature=(\w+)/.exec(asked.headers.authorization ?? '')?.[1]).toBe(signatureOf(asked, canaryKey))
      expect(JSON.stringify([asked.headers, asked.text])).not.toContain(canaryKey)
    } else expect(asked.headers.authorization).toBe(`Bearer ${canaryKey}`)
  })

  it.each<[string, Parameters<AiServer['script']>[0], string, RegExp]>([
    [
      'a refused key (401)',
      { status: 401, body: { message: `The security token ${canaryKey} is invalid.` } },
      'key_refused',
      /refused the key/,
    ],
    [
      'a key without the right to the model (403)',
      { status: 403, body: { message: 'You don’t have access to the model with the specified model ID.' } },
      'key_refused',
      /403/,
    ],
    [
      'throttling',
      { status: 429, headers: { 'retry-after': '9' }, body: { message: 'Too many tokens, please wait' } },
      'rate_limited',
      /9 s/,
    ],
    [
      'throttling in the middle of the stream',
      { say: '{"summary": "One', exception: { type: 'throttlingException', message: 'Too many requests' } },
      'rate_limited',
      /429/,
    ],
    [
      'an error in the middle of the stream',
      { say: '{"summary": "One', exception: { type: 'internalServerException', message: `Sorry, ${canaryKey}` } },
      'provider_error',
      /500.*Sorry, …/,
    ],
    [
      'a request that it does not take',
      { status: 400, body: { message: 'Malformed input' } },
      'provider_error',
      /Malformed input/,
    ],
    ['a connection that breaks off', { cutAfter: '{"summary": "One' }, 'broken_off', /broke off/],
    ['an answer cut at its limit', { cutShort: '{"summary": "One' }, 'cut_short', /whole/],
  ])('says what is wrong after %s; nothing changed, and the key is nowhere', async (_case, reply, code, message) => {
    server.script(reply)
    const before = (await test.request('GET', `/campaigns/${id}/workflow`)).body
    const { failed, proposal, text } = await generate(test, id, { prompt: 'One mail' }, { key: test.ownerKey })
    expect(proposal).toBeUndefined()
    expect(failed).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(server.heard).toHaveLength(1)
    expect((await test.request('GET', `/campaigns/${id}/workflow`)).body).toEqual(before)
    expect(text).not.toContain(canaryKey)
  })

  it('is asked by words alone where the model takes no tools', async () => {
    server.script(
      { status: 400, body: { message: 'This model doesn’t support tool use in streaming mode.' } },
      { say: answers.good(sandbox) },
    )
    const { proposal } = await generate(test, id, { prompt: 'One mail' }, { key: test.ownerKey })
    expect(proposal.problems).toEqual([])
    expect(server.heard[1]?.body.toolConfig).toBeUndefined()
    expect(JSON.stringify(server.heard[1]?.body.system)).toContain('JSON Schema')
  })
})
