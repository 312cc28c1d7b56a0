import type { Channel, HandOver, PreparedMessage, Verification } from './channel.ts'
import { classify } from './classify.ts'
import { HostRefused } from './hosts.ts'
import { SessionFailed, SmtpSession, type SmtpSettings, type SmtpTimeouts } from './smtp-connection.ts'

const defaultTimeouts: SmtpTimeouts = { connectMs: 10_000, greetingMs: 30_000, commandMs: 60_000, afterDotMs: 600_000 }
/** Relays like neither endless sessions nor idle ones. */
const messagesPerSession = 500
const idleMs = 20_000

/**
 * An SMTP account: up to `connections` sessions, each opened when it is first needed, used again while it is warm, and closed when
 * idle. What a failure means is decided in classify.ts; here is only how far the conversation had come.
 */
export function createSmtpChannel(
  settings: SmtpSettings & { connections: number },
  timeouts: SmtpTimeouts = defaultTimeouts,
): Channel {
  const idle: { session: SmtpSession; timer: NodeJS.Timeout }[] = []
  const busy = new Set<SmtpSession>()
  let closed = false

  const takeIdle = (): SmtpSession | undefined => {
    for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
      clearTimeout(entry.timer)
      if (entry.session.usable) return entry.session
    }
    return undefined
  }

  const giveBack = (session: SmtpSession) => {
    busy.delete(session)
    if (closed || !session.usable || session.carried >= messagesPerSession) {
      session.close()
      return
    }
    const timer = setTimeout(() => {
      idle.splice(
        idle.findIndex((entry) => entry.session === session),
        1,
      )
      session.close()
    }, idleMs)
    timer.unref()
    idle.push({ session, timer })
  }

  const carry = async (message: PreparedMessage, onHanded: (() => void) | undefined): Promise<HandOver> => {
    const warm = takeIdle()
    if (warm) {
      const handOver = await carryBy(warm, message, onHanded)
      // The server had ended the idle session and the close came too late to be seen: nothing was handed over, so begin anew.
      if (handOver.is !== 'deferred' || !handOver.lost) return handOver
    }
    let session: SmtpSession
    try {
      session = await SmtpSession.open(settings, timeouts)
    } catch (error) {
      return openingFailed(error)
    }
    return carryBy(session, message, onHanded)
  }

  const carryBy = async (session: SmtpSession, message: PreparedMessage, onHanded: (() => void) | undefined) => {
    busy.add(session)
    const handOver = await session.send(message, onHanded)
    giveBack(session)
    return handOver
  }

  return {
    connections: settings.connections,
    send: (message, hooks) => carry(message, hooks?.onHanded),
    async verify(): Promise<Verification> {
      try {
        const session = await SmtpSession.open(settings, timeouts)
        session.close()
        return {
          ok: true,
          detail: settings.username === null ? 'The server answers.' : 'The server answers and the login works.',
        }
      } catch (error) {
        const failure = openingFailed(error)
        return {
          ok: false,
          scope: 'scope' in failure ? failure.scope : 'host',
          detail: sentence(error),
        }
      }
    },
    async close() {
      closed = true
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer)
        session.close()
      }
      for (const session of busy) session.destroy()
    },
  }
}

function openingFailed(error: unknown): HandOver {
  if (error instanceof SessionFailed) {
    return classify({ phase: error.phase, handed: false, response: error.response, message: sentence(error) })
  }
  return { is: 'deferred', scope: 'host', throttle: false, lost: false, code: null, response: sentence(error) }
}

/** A sentence that says no more of the network behind the name than its caller may know (TRUST S16). */
function sentence(error: unknown): string {
  if (error instanceof HostRefused) return error.message
  if (!(error instanceof SessionFailed)) return 'The server cannot be reached.'
  const said = error.greeted && error.response !== null ? ` It said: ${error.response.slice(0, 300)}` : ''
  switch (error.phase) {
    case 'connect':
      return error.message
    case 'tls':
      return `A secure connection could not be agreed on.${said || ` ${error.message}`}`
    case 'auth':
      return `The server refuses the login.${said}`
    default:
      return `The server did not introduce itself as a mail server.${said}`
  }
}
