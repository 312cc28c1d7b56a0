import { connect, isIP, type Socket } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { HandOver, PreparedMessage } from './channel.ts'
import { classify, type Phase } from './classify.ts'
import { checkHost } from './hosts.ts'

/** A sending account on an SMTP server. */
export interface SmtpSettings {
  host: string
  port: number
  /** `starttls` never falls back to clear text; `none` is for private hosts alone (TRUST A7). */
  encryption: 'tls' | 'starttls' | 'none'
  username: string | null
  password: string | null
  /** `host:port` pairs that may be private. */
  allowPrivateHosts: readonly string[]
}

/** TRUST §1.5; after the final dot RFC 5321 §4.5.3.2.6 gives the server ten minutes, and less makes duplicates or unknowns. */
export interface SmtpTimeouts {
  connectMs: number
  greetingMs: number
  commandMs: number
  afterDotMs: number
}

/** A session could not be opened. `greeted`: the server had introduced itself, so its words may be shown (TRUST S16). */
export class SessionFailed extends Error {
  readonly phase: Phase
  readonly response: string | null
  readonly greeted: boolean

  constructor(
    phase: Phase,
    message: string,
    details: { response?: string | null; greeted?: boolean; cause?: unknown },
  ) {
    super(message, { cause: details.cause })
    this.name = 'SessionFailed'
    this.phase = phase
    this.response = details.response ?? null
    this.greeted = details.greeted ?? false
  }
}

interface SmtpError extends Error {
  code?: string
  command?: string
  response?: string
}

/** One authenticated session with a relay; carries one message at a time. */
export class SmtpSession {
  /** Messages it has carried. */
  carried = 0
  private handed = false
  private onHanded: (() => void) | undefined
  private fail: ((error: SmtpError) => void) | undefined
  private ended = false
  private readonly connection: SMTPConnection
  private readonly timeouts: SmtpTimeouts

  private constructor(socket: Socket, settings: SmtpSettings, name: string, timeouts: SmtpTimeouts) {
    this.timeouts = timeouts
    this.connection = new SMTPConnection({
      connection: socket,
      host: settings.host,
      port: settings.port,
      secure: settings.encryption === 'tls',
      requireTLS: settings.encryption === 'starttls',
      ignoreTLS: settings.encryption === 'none',
      tls: isIP(name) ? {} : { servername: name },
      connectionTimeout: timeouts.greetingMs,
      greetingTimeout: timeouts.greetingMs,
      // The deadlines of a message are our own, see send(); this one only outlasts them.
      socketTimeout: timeouts.afterDotMs + timeouts.commandMs,
      socketCloseTimeout: 1_000,
      logger: this.watcher(),
    })
    this.connection.on('error', (error: SmtpError) => this.fail?.(error))
    this.connection.on('end', () => {
      this.ended = true
    })
  }

  /** Connects to the checked address, agrees on TLS, logs in. @throws SessionFailed, HostRefused */
  static async open(settings: SmtpSettings, timeouts: SmtpTimeouts): Promise<SmtpSession> {
    const { host, port, encryption, username, password } = settings
    const checked = await checkHost(host, port, settings.allowPrivateHosts)
    if (encryption === 'none' && !checked.isPrivate) {
      throw new SessionFailed('tls', 'Mail to a public server is never sent unencrypted.', {})
    }
    const socket = await connectTo(checked.address, port, timeouts.connectMs)
    const session = new SmtpSession(socket, settings, checked.name, timeouts)
    await session.step((done) => session.connection.connect(done))
    if (username !== null) {
      const auth = { user: username, pass: password ?? '', credentials: { user: username, pass: password ?? '' } }
      await session.step((done) => session.connection.login(auth, done), 'auth')
    }
    return session
  }

  /** Whether it can carry another message. */
  get usable(): boolean {
    return !this.ended && !this.connection.destroyed
  }

  /** Hands one message over; never rejects. After anything but an acceptance the session is reset or gone. */
  async send(message: PreparedMessage, onHanded?: () => void): Promise<HandOver> {
    const { promise, resolve } = Promise.withResolvers<HandOver>()
    this.handed = false
    const late = (ms: number) =>
      setTimeout(() => {
        const words = this.handed ? 'The server did not answer after the message.' : 'The server stopped answering.'
        settle({ error: Object.assign(new Error(words), { command: 'CONN' }) })
        this.connection.close()
      }, ms)
    let timer = late(this.timeouts.commandMs)
    this.onHanded = () => {
      clearTimeout(timer)
      timer = late(this.timeouts.afterDotMs)
      onHanded?.()
    }
    const settle = (result: { error: SmtpError } | { response: string; providerId: string | null }) => {
      clearTimeout(timer)
      this.fail = undefined
      this.onHanded = undefined
      if ('error' in result) {
        const handOver = this.failed(result.error)
        // A server that answered with a code goes on; RSET drops what it still holds of this message.
        const reset = result.error.response !== undefined && this.usable ? this.reset() : Promise.resolve()
        void reset.then(() => resolve(handOver))
      } else {
        resolve({ is: 'accepted', ...result })
      }
    }
    this.fail = (error) => settle({ error })
    this.carried += 1
    const envelope = { from: message.envelopeFrom, to: [message.envelopeTo], size: message.raw.byteLength }
    this.connection.send(
      envelope,
      Buffer.from(message.raw.buffer, message.raw.byteOffset, message.raw.byteLength),
      (error, info) => {
        if (error) settle({ error: error as SmtpError })
        else
          settle({ response: info?.response ?? '', providerId: info?.serverMessageId ?? queueId(info?.response ?? '') })
      },
    )
    return promise
  }

