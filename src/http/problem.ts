import type { FastifyReply } from 'fastify'
import { Problem, problems } from '../errors.ts'

/** The media type of every error answer (RFC 9457). */
export const problemType = 'application/problem+json'

/** The members of a problem document, RFC 9457 §3.1 and API.md. */
export interface ProblemDocument {
  type: string
  title: string
  status: number
  detail: string
  code: string
  errors?: { path: string; code: string; message: string }[]
  requestId?: string
}

/** Writes a problem as the document that callers see. `errors` is there for field faults only; extra members come last. */
export function problemDocument(problem: Problem, requestId?: string): ProblemDocument & Record<string, unknown> {
  const { status, title } = problems[problem.code]
  return {
    type: `urn:throughline:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    ...(requestId !== undefined && { requestId }),
    ...problem.extra,
  }
}

/** Sends a problem document. As bytes: the framework would add a charset, which this media type does not have. */
export const sendDocument = (reply: FastifyReply, document: ProblemDocument): FastifyReply =>
  reply
    .code(document.status)
    .header('content-type', problemType)
    .header('cache-control', 'no-store')
    .send(Buffer.from(JSON.stringify(document)))

/** PostgreSQL's ways to say that it is away, too busy, or had to break off one of two transactions (SQLSTATE classes). */
const passingState = /^(08...|53...|57P0.|40001|40P01|55P03)$/

/** Whether an error says that the database cannot be reached, or not right now. */
function isPassing(error: unknown): boolean {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown }
  if (typeof code === 'string' && passingState.test(code)) return true
  if (syscall === 'connect' || syscall === 'read' || syscall === 'write') return true
  return (
    error instanceof Error &&
    /timeout exceeded when trying to connect|Connection terminated|driver has already been destroyed/.test(
      error.message,
    )
  )
}

/** The answer while the database's disk is full: what was asked for was not done. */
export const diskFull = (cause: unknown): Problem =>
  new Problem(
    'unavailable',
    'The disk of the database is full, so that nothing can be saved: this was not. Try again when whoever runs the server has made room.',
    { cause },
  )

/**
 * Turns whatever was thrown into a Problem: our own as they are, Fastify's by their meaning, a database that is away into
 * `unavailable`, the rest into `internal` without a word about the cause, which the server logs.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode = 500 } = error as { code?: unknown; statusCode?: number }
  if (typeof code === 'string' && code.startsWith('FST_ERR_CTP')) return contentProblem(code)
  if (code === 'FST_ERR_BAD_URL') return new Problem('not_found', 'This path is not well-formed.')
  if (statusCode >= 400 && statusCode < 500)
    return new Problem('malformed', 'The request could not be read.', { cause: error })
  if ((error as { code?: unknown }).code === '53100') return diskFull(error)
  if (isPassing(error)) {
    return new Problem('unavailable', 'The database does not answer right now. Try again in a moment.', {
      cause: error,
    })
  }
  return new Problem('internal', 'Something went wrong here. The log has the details under this request id.', {
    cause: error,
  })
}

function contentProblem(code: string): Problem {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(
        'too_large',
        'This is larger than can be sent at once. Shorten it, or send it in parts; files of customers go through the import.',
      )
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported_media_type', 'Send the body as application/json.')
    default:
      return new Problem('malformed', 'The body is not as long as Content-Length says, or is no JSON.')
  }
}
