import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A message that the fake took. */
interface TelegramMessage {
  chat_id: string
  text: string
  parse_mode?: string
}

/** How the fake answers a sendMessage: an error of the API, or no answer at all after it was read. */
export type TelegramRule = { chatId?: string; times?: number } & (
  | { error: number; description: string; retryAfter?: number }
  | { drop: true }
)

/** A Bot API server on loopback, for one bot. */
export interface TelegramServer extends AsyncDisposable {
  url: string
  port: number
  token: string
  /** What sendMessage was called with, also where it was refused. */
  calls: TelegramMessage[]
  /** The offsets that getUpdates was asked with. */
  offsets: number[]
  misbehave(rules: TelegramRule[]): void
  /** Puts an update into the bot's queue. */
  happen(update: Record<string, unknown>): void
  says(chatId: string, text: string, more?: Record<string, unknown>): void
  close(): Promise<void>
}

/** Starts a fake of Telegram's Bot API. It keeps updates until they are confirmed by a later offset, as the real one does. */
export async function startTelegramServer(token = '4242:test-token-of-a-bot'): Promise<TelegramServer> {
  const calls: TelegramMessage[] = []
  const offsets: number[] = []
  let rules: TelegramRule[] = []
  let updates: { update_id: number }[] = []
  let lastUpdate = 100
  let lastMessage = 0

  const answer = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
  const refuse = (response: ServerResponse, code: number, description: string, parameters?: object) =>
    answer(response, code, { ok: false, error_code: code, description, ...(parameters && { parameters }) })

  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      const [, path, method] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? []
      if (path !== token) return refuse(response, 401, 'Unauthorized')
      const params = text === '' ? {} : JSON.parse(text)
      const ok = (result: unknown) => answer(response, 200, { ok: true, result })
      if (method === 'getMe') return ok({ id: 4242, is_bot: true, first_name: 'Test', username: 'test_bot' })
      if (method === 'getUpdates') {
        offsets.push(params.offset)
        updates = updates.filter((update) => update.update_id >= params.offset)
        return ok(updates.slice(0, params.limit))
      }
      if (method !== 'sendMessage') return refuse(response, 404, 'Not Found')
      calls.push(params)
      const rule = rules.find((one) => (one.chatId === undefined || one.chatId === params.chat_id) && one.times !== 0)
      if (rule?.times !== undefined) rule.times -= 1
      if (rule && 'drop' in rule) return void request.socket.destroy()
      if (rule) return refuse(response, rule.error, rule.description, { retry_after: rule.retryAfter })
      lastMessage += 1
      return ok({ message_id: lastMessage, chat: { id: Number(params.chat_id), type: 'private' } })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const happen: TelegramServer['happen'] = (update) => {
    lastUpdate += 1
    updates.push({ update_id: lastUpdate, ...update })
  }
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    token,
    calls,
    offsets,
    misbehave(next) {
      rules = next
    },
    happen,
    says: (chatId, text, more = {}) =>
      happen({
        message: {
          message_id: 9_000 + lastUpdate,
          chat: { id: Number(chatId), type: 'private' },
          from: { is_bot: false },
          text,
          ...more,
        },
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