  /** Says goodbye and lets go. */
  close(): void {
    this.ended = true
    if (this.connection.destroyed) return
    this.connection.quit()
    // A server that never answers QUIT must not keep the process.
    setTimeout(() => this.connection.close(), 1_000).unref()
  }

  /** Lets go at once. */
  destroy(): void {
    this.ended = true
    this.connection.close()
  }

  private failed(error: SmtpError): HandOver {
    const phase = this.phaseOf(error)
    // Only the answer to the message itself says that it was not taken; any other word after the dot leaves it open.
    const answersMessage = !this.handed || error.command === 'DATA'
    if (error.command === 'API' && error.code === 'EENVELOPE') {
      return { is: 'refused', scope: 'recipient', hard: false, code: null, response: error.message }
    }
    // nodemailer compares the size with what the server announced, and says no by itself.
    if (error.command === 'MAIL FROM' && error.code === 'EMESSAGE' && error.response === undefined) {
      return { is: 'refused', scope: 'message', hard: false, code: '5.3.4', response: error.message }
    }
    const response = answersMessage ? (error.response ?? null) : null
    return classify({ phase, handed: this.handed, response, message: error.message })
  }

  private phaseOf({ command }: SmtpError): Phase {
    if (command === 'RCPT TO') return 'rcpt'
    if (this.handed) return 'body'
    return command === 'DATA' ? 'data' : 'mail'
  }

  private async reset(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, 5_000)
    this.fail = () => resolve()
    this.connection.reset((error) => {
      if (error) this.destroy()
      resolve()
    })
    await promise
    clearTimeout(timer)
    this.fail = undefined
  }

  /** One step of opening the session: resolves with its callback, rejects with whatever breaks first. */
  private async step(begin: (done: (error?: Error | null) => void) => void, phase?: Phase): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(
      () => reject(Object.assign(new Error('The server stopped answering.'), { command: 'CONN' })),
      this.timeouts.commandMs,
    )
    this.fail = reject
    begin((error) => (error ? reject(error) : resolve()))
    try {
      await promise
    } catch (cause) {
      const error = cause as SmtpError
      const greeted = phase === 'auth' || error.command === 'EHLO' || error.command === 'STARTTLS'
      this.destroy()
      throw new SessionFailed(phase ?? openingPhase(error), error.message, {
        response: error.response ?? null,
        greeted: greeted || /^[245]\d\d[ -]/.test(error.response ?? ''),
        cause,
      })
    } finally {
      clearTimeout(timer)
      this.fail = undefined
    }
  }

  /** nodemailer tells its log, and nobody else, when the last byte of a message has gone to the socket (TRUST trap 2). */
  private watcher() {
    const ignore = () => {}
    const info = (entry: { tnx?: string }) => {
      if (entry.tnx !== 'message') return
      this.handed = true
      this.onHanded?.()
    }
    return { level: ignore, trace: ignore, debug: ignore, info, warn: ignore, error: ignore, fatal: ignore }
  }
}

function openingPhase({ code, command }: SmtpError): Phase {
  if (code === 'ETLS' || command === 'STARTTLS') return 'tls'
  return 'greeting'
}

function connectTo(host: string, port: number, timeoutMs: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect({ host, port, noDelay: true })
  const failed = (cause: unknown, message: string) => {
    socket.destroy()
    reject(new SessionFailed('connect', message, { cause }))
  }
  const timer = setTimeout(() => failed(undefined, 'The server cannot be reached: no answer in time.'), timeoutMs)
  const onError = (error: Error) => {
    clearTimeout(timer)
    failed(error, `The server cannot be reached: ${(error as NodeJS.ErrnoException).code ?? 'connection failed'}.`)
  }
  socket.once('error', onError)
  socket.once('connect', () => {
    clearTimeout(timer)
    socket.removeListener('error', onError)
    resolve(socket)
  })
  return promise
}

/** The id that common servers give in their `250`, by which a later bounce may name the message. */
function queueId(response: string): string | null {
  return (
    /\b(?:queued as|id=|Message accepted for delivery[:\s]+|Ok:?\s+)<?([A-Za-z0-9._@-]{6,120})/i.exec(response)?.[1] ??
    null
  )
}
