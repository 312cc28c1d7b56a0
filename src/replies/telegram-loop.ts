import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import { askTelegram } from '../channels/telegram-api.ts'
import type { Loop } from '../engine/scheduler.ts'
import { telegramBotOf } from '../messages/open-channel.ts'
import { type ConnectedBot, connectedBots, leaseReader, recordUpdates, releaseReaders } from './telegram-sql.ts'
import { readUpdates, wantedUpdates } from './telegram-updates.ts'

/** How long Telegram holds a question open until something happens, in seconds. */
const pollSeconds = 25
/** Outlives a poll and the recording of what came. */
const leaseMs = 90_000
const updatesAtOnce = 20
/** Without a bot nothing is asked but whether there is one by now; a poll that ended at once is not repeated sooner than this. */
const lookForBotsMs = 15_000
const shortestPollMs = 1_000
/** After a failure (no network, a webhook set elsewhere) the bot is asked again after this. */
const restMs = 30_000

/**
 * Reads what people answer to Telegram bots, by long polling: one reader a bot over all processes, its place kept in the database with
 * what it recorded, so that a crash between any two lines repeats an update without its effect.
 */
export function createTelegramReader(app: App): Loop {
  const { db, log } = app
  const worker = randomUUID()
  const stopping = new AbortController()
  const restingUntil = new Map<number, number>()

  /** One question to one bot. Answers whether something came. */
  async function poll(bot: ConnectedBot): Promise<boolean> {
    const [account] = bot.accounts
    if (!account || (restingUntil.get(bot.botId) ?? 0) > Date.now()) return false
    const offset = await leaseReader(db, bot.botId, worker, leaseMs)
    if (offset === null) return false
    const params = { offset, limit: updatesAtOnce, timeout: pollSeconds, allowed_updates: wantedUpdates }
    const answer = await askTelegram(telegramBotOf(app, account), 'getUpdates', params, {
      timeoutMs: (pollSeconds + 10) * 1_000,
      signal: stopping.signal,
    })
    if (stopping.signal.aborted) return false
    if (answer.is !== 'ok') {
      const wait = answer.is === 'error' ? (answer.retryAfterMs ?? restMs) : restMs
      restingUntil.set(bot.botId, Date.now() + wait)
      log.warn({ credentialId: account.id, said: answer.description }, 'A Telegram bot could not be asked for updates')
      return false
    }
    const { incoming, next } = readUpdates(Array.isArray(answer.result) ? answer.result : [])
    if (next === null) return false
    return await recordUpdates(db, bot, worker, next, incoming)
  }

  return {
    name: 'read Telegram',
    deaf: true,
    idleMs: lookForBotsMs,
    async pass() {
      const startedAt = Date.now()
      const bots = stopping.signal.aborted ? [] : await connectedBots(db)
      const polls = bots.map((bot) =>
        poll(bot).catch((error) => {
          log.error({ err: error, botId: bot.botId }, 'Updates of a Telegram bot could not be recorded')
          restingUntil.set(bot.botId, Date.now() + restMs)
          return false
        }),
      )
      const came = (await Promise.all(polls)).some(Boolean)
      if (came) await app.wake()
      const nextAt = bots.length === 0 ? null : new Date(Math.max(Date.now(), startedAt + shortestPollMs))
      return { again: came, nextAt }
    },
    async stop() {
      stopping.abort()
      // Where the database is away, too, the lease runs out by itself.
      await releaseReaders(db, worker).catch((error) => log.warn({ err: error }, 'The readers of bots were not let go'))
    },
  }
}
