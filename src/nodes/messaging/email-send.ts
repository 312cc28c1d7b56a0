import { z } from 'zod'
import { defineNode, type Warning } from '../../engine/define-node.ts'
import { awaitMessage } from '../../engine/outcome.ts'
import { messageOutcomes } from '../../workflow/outcomes.ts'
import { zoneOf } from '../calendar.ts'
import { product } from '../fields.ts'
import { isOwnMessage, leaveMessage, messageOutput, replyTimeout } from '../message-step.ts'
import { opensAfter, sendWindow } from '../send-window.ts'

const isConfig = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null
const hasText = (value: Record<string, unknown>, field: 'subject' | 'body') =>
  Boolean(value.templateName) || String(value[field] ?? '').trim() !== ''

const config = z
  .object({
    credentialId: z.uuid({ error: 'Choose a sender.' }).meta({
      title: 'Sender',
      widget: 'credential',
      ref: 'credential',
      refFilter: { channel: 'email' },
    }),
    templateName: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .meta({
        title: 'Template',
        description: 'Its subject and body are used where the two below are empty.',
        widget: 'template',
        ref: 'template',
        refFilter: { channel: 'email' },
        replaces: ['subject', 'body'],
      }),
    subject: z.string().max(1_000).optional().meta({
      title: 'Subject',
      widget: 'liquid',
      template: 'full',
      placeholder: 'Quick question, {{customer.firstName}}',
    }),
    body: z
      .string()
      .max(200_000)
      .optional()
      .meta({ title: 'Body', description: 'HTML or plain text, with Liquid.', widget: 'mail', template: 'full' }),
    productId: product,
    trackOpens: z.boolean().default(true).meta({ title: 'Track opens', widget: 'switch', section: 'tracking' }),
    trackClicks: z.boolean().default(true).meta({ title: 'Track clicks', widget: 'switch', section: 'tracking' }),
    unsubscribeLink: z
      .boolean()
      .default(true)
      .meta({ title: 'Unsubscribe link in the footer', widget: 'switch', section: 'advanced' }),
    transactional: z.boolean().default(false).meta({
      title: 'Transactional',
      description:
        'An answer to something they did (a receipt, a password), not marketing: no unsubscribe headers, outside the frequency cap.',
      widget: 'switch',
      section: 'advanced',
    }),
    replyInThread: z.boolean().default(false).meta({
      title: 'Answer in the thread of the mail before',
      description:
        'It goes out as an answer to the email that they had before in this campaign, under its subject. Without one, under the subject here.',
      widget: 'switch',
      section: 'advanced',
    }),
    replyTimeoutMs: replyTimeout,
    sendWindow: sendWindow.optional().meta({
      title: 'Send window',
      description: 'Hours in the customer’s time zone; outside of them the message waits. It may span midnight.',
      widget: 'sendWindow',
      section: 'timing',
    }),
  })
  // Also while other fields are wrong, so that all of them are named at once.
  .refine((value) => hasText(value, 'subject'), {
    path: ['subject'],
    error: 'Write a subject, or choose a template.',
    when: isConfig,
  })
  .refine((value) => hasText(value, 'body'), {
    path: ['body'],
    error: 'Write a body, or choose a template.',
    when: isConfig,
  })

export default defineNode({
  type: 'email-send',
  version: 1,
  kind: 'action',
  group: 'messaging',
  title: 'Send email',
  icon: 'mail',
  summary: 'Send one email; go on when it is handed over, or by what its reader does.',
  sentence: '“{subject|templateName}” from {credentialId}',
  config,
  output: messageOutput,
  when: messageOutcomes,
  sends: 'email',
  listens: 'when',
  reads: ['campaign', 'message'],
  customer: ['timezone'],
  execute({ config: { credentialId, productId, transactional, sendWindow: window }, campaign, customer, now }) {
    const sendAfter = window && opensAfter(now, window, zoneOf(customer.timezone, campaign.timezone))
    return awaitMessage([
      {
        do: 'queue-message',
        channel: 'email',
        credentialId,
        productId: productId ?? null,
        transactional,
        sendAfter: sendAfter ?? null,
      },
    ])
  },
  resume: leaveMessage,
  hears: isOwnMessage,
  warn: ({ transactional, unsubscribeLink, body }) =>
    transactional || unsubscribeLink || body?.includes('unsubscribeUrl') ? [] : [noUnsubscribeLink],
  docs: `The message is queued as the customer arrives and handed to the sender’s server as soon as its limits allow; the customer stays here until that is done. A step never sends twice by itself.

Subject and body are Liquid, rendered at the hand-over: \`{{customer.firstName | default: "there"}}\`, \`{{product.name}}\`, \`{{node.<id>.output.…}}\`. With \`templateName\`, the template’s subject and body are used where the node has none of its own.

Without outcome edges the customer moves on as soon as the message was handed over. With them a window opens at that moment (\`replyTimeoutMs\`, three days unless set). \`replied\` and \`bounced\` are taken at once. \`clicked\` and \`opened\` are taken at once when no stronger outcome has an edge (replied is stronger than clicked, clicked than opened); otherwise, when the window ends, the strongest that happened is taken. When nothing happened, the default edge is. A click counts once it is known to be a person’s, at the latest when the window ends.

With \`replyInThread\` the email is an answer to the one before in this run: mail programs show both in one thread, under the first one’s subject with “Re:”. The node’s own subject is used when there was none before.

With a send window the message is handed over only between these hours, by the wall clock where the customer lives (the workspace’s zone for those without one). A window belongs to the day on which it opens, so one from 22:00 to 02:00 on Friday ends on Saturday. It is looked at when the customer arrives and again at the hand-over, also of a message that had to be tried again.

When the message was not sent (suppressed, no address, \`capped\` by the workspace’s frequency cap, already sent in this run, refused by the server, …), the customer leaves by the default edge at once, \`output.sent\` is false and \`output.reason\` says why. When the connection broke after the whole message was handed over, nobody can know whether it arrived: it counts as sent, with the reason \`unconfirmed\`, and is listed for a person to decide.

Suppressed, unsubscribed and archived customers are never written to. Every message that is not transactional carries the headers for one-click unsubscribing (RFC 8058); the footer link can be switched off, and \`{{unsubscribeUrl}}\` and \`{{preferencesUrl}}\` put the links where you want them.`,
  initial: { subject: '', body: '' },
  examples: [
    {
      credentialId: '019f0000-0000-7000-8000-000000000003',
      subject: 'Quick question, {{customer.firstName | default: "there"}}',
      body: '<p>Hi {{customer.firstName | default: "there"}},</p><p>is {{customer.company.name}} growing?</p>',
    },
    { credentialId: '019f0000-0000-7000-8000-000000000003', templateName: 'Welcome', trackOpens: false },
  ],
})

const noUnsubscribeLink: Warning = {
  code: 'no_unsubscribe_link',
  field: 'unsubscribeLink',
  message: 'This email has no unsubscribe link in its text.',
  fix: 'Switch the footer link on, or mark the email transactional if it is not marketing.',
}
