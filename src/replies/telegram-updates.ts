import { z } from 'zod'

/** What somebody did in a chat with a bot. */
export interface Incoming {
  is: 'reply' | 'stop' | 'blocked'
  chatId: string
  text: string
  /** The bot's message that they answer to, by Telegram's number. */
  answersTo: number | null
}

const chat = z.object({ id: z.number(), type: z.string() })
/** As much of an update as matters here (https://core.telegram.org/bots/api#update). */
const update = z.object({
  update_id: z.int(),
  message: z
    .object({
      chat,
      from: z.object({ is_bot: z.boolean() }).optional(),
      text: z.string().optional(),
      caption: z.string().optional(),
      reply_to_message: z.object({ message_id: z.int() }).optional(),
    })
    .optional(),
  my_chat_member: z.object({ chat, new_chat_member: z.object({ status: z.string() }) }).optional(),
})

/** The kinds of updates that a bot is asked for. */
export const wantedUpdates = ['message', 'my_chat_member'] as const

/**
 * Reads updates: what happened in private chats, and the number to ask for next. An update that cannot be read is passed over, so that it
 * holds up nothing. Pure.
 */
export function readUpdates(list: readonly unknown[]): { incoming: Incoming[]; next: number | null } {
  const incoming: Incoming[] = []
  let next: number | null = null
  for (const raw of list) {
    const id = (raw as { update_id?: unknown } | null)?.update_id
    if (typeof id === 'number') next = Math.max(next ?? 0, id + 1)
    const parsed = update.safeParse(raw)
    if (!parsed.success) continue
    const { message, my_chat_member: member } = parsed.data
    if (message?.chat.type === 'private' && message.from?.is_bot !== true) {
      const text = (message.text ?? message.caption ?? '').slice(0, 10_000)
      const command = /^\/([a-z_]+)/i.exec(text)?.[1]?.toLowerCase()
      // Opening the chat with /start says nothing to anybody.
      if (command === 'start') continue
      const answersTo = message.reply_to_message?.message_id ?? null
      incoming.push({ is: command === 'stop' ? 'stop' : 'reply', chatId: String(message.chat.id), text, answersTo })
    }
    if (member?.chat.type === 'private' && member.new_chat_member.status === 'kicked') {
      incoming.push({ is: 'blocked', chatId: String(member.chat.id), text: '', answersTo: null })
    }
  }
  return { incoming, next }
}
