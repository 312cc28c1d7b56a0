import type { z } from 'zod'
import type { FieldError, ProblemCode } from '../../src/errors.ts'
import type { Router } from '../../src/router.ts'
import { heard } from './connection.ts'

type AnyRoute = Router[number]
type Routes = { [R in AnyRoute as `${R['method']} ${R['path']}`]: R }

/** `METHOD /path` of every route of the server. */
export type RouteKey = keyof Routes
/** Those that only read. */
export type ReadKey = Extract<RouteKey, `GET ${string}`>

type Given<Schema> = [NonNullable<Schema>] extends [z.ZodType] ? z.input<NonNullable<Schema>> : undefined
/** What a route answers, as JSON. */
export type Answer<K extends RouteKey> = Given<Routes[K]['response']>
/** One row of a list. */
export type Item<K extends RouteKey> = Answer<K> extends { items: (infer Row)[] } ? Row : never
/** The JSON that a route takes. */
export type Body<K extends RouteKey> = Given<Exclude<Routes[K]['body'], 'stream'>>
/** The query that a route takes. */
export type Query<K extends RouteKey> = Given<Routes[K]['query']>

type ParamNames<Path> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

/** What a call carries: path parameters, query, body, the version it was read at, and a signal to cancel it. */
export interface Input<K extends RouteKey> {
  params?: Record<ParamNames<Routes[K]['path']>, string | number>
  query?: Partial<Query<K>>
  body?: Body<K>
  ifMatch?: number
  signal?: AbortSignal
  /** Sends this instead of JSON: a CSV file. */
  file?: Blob
  /** Makes a creating POST safe to repeat. */
  idempotencyKey?: string
}

/** A problem document of the server, or `offline` when it did not answer. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: ProblemCode | 'offline'
  readonly errors: FieldError[]
  /** Everything else that the document says, e.g. `state` and `allowed`. */
  readonly extra: Record<string, unknown>

  constructor(
    status: number,
    code: ProblemCode | 'offline',
    detail: string,
    errors: FieldError[] = [],
    extra: Record<string, unknown> = {},
  ) {
    super(detail)
    this.name = 'ApiProblem'
    this.status = status
    this.code = code
    this.errors = errors
    this.extra = extra
  }
}

/** Called on 401 of a call that needs a session; resolves once the person signed in again. */
let signInAgain: (() => Promise<void>) | null = null

/** Says what to do when the session is gone: show the sign-in dialog above the page and resolve when it worked. */
export const onSessionLost = (handler: (() => Promise<void>) | null): void => {
  signInAgain = handler
}

/** Called on 429 that passes soon; resolves when the time is over. */
let holdBack: ((seconds: number) => Promise<void>) | null = null

/** Says what to do while calls come too fast: count down, and resolve at its end. */
export const onTooFast = (handler: ((seconds: number) => Promise<void>) | null): void => {
  holdBack = handler
}

/** A call that would be held back for longer than so many seconds fails instead. */
const longestHoldSeconds = 60

/**
 * Calls a route. Waits for a new sign-in when the session is gone, and for the time to pass when calls came too fast, and then
 * tries once more: neither refusal did anything. @throws ApiProblem
 */
export async function api<K extends RouteKey>(key: K, input: Input<K> = {}): Promise<Answer<K>> {
  try {
    return await call(key, input)
  } catch (problem) {
    if (!(problem instanceof ApiProblem)) throw problem
    const seconds = Number(problem.extra.retryAfterSeconds)
    if (problem.status === 401 && problem.code === 'unauthorized' && signInAgain) await signInAgain()
    else if (problem.status === 429 && seconds <= longestHoldSeconds && holdBack) await holdBack(seconds)
    else throw problem
    return await call(key, input)
  }
}

async function call<K extends RouteKey>(key: K, input: Input<K>): Promise<Answer<K>> {
  const [method = 'GET', path = '/'] = key.split(' ')
  const params: Record<string, string | number> = input.params ?? {}
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')))
  const search = queryText(input.query ?? {})
  const headers: Record<string, string> = { accept: 'application/json' }
  if (input.ifMatch !== undefined) headers['if-match'] = `"${input.ifMatch}"`
  if (input.idempotencyKey) headers['idempotency-key'] = input.idempotencyKey
  if (input.file) headers['content-type'] = 'text/csv'
  else if (input.body !== undefined) headers['content-type'] = 'application/json'
  const response = await fetch(`/api/v1${filled}${search}`, {
    method,
    headers,
    body: input.file ?? (input.body === undefined ? undefined : JSON.stringify(input.body)),
    signal: input.signal,
    credentials: 'same-origin',
  }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    heard(0)
    throw new ApiProblem(0, 'offline', 'The server did not answer. What you typed is kept; try again once it does.')
  })
  heard(response.status)
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const content: unknown = text !== '' && type.includes('json') ? JSON.parse(text) : text === '' ? undefined : text
  if (response.ok) return content as Answer<K>
  throw problemOf(response.status, content)
}

function problemOf(status: number, content: unknown): ApiProblem {
  if (typeof content !== 'object' || content === null) {
    return new ApiProblem(status, status >= 500 ? 'unavailable' : 'internal', `The server answered ${status}.`)
  }
  const { type: _type, title, status: _status, detail, code, errors, ...extra } = content as Record<string, unknown>
  const list = Array.isArray(errors) ? (errors as FieldError[]) : []
  return new ApiProblem(
    status,
    (code as ProblemCode) ?? 'internal',
    String(detail ?? title ?? `The server answered ${status}.`),
    list,
    extra,
  )
}

/** `?a=1&b=2` of what is set, a list as one pair each; or nothing. */
export function queryText(query: Record<string, unknown>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one: unknown) => [name, one] as const),
  )
  const set = pairs.filter(([, value]) => value !== undefined && value !== null && value !== '')
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`
}
