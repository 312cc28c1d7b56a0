import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callHttp } from './http-call.ts'

let server: Server
let port: number
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void
const seen: {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}[] = []

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, url, headers } = request
    seen.push({ method, url, headers, body })
    answer(request, response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.closeAllConnections())

const call = (path: string, more: Partial<Parameters<typeof callHttp>[0]> = {}, timeoutMs?: number) =>
  callHttp(
    {
      method: 'GET',
      url: path.startsWith('/') ? `http://127.0.0.1:${port}${path}` : path,
      headers: {},
      body: null,
      ...more,
    },
    { allowPrivateHosts: [`127.0.0.1:${port}`], ...(timeoutMs !== undefined && { timeoutMs }) },
  )

describe('a call', () => {
  it('carries method, headers and body, and brings back status and text', async () => {
    answer = (_request, response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":7}')
    const result = await call('/a?b=ö', { method: 'POST', headers: { 'X-Token': 's' }, body: '{"n":"ü"}' })
    expect(result).toMatchObject({ is: 'answered', status: 201, contentType: 'application/json', cut: false })
    expect(result.is === 'answered' && String(result.body)).toBe('{"id":7}')
    expect(seen.at(-1)).toMatchObject({
      method: 'POST',
      url: '/a?b=%C3%B6',
      headers: {
        'x-token': 's',
        host: `127.0.0.1:${port}`,
        'content-type': 'application/json',
        'content-length': '10',
      },
      body: '{"n":"ü"}',
    })
  })

  it('does not follow a redirect', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    const before = seen.length
    expect(await call('/')).toMatchObject({ is: 'answered', status: 302 })
    expect(seen.length).toBe(before + 1)
  })

  it('reads at most 64 KB of an endless answer', async () => {
    answer = (_request, response) => {
      response.writeHead(200)
      const pump = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      }
      response.on('drain', pump)
      pump()
    }
    const result = await call('/')
    expect(result).toMatchObject({ is: 'answered', status: 200, cut: true })
    expect(result.is === 'answered' && result.body.length).toBe(65_536)
  })

  it('says whether what got no answer may have arrived', async () => {
    answer = () => {}
    expect(await call('/', {}, 200)).toEqual({ is: 'no-answer', sent: true, reason: 'timeout' })
    answer = (request) => request.socket.destroy()
    expect(await call('/')).toEqual({ is: 'no-answer', sent: true, reason: 'broken_off' })
    const gone = await new Promise<number>((resolve) => {
      const other = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = other.address() as AddressInfo
        other.close(() => resolve(free))
      })
    })
    const target = { method: 'GET', url: `http://127.0.0.1:${gone}/`, headers: {}, body: null }
    expect(await callHttp(target, { allowPrivateHosts: [`127.0.0.1:${gone}`] })).toEqual({
      is: 'no-answer',
      sent: false,
      reason: 'no_connection',
    })
  })

  it.each([
    ['http://127.0.0.1:1/', 'private_host'],
    ['http://2130706433/', 'private_host'],
    ['http://[::ffff:127.0.0.1]/', 'private_host'],
    ['http://169.254.169.254/latest/meta-data', 'private_host'],
    ['http://10.0.0.1/', 'private_host'],
    ['http://[fd00::1]/', 'private_host'],
    ['ftp://example.com/', 'invalid_url'],
    ['http://', 'invalid_url'],
  ])('refuses %s', async (url, reason) => {
    const before = seen.length
    expect(await call(url)).toEqual({ is: 'refused', reason })
    expect(seen.length).toBe(before)
  })
})
