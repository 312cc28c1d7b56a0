import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import type { HandOver } from '../channels/channel.ts'
import { invalidField, Problem } from '../errors.ts'
import type { RenderJob } from '../messages/compose.ts'
import { channelOpener, senderOf } from '../messages/open-channel.ts'
import { asciiAddress, domainOf } from '../messages/prepare.ts'
import { renderApart } from './preview.ts'
import { countTestSends, findSurroundings, type TestCredential } from './test-send-queries.ts'

/** Test messages that one person, or one API key, may send in 24 hours (TRUST S30). */
const mostTestsADay = 20
/** Marks a test for whoever looks at its source. */
const testHeader = 'X-Throughline-Test'

/** A message that is ready to go to an address of somebody's choice. */
export interface TestMessage {
  credential: TestCredential
  to: string
  job: RenderJob
}

/** How a test went. `detail`: what the server said. */
export interface TestSent {
  sent: boolean
  detail: string
  to: string
  subject: string
}

/**
 * The account that sends a test, when it may go. `senderField`: what names it in a problem. @throws Problem `invalid` for an address or
 * account that cannot be used, `wrong_state` while sending is stopped, `rate_limited` after too many
 */
export async function requireTestable(
  app: App,
  workspaceId: number,
  wanted: { channel: string; credentialId: string; to: string; actor: string; senderField: string },
): Promise<TestCredential> {
  const { channel, credentialId, to, actor, senderField } = wanted
  requireAddress(channel, to, senderField)
  const { stopSending, suppressed, credential } = await findSurroundings(app.db, workspaceId, {
    credentialId,
    channel,
    to,
  })
  if (stopSending) {
    throw new Problem('wrong_state', 'Sending is stopped for the whole workspace; tests wait, too.', {
      extra: { state: 'stopped', allowed: [] },
    })
  }
  if (suppressed) {
    throw invalidField(
      'to',
      'suppressed',
      'This address is on the suppression list: nothing is sent to it, no test either.',
    )
  }
  if (!credential || credential.archived) {
    const what = credential ? `The sender “${credential.name}” is archived.` : 'There is no such sender here.'
    throw invalidField(senderField, 'unusable_credential', `${what} Choose another one.`)
  }
  if ((await countTestSends(app.db, workspaceId, actor)) >= mostTestsADay) {
    throw new Problem('rate_limited', `At most ${mostTestsADay} tests in 24 hours; try again later.`, {
      extra: { retryAfterSeconds: 3_600 },
    })
  }
  return credential
}

/** Hands a test over and waits for the answer. Nothing is tracked, counted or remembered of it. */
export async function sendTest(app: App, workspaceId: number, { credential, to, job }: TestMessage): Promise<TestSent> {
  const from = senderOf(credential)
  const headerId = `<test.${randomUUID()}@${domainOf(from.address)}>`
  const result = await renderApart(app, {
    ...job,
    // A chat message has no subject to carry the mark.
    ...(job.channel === 'email' ? { subject: `[Test] ${job.subject}` } : { body: `[Test] ${job.body}` }),
    from,
    to: job.channel === 'email' ? asciiAddress(to) : to,
    headerId,
    headers: { [testHeader]: 'yes' },
    mime: credential.type === 'smtp',
  })
  if (!result.ok) return { sent: false, detail: result.error, to, subject: '' }
  const { subject, html, text, fromHeader, raw } = result.message
  const channel = channelOpener(app)(credential)
  try {
    const handOver = await channel.send({
      messageId: null,
      workspaceId,
      fence: 0,
      headerId,
      envelopeFrom: from.address,
      envelopeTo: asciiAddress(to),
      fromHeader,
      toAddress: to,
      subject,
      html,
      text,
      headers: { [testHeader]: 'yes' },
      raw,
    })
    return { sent: handOver.is === 'accepted', detail: sentence(handOver), to, subject }
  } finally {
    await channel.close()
  }
}

function sentence(handOver: HandOver): string {
  switch (handOver.is) {
    case 'accepted':
    case 'by-hand':
      return 'It was handed over.'
    case 'refused':
      return `It was refused: ${handOver.response}`
    case 'deferred':
      return `It was not taken now: ${handOver.response}`
    case 'unknown':
      return `Whether it arrived is not known: ${handOver.response}`
  }
}

function requireAddress(channel: string, to: string, senderField: string): void {
  if (channel === 'linkedin') {
    throw invalidField(senderField, 'not_testable', 'A LinkedIn message is sent by a person; look at its preview.')
  }
  if (channel === 'telegram') {
    if (/^-?\d{1,20}$/.test(to)) return
    throw invalidField('to', 'invalid_address', 'Write the number of a Telegram chat that has written to the bot.')
  }
  if (!/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(to)) {
    throw invalidField('to', 'invalid_address', 'Write an address such as ann@example.com.')
  }
}
