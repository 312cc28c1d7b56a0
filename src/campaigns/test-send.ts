import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import type { HandOver } from '../channels/channel.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import type { RenderJob } from '../messages/compose.ts'
import { channelOpener, senderOf } from '../messages/open-channel.ts'
import { asciiAddress, domainOf } from '../messages/prepare.ts'
import { type Preview, previewJob, renderApart } from '../templates/preview.ts'
import { messageOfNode, type NodeMessage } from './message-of-node.ts'
import { countTestSends, findTestFacts, type TestFacts } from './test-send-queries.ts'

/** Test messages that one person, or one API key, may send in 24 hours (TRUST S30). */
const mostTestsADay = 20
/** Marks a test for whoever looks at its source. */
const testHeader = 'X-Throughline-Test'

/** A message that is ready to go to an address of somebody's choice. */
export interface TestMessage {
  message: NodeMessage
  facts: TestFacts
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

/** A message node of the draft as one customer would get it; without a customer, as somebody made up would. Sends nothing. @throws Problem */
export async function previewNode(
  app: App,
  workspaceId: number,
  campaignId: string,
  { nodeId, customerId }: { nodeId: string; customerId: string | null },
): Promise<Preview & { channel: string }> {
  const message = await messageOfNode(app, workspaceId, campaignId, nodeId)
  const facts = await factsFor(app, workspaceId, campaignId, message, { customerId, to: '' })
  const result = await renderApart(app, await jobFor(app, workspaceId, message, facts, customerId))
  if (!result.ok) return { channel: message.channel, subject: '', html: '', text: '', error: result.error }
  const { subject, html, text } = result.message
  return { channel: message.channel, subject, html, text, error: null }
}

/**
 * Gets a test of a message node ready. @throws Problem `invalid` for an address or account that cannot be used, `wrong_state` while sending
 * is stopped, `rate_limited` after too many
 */
export async function prepareTest(
  app: App,
  workspaceId: number,
  campaignId: string,
  wanted: { nodeId: string; customerId: string; to: string; actor: string },
): Promise<TestMessage> {
  const message = await messageOfNode(app, workspaceId, campaignId, wanted.nodeId)
  const to = addressOn(message.channel, wanted.to)
  const facts = await factsFor(app, workspaceId, campaignId, message, { customerId: wanted.customerId, to })
  if (facts.stopSending) {
    throw new Problem('wrong_state', 'Sending is stopped for the whole workspace; tests wait, too.', {
      extra: { state: 'stopped', allowed: [] },
    })
  }
  if (facts.suppressed) {
    throw invalidField(
      'to',
      'suppressed',
      'This address is on the suppression list: nothing is sent to it, no test either.',
    )
  }
  if ((await countTestSends(app.db, workspaceId, wanted.actor)) >= mostTestsADay) {
    throw new Problem('rate_limited', `At most ${mostTestsADay} tests in 24 hours; try again later.`, {
      extra: { retryAfterSeconds: 3_600 },
    })
  }
  const job = await jobFor(app, workspaceId, message, facts, wanted.customerId)
  return { message, facts, to, job }
}

/** Hands a test over and waits for the answer. Nothing is tracked, counted or remembered of it. */
export async function sendTest(app: App, workspaceId: number, { facts, to, job }: TestMessage): Promise<TestSent> {
  const credential = usable(facts)
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

function addressOn(channel: string, to: string): string {
  if (channel === 'linkedin') {
    throw invalidField('nodeId', 'not_testable', 'A LinkedIn message is sent by a person; look at its preview.')
  }
  if (channel === 'telegram') {
    if (/^-?\d{1,20}$/.test(to)) return to
    throw invalidField('to', 'invalid_address', 'Write the number of a Telegram chat that has written to the bot.')
  }
  if (!/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(to)) {
    throw invalidField('to', 'invalid_address', 'Write an address such as ann@example.com.')
  }
  return to
}

async function factsFor(
  app: App,
  workspaceId: number,
  campaignId: string,
  { credentialId, channel }: NodeMessage,
  { customerId, to }: { customerId: string | null; to: string },
): Promise<TestFacts> {
  const facts = await findTestFacts(app.db, workspaceId, { campaignId, customerId, credentialId, channel, to })
  if (!facts) throw notFound('campaign')
  return facts
}

function usable({ credential }: TestFacts) {
  if (credential && !credential.archived) return credential
  const what = credential ? `The sender “${credential.name}” is archived.` : 'The step has no sender that exists here.'
  throw invalidField('nodeId', 'unusable_credential', `${what} Choose another one in the step.`)
}

/** Outputs of steps before and the trigger are those of the customer's last passage, where there was one. */
async function jobFor(
  app: App,
  workspaceId: number,
  message: NodeMessage,
  { run, primaryProductId }: TestFacts,
  customerId: string | null,
): Promise<RenderJob> {
  const scope = run && {
    run: { id: run.id, startedAt: new Date(run.startedAt).toISOString() },
    trigger: run.trigger,
    node: Object.fromEntries(Object.entries(run.outputs).map(([id, output]) => [id, { output }])),
  }
  const productId = message.productId ?? primaryProductId
  const { subject, body, channel } = message
  const job = await previewJob(app, workspaceId, {
    subject,
    body,
    channel,
    customerId,
    productId,
    ...(scope && { scope }),
  })
  const links = message.transactional ? { ...job.links, unsubscribe: null, preferences: null } : job.links
  return { ...job, links, footer: message.footer }
}
