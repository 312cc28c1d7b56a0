import { describe, expect, it } from 'vitest'
import { classify, enhancedCode, type Phase } from './classify.ts'

const answer = (phase: Phase, response: string | null, handed = false) =>
  classify({ phase, handed, response, message: 'Connection closed unexpectedly' })

describe('classify', () => {
  it.each<[Phase, string, string, boolean]>([
    ['rcpt', '550 5.1.1 no such user', 'recipient', true],
    ['rcpt', '550 5.1.2 bad domain', 'recipient', true],
    ['rcpt', '553 5.1.3 syntax', 'recipient', true],
    ['rcpt', '551 5.1.6 moved', 'recipient', true],
    ['rcpt', '556 5.1.10 null MX', 'recipient', true],
    ['rcpt', '550 5.2.1 mailbox disabled', 'recipient', true],
    ['rcpt', '552 5.2.2 mailbox full', 'recipient', false],
    ['rcpt', '554 5.3.0 system', 'recipient', false],
    ['rcpt', '550 5.4.1 routing', 'recipient', false],
    ['rcpt', '550 5.1.0 address rejected', 'recipient', false],
    ['rcpt', '550 no', 'recipient', false],
    ['rcpt', '550 user unknown', 'recipient', true],
    ['rcpt', '550 No such user here', 'recipient', true],
    ['rcpt', '552 5.2.3 too large', 'message', false],
    ['rcpt', '552 5.3.4 too large', 'message', false],
    ['rcpt', '554 5.6.0 content', 'message', false],
    ['rcpt', '550 5.7.1 refused', 'policy', false],
    ['rcpt', '550 5.7.26 unauthenticated', 'policy', false],
    ['rcpt', '554 blocked, see https://bl.example/x', 'policy', false],
    ['rcpt', '554 5.1.8 bad sender', 'sender', false],
    ['mail', '550 5.7.60 not allowed to send as', 'sender', false],
    ['mail', '553 sender rejected', 'sender', false],
    ['mail', '552 5.3.4 too large', 'message', false],
    ['auth', '535 5.7.8 bad password', 'credential', false],
    ['data', '554 5.5.1 no valid recipients', 'message', false],
    ['body', '550 5.7.1 looks like spam', 'policy', false],
    ['body', '554 refused by spamhaus', 'policy', false],
    ['body', '550 5.1.1 told late', 'message', false],
    ['body', '552 too big', 'message', false],
  ])('in phase %s reads “%s” as a problem of the %s', (phase, response, scope, hard) => {
    expect(answer(phase, response, phase === 'body')).toMatchObject({ is: 'refused', scope, hard, response })
  })

  it.each<[Phase, string, string, boolean]>([
    ['connect', '554 go away', 'host', false],
    ['greeting', '421 too many connections', 'host', true],
    ['auth', '454 4.7.0 try later', 'credential', true],
    ['mail', '451 4.3.0 try later', 'credential', false],
    ['rcpt', '450 4.2.0 greylisted', 'recipient', false],
    ['rcpt', '451 4.7.1 Greylisting in action', 'recipient', false],
    ['rcpt', '450 mailbox busy', 'recipient', false],
    ['rcpt', '452 4.2.2 full', 'recipient', false],
    ['rcpt', '421 4.7.28 slow down', 'recipient', true],
    ['body', '451 try later', 'message', false],
    ['body', '421 4.7.0 closing', 'message', true],
  ])('in phase %s tries again after “%s”', (phase, response, scope, throttle) => {
    expect(answer(phase, response, phase === 'body')).toMatchObject({ is: 'deferred', scope, throttle, lost: false })
  })

  it('calls a message unknown only when all of it was out and no answer came', () => {
    expect(answer('body', null, true).is).toBe('unknown')
    for (const phase of ['mail', 'rcpt', 'data', 'body'] as const) {
      expect(answer(phase, null)).toMatchObject({ is: 'deferred', scope: 'host', lost: true })
    }
    for (const phase of ['connect', 'greeting', 'tls', 'auth'] as const) {
      expect(answer(phase, null)).toMatchObject({ is: 'deferred', scope: 'host', lost: false })
    }
  })

  it('reads enhanced codes where they stand, and nowhere else', () => {
    expect(enhancedCode('550 5.1.1 <a@b.c> unknown')).toBe('5.1.1')
    expect(enhancedCode('550-5.1.10 first\n550 5.1.10 second')).toBe('5.1.10')
    expect(enhancedCode('550 your host 5.1.1.4 is bad')).toBeNull()
    expect(enhancedCode('250 ok')).toBeNull()
  })
})
