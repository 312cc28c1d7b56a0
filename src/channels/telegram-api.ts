import { callHttp } from './http-call.ts'

/** A bot and where its API is: Telegram's own, or a Bot API server of the user's. */
export interface TelegramBot {
  token: string
  /** Without a trailing slash. */
  apiUrl: string
  allowPrivateHosts: readonly string[]
}

/** Where Telegram's own Bot API is. */
export const telegramApiUrl = 'https://api.telegram.org'

/** What a call came to. `sent`: it may have arrived although nothing came back. Texts never name the address: the token is in it. */
export type TelegramAnswer =
  | { is: 'ok'; result: unknown }
  | { is: 'error'; code: number; description: string; retryAfterMs: number | null }
  | { is: 'no-answer'; sent: boolean; description: string }

/** Calls a method of the Bot API (https://core.telegram.org/bots/api#making-requests). Never throws. */
export async function askTelegram(
  bot: TelegramBot,
  method: string,
  params: Record<string, unknown>,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<TelegramAnswer> {
  const call = {
    method: 'POST',
    url: `${bot.apiUrl}/bot${bot.token}/${method}`,
    headers: {},
    body: JSON.stringify(params),
  }
  const result = await callHttp(call, { allowPrivateHosts: bot.allowPrivateHosts, maxBytes: mostBytes, ...options })
  if (result.is === 'refused') {
    const description =
      result.reason === 'private_host'
        ? 'The Bot API server is not on the public internet; the operator can allow it with ALLOW_PRIVATE_HOSTS.'
        : 'The address of the Bot API server is not valid.'
    return { is: 'no-answer', sent: false, description }
  }
  if (result.is === 'no-answer') {
    return { is: 'no-answer', sent: result.sent, description: `The Bot API did not answer (${result.reason}).` }
  }
  return readAnswer(result.status, result.body.toString('utf8'))
}

/** A page of 20 updates with the longest of texts stays far below it. */
const mostBytes = 4 * 1024 * 1024

function readAnswer(status: number, text: string): TelegramAnswer {
  let body: { ok?: unknown; result?: unknown; description?: unknown; parameters?: { retry_after?: unknown } } | null =
    null
  try {
    body = JSON.parse(text)
  } catch {
    // A proxy's page: the status says what there is to know.
  }
  if (status === 200 && body?.ok === true) return { is: 'ok', result: body.result }
  if (status === 200) return { is: 'no-answer', sent: true, description: 'The Bot API answered something unreadable.' }
  const seconds = Number(body?.parameters?.retry_after)
  return {
    is: 'error',
    code: status,
    description: typeof body?.description === 'string' ? body.description.slice(0, 300) : `HTTP ${status}`,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null,
  }
}
