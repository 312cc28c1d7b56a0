import type { App } from '../app.ts'
import { checkHost, HostRefused } from '../channels/hosts.ts'
import { askTelegram, telegramApiUrl } from '../channels/telegram-api.ts'
import { isActiveMember } from '../customers/queries.ts'
import { invalidField, Problem } from '../errors.ts'
import { credentialOfBot } from './queries.ts'

/** What a bot's credential keeps beside its token. */
export interface BotConfig {
  apiUrl: string
  botId: number
  botUsername: string
}

/**
 * Asks Telegram who a bot token is. @throws Problem `invalid` for a token that Telegram does not know, a server that may not be reached or
 * does not answer, `already_exists` when this workspace has the bot already
 */
export async function identifyBot(
  app: App,
  workspaceId: number,
  { botToken, apiUrl }: { botToken: string; apiUrl: string | undefined },
  except: string | null = null,
): Promise<BotConfig> {
  const at = (apiUrl ?? telegramApiUrl).replace(/\/+$/, '')
  await checkApiUrl(at, app.env.allowPrivateHosts)
  const bot = { token: botToken, apiUrl: at, allowPrivateHosts: app.env.allowPrivateHosts }
  const answer = await askTelegram(bot, 'getMe', {}, { timeoutMs: 10_000 })
  if (answer.is === 'no-answer') throw invalidField('apiUrl', 'unreachable', `${answer.description} Try again.`)
  if (answer.is === 'error') {
    const known = answer.code !== 401 && answer.code !== 404
    const message = known
      ? `Telegram answered: ${answer.description}`
      : 'Telegram does not know this token; copy it from BotFather once more.'
    throw invalidField('botToken', known ? 'refused' : 'unknown_token', message)
  }
  const { id, username } = answer.result as { id: number; username?: string }
  const existingId = await credentialOfBot(app.db, workspaceId, id, except)
  if (existingId)
    throw new Problem('already_exists', `The bot @${username} is connected already.`, { extra: { existingId } })
  return { apiUrl: at, botId: id, botUsername: username ?? String(id) }
}

/** A token is a password: it goes to the public internet encrypted only. */
async function checkApiUrl(url: string, allowPrivateHosts: readonly string[]): Promise<void> {
  const { protocol, hostname, port } = new URL(url)
  const isTls = protocol === 'https:'
  try {
    const host = hostname.replace(/^\[|\]$/g, '')
    const { isPrivate } = await checkHost(host, Number(port) || (isTls ? 443 : 80), allowPrivateHosts)
    if (!isTls && !isPrivate) {
      throw invalidField('apiUrl', 'unencrypted', 'A Bot API server on the public internet is spoken to by https only.')
    }
  } catch (error) {
    if (!(error instanceof HostRefused)) throw error
    if (error.reason === 'unknown') throw invalidField('apiUrl', 'unreachable', error.message)
    throw invalidField('apiUrl', error.reason === 'private' ? 'private_host' : 'invalid_host', error.message)
  }
}

/** @throws Problem `invalid` for somebody who is no member */
export async function requireMember(app: App, workspaceId: number, memberId: string): Promise<void> {
  const found = await app.db.transaction().execute((tx) => isActiveMember(tx, workspaceId, memberId))
  if (!found) throw invalidField('memberId', 'unknown_member', 'There is no such member in this workspace.')
}
