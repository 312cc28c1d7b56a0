import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import { checkHost, HostRefused } from './hosts.ts'

/** A request to somebody's own system. */
export interface HttpCall {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body: string | null
}

/**
 * What became of a call. `refused`: it cannot be made at all. `no-answer`: nothing came back; `sent` = it may have arrived there. Reasons
 * never repeat what the other side said while connecting (TRUST S15).
 */
export type CallResult =
  | { is: 'answered'; status: number; contentType: string; retryAfter: string | null; body: Buffer; cut: boolean }
  | { is: 'refused'; reason: string }
  | { is: 'no-answer'; sent: boolean; reason: string }

/** Longest a call may take, and the most of its answer that is read (PRODUCT §4, `http-request`). */
const limits = { timeoutMs: 10_000, maxBytes: 65_536 }

/**
 * Makes one call: http or https, no redirects, no proxy, to an address that was checked (TRUST S14, S15). Never throws.
 */
export async function callHttp(
  call: HttpCall,
  options: {
    allowPrivateHosts: readonly string[]
    timeoutMs?: number
    /** Most of the answer that is read; 64 KB unless said. */
    maxBytes?: number
    signal?: AbortSignal
  },
): Promise<CallResult> {
  const url = URL.canParse(call.url) ? new URL(call.url) : null
  if (!url || !/^https?:$/.test(url.protocol)) return { is: 'refused', reason: 'invalid_url' }
  const isTls = url.protocol === 'https:'
  const port = Number(url.port) || (isTls ? 443 : 80)
  let address: string
  try {
    address = (await checkHost(url.hostname.replace(/^\[|\]$/g, ''), port, options.allowPrivateHosts)).address
  } catch (error) {
    if (!(error instanceof HostRefused)) throw error
    if (error.reason === 'unknown') return { is: 'no-answer', sent: false, reason: 'unknown_host' }
    return { is: 'refused', reason: error.reason === 'private' ? 'private_host' : 'invalid_url' }
  }
  const auth =
    url.username === '' ? {} : { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` }
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return await new Promise((resolve) => {
    let sent = false
    const chunks: Buffer[] = []
    let bytes = 0
    const timeoutMs = options.timeoutMs ?? limits.timeoutMs
    const maxBytes = options.maxBytes ?? limits.maxBytes
    const request = (isTls ? tlsRequest : plainRequest)({
      method: call.method,
      host: address,
      port,
      path: `${url.pathname}${url.search}`,
      ...auth,
      headers: {
        'user-agent': 'Throughline',
        ...(call.body !== null && { 'content-type': 'application/json' }),
        ...lowerCase(call.headers),
        host: url.host,
        ...(call.body !== null && { 'content-length': Buffer.byteLength(call.body) }),
      },
      agent: false,
      ...(isTls && isIP(hostname) === 0 && { servername: hostname }),
    })
    const finish = (result: CallResult) => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', stop)
      resolve(result)
      request.destroy()
    }
    const stop = () => finish({ is: 'no-answer', sent, reason: 'stopped' })
    options.signal?.addEventListener('abort', stop)
    const timer = setTimeout(() => finish({ is: 'no-answer', sent, reason: 'timeout' }), timeoutMs)
    request.on('socket', (socket) => socket.once(isTls ? 'secureConnect' : 'connect', () => (sent = true)))
    request.on('error', () => finish({ is: 'no-answer', sent, reason: sent ? 'broken_off' : 'no_connection' }))
    request.on('response', (response) => {
      const answer = (cut: boolean): CallResult => ({
        is: 'answered',
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        retryAfter: response.headers['retry-after'] ?? null,
        body: Buffer.concat(chunks).subarray(0, maxBytes),
        cut,
      })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > maxBytes) finish(answer(true))
      })
      response.on('end', () => finish(answer(false)))
      // The status is known, so it was heard; of the body there is what came.
      response.on('error', () => finish(answer(true)))
    })
    request.end(call.body ?? undefined)
  })
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
