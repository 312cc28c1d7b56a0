import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { instant, nothing, route } from './route.ts'
import { content, type ServerEvent, serverEvents } from './stream.ts'

let ended = 0

const extra = [
  route(
    {
      method: 'POST',
      path: '/test/echo/:id',
      id: 'testEcho',
      summary: 'For tests',
      access: 'signed-in',
      params: z.object({ id: z.coerce.number().int() }),
      query: z.strictObject({ tag: z.union([z.string(), z.array(z.string())]).optional() }),
      body: z.strictObject({ at: instant, note: z.string().min(1).optional() }).optional(),
      response: z.object({ id: z.int(), at: instant.nullable(), tag: z.unknown() }),
    },
    async ({ params, body, query }) => ({ id: params.id, at: body?.at ?? null, tag: query.tag, secret: 'never shown' }),
  ),
  route(
    {
      method: 'GET',
      path: '/test/broken',
      id: 'testBroken',
      summary: 'For tests',
      access: 'signed-in',
      response: nothing,
    },
    async () => {
      throw new Error('the password is hunter2')
    },
  ),
  route(
    {
      method: 'GET',
      path: '/test/events',
      id: 'testEvents',
      summary: 'For tests',
      access: 'signed-in',
      response: serverEvents,
      media: 'text/event-stream',
    },
    async ({ signal }) => {
      async function* events(): AsyncGenerator<ServerEvent> {
        try {
          for (let n = 1; !signal.aborted; n += 1) {
            yield { event: 'counts', data: { n, text: 'line\nbreak' }, id: String(n) }
            await sleep(60_000, undefined, { signal }).catch(() => undefined)
          }
        } finally {
          ended += 1
        }
      }
      return events()
    },
  ),
  route(
    {
      method: 'GET',
      path: '/test/file',
      id: 'testFile',
      summary: 'For tests',
      access: 'signed-in',
      response: content,
      media: 'text/csv',
    },
    async () => {
      async function* lines() {
        yield 'a,b\r\n'
        yield 'ä,2\r\n'
      }
      return lines()
    },
  ),
  route(
    {
      method: 'POST',
      path: '/test/upload',
      id: 'testUpload',
      summary: 'For tests',
      access: 'signed-in',
      body: 'stream',
      response: z.object({ bytes: z.int() }),
    },
    async ({ raw }) => {
      let bytes = 0
      for await (const chunk of raw) bytes += (chunk as Buffer).length
      return { bytes }
    },
  ),
]

let test: TestApp
let webDir: string

beforeAll(async () => {
  webDir = await mkdtemp(join(tmpdir(), 'throughline-web-'))
  await mkdir(join(webDir, 'assets'))
  await writeFile(join(webDir, 'index.html'), '<!doctype html><title>App</title>')
  await writeFile(join(webDir, 'assets', 'app-1a2b.js'), 'export {}')
  await writeFile(join(webDir, 'assets', 'app-1a2b.js.br'), brotliCompressSync('export {}'))
  await writeFile(join(webDir, 'assets', 'app-1a2b.js.gz'), gzipSync('export {}'))
  await writeFile(join(webDir, 'assets', 'small-3c4d.css'), 'a{}')
  test = await startTestApp({ routes: extra, webDir, env: { LOG_LEVEL: 'silent' } })
})
afterAll(async () => {
  await test.close()
  await rm(webDir, { recursive: true })
})

/** Sends bytes as they are and reads until the server closes. */
async function speak(text: string): Promise<string> {
  const socket = connect(Number(new URL(test.url).port), '127.0.0.1')
  socket.write(text)
  let answer = ''
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk
  return answer
}

