import type { App } from '../app.ts'
import { notFound } from '../errors.ts'
import type { RenderJob } from '../messages/compose.ts'
import { type Preview, previewJob, renderApart } from '../templates/preview.ts'
import { requireTestable, type TestMessage } from '../templates/test-send.ts'
import { messageOfNode, type NodeMessage } from './message-of-node.ts'
import { findTestFacts, type TestFacts } from './test-send-queries.ts'

/** A message node of the draft as one customer would get it; without a customer, as somebody made up would. Sends nothing. @throws Problem */
export async function previewNode(
  app: App,
  workspaceId: number,
  campaignId: string,
  { nodeId, customerId }: { nodeId: string; customerId: string | null },
): Promise<Preview & { channel: string }> {
  const message = await messageOfNode(app, workspaceId, campaignId, nodeId)
  const facts = await factsFor(app, workspaceId, campaignId, customerId)
  const result = await renderApart(app, await jobFor(app, workspaceId, message, facts, customerId))
  if (!result.ok) return { channel: message.channel, subject: '', html: '', text: '', error: result.error }
  const { subject, html, text } = result.message
  return { channel: message.channel, subject, html, text, error: null }
}

/** Gets a test of a message node ready. @throws Problem as requireTestable(), and `invalid` for a node or customer that is not there */
export async function prepareTest(
  app: App,
  workspaceId: number,
  campaignId: string,
  wanted: { nodeId: string; customerId: string; to: string; actor: string },
): Promise<TestMessage> {
  const message = await messageOfNode(app, workspaceId, campaignId, wanted.nodeId)
  const facts = await factsFor(app, workspaceId, campaignId, wanted.customerId)
  const { channel, credentialId } = message
  const { to, actor } = wanted
  const credential = await requireTestable(app, workspaceId, {
    channel,
    credentialId,
    to,
    actor,
    senderField: 'nodeId',
  })
  return { credential, to, job: await jobFor(app, workspaceId, message, facts, wanted.customerId) }
}

async function factsFor(
  app: App,
  workspaceId: number,
  campaignId: string,
  customerId: string | null,
): Promise<TestFacts> {
  const facts = await findTestFacts(app.db, workspaceId, { campaignId, customerId })
  if (!facts) throw notFound('campaign')
  return facts
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
