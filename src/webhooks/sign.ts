import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

/** A new signing secret: 256 random bits in the form of Standard Webhooks (https://www.standardwebhooks.com, “Webhook signature scheme”). */
export const newSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/** A webhook's message as it is signed; the id is the same at each try, the time is the try's. */
export interface SignedMessage {
  id: string
  at: Date
  body: string
}

/**
 * The headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` in base64, one signature for each secret, so that a receiver
 * may go over from the old to the new one at leisure.
 */
export function signatureHeaders({ id, at, body }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const sign = (secret: string) =>
    createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret)}`).join(' '),
  }
}
