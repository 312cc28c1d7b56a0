import { type DestinationStream, type Logger, pino } from 'pino'

/** The program's log: JSON lines on stderr, or where a test wants to read them. */
export function createLog(level: string, to: DestinationStream = pino.destination({ dest: 2, sync: true })): Logger {
  return pino({ level, base: { pid: process.pid }, serializers: { err: describeError } }, to)
}

/** Of an error its own words alone: what libraries hang on it (a whole connection, a message with its addresses) is no business of a log. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  return {
    type: name,
    message,
    ...('code' in error && { code: error.code }),
    stack,
    ...(cause !== undefined && { cause: describeError(cause) }),
  }
}
