import { z } from 'zod'

/** How much an account may send; what is left out has no limit. */
export const limits = z.strictObject({
  /** Below one: 0.5 is one every two seconds. */
  perSecond: z.number().min(0.001).max(1_000).optional(),
  perHour: z.int().min(1).max(10_000_000).optional(),
  perDay: z.int().min(1).max(10_000_000).optional(),
  connections: z.int().min(1).max(50).optional(),
})

/** How a mail server is spoken to. */
export const encryption = z.enum(['tls', 'starttls', 'none'])

const name = z.string().trim().min(1, 'Give it a name.').max(200)
const host = z.string().trim().min(1, 'Write the server’s name.').max(253)
const port = z.int().min(1).max(65_535)
const username = z.string().min(1).max(320).nullable()
const password = z.string().min(1).max(1_000).nullable()
const senderName = z.string().trim().max(200)
const senderEmail = z.email('Write an address such as team@example.com.').max(320)

const smtpBody = z.strictObject({
  type: z.literal('smtp'),
  name,
  host,
  port,
  encryption,
  username: username.default(null),
  password: password.default(null),
  senderName,
  senderEmail,
  limits: limits.default({}),
})
const sandboxBody = z.strictObject({ type: z.literal('sandbox'), name: name.optional() })
const botToken = z
  .string()
  .trim()
  .regex(/^\d{1,20}:[\w-]{10,100}$/, 'Write the token that BotFather gave you, such as 123456:ABC-DEF….')
const apiUrl = z.url({ protocol: /^https?$/, error: 'Write an address such as https://api.telegram.org.' }).max(500)
const memberId = z.uuid('Choose a member.')
const telegramBody = z.strictObject({
  type: z.literal('telegram'),
  name,
  botToken,
  apiUrl: apiUrl.optional(),
  // Telegram takes about 30 messages a second from a bot.
  limits: limits.default({ perSecond: 30 }),
})
const linkedinBody = z.strictObject({ type: z.literal('linkedin'), name, memberId, limits: limits.default({}) })

/** What makes an account, by its type. */
export const accountBody = z.discriminatedUnion('type', [smtpBody, sandboxBody, telegramBody, linkedinBody])

/** What of an account may be changed; each type has its own fields. */
export const changeBody = z.strictObject({
  name: name.optional(),
  host: host.optional(),
  port: port.optional(),
  encryption: encryption.optional(),
  username: username.optional(),
  password: password.optional(),
  senderName: senderName.optional(),
  senderEmail: senderEmail.optional(),
  botToken: botToken.optional(),
  apiUrl: apiUrl.optional(),
  memberId: memberId.optional(),
  limits: limits.optional(),
})

/** An account of a person's own: all but the sandbox, which every workspace has. */
export type AccountBody = z.output<typeof smtpBody> | z.output<typeof telegramBody> | z.output<typeof linkedinBody>
