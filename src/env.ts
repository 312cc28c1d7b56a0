import { resolve } from 'node:path'
import { z } from 'zod'
import { Problem } from './errors.ts'

const hostPort = z.string().regex(/^(\[[0-9a-f:]+\]|[^\s:,]+):\d{1,5}$/i, 'Write host:port, e.g. 127.0.0.1:2525.')

/** `smtp://` is STARTTLS, `smtps://` TLS; `smtp+plain://` is for a relay on a private network alone. */
const mailUrl = z.string().transform((text, context) => {
  try {
    const url = new URL(text)
    const encryption = mailSchemes[url.protocol]
    if (encryption === undefined || url.hostname === '') throw new Error('Another kind of address.')
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (encryption === 'tls' ? 465 : 587),
      encryption,
      username: url.username === '' ? null : decodeURIComponent(url.username),
      password: url.password === '' ? null : decodeURIComponent(url.password),
    }
  } catch {
    context.addIssue({ code: 'custom', message: 'Write smtp://user:password@host:587, or smtps:// with port 465.' })
    return z.NEVER
  }
})
const mailSchemes: Record<string, 'tls' | 'starttls' | 'none'> = {
  'smtps:': 'tls',
  'smtp:': 'starttls',
  'smtp+plain:': 'none',
}

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().min(1).default('0.0.0.0'),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'Write a postgres:// URL.' }).optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'Write an http:// or https:// URL.' }).optional(),
  SECRET_KEY: z.string().min(16, 'At least 16 characters.').optional(),
  SECRET_KEY_PREVIOUS: z.string().min(16, 'At least 16 characters.').optional(),
  ALLOW_PRIVATE_HOSTS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(hostPort)),
  DNS_SERVERS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z
          .string()
          .regex(
            /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]|[0-9a-f:]+)(:\d{1,5})?$/i,
            'Write addresses, e.g. 10.0.0.2 or 10.0.0.2:5353.',
          ),
      ),
    ),
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  SYSTEM_MAIL_URL: mailUrl.optional(),
  SYSTEM_MAIL_FROM: z.email('Write an address such as throughline@example.com.').optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

/** The settings of this process, all optional in the environment, all validated on start (API.md, "Command line"). */
export interface Env {
  port: number
  host: string
  /** Absolute path. */
  dataDir: string
  databaseUrl: string | undefined
  /** Base of tracking and unsubscribe links, without a trailing slash; undefined = links point at this machine. */
  publicUrl: string | undefined
  secretKey: string | undefined
  secretKeyPrevious: string | undefined
  /** `host:port` pairs that SMTP, IMAP, http-request and AI may reach although private. */
  allowPrivateHosts: readonly string[]
  /** Name servers that the checks of sender domains ask; empty = the system's. */
  dnsServers: readonly string[]
  /** How many proxies in front are trusted with X-Forwarded-For. */
  trustProxy: number
  /** Through whom mail to members goes, such as the link of a forgotten password; undefined = none is sent. */
  systemMail: (z.output<typeof mailUrl> & { from: string }) | undefined
  logLevel: z.output<typeof schema>['LOG_LEVEL']
}

/** Reads and checks the environment. Empty values count as unset. @throws Problem `invalid` naming each bad variable and the fix */
export function readEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({
      path: String(issue.path[0] ?? ''),
      code: issue.code,
      message: issue.message,
    }))
    throw new Problem('invalid', errors.map((error) => `${error.path}: ${error.message}`).join(' '), { errors })
  }
  const env = parsed.data
  const ofMail = ['SYSTEM_MAIL_URL', 'SYSTEM_MAIL_FROM', 'PUBLIC_URL'] as const
  const missing = ofMail.find((name) => env[name] === undefined)
  if (missing !== undefined && (env.SYSTEM_MAIL_URL ?? env.SYSTEM_MAIL_FROM) !== undefined) {
    // Links in mail must not lead where whoever asked for one says that this server is.
    const message = `${missing}: Mail to members needs SYSTEM_MAIL_URL, SYSTEM_MAIL_FROM and PUBLIC_URL; set all three.`
    throw new Problem('invalid', message, { errors: [{ path: missing, code: 'required', message }] })
  }
  return {
    port: env.PORT,
    host: env.HOST,
    dataDir: resolve(env.DATA_DIR),
    databaseUrl: env.DATABASE_URL,
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
    secretKey: env.SECRET_KEY,
    secretKeyPrevious: env.SECRET_KEY_PREVIOUS,
    allowPrivateHosts: env.ALLOW_PRIVATE_HOSTS,
    dnsServers: env.DNS_SERVERS,
    trustProxy: env.TRUST_PROXY,
    systemMail:
      env.SYSTEM_MAIL_URL && env.SYSTEM_MAIL_FROM ? { ...env.SYSTEM_MAIL_URL, from: env.SYSTEM_MAIL_FROM } : undefined,
    logLevel: env.LOG_LEVEL,
  }
}
