import { shorten } from '../customers/fields.ts'
import { Problem } from '../errors.ts'
import { fileFault } from './csv-source.ts'

/** Most columns of a file (TRUST S26). */
const maxColumns = 200

/** Text fields of a customer that a column can fill. */
const textFields = [
  'email',
  'externalId',
  'firstName',
  'lastName',
  'phone',
  'telegramChatId',
  'linkedinUrl',
  'language',
  'country',
  'timezone',
] as const
type TextField = (typeof textFields)[number]

/** Where the cells of a column go. */
export type Target =
  | { to: 'field'; field: TextField }
  | { to: 'fullName' | 'tags' | 'trackingConsent' | 'attributes' | 'nothing' }
  | { to: 'attribute'; key: string }
  | { to: 'company'; part: 'name' | 'domain' | 'industry' }
  | { to: 'score'; product: string }

/** Header names by meaning, as people and other programs write them; compared without case, spaces and punctuation. */
const guesses: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'emailaddress', 'mail', 'mailaddress', 'emailaddr', 'workemail', 'primaryemail', 'contactemail'],
  externalId: ['externalid', 'id', 'userid', 'customerid', 'contactid', 'crmid', 'recordid', 'uid'],
  firstName: ['firstname', 'first', 'givenname', 'forename', 'vorname', 'prenom', 'nombre'],
  lastName: ['lastname', 'last', 'surname', 'familyname', 'nachname', 'apellido', 'apellidos'],
  fullName: ['name', 'fullname', 'contactname'],
  phone: ['phone', 'phonenumber', 'telephone', 'tel', 'mobile', 'mobilephone', 'cell', 'cellphone'],
  telegramChatId: ['telegramchatid', 'telegram', 'telegramid'],
  linkedinUrl: ['linkedinurl', 'linkedin', 'linkedinprofile', 'linkedinprofileurl'],
  language: ['language', 'lang', 'locale', 'preferredlanguage'],
  country: ['country', 'countrycode', 'land'],
  timezone: ['timezone', 'tz', 'timezonename'],
  tags: ['tags', 'tag', 'labels'],
  trackingConsent: ['trackingconsent'],
  attributes: ['attributes'],
  'company.name': ['company', 'companyname', 'organization', 'organisation', 'account', 'accountname', 'firma'],
  'company.domain': ['companydomain', 'domain', 'companywebsite', 'website'],
  'company.industry': ['companyindustry', 'industry', 'branche'],
  // What the export writes beside the fields.
  '': ['throughlineid', 'createdat'],
}
const fieldByName = new Map(Object.entries(guesses).flatMap(([field, names]) => names.map((name) => [name, field])))
const ownNames = new Set(Object.values(guesses).flatMap((names) => names.slice(0, 1)))

/** Every name that a mapping may give; an empty one leaves a column out. */
const mappingNames = [...Object.keys(guesses).filter(Boolean), 'attributes.<key>', 'product:<name>:score']

const plain = (header: string): string =>
  header
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')

const contacts: readonly string[] = ['email', 'externalId', 'phone', 'telegramChatId', 'linkedinUrl']

/**
 * Finds where each column goes: by the mapping (header to field), else by its name, else into an attribute under the name in camelCase.
 * Of two columns that could be the same field the first is it.
 * @throws Problem `invalid`: too many columns, a mapping that names no column or field
 */
export function readHeader(header: readonly string[], mapping: Readonly<Record<string, string>> = {}): Target[] {
  if (header.length > maxColumns) {
    throw fileFault('too_many_columns', `The file has ${header.length} columns; at most ${maxColumns} can be read.`)
  }
  const names = header.map((name) => name.trim())
  const explicit = readMapping(names, mapping)
  const taken = new Set([...explicit.values()].map(keyOf))
  const attributes = new Set<string>()
  const chosen = new Map(explicit)
  // A field's own name goes before its synonyms: `external_id` is the external id even where an `id` stands before it.
  for (const only of [ownNames, undefined]) {
    for (const [index, name] of names.entries()) {
      const guess = chosen.has(index) || (only && !only.has(plain(name))) ? undefined : guessOf(name)
      if (!guess || (guess.to !== 'nothing' && taken.has(keyOf(guess)))) continue
      taken.add(keyOf(guess))
      chosen.set(index, guess)
    }
  }
  return names.map((name, index): Target => {
    if (name === '' && !chosen.has(index)) return { to: 'nothing' }
    return chosen.get(index) ?? { to: 'attribute', key: freeKey(camelCase(name), attributes) }
  })
}

