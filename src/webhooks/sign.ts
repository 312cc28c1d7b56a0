import { sign } from '../triggers/signature.ts'

/** A webhook's message as it is signed; the id is the same at each try, the time is the try's. */
export interface SignedMessage {
  id: string
  at: Date
  body: string
}

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com), with one signature for each secret, so that a receiver may go over
 * from the old to the new one at leisure.
 */
export function signatureHeaders({ id, at, body }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => sign(secret, { id, timestamp }, body)).join(' '),
  }
}
