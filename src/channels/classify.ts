import type { HandOver } from './channel.ts'

/** How far an SMTP conversation had come when it failed. `body`: after the server had asked for the message. */
export type Phase = 'connect' | 'greeting' | 'tls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body'

export interface Failure {
  phase: Phase
  /** All bytes of the message, the final dot included, were given to the socket. */
  handed: boolean
  /** The server's answer to the command that failed; null when there was none (connection lost, timeout). */
  response: string | null
  /** What went wrong, for when the server said nothing. */
  message: string
}

type NotAccepted = Exclude<HandOver, { is: 'accepted' }>

/** RFC 3463 codes that say that the address is bad for good (TRUST §1.5). */
const hardCodes = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'])
/** The few phrases that are as clear as a code, for servers that send none. */
const hardPhrases =
  /\b(user unknown|unknown user|no such (user|mailbox|recipient)|(mailbox|user|recipient|account) (does not|doesn't) exist|mailbox not found|invalid mailbox)\b/i
const policyPhrases =
  /https?:\/\/|\b(block ?list(ed)?|black ?list(ed)?|spam(haus|cop)?|rbl|dnsbl|dmarc|dkim|spf|policy|reputation)\b/i
const greylistPhrases = /gr[ea]y-?list/i

/** The enhanced status code of an SMTP answer, e.g. `5.1.1` (RFC 3463 behind the reply code, RFC 2034). */
export function enhancedCode(response: string): string | null {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? null
}

/**
 * What a failed hand-over means: whose problem first, then for how long (TRUST §1.5). A message is `unknown` only when all of it was
 * out and the server did not answer; that line is what keeps a retry from being a second copy (TRUST trap 2).
 */
export function classify({ phase, handed, response, message }: Failure): NotAccepted {
  const code = response === null ? null : (/^(\d{3})/.exec(response)?.[1] ?? null)
  if (response === null || code === null) {
    if (handed) return { is: 'unknown', response: message }
    const lost = phase === 'mail' || phase === 'rcpt' || phase === 'data' || phase === 'body'
    return { is: 'deferred', scope: 'host', throttle: false, lost, code: null, response: message }
  }
  const enhanced = enhancedCode(response)
  const shown = enhanced ?? code
  if (code.startsWith('4')) {
    const asksForLess = code === '421' || (enhanced?.startsWith('4.7.') === true && !greylistPhrases.test(response))
    return { is: 'deferred', scope: scopeOf4xx(phase), throttle: asksForLess, lost: false, code: shown, response }
  }
  const refused = (scope: Extract<NotAccepted, { is: 'refused' }>['scope'], hard = false): NotAccepted => ({
    is: 'refused',
    scope,
    hard,
    code: shown,
    response,
  })
  switch (phase) {
    case 'connect':
    case 'greeting':
    case 'tls':
      return { is: 'deferred', scope: 'host', throttle: false, lost: false, code: shown, response }
    case 'auth':
      return refused('credential')
    case 'mail':
      return isAboutMessage(enhanced, code) ? refused('message') : refused('sender')
    case 'rcpt':
      return refusedRecipient(enhanced, code, response, refused)
    case 'data':
    case 'body':
      return refused(isPolicy(enhanced, code, response) ? 'policy' : 'message')
  }
}

function scopeOf4xx(phase: Phase) {
  if (phase === 'auth' || phase === 'mail') return 'credential'
  if (phase === 'rcpt') return 'recipient'
  return phase === 'data' || phase === 'body' ? 'message' : 'host'
}

function refusedRecipient(
  enhanced: string | null,
  code: string,
  response: string,
  refused: (scope: 'recipient' | 'message' | 'policy' | 'sender', hard?: boolean) => NotAccepted,
): NotAccepted {
  if (enhanced !== null && hardCodes.has(enhanced)) return refused('recipient', true)
  if (isAboutMessage(enhanced, code)) return refused('message')
  if (isPolicy(enhanced, code, response)) return refused('policy')
  if (enhanced === '5.1.7' || enhanced === '5.1.8') return refused('sender')
  if (enhanced === null && /^55[013]$/.test(code) && hardPhrases.test(response)) return refused('recipient', true)
  return refused('recipient')
}

const isAboutMessage = (enhanced: string | null, code: string): boolean =>
  enhanced === '5.2.3' ||
  enhanced === '5.3.4' ||
  enhanced?.startsWith('5.6.') === true ||
  (enhanced === null && code === '552')

/** 5.7.x whatever the text; without a code a block list's name or address in the text. */
const isPolicy = (enhanced: string | null, code: string, response: string): boolean =>
  enhanced?.startsWith('5.7.') === true ||
  ((enhanced === null || enhanced === '5.0.0') && /^55[0-4]$/.test(code) && policyPhrases.test(response))
