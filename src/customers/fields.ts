/**
 * What a customer's fields may hold: one set of rules for the API, the CSV import and whatever else writes customers. Pure.
 */

/** Longest text of a name or contact field, in characters. */
export const maxFieldLength = 500
/** Largest `attributes` object, as bytes of JSON. */
const maxAttributesBytes = 65_536
/** Deepest nesting of `attributes`. */
const maxAttributesDepth = 8
/** Most tags of one customer, and the longest name of one. */
const maxTags = 200
export const maxTagLength = 100

/** Why a value cannot be taken: a permanent code and a sentence with the fix. */
export interface Fault {
  code: string
  message: string
}

const domainLabel = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?`
const domainPattern = new RegExp(String.raw`^(?:${domainLabel}\.)+${domainLabel}$`, 'u')
// The dot-atom of RFC 5322 §3.2.3 with the letters of RFC 6531; quoted local parts exist on paper only.
const localPattern = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u

/** Checks a trimmed email address: one `@`, a dotted domain, the lengths of RFC 5321 §4.5.3.1. `null` = fine. */
export function emailFault(email: string): Fault | null {
  const at = email.lastIndexOf('@')
  const local = email.slice(0, at)
  const domain = email.slice(at + 1)
  const fine =
    at > 0 && email.length <= 254 && local.length <= 64 && localPattern.test(local) && domainPattern.test(domain)
  return fine ? null : { code: 'invalid_email', message: `“${shorten(email)}” is not an email address.` }
}

/** Whether a text is a host name with a dot, as in `acme.example`. */
export const isDomain = (text: string): boolean => text.length <= 253 && domainPattern.test(text)

/** Reduces what people paste as a company's domain (`https://www.Acme.example/about`) to `acme.example`. */
export function normalizeDomain(text: string): string {
  const host = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  return host
    .replace(/[/?#:].*$/s, '')
    .replace(/^www\./i, '')
    .replace(/\.$/, '')
    .toLowerCase()
}

const knownZones = new Map<string, string | null>()

/**
 * The IANA time zone that a text names, in its usual spelling (`europe/berlin` → `Europe/Berlin`), or null. Fixed offsets (`+02:00`)
 * are refused: they know no summer time.
 */
export function timezoneNamed(text: string): string | null {
  const known = knownZones.get(text)
  if (known !== undefined) return known
  let zone: string | null = null
  if (/^[A-Za-z][A-Za-z0-9_+\-/]{1,60}$/.test(text)) {
    try {
      zone = spellingOf(text, new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone)
    } catch {
      zone = null
    }
  }
  // Callers choose the text: the memory of it stays small.
  if (knownZones.size < 2000) knownZones.set(text, zone)
  return zone
}

/** An alias (`Asia/Saigon`) keeps its own name; only the case is repaired. */
const spellingOf = (text: string, resolved: string): string =>
  resolved.toLowerCase() === text.toLowerCase() ? resolved : text

/** The fault of a time zone's name. `null` = fine. */
export const timezoneFault = (text: string): Fault | null =>
  timezoneNamed(text) === null
    ? {
        code: 'invalid_timezone',
        message: `“${shorten(text)}” is not an IANA time zone; write it as in Europe/Berlin.`,
      }
    : null

/** The fault of a profile link: it may lack its scheme, but never have one that runs something. `null` = fine. */
export const linkFault = (text: string): Fault | null =>
  /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^https?:\/\//i.test(text)
    ? { code: 'invalid_url', message: `“${shorten(text)}” is not a web address; it starts with https://.` }
    : null

/** Trims, drops empty ones and repeats; keeps the order. */
export function cleanTags(tags: readonly string[]): string[] {
  const trimmed = tags.map((tag) => tag.trim()).filter((tag) => tag !== '')
  return [...new Set(trimmed)]
}

/** Checks cleaned tags. `null` = fine. */
export function tagsFault(tags: readonly string[]): Fault | null {
  if (tags.length > maxTags) return { code: 'too_many_tags', message: `A customer carries at most ${maxTags} tags.` }
  const long = tags.find((tag) => tag.length > maxTagLength)
  if (long === undefined) return null
  return {
    code: 'tag_too_long',
    message: `The tag “${shorten(long)}” is longer than ${maxTagLength} characters.`,
  }
}

/** Checks the size and depth of attributes. `null` = fine. */
export function attributesFault(attributes: Record<string, unknown>): Fault | null {
  if (depthOf(attributes, maxAttributesDepth) > maxAttributesDepth) {
    return { code: 'too_deep', message: `Attributes may be nested at most ${maxAttributesDepth} levels deep.` }
  }
  const bytes = Buffer.byteLength(JSON.stringify(attributes))
  if (bytes <= maxAttributesBytes) return null
  return {
    code: 'too_large',
    message: `Attributes may take ${maxAttributesBytes} bytes of JSON; these take ${bytes}.`,
  }
}

/** Levels of objects and lists, counted up to one beyond `most`. */
export function depthOf(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (most === 0) return 1
  let deepest = 0
  for (const child of Object.values(value)) deepest = Math.max(deepest, depthOf(child, most - 1))
  return deepest + 1
}

/** The contacts, one of which every customer has. */
export const contactFields = ['email', 'externalId', 'phone', 'telegramChatId', 'linkedinUrl'] as const

/** The fault of a customer whom nothing identifies. `null` = fine. */
export function contactFault(values: Partial<Record<(typeof contactFields)[number], string | null>>): Fault | null {
  if (contactFields.some((field) => values[field])) return null
  return {
    code: 'no_contact',
    message: 'Give at least one of email, externalId, phone, telegramChatId or linkedinUrl.',
  }
}

/** Cuts a value that is quoted in a sentence. */
export const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text)
