import type { App } from '../app.ts'
import { findTemplates } from '../campaigns/preflight-sql.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import type { Awaiting, Step } from '../engine/decide.ts'
import type { Channel, CustomerFacts, GoalWhy, HeardEvent } from '../engine/facts.ts'
import { invalidField } from '../errors.ts'
import { channels as channelsByName } from '../messages/address-sql.ts'
import { nodes } from '../nodes/index.ts'
import { type Preview, renderPreview } from '../templates/preview.ts'
import { channelOf } from '../workflow/channel.ts'
import type { CompiledWorkflow, Graph } from '../workflow/graph.ts'
import { behaveByScript, type Reaction, type Script } from './behaviour.ts'
import { customerExists, loadPeople } from './queries.ts'
import { readSimulatedCampaign } from './simulate-campaign.ts'
import { type Blocked, type Recorder, walkCustomer } from './walk.ts'

/** One thing that happens in a step-through, as a sentence and as data. */
export interface TraceEntry {
  at: Date
  kind: 'arrived' | 'left' | 'message' | 'reaction' | 'event' | 'waits' | 'goal' | 'error' | 'ended'
  nodeId: string | null
  text: string
  /** Of a step: the way it took ('' = the default), what it wrote, and the values that were compared. */
  label?: string | null
  output?: Record<string, unknown>
  values?: Record<string, unknown>
  until?: Date | null
  /** Of a message that would be sent, as its reader would see it. */
  message?: Preview
}

/** What becomes of one customer. */
export interface StepThrough {
  steps: TraceEntry[]
  status: 'succeeded' | 'canceled' | null
  reason: string
}

interface Sent {
  entry: TraceEntry
  nodeId: string
  scope: Record<string, unknown>
}

const mostEntries = 5_000

/** Everything of a customer that a message may name. */
const messageFields = new Set<keyof CustomerFacts>([
  ...(['email', 'externalId', 'firstName', 'lastName', 'phone', 'telegramChatId', 'linkedinUrl', 'language'] as const),
  ...(['country', 'timezone', 'tags', 'attributes', 'company', 'claimedBy', 'createdAt'] as const),
])

/**
 * Takes one named customer through a campaign's draft, with everything that happens explained and each message rendered. Sends
 * nothing and writes nothing. @throws Problem `not_found`, `invalid_workflow`, `invalid` for a customer that is not here
 */
