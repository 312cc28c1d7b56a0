import { randomUUID } from 'node:crypto'
import { sign } from '../src/triggers/signature.ts'
import type { TestAnswer, TestApp } from './app.ts'

/** Adds a trigger through the API and answers its body; throws when it was refused. */
export async function addTrigger(test: TestApp, campaign: string, body: Record<string, unknown>) {
  const made = await test.request('POST', `/campaigns/${campaign}/triggers`, { body })
  if (made.status !== 201) throw new Error(`POST triggers: ${JSON.stringify(made.body)}`)
  return made.body
}

/** How a call differs from a well-signed one of now. */
export interface HookCall {
  id?: string
  timestamp?: number
  secret?: string
  /** Sent instead of the right signature. */
  signature?: string
}

/** Calls a webhook as a sender does, signed over the bytes that are sent. */
export async function callHook(
  test: TestApp,
  hook: { url: string; secret?: string },
  body: unknown,
  {
    id = randomUUID(),
    timestamp = Math.floor(Date.now() / 1000),
    secret = hook.secret ?? '',
    signature,
  }: HookCall = {},
): Promise<TestAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const signed = { id, timestamp: String(timestamp) }
  return await test.request('POST', `/${new URL(hook.url).pathname}`, {
    key: null,
    body: text,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': signed.timestamp,
      'webhook-signature': signature ?? sign(secret, signed, text),
    },
  })
}