describe('routes', () => {
  it('parse path, query and body, and answer what the contract lists and nothing else', async () => {
    const answer = await test.request('POST', '/test/echo/7?tag=a&tag=b', { body: { at: '2026-11-23T10:00:00+01:00' } })
    expect(answer).toMatchObject({ status: 200, body: { id: 7, at: '2026-11-23T09:00:00.000Z', tag: ['a', 'b'] } })
    expect(answer.body).not.toHaveProperty('secret')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('take no body, and an empty one, where the body is optional', async () => {
    expect((await test.request('POST', '/test/echo/7')).status).toBe(200)
    expect(
      (await test.request('POST', '/test/echo/7', { body: '', headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(200)
  })

  it('name each faulty field by its path, with what to do', async () => {
    const { body } = await test.request('POST', '/test/echo/7', { body: { note: '', zz: 1 } })
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { path: 'at', code: 'required', message: 'Is required: text.' },
        { path: 'note', code: 'too_small', message: 'Must not be empty.' },
        {
          path: 'zz',
          code: 'unknown_field',
          message: 'There is no field “zz” here; check its spelling or leave it away.',
        },
      ]),
    )
    expect(body.detail).toContain('and 2 more')
  })

  it('read a stream untouched, whatever its type and size', async () => {
    const body = new Uint8Array(12 * 1024 * 1024)
    expect(
      (await test.request('POST', '/test/upload', { body, headers: { 'content-type': 'application/json' } })).body,
    ).toEqual({
      bytes: body.length,
    })
  })

  it('write text piece by piece', async () => {
    const { headers, body } = await test.request('GET', '/test/file')
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(body).toBe('a,b\r\nä,2\r\n')
  })
})

describe('problems', () => {
  it('are documents for what no route answers: unknown paths, methods and broken addresses', async () => {
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['DELETE', '/workspace'],
      ['OPTIONS', '/workspace'],
      ['GET', '/workspace/%E0%A4%A'],
      ['GET', '//api/v2'],
    ] as const) {
      const { status, headers, body } = await test.request(method, path)
      expect(headers.get('content-type'), `${method} ${path}`).toBe('application/problem+json')
      expect([status, body.code], `${method} ${path}`).toEqual([404, 'not_found'])
    }
  })

  it('are documents also for what is no HTTP and for headers that are too large', async () => {
    const large = await speak(`GET /health HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(large).toMatch(/^HTTP\/1.1 400 /)
    expect(large).toContain('application/problem+json')
    expect(large).toContain('"code":"malformed"')
    expect(await speak('NONSENSE\r\n\r\n')).toContain('"code":"malformed"')
  })

  it('tell nothing of an unexpected error but the id that the log has', async () => {
    const { status, headers, body } = await test.request('GET', '/test/broken')
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toMatch(/hunter2|Error|\.ts/)
    expect(body).toMatchObject({ code: 'internal', requestId: headers.get('x-request-id') })
  })
})

describe('server-sent events', () => {
  it('arrive as they happen and end their source when the reader goes', async () => {
    const before = ended
    const stop = new AbortController()
    const answer = await fetch(`${test.url}/api/v1/test/events`, {
      headers: { authorization: `Bearer ${test.adminKey}` },
      signal: stop.signal,
    })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    let text = ''
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      if (text.includes('data: ')) break
    }
    expect(text).toContain('id: 1\nevent: counts\ndata: {"n":1,"text":"line\\nbreak"}\n\n')
    stop.abort()
    await expect.poll(() => ended).toBe(before + 1)
  })

  it('do not hold up the end of the server', async () => {
    const other = await startTestApp({ routes: extra })
    const answer = await fetch(`${other.url}/api/v1/test/events`, {
      headers: { authorization: `Bearer ${other.adminKey}` },
    })
    const reading = answer.text()
    await other.close()
    await expect(reading.catch(() => 'cut')).resolves.toBeTypeOf('string')
  })
})

describe('beside the API', () => {
  it('serves the web app: its page for any address of its own, assets for ever', async () => {
    const page = await test.request('GET', '//campaigns/42', { key: null, headers: { accept: 'text/html' } })
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>App</title>' })
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const asset = await test.request('GET', '//assets/app-1a2b.js', { key: null })
    expect(asset.headers.get('cache-control')).toContain('immutable')
    expect(asset.headers.get('content-type')).toContain('javascript')
  })

  it('sends an asset compressed as the browser reads it, where the build left a copy', async () => {
    const asset = async (name: string, accept: string) => {
      const answer = await fetch(`${test.url}/assets/${name}`, { headers: { 'accept-encoding': accept } })
      const { headers } = answer
      return { as: headers.get('content-encoding'), is: await answer.text(), of: headers.get('content-type'), headers }
    }
    const zipped = await asset('app-1a2b.js', 'gzip')
    expect(zipped).toMatchObject({ as: 'gzip', is: 'export {}', of: expect.stringContaining('javascript') })
    expect(zipped.headers.get('cache-control')).toContain('immutable')
    expect(zipped.headers.get('vary')?.toLowerCase()).toContain('accept-encoding')
    expect(await asset('app-1a2b.js', 'gzip, deflate, br')).toMatchObject({ as: 'br', is: 'export {}' })
    expect(await asset('app-1a2b.js', 'identity')).toMatchObject({ as: null, is: 'export {}' })
    expect(await asset('small-3c4d.css', 'gzip, deflate, br')).toMatchObject({ as: null, is: 'a{}' })
  })

  it('answers a missing asset and an unknown API path with 404, not with the page', async () => {
    for (const path of ['//assets/app-old.js', '//api/v1/nothing', '//t/c/nothing']) {
      expect((await test.request('GET', path, { key: null, headers: { accept: 'text/html' } })).status).toBe(404)
    }
  })

  it('answers its page also to who accepts anything, as curl does, but not to who asks for JSON or a file', async () => {
    const status = async (path: string, accept?: string) => {
      const answer = await fetch(test.url + path, { headers: accept === undefined ? {} : { accept } })
      await answer.body?.cancel()
      return [answer.status, answer.headers.get('content-type')?.split(';')[0]]
    }
    const page = [200, 'text/html']
    const problem = [404, 'application/problem+json']
    expect(await status('/')).toEqual(page)
    expect(await status('/campaigns', '*/*')).toEqual(page)
    expect(await status('/campaigns', 'application/json')).toEqual(problem)
    expect(await status('/campaigns', 'application/json, text/plain, */*')).toEqual(problem)
    expect(await status('/favicon.png', '*/*')).toEqual(problem)
    expect(await status('/api/v1/nothing', '*/*')).toEqual(problem)
  })

  it('says how to build the web app when it is not there', async () => {
    await using other = await startTestApp()
    const answer = await other.request('GET', '//', { key: null, headers: { accept: 'text/html' } })
    expect(answer.status).toBe(503)
    expect(answer.body).toContain('npm run build')
  })

  it('tells its health, its readiness and its figures without a key', async () => {
    expect(await test.request('GET', '//health', { key: null })).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await test.request('GET', '//ready', { key: null })).toMatchObject({
      status: 200,
      body: { status: 'ready' },
    })
    await test.request('GET', '/workspace')
    const { body } = await test.request('GET', '//metrics', { key: null })
    expect(body).toMatch(
      /throughline_http_request_seconds_count\{route="\/api\/v1\/workspace",method="GET",status="200"\}/,
    )
  })

  it('is not ready while the database lacks a migration or does not answer', async () => {
    await using other = await startTestApp({ env: { LOG_LEVEL: 'silent' } })
    await other.database.pool.query('drop table schema_migration')
    expect(await other.request('GET', '//ready', { key: null })).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    })
    await other.database.close()
    expect(await other.request('GET', '//ready', { key: null })).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    })
    expect(await other.request('GET', '//health', { key: null })).toMatchObject({ status: 200 })
  })

  it('sets headers that work on plain http: a strict policy, no HSTS, no upgrade, no CORS', async () => {
    const { headers } = await test.request('GET', '//', {
      key: null,
      headers: { accept: 'text/html', origin: 'https://evil.example' },
    })
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule)
    }
    expect(policy).not.toContain('upgrade-insecure-requests')
    expect(headers.has('strict-transport-security')).toBe(false)
    expect(headers.has('access-control-allow-origin')).toBe(false)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})
