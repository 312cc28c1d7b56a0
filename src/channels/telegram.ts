import type { Channel, HandOver, Verification } from './channel.ts'
import { askTelegram, type TelegramAnswer, type TelegramBot } from './telegram-api.ts'

/** Longest wait for the answer to one message, in ms. */
const answerMs = 30_000

/**
 * A Telegram bot. The Bot API has no key that makes a call idempotent, so the rule of SMTP holds: a call that was written and not
 * answered is unknown and never made again by itself (TRUST §3.2).
 */
export function createTelegramChannel(bot: TelegramBot & { connections: number }): Channel {
  return {
    connections: bot.connections,
    async send({ toAddress, html, text }, hooks): Promise<HandOver> {
      const params = { chat_id: toAddress, text: html || text, ...(html && { parse_mode: 'HTML' }) }
      const asked = askTelegram(bot, 'sendMessage', params, { timeoutMs: answerMs })
      hooks?.onHanded?.()
      return handOverOf(await asked)
    },
    async verify(): Promise<Verification> {
      const answer = await askTelegram(bot, 'getMe', {}, { timeoutMs: 10_000 })
      if (answer.is === 'ok') {
        return { ok: true, detail: `The bot @${(answer.result as { username?: string }).username ?? '?'} answers.` }
      }
      if (answer.is === 'no-answer') return { ok: false, scope: 'host', detail: answer.description }
      const scope = isRefusedToken(answer.code) ? 'credential' : 'host'
      const detail = scope === 'credential' ? 'Telegram does not know this bot token.' : answer.description
      return { ok: false, scope, detail }
    },
    async close() {},
  }
}

/** 401 for a token that was revoked, 404 for one that never was. */
const isRefusedToken = (code: number): boolean => code === 401 || code === 404

/** Whose fault a refusal is (https://core.telegram.org/api/errors). Who blocked the bot or is gone is a hard bounce of this channel. */
function handOverOf(answer: TelegramAnswer): HandOver {
  if (answer.is === 'ok') {
    const id = (answer.result as { message_id?: unknown } | null)?.message_id
    return { is: 'accepted', providerId: id === undefined ? null : String(id), response: 'ok' }
  }
  if (answer.is === 'no-answer') {
    if (answer.sent) return { is: 'unknown', response: answer.description }
    return { is: 'deferred', scope: 'host', throttle: false, lost: true, code: null, response: answer.description }
  }
  const { code, description, retryAfterMs } = answer
  const response = `${code} ${description}`
  const refused = (scope: 'recipient' | 'message' | 'credential', hard = false): HandOver => ({
    is: 'refused',
    scope,
    hard,
    code: String(code),
    response,
  })
  if (code === 429) {
    const wait = retryAfterMs === null ? {} : { retryAfterMs }
    return { is: 'deferred', scope: 'credential', throttle: true, lost: false, code: '429', response, ...wait }
  }
  if (isRefusedToken(code)) return refused('credential')
  if (code === 403) return refused('recipient', /blocked|deactivated|kicked/i.test(description))
  if (code === 400) return refused(/chat not found|chat_id|peer_id/i.test(description) ? 'recipient' : 'message')
  if (code >= 500) {
    return { is: 'deferred', scope: 'host', throttle: false, lost: false, code: String(code), response }
  }
  return refused('message')
}
