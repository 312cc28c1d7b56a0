import type { Keyring } from '../keyring.ts'

/** What a public link may do. A token made for one purpose is of no use for another (TRUST U5, S17). */
export type LinkPurpose = 'open' | 'click' | 'unsubscribe' | 'preferences'

/** Which message a link belongs to. */
export interface LinkTarget {
  workspaceId: number
  messageId: number
}

const subject = (purpose: LinkPurpose, { workspaceId, messageId }: LinkTarget): string =>
  `${purpose}|${workspaceId}|${messageId}`

/** `<workspace>.<message>.<128-bit signature>`. Never expires: an unsubscribe link must work for months (TRUST U10). */
export function linkToken(keys: Keyring, purpose: LinkPurpose, target: LinkTarget): string {
  return `${target.workspaceId.toString(36)}.${target.messageId.toString(36)}.${keys.sign(subject(purpose, target))}`
}

/**
 * A click token names the position of its destination in the message's own table behind the signed part, so a message costs one
 * signature however many links it has; another position only leads to another link of the same message.
 */
export const clickToken = (signed: string, position: number): string => `${signed}.${position.toString(36)}`

const shape = /^([0-9a-z]{1,8})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{22})(?:\.([0-9a-z]{1,4}))?$/

/** Reads a token back; null when it was not made here for this purpose. `position` is -1 without one. */
export function readToken(
  keys: Keyring,
  purpose: LinkPurpose,
  token: string,
): (LinkTarget & { position: number }) | null {
  const [, workspace, message, signature, position] = shape.exec(token) ?? []
  if (workspace === undefined || message === undefined || signature === undefined) return null
  const target = { workspaceId: Number.parseInt(workspace, 36), messageId: Number.parseInt(message, 36) }
  if (!keys.verify(subject(purpose, target), signature)) return null
  return { ...target, position: position === undefined ? -1 : Number.parseInt(position, 36) }
}

/** Where links in messages point: PUBLIC_URL, else this machine. No trailing slash. */
export const linkBase = (env: { publicUrl: string | undefined; port: number }): string =>
  env.publicUrl ?? `http://localhost:${env.port}`
