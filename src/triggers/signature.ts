import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), as a receiver. */

/** How far a call's timestamp may lie from now, in seconds, either way. */
export const toleranceSeconds = 300
/** Signatures that are looked at in one header; a sender that rotates its secret sends two. */
const mostSignatures = 20

/** A fresh secret: 32 random bytes. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')

/** The three headers of a call, as they came. */
export interface Signed {
  id: string
  timestamp: string
  signature: string
}

/** Signs as a sender does: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. */
export const sign = (secret: string, { id, timestamp }: Omit<Signed, 'signature'>, body: Uint8Array | string): string =>
  `v1,${macOf(secret, id, timestamp, body).toString('base64')}`

const macOf = (secret: string, id: string, timestamp: string, body: Uint8Array | string): Buffer =>
  createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest()

/** What is wrong with the headers before the body is looked at; `null` = nothing. */
export function headersFault(
  headers: Partial<Signed>,
  now: Date,
): { reason: 'unsigned' | 'stale'; detail: string } | null {
  const { id, timestamp, signature } = headers
  if (!id || !timestamp || !signature) {
    return { reason: 'unsigned', detail: 'webhook-id, webhook-timestamp and webhook-signature are needed, all three.' }
  }
  if (id.length > 256 || !/^[\x21-\x7e]+$/.test(id)) {
    return { reason: 'unsigned', detail: 'webhook-id is at most 256 characters of ASCII without spaces.' }
  }
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  if (Number.isNaN(seconds)) {
    return { reason: 'unsigned', detail: 'webhook-timestamp is seconds since 1970, in digits.' }
  }
  const off = Math.abs(seconds - now.getTime() / 1000)
  if (off <= toleranceSeconds) return null
  return {
    reason: 'stale',
    detail: `webhook-timestamp lies ${Math.round(off)} s from now, more than ${toleranceSeconds}: check the sender’s clock.`,
  }
}

/** Whether one of the header’s v1 signatures was made with one of the secrets over exactly this id, time and body. Constant time. */
export function isSignedBy(
  secrets: readonly string[],
  { id, timestamp, signature }: Signed,
  body: Uint8Array,
): boolean {
  const given = signature
    .split(' ')
    .slice(0, mostSignatures)
    .flatMap((one) => (one.startsWith('v1,') ? [Buffer.from(one.slice(3), 'base64')] : []))
  let found = false
  for (const secret of secrets) {
    const mac = macOf(secret, id, timestamp, body)
    // No early end: how long it takes says nothing of which one fitted.
    for (const one of given) if (one.length === mac.length && timingSafeEqual(one, mac)) found = true
  }
  return found
}
