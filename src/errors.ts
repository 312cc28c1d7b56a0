/**
 * The table of error codes: every problem the program reports on purpose, with the HTTP status and the title it carries.
 * docs/errors.md is generated from it. A code is permanent: scripts branch on it.
 */
export const problems = {
  malformed: { status: 400, title: 'The request could not be read' },
  unauthorized: { status: 401, title: 'Sign in or send an API key' },
  bad_credentials: { status: 401, title: 'Email or password is wrong' },
  bad_signature: { status: 401, title: 'The call is not signed by this webhook’s secret' },
  forbidden: { status: 403, title: 'Your role does not allow this' },
  cross_site: { status: 403, title: 'The request came from another site' },
  not_found: { status: 404, title: 'There is no such thing here' },
  wrong_state: { status: 409, title: 'Not possible in this state' },
  already_exists: { status: 409, title: 'It exists already' },
  in_use: { status: 409, title: 'It is still in use' },
  already_set_up: { status: 409, title: 'The first owner exists already' },
  idempotency_running: { status: 409, title: 'The first request with this key is still running' },
  stale_version: { status: 412, title: 'It was changed in the meantime' },
  too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not accepted' },
  invalid: { status: 422, title: 'Some fields are not valid' },
  invalid_workflow: { status: 422, title: 'The workflow has problems' },
  not_ready: { status: 422, title: 'The campaign is not ready' },
  idempotency_mismatch: { status: 422, title: 'This key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  ai_failed: { status: 503, title: 'The AI model gave no usable answer' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'Not available right now' },
  too_slow: { status: 503, title: 'It takes too long to answer' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problems

/** One field's fault: `path` as in `audience.segmentId` or `nodes.3.config.delta`, a stable code, and a sentence with the fix. */
export interface FieldError {
  path: string
  code: string
  message: string
}

/** An expected failure. Thrown anywhere, turned into an RFC 9457 problem document in one place (http/problem.ts) and into one line by the CLI. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly errors: FieldError[]
  /** Further members of the problem document, e.g. `{state: 'draft', allowed: ['activate']}`. */
  readonly extra: Record<string, unknown>

  constructor(
    code: ProblemCode,
    detail: string,
    options: { errors?: FieldError[]; extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.errors = options.errors ?? []
    this.extra = options.extra ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }
}

/** A 422 for one field. */
export const invalidField = (path: string, code: string, message: string): Problem =>
  new Problem('invalid', message, { errors: [{ path, code, message }] })

/** The 404 for an id that is unknown here or belongs to another workspace; the two are never told apart. */
export const notFound = (what: string): Problem =>
  new Problem('not_found', `There is no such ${what} in this workspace.`)
