import { setTimeout as sleep } from 'node:timers/promises'

/** What the API answered. */
export interface Answer<Body = Record<string, unknown>> {
  status: number
  body: Body
}

/** Speaks to a running program as a script would: with an API key, over HTTP. */
export interface ApiClient {
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every route; a wrong shape fails their expectations
  call<Body = any>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>
  /** Like `call`, but throws unless the answer is 2xx. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  must<Body = any>(method: string, path: string, body?: unknown): Promise<Body>
}

/** A client for the program at `url`. A text or bytes as body are sent as CSV. */
export function apiClient(url: string, key: string): ApiClient {
  const call: ApiClient['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': isFile(body) ? 'text/csv' : 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isFile(body) ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  return {
    call,
    async must(method, path, body) {
      const answer = await call(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as never
    },
  }
}

const isFile = (body: unknown): body is string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof Uint8Array

/** Asks until the answer is there; throws with `what` when it takes longer than `limitMs`. */
export async function eventually<Value>(
  what: string,
  ask: () => Promise<Value | undefined | false>,
  limitMs = 60_000,
): Promise<Value> {
  const until = Date.now() + limitMs
  for (;;) {
    const value = await ask()
    if (value !== undefined && value !== false) return value
    if (Date.now() > until) throw new Error(`Waited ${limitMs} ms in vain: ${what}`)
    await sleep(50)
  }
}