/** What a mapping names each column by: its header, with ` (2)` behind the second of one name; `column 3` where there is none. */
export function columnKeys(header: readonly string[]): string[] {
  const times = new Map<string, number>()
  return header.map((raw, index) => {
    const name = raw.trim() || `column ${index + 1}`
    const time = (times.get(name) ?? 0) + 1
    times.set(name, time)
    return time === 1 ? name : `${name} (${time})`
  })
}

/** @throws Problem `invalid` when no column holds a contact; files without a header and files that are no CSV end here, too */
export function requireContactColumn(header: readonly string[], targets: readonly Target[]): void {
  if (targets.some((target) => target.to === 'field' && contacts.includes(target.field))) return
  const shown = header.slice(0, 8).map((name) => `“${shorten(name.trim())}”`)
  throw fileFault(
    'no_contact_column',
    `None of the columns (${shown.join(', ')}${header.length > 8 ? ', …' : ''}) is an email, externalId, phone, telegramChatId ` +
      'or linkedinUrl. The first line has to name the columns; a mapping says which one is the email.',
  )
}

/** A target as a mapping writes it. */
export function targetName(target: Target): string {
  switch (target.to) {
    case 'field':
      return target.field
    case 'attribute':
      return `attributes.${target.key}`
    case 'company':
      return `company.${target.part}`
    case 'score':
      return `product:${target.product}:score`
    case 'nothing':
      return ''
    default:
      return target.to
  }
}

function readMapping(names: readonly string[], mapping: Readonly<Record<string, string>>): Map<number, Target> {
  const targets = new Map<number, Target>()
  const errors: Problem['errors'] = []
  const fields = new Map<string, string>()
  const keys = columnKeys(names)
  for (const [column, field] of Object.entries(mapping)) {
    const path = `mapping.${column}`
    const exact = keys.indexOf(column.trim())
    const index = exact >= 0 ? exact : names.findIndex((name) => plain(name) === plain(column))
    const target = targetNamed(field.trim())
    if (index < 0) errors.push({ path, code: 'unknown_column', message: `The file has no column “${column}”.` })
    else if (!target) {
      const message = `There is no field “${field}”; choose one of ${mappingNames.join(', ')}, or nothing to leave the column out.`
      errors.push({ path, code: 'unknown_field', message })
    } else if (target.to !== 'nothing' && fields.has(keyOf(target))) {
      const message = `Both “${fields.get(keyOf(target))}” and “${column}” are mapped to ${field}.`
      errors.push({ path, code: 'duplicate_field', message })
    } else {
      fields.set(keyOf(target), column)
      targets.set(index, target)
    }
  }
  if (errors.length > 0) throw new Problem('invalid', errors.map(({ message }) => message).join(' '), { errors })
  return targets
}

const keyOf = (target: Target): string => Object.values(target).join('.')

/** A target by the name that a mapping gives it, exactly or as a header would. */
function targetNamed(name: string): Target | undefined {
  if (name === '') return { to: 'nothing' }
  const attribute = /^attributes\.(.+)$/.exec(name)?.[1]
  if (attribute !== undefined) return attribute === '__proto__' ? undefined : { to: 'attribute', key: attribute }
  return guessOf(name)
}

function guessOf(name: string): Target | undefined {
  const product = /^product:\s*(.+?)\s*:\s*score$/i.exec(name.trim())?.[1]
  if (product !== undefined) return { to: 'score', product }
  const field = fieldByName.get(plain(name))
  if (field === undefined) return undefined
  if (field === '') return { to: 'nothing' }
  const text = textFields.find((one) => one === field)
  if (text) return { to: 'field', field: text }
  const part = /^company\.(name|domain|industry)$/.exec(field)?.[1]
  if (part) return { to: 'company', part: part as 'name' | 'domain' | 'industry' }
  return { to: field as 'fullName' | 'tags' | 'trackingConsent' | 'attributes' }
}

/** `Job title (current)` → `jobTitleCurrent`. */
function camelCase(name: string): string {
  const words = name.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  const [first = 'column', ...others] = words
  // A name that is already one word keeps its inner capitals: `jobTitle`, not `jobtitle`.
  const start = /^\p{Lu}+$/u.test(first) ? first.toLowerCase() : first.slice(0, 1).toLowerCase() + first.slice(1)
  return start + others.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()).join('')
}

function freeKey(wanted: string, taken: Set<string>): string {
  // Plain objects have this one already.
  const base = wanted === '__proto__' ? 'proto' : wanted
  let key = base
  for (let number = 2; taken.has(key); number += 1) key = `${base}${number}`
  taken.add(key)
  return key
}