export async function stepThrough(
  app: App,
  workspaceId: number,
  campaignId: string,
  wanted: { graph?: Graph | undefined; customerId: string; script: Script; startAt: Date; triggerPayload: unknown },
): Promise<StepThrough> {
  const { workflow, campaign, needs, triggerType, frequencyCap } = await readSimulatedCampaign(
    app,
    workspaceId,
    campaignId,
    wanted.graph,
  )
  if (!(await customerExists(app.db, workspaceId, wanted.customerId))) {
    throw invalidField('customerId', 'unknown_customer', 'There is no such customer in this workspace.')
  }
  const { criterionIds } = needs
  const [person] = await loadPeople(app.db, workspaceId, [wanted.customerId], { fields: messageFields, criterionIds })
  if (!person) throw invalidField('customerId', 'unknown_customer', 'There is no such customer in this workspace.')
  const trigger = { type: triggerType, payload: wanted.triggerPayload }
  const trace = new Trace(workflow, person.customer)
  walkCustomer(
    { workflow, nodes, campaign, startAt: wanted.startAt, trigger, frequencyCap },
    person,
    1,
    behaveByScript(wanted.script),
    trace,
  )

  const names = trace.sent.flatMap(({ nodeId }) => textOf(workflow.nodes[nodeId]?.config.templateName) || [])
  const templates = await findTemplates(app.db, workspaceId, names)
  for (const { entry, nodeId, scope } of trace.sent) {
    const config = workflow.nodes[nodeId]?.config ?? {}
    const template = templates.get(textOf(config.templateName))
    const productId = textOf(config.productId)
    entry.message = await renderPreview(app, workspaceId, {
      subject: textOf(config.subject) || (template?.subject ?? ''),
      body: textOf(config.body) || (template?.body ?? ''),
      channel:
        channelsByName.find((one) => one === channelOf(catalogue[workflow.nodes[nodeId]?.type ?? ''], config)) ??
        'email',
      customerId: wanted.customerId,
      productId: productId === '' ? null : productId,
      scope: {
        ...scope,
        trigger,
        run: { id: 0, startedAt: wanted.startAt.toISOString() },
        ...(productId === '' && { product: campaign.primaryProduct ?? {} }),
      },
    })
  }
  return { steps: trace.entries, status: trace.status, reason: trace.reason }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

const blockedWords: Record<Blocked, string> = {
  no_address: 'it has no address to go to',
  suppressed: 'the customer is on the suppression list',
  already_sent: 'it was sent in this run before',
  capped: 'they had as many messages that day as the workspace allows',
}

const reactionWords: Record<Reaction, string> = {
  open: 'open',
  click: 'click in',
  reply: 'reply to',
  bounce: 'do not get',
  unsubscribe: 'unsubscribe by',
}

/** Writes down what happens to one customer. */
class Trace implements Recorder {
  readonly entries: TraceEntry[] = []
  readonly sent: Sent[] = []
  status: StepThrough['status'] = null
  reason = ''
  private readonly outputs: Record<string, { output: Record<string, unknown> }> = {}
  private readonly workflow: CompiledWorkflow
  private readonly customer: CustomerFacts

  constructor(workflow: CompiledWorkflow, customer: CustomerFacts) {
    this.workflow = workflow
    this.customer = customer
  }

  reached(nodeId: string, at: number): void {
    this.add('arrived', nodeId, at, `Comes to ${this.place(nodeId)}.`)
  }

  left({ nodeId, label, output, why }: Step, target: string | null, at: number): void {
    this.outputs[nodeId] = { output }
    const where = target === null ? 'The flow ends here.' : `Goes on to ${this.place(target)}.`
    const entry = this.add('left', nodeId, at, why ? why.text : where)
    if (entry) Object.assign(entry, { label, output, ...(why?.values && { values: why.values }) })
  }

  message(nodeId: string, channel: Channel, blocked: Blocked | null, at: number): void {
    const text = blocked
      ? `The message of ${this.place(nodeId)} would not be sent: ${blockedWords[blocked]}.`
      : `The message of ${this.place(nodeId)} would be sent (${channel}).`
    const entry = this.add('message', nodeId, at, text)
    if (!entry || blocked || channel !== 'email') return
    const scope = { customer: structuredClone(this.customer), node: structuredClone(this.outputs) }
    this.sent.push({ entry, nodeId, scope })
  }

  reacted(nodeId: string, reaction: Reaction, at: number): void {
    this.add('reaction', nodeId, at, `They ${reactionWords[reaction]} the message of ${this.place(nodeId)}.`)
  }

  happened({ name, nodeId, at }: HeardEvent): void {
    this.add('event', nodeId, at.getTime(), `“${name}” is heard.`)
  }

  rested(nodeId: string, awaiting: Awaiting, until: number | null, at: number): void {
    const what = awaiting === 'event' ? 'Waits for something to happen' : 'Waits'
    const end = until === null ? '' : `, until ${new Date(until).toISOString()} at the latest`
    const entry = this.add('waits', nodeId, at, `${what} at ${this.place(nodeId)}${end}.`)
    if (entry) entry.until = until === null ? null : new Date(until)
  }

  erred({ nodeId, message }: { code: string; message: string; nodeId: string }, at: number): void {
    this.add('error', nodeId, at, `An error at ${this.place(nodeId)}: ${message}`)
  }

  goal(nodeId: string, why: GoalWhy, _moves: boolean, at: number): void {
    const entry = this.add('goal', nodeId, at, `Reaches the goal ${this.place(nodeId)}: ${why.text}`)
    if (entry && why.values) entry.values = why.values
  }

  ended(nodeId: string, status: 'succeeded' | 'canceled' | null, reason: string, at: number): void {
    this.status = status
    this.reason = reason
    const how = status === null ? 'Does not end by itself' : `The run ends ${status}`
    this.add('ended', nodeId, at, `${how}: ${reason}.`)
  }

  private place(nodeId: string): string {
    return `“${this.workflow.nodes[nodeId]?.title || nodeId}”`
  }

  private add(kind: TraceEntry['kind'], nodeId: string | null, at: number, text: string): TraceEntry | null {
    if (this.entries.length >= mostEntries) return null
    const entry: TraceEntry = { at: new Date(at), kind, nodeId, text }
    this.entries.push(entry)
    return entry
  }
}
