import { APICallError } from 'ai'
import { AnswerTooLarge, RedirectRefused } from '../channels/checked-fetch.ts'
import { HostRefused } from '../channels/hosts.ts'

/** Why a model gave nothing to use. `message` is for a person, and never holds a key. */
export class AiFailure extends Error {
  /** Permanent: scripts and tests branch on it. */
  readonly code: AiFailureCode
  readonly retryAfterSeconds: number | undefined

  constructor(code: AiFailureCode, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AiFailure'
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

export type AiFailureCode =
  | 'key_refused'
  | 'rate_limited'
  | 'provider_error'
  | 'not_reached'
  | 'broken_off'
  | 'stalled'
  | 'too_large'
  | 'cut_short'
  | 'invalid_workflow'
  | 'limit_reached'
  | 'stopped'
  | 'unsuitable_answer'

/** What a caller of the model says when it is silent for too long. */
export class Stalled extends Error {}

/** Longest remark of a provider that is repeated. */
const mostSaid = 200

/**
 * Turns whatever a call threw into a failure with a sentence; `secrets` are taken out of what the provider said. Its cause is for the log:
 * the library's errors carry the request with its headers and words, so of them only what they say is kept.
 */
export function readFailure(error: unknown, secrets: readonly string[]): AiFailure {
  if (error instanceof AiFailure) return error
  const failure = failureOf(error, secrets)
  failure.cause = plainly(error, secrets)
  return failure
}

/** An error's own words alone, and those of its causes, without secrets. */
function plainly(error: unknown, secrets: readonly string[]): Error {
  const [first, ...causes] = causesOf(error).map((cause) => {
    const { name, message, code, statusCode } = cause as Partial<Record<string, unknown>>
    const plain = new Error(remark(message ?? String(cause), secrets))
    plain.stack = ''
    return Object.assign(plain, {
      name: typeof name === 'string' ? name : 'Error',
      ...((typeof code === 'string' || typeof statusCode === 'number') && { code: code ?? statusCode }),
    })
  })
  causes.reduce<Error | undefined>((outer, cause) => {
    if (outer) outer.cause = cause
    return cause
  }, first)
  return first ?? new Error('Nothing is known of it.')
}

function failureOf(error: unknown, secrets: readonly string[]): AiFailure {
  for (const cause of causesOf(error)) {
    if (cause instanceof Stalled) {
      return new AiFailure(
        'stalled',
        'The model stopped answering, so it was given up. Nothing was changed; try again.',
      )
    }
    if (cause instanceof AnswerTooLarge) {
      return new AiFailure('too_large', 'The answer grew far beyond any workflow and was cut off. Nothing was changed.')
    }
    if (cause instanceof RedirectRefused) return new AiFailure('not_reached', cause.message)
    if (cause instanceof HostRefused) return new AiFailure('not_reached', cause.message)
    if (APICallError.isInstance(cause) && cause.statusCode !== undefined && cause.statusCode >= 400) {
      return ofStatus(cause.statusCode, cause.responseHeaders ?? {}, remark(saidIn(cause.responseBody), secrets))
    }
    // What a provider says in the middle of its stream, told as the status that it would have had before it.
    const { statusCode, message } = cause as { statusCode?: unknown; message?: unknown }
    if (typeof statusCode === 'number' && statusCode >= 400) return ofStatus(statusCode, {}, remark(message, secrets))
  }
  const code = causesOf(error)
    .map((cause) => (cause as { code?: unknown }).code)
    .find((each) => typeof each === 'string')
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EHOSTUNREACH' || code === 'ETIMEDOUT') {
    return new AiFailure('not_reached', 'The model’s server could not be reached. Check its address and that it runs.')
  }
  return new AiFailure(
    'broken_off',
    'The connection to the model broke off in the middle of its answer. Nothing was changed; try again.',
  )
}

function causesOf(error: unknown): unknown[] {
  const found: unknown[] = []
  for (let cause = error; cause && found.length < 10; ) {
    found.push(cause)
    const inner = cause as { cause?: unknown; lastError?: unknown }
    cause = inner.cause ?? inner.lastError
  }
  return found
}

function ofStatus(status: number, headers: Record<string, string>, said: string): AiFailure {
  const about = said === '' ? '' : ` It says: “${said}”.`
  if (status === 401 || status === 403) {
    return new AiFailure(
      'key_refused',
      `The provider refused the key (${status}).${status === 403 ? about : ''} An admin can replace it under Settings → AI models.`,
    )
  }
  if (status === 429) {
    const retryAfterSeconds = secondsOf(headers['retry-after'])
    const when = retryAfterSeconds === undefined ? 'Try again in a while.' : `Try again in ${retryAfterSeconds} s.`
    return new AiFailure('rate_limited', `The provider takes no more requests for now (429). ${when}`, {
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    })
  }
  if (status === 404)
    return new AiFailure('provider_error', `The provider does not know this model or address (404).${about}`)
  return new AiFailure(
    'provider_error',
    `The provider answered with an error (${status}).${about} Nothing was changed.`,
  )
}

function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000)
  return Number.isFinite(seconds) ? Math.min(86_400, Math.max(1, seconds)) : undefined
}

/** What the body of an error says: `error.message` (OpenAI, Anthropic), `error`, or `message` (Bedrock). */
function saidIn(body: string | undefined): unknown {
  try {
    const { error, message } = JSON.parse(body ?? '') as { error?: { message?: unknown } | string; message?: unknown }
    return typeof error === 'object' && error !== null ? error.message : (error ?? message)
  } catch {
    return undefined
  }
}

/** A provider's own words, short, without anything that looks like a key. */
function remark(said: unknown, secrets: readonly string[]): string {
  let message = typeof said === 'string' ? said : ''
  for (const secret of secrets) if (secret !== '') message = message.replaceAll(secret, '…')
  return message
    .replaceAll(/\b(?:sk|key|pk|AKIA|Bearer)[-_A-Za-z0-9*.]{6,}/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, mostSaid)
}

/** Whether a provider refused the way in which it was asked for JSON, so that a plainer one may do. */
export const refusesFormat = (error: unknown): boolean =>
  causesOf(error).some(
    (cause) =>
      APICallError.isInstance(cause) &&
      (cause.statusCode === 400 || cause.statusCode === 422) &&
      /response_format|json_schema|json_object|schema|structured|\btool/i.test(cause.responseBody ?? ''),
  )
