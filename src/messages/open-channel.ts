import type { App } from '../app.ts'
import type { Channel } from '../channels/channel.ts'
import { createLinkedinChannel } from '../channels/linkedin-sql.ts'
import { createSandboxChannel } from '../channels/sandbox-sql.ts'
import { createSmtpChannel } from '../channels/smtp.ts'
import type { SmtpTimeouts } from '../channels/smtp-connection.ts'
import { createTelegramChannel } from '../channels/telegram.ts'
import { type TelegramBot, telegramApiUrl } from '../channels/telegram-api.ts'
import type { Sender } from './prepare.ts'

/** What opening a channel needs of a credential's row. */
export interface ChannelCredential {
  id: string
  workspaceId: number
  type: 'smtp' | 'sandbox' | 'telegram' | 'linkedin'
  config: Record<string, unknown>
  secret: string | null
  limits: { connections?: number }
}

export type ChannelOf = (credential: ChannelCredential) => Channel

/** Connections of an SMTP account that says nothing else. */
const defaultConnections = 5
/** Calls to a bot's API at once, unless its credential says so. */
const telegramConnections = 8

/** The place that a credential's secret is bound to (TRUST S9). */
export const secretPlace = (workspaceId: number, credentialId: string): string =>
  `${workspaceId}|credential|secret|${credentialId}`

/** Builds channels of credentials. @throws Error when a secret cannot be decrypted */
export function channelOpener(app: App, timeouts?: SmtpTimeouts): ChannelOf {
  return ({ id, workspaceId, type, config, secret, limits }) => {
    if (type === 'sandbox') return createSandboxChannel(app.db)
    if (type === 'linkedin') return createLinkedinChannel(app.db, String(config.memberId))
    if (type === 'telegram') {
      const bot = telegramBotOf(app, { id, workspaceId, config, secret })
      return createTelegramChannel({ ...bot, connections: limits.connections ?? telegramConnections })
    }
    const { host, port, encryption, username } = config as {
      host: string
      port: number
      encryption: 'tls' | 'starttls' | 'none'
      username: string | null
    }
    return createSmtpChannel(
      {
        host,
        port,
        encryption,
        username: username ?? null,
        password: secret === null ? null : app.keys.decrypt(secret, secretPlace(workspaceId, id)),
        allowPrivateHosts: app.env.allowPrivateHosts,
        connections: limits.connections ?? defaultConnections,
      },
      timeouts,
    )
  }
}

/** The bot of a Telegram credential. @throws Error when its token cannot be decrypted */
export function telegramBotOf(
  app: App,
  { id, workspaceId, config, secret }: Pick<ChannelCredential, 'id' | 'workspaceId' | 'config' | 'secret'>,
): TelegramBot {
  return {
    token: secret === null ? '' : app.keys.decrypt(secret, secretPlace(workspaceId, id)),
    apiUrl: typeof config.apiUrl === 'string' ? config.apiUrl : telegramApiUrl,
    allowPrivateHosts: app.env.allowPrivateHosts,
  }
}

/** Who messages of a credential come from. The sandbox needs nobody's domain; a bot has a name. */
export function senderOf({ config }: Pick<ChannelCredential, 'config'>): Sender {
  if (typeof config.botUsername === 'string') return { name: '', address: `@${config.botUsername}` }
  const { senderName, senderEmail } = config
  return {
    name: typeof senderName === 'string' ? senderName : 'Sandbox',
    address: typeof senderEmail === 'string' ? senderEmail : 'sandbox@localhost',
  }
}
