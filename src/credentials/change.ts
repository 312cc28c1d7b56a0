import type { App } from '../app.ts'
import { invalidField } from '../errors.ts'
import { secretPlace } from '../messages/open-channel.ts'
import { identifyBot, requireMember } from './accounts.ts'
import type { AccountBody } from './bodies.ts'
import type { CredentialRow } from './queries.ts'
import { checkSmtp, type SmtpConfig } from './rules.ts'

function requireUsername(user: string | null | undefined, secret: string | null): void {
  if (secret !== null && (user === null || user === undefined)) {
    throw invalidField('username', 'required', 'A password needs the user name that it belongs to.')
  }
}

interface Where {
  app: App
  workspaceId: number
}

/** Checks a new account where it can be checked, and says what is kept of it. @throws Problem */
export async function newAccount({ app, workspaceId }: Where, body: AccountBody) {
  switch (body.type) {
    case 'smtp': {
      const { type, name: called, password: secret, limits: limit, ...config } = body
      requireUsername(config.username, secret)
      await checkSmtp(config, app.env.allowPrivateHosts)
      return { type, name: called, config: { ...config }, secret, limits: limit }
    }
    case 'telegram': {
      const { type, name: called, botToken: secret, limits: limit } = body
      const config = { ...(await identifyBot(app, workspaceId, { botToken: secret, apiUrl: body.apiUrl })) }
      return { type, name: called, config, secret, limits: limit, works: true }
    }
    case 'linkedin': {
      const { type, name: called, memberId: member, limits: limit } = body
      await requireMember(app, workspaceId, member)
      return { type, name: called, config: { memberId: member }, secret: null, limits: limit, works: true }
    }
  }
}

/** What somebody wants changed of an account, beside its name and limits. */
export interface AccountChanges extends Partial<SmtpConfig> {
  password?: string | null | undefined
  botToken?: string | undefined
  apiUrl?: string | undefined
  memberId?: string | undefined
}

/** What of an account's own fields may be changed. */
const ownFields: Record<CredentialRow['type'], readonly string[]> = {
  smtp: ['host', 'port', 'encryption', 'username', 'password', 'senderName', 'senderEmail'],
  telegram: ['botToken', 'apiUrl'],
  linkedin: ['memberId'],
  sandbox: [],
}

/** @throws Problem `invalid` for a field that accounts of this type do not have */
export function requireOwnFields(type: CredentialRow['type'], changes: AccountChanges): void {
  const foreign = Object.keys(changes).find((field) => !ownFields[type].includes(field))
  if (foreign === undefined) return
  const own = ['name', 'limits', ...ownFields[type]].join(', ')
  throw invalidField(foreign, `not_of_${type}`, `An account of the type ${type} has: ${own}.`)
}

/** An account's settings and sealed secret after a change. @throws Problem */
export async function changedAccount(
  { app, workspaceId }: Where,
  before: CredentialRow,
  { password: secret, botToken: token, ...changes }: AccountChanges,
): Promise<{ config: Record<string, unknown>; secret: string | null; repaired: boolean }> {
  const seal = (text: string) => app.keys.encrypt(text, secretPlace(workspaceId, before.id))
  const given = { ...before.config, ...changes }
  if (before.type === 'smtp') {
    const config = given as unknown as SmtpConfig
    await checkSmtp(config, app.env.allowPrivateHosts)
    // A password is for the server and the user it was given for (TRUST S11).
    const moved = ['host', 'port', 'encryption', 'username'].some(
      (field) => (given as Record<string, unknown>)[field] !== before.config[field],
    )
    const kept = moved && secret === undefined ? null : before.secret
    const sealed = secret === undefined ? kept : secret === null ? null : seal(secret)
    requireUsername(config.username, sealed)
    return { config: given, secret: sealed, repaired: moved || secret !== undefined || 'senderEmail' in changes }
  }
  if (before.type === 'telegram' && (token !== undefined || changes.apiUrl !== undefined)) {
    // A token is for the server that it was given for.
    if (token === undefined && changes.apiUrl?.replace(/\/+$/, '') !== before.config.apiUrl) {
      throw invalidField('botToken', 'required', 'Another server needs the token once more.')
    }
    if (token === undefined) return { config: before.config, secret: before.secret, repaired: false }
    const url = changes.apiUrl ?? (before.config.apiUrl as string)
    const config = await identifyBot(app, workspaceId, { botToken: token, apiUrl: url }, before.id)
    return { config: { ...config }, secret: seal(token), repaired: true }
  }
  if (before.type === 'linkedin' && changes.memberId !== undefined) {
    await requireMember(app, workspaceId, changes.memberId)
    return { config: given, secret: null, repaired: true }
  }
  return { config: before.config, secret: before.secret, repaired: false }
}
