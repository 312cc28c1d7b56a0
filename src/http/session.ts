import type { Env } from '../env.ts'

/** A session ends after this time without a request, and after the second one in any case (TRUST S5). */
export const idleDays = 7
export const absoluteDays = 30

/** Over https the `__Host-` prefix binds the cookie to this very host; a browser refuses it on plain http. */
const isSecure = (env: Env): boolean => env.publicUrl?.startsWith('https://') ?? false
const cookieName = (env: Env): string => (isSecure(env) ? '__Host-throughline' : 'throughline')

/** The session token of a request, or null. */
export function readSessionToken(env: Env, cookieHeader: string | undefined): string | null {
  const start = `${cookieName(env)}=`
  const pair = cookieHeader?.split(';').find((text) => text.trim().startsWith(start))
  const token = pair?.trim().slice(start.length)
  return token && /^[\w-]{43}$/.test(token) ? token : null
}

/** The `Set-Cookie` value (RFC 6265) that gives the browser a session, or with null takes it away. */
export function sessionCookie(env: Env, token: string | null): string {
  const age = token === null ? 0 : absoluteDays * 86_400
  const secure = isSecure(env) ? '; Secure' : ''
  return `${cookieName(env)}=${token ?? ''}; Max-Age=${age}; Path=/; HttpOnly; SameSite=Lax${secure}`
}
