import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { checkHost } from './hosts.ts'

/** An answer that is larger than the caller wants. */
export class AnswerTooLarge extends Error {
  readonly maxBytes: number

  constructor(maxBytes: number) {
    super(`The answer is larger than ${maxBytes} bytes.`)
    this.name = 'AnswerTooLarge'
    this.maxBytes = maxBytes
  }
}

/** The other side wants to send us elsewhere, where nobody checked. */
export class RedirectRefused extends Error {
  constructor() {
    super('The server redirects to another address; redirects are not followed.')
    this.name = 'RedirectRefused'
  }
}

/**
 * A `fetch` for libraries that take one: to an address that was checked, no redirects, no proxy, and no more than `maxBytes` of an
 * answer, which streams (TRUST S14, S15). Rejects with HostRefused, RedirectRefused, or the connection's error; an answer that grows too
 * large breaks off with AnswerTooLarge. `onBytes` hears of each piece of an answer as it arrives.
 */
export function checkedFetch(options: {
  allowPrivateHosts: readonly string[]
  maxBytes: number
  onBytes?(): void
}): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url)
    if (!/^https?:$/.test(url.protocol)) throw new TypeError('Only http and https addresses can be called.')
    const isTls = url.protocol === 'https:'
    const port = Number(url.port) || (isTls ? 443 : 80)
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    const { address } = await checkHost(hostname, port, options.allowPrivateHosts)
    const body = init.body ?? null
    if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) {
      throw new TypeError('Only texts and bytes can be sent.')
    }
    const headers: Record<string, string> = Object.fromEntries(new Headers(init.headers).entries())
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isTls ? tlsRequest : plainRequest)(
        {
          method: init.method ?? 'GET',
          host: address,
          port,
          path: `${url.pathname}${url.search}`,
          headers: {
            ...headers,
            host: url.host,
            ...(body !== null && { 'content-length': Buffer.byteLength(body) }),
          },
          agent: false,
          ...(init.signal && { signal: init.signal }),
          ...(isTls && isIP(hostname) === 0 && { servername: hostname }),
        },
        resolve,
      )
      request.on('error', reject)
      request.end(body ?? undefined)
    })
    const status = response.statusCode ?? 502
    if (status >= 300 && status < 400) {
      response.destroy()
      throw new RedirectRefused()
    }
    const answered = new Headers()
    for (const [name, value] of Object.entries(response.headers)) {
      if (value !== undefined) answered.set(name, [value].flat().join(', '))
    }
    const empty = status === 204 || status === 205
    return new Response(empty ? null : (Readable.toWeb(Readable.from(limited(response, options))) as ReadableStream), {
      status,
      headers: answered,
    })
  }
}

async function* limited(
  response: IncomingMessage,
  { maxBytes, onBytes }: { maxBytes: number; onBytes?(): void },
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    onBytes?.()
    bytes += chunk.length
    if (bytes > maxBytes) throw new AnswerTooLarge(maxBytes)
    yield new Uint8Array(chunk)
  }
}
