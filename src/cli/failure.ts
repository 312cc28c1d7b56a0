import { StartFailure } from '../db/start-failure.ts'
import { Problem } from '../errors.ts'

/** A failure as the command line reports it: a permanent code and one line. */
export interface Failure {
  code: string
  message: string
}

/** Turns whatever a command threw into one line. An unexpected error keeps its kind and its first line; LOG_LEVEL=debug adds where. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof Problem) {
    const fields = error.errors.filter(({ message }) => !error.message.includes(message))
    const detail = fields.map(({ path, message }) => ` ${path}: ${message}`).join('')
    return { code: error.code, message: oneLine(error.message + detail) }
  }
  if (error instanceof StartFailure) return { code: error.code, message: oneLine(error.message) }
  if (!(error instanceof Error)) return { code: 'internal', message: oneLine(String(error)) }
  const stack = process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace' ? ` ${error.stack}` : ''
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return { code: 'internal', message: oneLine(`${error.message || error.name}${code}${stack}`) }
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').trim()
