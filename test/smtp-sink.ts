import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Where in the conversation a rule applies: `data` before the body is read, `dot` when all of it has arrived. */
export type SinkPhase = 'connect' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot'

/** One way to misbehave. At `dot`, `drop` and `hang` come after the body was taken: the sender gets no answer. */
export interface SinkRule {
  phase: SinkPhase
  /** `data` knows only `drop`. */
  action: { reply: string } | 'drop' | 'hang'
  /** Regular expression on the address of the phase. */
  match?: string
  /** Only every n-th time. */
  every?: number
  /** At most so often. */
  times?: number
}

/** A body that the sink took. */
export interface SinkMail {
  to: string
  messageId: string
  body: string
  /** Milliseconds since 1970. */
  at: number
}

/** An SMTP server in a process of its own, on loopback. */
export interface SmtpSink extends AsyncDisposable {
  port: number
  pid: number
  /** What it accepted, in order. */
  mail(): Promise<SinkMail[]>
  stats(): Promise<{ connections: number; accepted: number; tried: number }>
  forget(): Promise<void>
  /** Replaces the rules; the first that fits applies. */
  misbehave(rules: SinkRule[]): Promise<void>
  close(): Promise<void>
}

/** The body that connects a sink as a credential. */
export const sinkCredential = ({ port }: Pick<SmtpSink, 'port'>, more: Record<string, unknown> = {}) => ({
  type: 'smtp',
  name: 'Sink',
  host: '127.0.0.1',
  port,
  encryption: 'none',
  senderName: 'Sender',
  senderEmail: 'sender@sender.example',
  ...more,
})

/** Starts a sink. With `user` it wants a login. It ends with whoever started it. */
export async function startSmtpSink(
  options: { user?: string; password?: string; starttls?: boolean; keepBodies?: boolean } = {},
): Promise<SmtpSink> {
  const program = fileURLToPath(new URL('./fixtures/smtp-sink-program.ts', import.meta.url))
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const [line] = (await once(lines, 'line')) as [string]
  const { port, controlPort } = JSON.parse(line) as { port: number; controlPort: number }
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${controlPort}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return (await response.json()) as unknown
  }
  const close = async () => {
    if (child.exitCode !== null) return
    child.stdin.end()
    await once(child, 'exit')
  }
  return {
    port,
    pid: child.pid ?? 0,
    mail: async () => (await ask('GET', '/mail')) as SinkMail[],
    stats: async () => (await ask('GET', '/stats')) as { connections: number; accepted: number; tried: number },
    forget: async () => void (await ask('DELETE', '/mail')),
    misbehave: async (rules) => void (await ask('PUT', '/rules', rules)),
    close,
    [Symbol.asyncDispose]: close,
  }
}
