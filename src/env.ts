import { resolve } from 'node:path'
import { z } from 'zod'
import { Problem } from './errors.ts'

const hostPort = z.string().regex(/^(\[[0-9a-f:]+\]|[^\s:,]+):\d{1,5}$/i, 'Write host:port, e.g. 127.0.0.1:2525.')

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
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
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
  /** How many proxies in front are trusted with X-Forwarded-For. */
  trustProxy: number
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
  return {
    port: env.PORT,
    host: env.HOST,
    dataDir: resolve(env.DATA_DIR),
    databaseUrl: env.DATABASE_URL,
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
    secretKey: env.SECRET_KEY,
    secretKeyPrevious: env.SECRET_KEY_PREVIOUS,
    allowPrivateHosts: env.ALLOW_PRIVATE_HOSTS,
    trustProxy: env.TRUST_PROXY,
    logLevel: env.LOG_LEVEL,
  }
}
