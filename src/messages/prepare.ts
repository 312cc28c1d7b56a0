import { domainToASCII } from 'node:url'
import { z } from 'zod'
import type { Keyring } from '../keyring.ts'
import { sendWindow } from '../nodes/send-window.ts'
import { linkToken } from '../tracking/tokens.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import type { ClaimedMessage, ThreadMail } from './claim-sql.ts'
import { headerText, type RenderJob } from './compose.ts'

/** Who messages of a credential come from. */
export interface Sender {
  name: string
  address: string
}

/** What a message node says of its message; published graphs hold it parsed, so absent fields have their defaults here for old ones. */
const messageConfig = z.object({
  subject: z.string().default(''),
  body: z.string().default(''),
  templateName: z.string().optional(),
  trackOpens: z.boolean().default(true),
  trackClicks: z.boolean().default(true),
  unsubscribeLink: z.boolean().default(true),
  replyInThread: z.boolean().default(false),
  sendWindow: sendWindow.optional(),
})
export type MessageConfig = z.output<typeof messageConfig>

/** The config of a message's node; null when the workflow has no such node any more. */
export function messageConfigOf(workflow: CompiledWorkflow | null, nodeId: string): MessageConfig | null {
  const parsed = messageConfig.safeParse(workflow?.nodes[nodeId]?.config)
  return parsed.success ? parsed.data : null
}

/** An address as SMTP and headers take it: the domain in ASCII (IDNA). */
export function asciiAddress(email: string): string {
  const trimmed = email.trim()
  const at = trimmed.lastIndexOf('@')
  const domain = domainToASCII(trimmed.slice(at + 1))
  return at > 0 && domain !== '' ? `${trimmed.slice(0, at)}@${domain}` : trimmed
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1) || 'localhost'

/** The Message-ID of a ledger row: made of it, so the same on every attempt, and not to be guessed (TRUST T1). */
const headerIdOf = (keys: Keyring, message: ClaimedMessage, from: Sender): string =>
  `<${message.id.toString(36)}.${keys.sign(`message-id|${message.workspaceId}|${message.id}`)}@${domainOf(from.address)}>`

/** Everything beside the claimed row that its rendering needs. */
export interface Surroundings {
  keys: Keyring
  /** Where links point, without a trailing slash. */
  base: string
  from: Sender
  config: MessageConfig
  template: { subject: string; body: string } | null
  /** Mails of this run before, oldest first. */
  thread: readonly ThreadMail[]
  mime: boolean
  /** Whether something in the workflow waits for a click in it. */
  clickMatters: boolean
}

/** Puts together what one message is rendered from. Pure but for signing. */
export function renderJobOf(message: ClaimedMessage, around: Surroundings): RenderJob {
  const { keys, base, from, config, template, thread, mime, clickMatters } = around
  const { workspaceId, transactional, channel } = message
  const isMail = channel === 'email'
  const target = { workspaceId, messageId: message.id }
  const unsubscribe = transactional ? null : `${base}/u/${linkToken(keys, 'unsubscribe', target)}`
  const headers: Record<string, string> = {}
  const parent = isMail && config.replyInThread ? thread.at(-1) : undefined
  if (parent !== undefined) {
    headers['In-Reply-To'] = parent.headerId
    headers.References = thread.map(({ headerId }) => headerId).join(' ')
  }
  if (isMail && unsubscribe !== null) {
    // RFC 8058 §3.1: exactly one HTTPS address, and exactly this value.
    headers['List-Unsubscribe'] = `<${unsubscribe}>`
    headers['List-Unsubscribe-Post'] = 'List-Unsubscribe=One-Click'
    headers['List-Id'] = `<${message.campaignId}.${workspaceId}.${domainOf(from.address)}>`
  }
  if (isMail) headers['Feedback-ID'] = `${message.campaignId}:${workspaceId}:email:throughline`
  return {
    channel,
    subject: config.subject.trim() === '' ? (template?.subject ?? '') : config.subject,
    ...(parent && { threadSubject: answerTo(parent.subject) }),
    body: config.body.trim() === '' ? (template?.body ?? '') : config.body,
    scope: scopeOf(message),
    from: { name: headerText(from.name), address: from.address },
    to: isMail ? asciiAddress(message.address ?? '') : (message.address ?? ''),
    headerId: message.headerId ?? headerIdOf(keys, message, from),
    headers,
    links: {
      open:
        isMail && config.trackOpens && message.consent === 'yes'
          ? `${base}/t/o/${linkToken(keys, 'open', target)}`
          : null,
      click: (isMail ? config.trackClicks : channel === 'telegram' && clickMatters)
        ? `${base}/t/c/${linkToken(keys, 'click', target)}`
        : null,
      unsubscribe,
      preferences: transactional ? null : `${base}/p/${linkToken(keys, 'preferences', target)}`,
    },
    postalAddress: message.postalAddress,
    footer: config.unsubscribeLink,
    mime,
  }
}

/** Mail programs keep a thread together by its subject, too. */
const answerTo = (subject: string): string => (/^re:/i.test(subject) ? subject : `Re: ${subject}`)

/** What `{{…}}` sees (PRODUCT §5). Instants are ISO text. */
const scopeOf = (message: ClaimedMessage): Record<string, unknown> => ({
  customer: message.customer,
  product: message.product ?? {},
  trigger: { type: message.triggerType ?? 'manual', payload: message.triggerPayload ?? null },
  run: { id: message.runId, startedAt: message.startedAt.toISOString() },
  node: Object.fromEntries(Object.entries(message.outputs ?? {}).map(([id, output]) => [id, { output }])),
  org: { name: message.orgName },
})
