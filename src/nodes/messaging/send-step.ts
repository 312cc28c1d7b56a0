import { z } from 'zod'
import { defineNode, type Warning } from '../../engine/define-node.ts'
import { awaitMessage } from '../../engine/outcome.ts'
import { isOwnMessage, leaveMessage, messageOutput, replyTimeout } from '../message-step.ts'

/** Longest text of a Telegram message (Bot API, sendMessage). */
const telegramLimit = 4_096

const shapeOf = <const Name extends 'telegram' | 'linkedin'>(
  channel: Name,
  title: string,
  sender: string,
  bodyHelp: string,
) =>
  z
    .object({
      channel: z.literal(channel).meta({ title: 'Channel' }),
      credentialId: z
        .uuid({ error: 'Choose a sender.' })
        .meta({ title: sender, widget: 'credential', ref: 'credential', refFilter: { channel } }),
      templateName: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .optional()
        .meta({
          title: 'Template',
          description: 'Its body is used where the one below is empty.',
          widget: 'template',
          ref: 'template',
          refFilter: { channel },
          replaces: ['body'],
        }),
      body: z
        .string()
        .max(20_000)
        .optional()
        .meta({ title: 'Text', description: bodyHelp, widget: 'code', template: 'full' }),
      replyTimeoutMs: replyTimeout,
    })
    .refine(({ templateName, body }) => Boolean(templateName) || Boolean(body?.trim()), {
      path: ['body'],
      error: 'Write a text, or choose a template.',
      when: ({ value }) => typeof value === 'object' && value !== null,
    })
    .meta({ title, sentence: `${title} message from {credentialId}` })

export default defineNode({
  type: 'send-step',
  version: 1,
  kind: 'action',
  group: 'messaging',
  title: 'Send message',
  icon: 'send',
  summary: 'One message by a Telegram bot, or one that a member sends on LinkedIn by hand; go on by what comes back.',
  sentence: 'Message by {channel}',
  config: z.discriminatedUnion('channel', [
    shapeOf(
      'telegram',
      'Telegram',
      'Bot',
      'Plain text, or <b>, <i>, <u>, <s>, <code>, <pre>, <blockquote> and links; with Liquid. At most 4,096 characters when rendered.',
    ),
    shapeOf('linkedin', 'LinkedIn', 'Who sends it', 'Plain text with Liquid: a member copies it into LinkedIn.'),
  ]),
  output: messageOutput,
  when: { by: 'channel', of: { telegram: ['replied', 'clicked', 'bounced'], linkedin: ['replied'] } },
  sends: { field: 'channel' },
  listens: 'when',
  reads: ['message'],
  execute({ config: { channel, credentialId } }) {
    return awaitMessage([
      { do: 'queue-message', channel, credentialId, productId: null, transactional: false, sendAfter: null },
    ])
  },
  resume: (input) => leaveMessage<'replied' | 'clicked' | 'bounced'>(input),
  hears: isOwnMessage,
  warn: ({ channel, body }) => (channel === 'telegram' && (body?.length ?? 0) > telegramLimit ? [tooLong] : []),
  docs: `**Telegram.** The text is handed to the Bot API for the customer’s \`telegramChatId\`; they must have written to the bot before, which is Telegram’s rule. Links are tracked when something in the workflow waits for a click. An answer to the bot is a reply to the last message that they had from it; \`/stop\` unsubscribes them on Telegram; who blocks the bot is suppressed there, which is \`bounced\`. A rendered text over 4,096 characters is not sent and says so.

**LinkedIn** has no lawful way to send by program: the step becomes a task for the member of the account, with the rendered text and a link to the customer’s profile. Marking the task as done counts as sent, and “They replied” on it is the reply. While the campaign is paused it cannot be marked as done; a customer who leaves the step takes the task with them.

When the message was not sent (suppressed, no chat or profile, \`capped\`, refused, …), the customer leaves by the default edge, \`output.sent\` is false and \`output.reason\` says why. With outcome edges a window opens when it was sent (\`replyTimeoutMs\`, three days unless set).`,
  initial: { channel: 'telegram', body: '' },
  examples: [
    {
      channel: 'telegram',
      credentialId: '019f0000-0000-7000-8000-000000000003',
      body: 'Hi {{customer.firstName | default: "there"}}, did you have a moment to look at it?',
    },
    {
      channel: 'linkedin',
      credentialId: '019f0000-0000-7000-8000-000000000004',
      body: 'Hi {{customer.firstName}}, I saw that {{customer.company.name}} is growing.',
      replyTimeoutMs: 604_800_000,
    },
  ],
})

const tooLong: Warning = {
  code: 'long_message',
  field: 'body',
  message: 'Telegram takes at most 4,096 characters; this text may be longer when it is rendered.',
  fix: 'Shorten it, or split it into two steps.',
}
