import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { Problem } from '../errors.ts'
import { tokenHash } from '../keyring.ts'
import { findKey, findSession, touchKey, touchSession } from './authenticate-sql.ts'
import type { Actor } from './route.ts'
import { readSessionToken } from './session.ts'

/** Who is calling, and for which workspace. */
export interface Caller {
  workspaceId: number
  actor: Actor
}

/** `tl_<prefix>_<secret>`: the prefix finds the row, the secret has 256 bits. */
const keyPattern = /^tl_([0-9a-z]{12})_[\w-]{43}$/

/**
 * Finds out who calls: a bearer key, in which case cookies are ignored; else the browser's session; else null.
 * @throws Problem `unauthorized` for a key that does not hold
 */
export async function authenticate(app: App, request: FastifyRequest): Promise<Caller | null> {
  const { authorization, cookie } = request.headers
  if (authorization !== undefined) return await byKey(app, authorization)
  const token = readSessionToken(app.env, cookie)
  return token === null ? null : await bySession(app, token)
}

async function byKey(app: App, authorization: string): Promise<Caller> {
  const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
  const prefix = keyPattern.exec(key)?.[1]
  const found = prefix === undefined ? undefined : await findKey(app.db, prefix)
  if (!found || !timingSafeEqual(found.keyHash, tokenHash(key))) {
    throw new Problem(
      'unauthorized',
      'This API key is not valid: it is unknown, expired or revoked. Send “Authorization: Bearer tl_…”.',
    )
  }
  if (found.stale) await touchKey(app.db, found.id)
  const { workspaceId, id, name, role, memberId } = found
  return { workspaceId, actor: { text: `key:${id}`, name, role, memberId, accountId: null } }
}

async function bySession(app: App, token: string): Promise<Caller | null> {
  const hash = tokenHash(token)
  const found = await findSession(app.db, hash)
  if (!found) return null
  if (found.stale) await touchSession(app.db, hash)
  const { workspaceId, memberId, name, role, accountId } = found
  return { workspaceId, actor: { text: `member:${memberId}`, name, role, memberId, accountId } }
}

/**
 * Proof that a change comes from our own pages (TRUST S6): `Sec-Fetch-Site`, which browsers set and pages cannot, else
 * `Origin`. A bearer key is proof enough: no browser adds it by itself. `required` without either header is refused;
 * otherwise only a header that tells of another site is.
 * @throws Problem `cross_site`
 */
export function requireSameOrigin(request: FastifyRequest, ownOrigin: string, required: boolean): void {
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  if (
    site !== undefined ? site === 'same-origin' : origin !== undefined ? isOwn(origin, request, ownOrigin) : !required
  )
    return
  throw new Problem(
    'cross_site',
    'A change with the session cookie must come from this app itself. Scripts use an API key.',
  )
}

function isOwn(origin: string, request: FastifyRequest, ownOrigin: string): boolean {
  return origin === ownOrigin || origin === `${request.protocol}://${request.host}`
}

/** Scheme and host under which this server is known: PUBLIC_URL, else what the caller used. */
export function originOf(app: App, request: FastifyRequest): string {
  return app.env.publicUrl === undefined ? `${request.protocol}://${request.host}` : new URL(app.env.publicUrl).origin
}
