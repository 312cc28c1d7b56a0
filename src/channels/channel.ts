/** A message as a provider gets it: rendered, composed, addressed. */
export interface PreparedMessage {
  /** The ledger row; null for a test message, which has none. */
  messageId: number | null
  workspaceId: number
  /** The ledger row's fence when its hand-over was written down. */
  fence: number
  /** Message-ID with angle brackets, the same on every attempt (TRUST T1). */
  headerId: string
  /** Envelope addresses, ready for SMTP (domains in ASCII). */
  envelopeFrom: string
  envelopeTo: string
  fromHeader: string
  toAddress: string
  subject: string
  html: string | null
  text: string
  /** Headers beyond From, To, Subject, Date and Message-ID, as sent. */
  headers: Record<string, string>
  /** The whole message as RFC 5322 bytes; empty for a channel that does not need them. */
  raw: Uint8Array
}

/** Whose problem a failure is; the phase of the conversation tells (TRUST §1.5). */
export type Scope = 'recipient' | 'message' | 'policy' | 'sender' | 'host' | 'credential'

/** How a hand-over ended. */
export type HandOver =
  | { is: 'accepted'; providerId: string | null; response: string }
  /** A definite no. `hard`: the address is bad for good, so it is suppressed. */
  | { is: 'refused'; scope: Scope; hard: boolean; code: string | null; response: string }
  /** Not accepted, safe to try again. `throttle`: the provider wants less from this credential. `lost`: the connection broke under this message. */
  | {
      is: 'deferred'
      scope: Scope
      throttle: boolean
      lost: boolean
      code: string | null
      response: string
      /** When the provider says to come back, in ms. */
      retryAfterMs?: number
    }
  /** Every byte was handed over and no answer came: nobody knows, so it is never sent again by itself. */
  | { is: 'unknown'; response: string }
  /** It waits for a person who does it; what they say counts. */
  | { is: 'by-hand'; response: string }

/** What a credential test found. `detail` is safe to show: a class of failure, and the server's own line only after a valid greeting (TRUST S16). */
export type Verification = { ok: true; detail: string } | { ok: false; scope: Scope; detail: string }

/** One provider account in use. */
export interface Channel {
  /** How many messages may be in its hands at once. */
  readonly connections: number
  /** Hands one message over. Never rejects. `onHanded` is called when all bytes are out and only the answer is missing. */
  send(message: PreparedMessage, hooks?: { onHanded?: () => void }): Promise<HandOver>
  verify(): Promise<Verification>
  close(): Promise<void>
}
