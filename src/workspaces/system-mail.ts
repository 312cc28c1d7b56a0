import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import type { App } from '../app.ts'
import { checkHost } from '../channels/hosts.ts'
import { createSmtpChannel } from '../channels/smtp.ts'
import { escapeHtml } from '../messages/html.ts'
import { writeMime } from '../messages/mime.ts'

/** A mail to somebody who works here, not to a customer: no campaign, no tracking, no list to leave. */
export interface SystemMail {
  to: string
  subject: string
  /** One paragraph each; one that is an address alone becomes a link. */
  paragraphs: readonly string[]
}

/**
 * Sends a mail through the operator's own account (`SYSTEM_MAIL_URL`). Never through a workspace's credential: whoever manages those could
 * read the link in it (docs/decisions/0024). @throws Error when it was not taken, or there is no such account
 */
export async function sendSystemMail({ env, log }: App, { to, subject, paragraphs }: SystemMail): Promise<void> {
  const { systemMail } = env
  if (systemMail === undefined) throw new Error('SYSTEM_MAIL_URL is not set.')
  const { from, host, port, encryption } = systemMail
  // The operator wrote this address down, so it may be private.
  const allowPrivateHosts = [...env.allowPrivateHosts, `${isIP(host) === 6 ? `[${host}]` : host}:${port}`]
  if (encryption === 'none' && !(await checkHost(host, port, allowPrivateHosts)).isPrivate)
    throw new Error(
      'SYSTEM_MAIL_URL: a server on the public internet is spoken to encrypted only; write smtp:// or smtps://.',
    )
  const domain = from.slice(from.lastIndexOf('@') + 1)
  const messageId = `<${randomUUID()}@${domain}>`
  const headers = { 'Auto-Submitted': 'auto-generated' }
  const text = `${paragraphs.join('\n\n')}\n`
  const html = paragraphs.map((one) => `<p>${linked(one)}</p>`).join('\n')
  const raw = writeMime({
    from: { name: 'Throughline', address: from },
    to,
    subject,
    messageId,
    date: new Date(),
    headers,
    text,
    html,
  })
  const channel = createSmtpChannel({ ...systemMail, allowPrivateHosts, connections: 1 })
  try {
    const handOver = await channel.send({
      messageId: null,
      workspaceId: 0,
      fence: 0,
      headerId: messageId,
      envelopeFrom: from,
      envelopeTo: to,
      fromHeader: from,
      toAddress: to,
      subject,
      html,
      text,
      headers,
      raw,
    })
    if (handOver.is !== 'accepted') throw new Error(`The mail server did not take it: ${handOver.response}`)
    log.debug({ messageId }, 'System mail accepted')
  } finally {
    await channel.close()
  }
}

const linked = (text: string): string =>
  /^https?:\/\/\S+$/.test(text) ? `<a href="${escapeHtml(text)}">${escapeHtml(text)}</a>` : escapeHtml(text)
