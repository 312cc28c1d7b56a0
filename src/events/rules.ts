/**
 * What others may tell the bus: names, sizes and times of events that come over the API. Pure.
 */
import { depthOf, type Fault } from '../customers/fields.ts'

/** Longest name of an event, in characters. */
export const maxNameLength = 100
/** Longest `id` that makes an event idempotent, in characters. */
export const maxIdLength = 200
/** Largest `properties` of one event, as bytes of JSON. */
export const maxPropertiesBytes = 32_768
/** Deepest nesting of `properties`. */
export const maxPropertiesDepth = 8
/** Most events in one call. */
export const maxBatch = 1_000
/** How far `occurredAt` may lie ahead of the database's clock, in ms: callers' clocks differ. */
export const maxAheadMs = 5 * 60_000
/** How long an `id` is remembered, in days. */
export const idDays = 30

/** What the program itself says of a customer (API.md, “Event names built in”): whole families of names, and names. */
const ownPrefixes = ['message.', 'run.', 'campaign.', 'score.'] as const
const ownNames = new Set([
  'customer.created',
  'customer.updated',
  'customer.tagged',
  'customer.untagged',
  'customer.handoff',
  'customer.archived',
  'goal.reached',
])
/** In nodes and triggers these stand for `message.*`: an event of that name would never be heard. */
const shortNames = new Set([
  'sent',
  'delivered',
  'opened',
  'clicked',
  'replied',
  'bounced',
  'unsubscribed',
  'complained',
])

/** What the program itself tells of a customer, with the properties that its events have: offered beside the names that were seen. */
export const builtInEvents: readonly { name: string; properties: readonly string[] }[] = [
  { name: 'customer.created', properties: ['source'] },
  { name: 'customer.updated', properties: ['fields', 'source'] },
  { name: 'customer.tagged', properties: ['tag'] },
  { name: 'customer.untagged', properties: ['tag'] },
  { name: 'customer.handoff', properties: ['ownerId', 'note'] },
  { name: 'customer.archived', properties: [] },
  { name: 'message.sent', properties: [] },
  { name: 'message.opened', properties: [] },
  { name: 'message.clicked', properties: [] },
  { name: 'message.replied', properties: [] },
  { name: 'message.bounced', properties: [] },
  { name: 'message.unsubscribed', properties: [] },
  { name: 'score.changed', properties: [] },
  { name: 'goal.reached', properties: [] },
  { name: 'run.started', properties: ['entry'] },
  { name: 'run.finished', properties: ['status', 'reason'] },
]

/** The fault of a custom event's name. `null` = fine. */
export function nameFault(name: string): Fault | null {
  if (name.length > maxNameLength || !/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    return {
      code: 'invalid_name',
      message: `Write an event’s name in small letters, digits, “.”, “_” and “-”, at most ${maxNameLength}, as in deal.won.`,
    }
  }
  const prefix = ownPrefixes.find((own) => name.startsWith(own))
  if (prefix !== undefined) {
    return {
      code: 'reserved_name',
      message: `Names that start with “${prefix}” are the program’s own; choose another one.`,
    }
  }
  if (ownNames.has(name)) {
    return { code: 'reserved_name', message: `“${name}” is an event of the program’s own; choose another name.` }
  }
  if (shortNames.has(name)) {
    return { code: 'reserved_name', message: `“${name}” is short for message.${name}; choose another name.` }
  }
  return null
}

/** The fault of an event's properties. `null` = fine. */
export function propertiesFault(properties: Record<string, unknown>): Fault | null {
  if (depthOf(properties, maxPropertiesDepth) > maxPropertiesDepth) {
    return { code: 'too_deep', message: `Properties may be nested at most ${maxPropertiesDepth} levels deep.` }
  }
  const bytes = Buffer.byteLength(JSON.stringify(properties))
  if (bytes <= maxPropertiesBytes) return null
  return { code: 'too_large', message: `Properties may take ${maxPropertiesBytes} bytes of JSON; these take ${bytes}.` }
}

/** Whom an event is about: one of the three. */
export type CustomerRef = { id: string } | { email: string } | { externalId: string }

/** An event that keeps the rules; whether its customer exists and its time has come is the database's to say. */
export interface IncomingEvent {
  name: string
  customer: CustomerRef
  properties: Record<string, unknown>
  /** null = now. */
  occurredAt: Date | null
  /** Makes it idempotent within the workspace. */
  id: string | null
}
