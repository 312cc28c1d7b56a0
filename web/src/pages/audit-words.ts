import type { Item } from '../api.ts'
import { count, duration, exact } from '../format.ts'

type Entry = Item<'GET /audit-log'>
/** What an id in the audit log stands for. */
export type Named = Entry['names'][number]

/** Words that are not written as their key reads. */
const spellings: Record<string, string> = {
  ai_provider: 'AI model',
  ai_settings: 'AI settings',
  ai_instructions: 'AI instructions',
  'api-key': 'API key',
  checkpoint: 'kept draft',
  route: 'address',
}

/** "api-key" → "API key", "suppression" → "Suppression". */
export function inPlain(word: string): string {
  const text = spellings[word] ?? word.replaceAll(/[-_]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** "campaign.activated" → "Campaign activated". */
export function deedOf(action: string): string {
  const [noun = '', ...verb] = action.split('.')
  return [inPlain(noun), ...verb.map((word) => word.replaceAll(/[-_]/g, ' '))].join(' ')
}

/** What the audit log tells of. */
export const auditedThings = [
  ...['campaign', 'trigger', 'run', 'message', 'customer', 'company', 'tag', 'task', 'segment', 'suppression'],
  ...['product', 'criterion', 'template', 'import', 'job', 'credential', 'ai_provider', 'webhook', 'api-key'],
  ...['member', 'invitation', 'account', 'workspace', 'route'],
]

const pages: Record<string, (id: string, parentId: string | null) => string> = {
  campaign: (id) => `/campaigns/${id}/overview`,
  trigger: (_, campaign) => `/campaigns/${campaign}/triggers`,
  checkpoint: (_, campaign) => `/campaigns/${campaign}/builder?side=history&tab=versions`,
  firing: (_, campaign) => `/campaigns/${campaign}/overview`,
  run: (id, campaign) => `/campaigns/${campaign}/runs/${id}`,
  customer: (id) => `/customers/${id}`,
  segment: (id) => `/segments/${id}`,
  product: (id) => `/products/${id}`,
  criterion: (_, product) => `/products/${product}`,
  template: (id) => `/templates/${id}`,
  company: (id) => `/companies/${id}`,
  task: () => '/tasks',
  import: () => '/customers/import',
  credential: () => '/settings/credentials',
  webhook: () => '/settings/webhooks',
  'api-key': () => '/settings/api-keys',
  ai_provider: () => '/settings/ai',
  member: () => '/settings/members',
  invitation: () => '/settings/members',
}

/** Where a thing can be looked at, if anywhere. */
export const pageOfNamed = ({ type, id, parentId }: Named): string | undefined => pages[type]?.(id, parentId)

/** "“Trial”", "Trigger of “Trial”": a thing by its name, else by what it is and what it belongs to. */
export function nameOfNamed({ type, name, parentName }: Named): string {
  if (type === 'trigger') return `${name} trigger of “${parentName}”`
  if (name) return `“${name}”`
  if (type === 'import') return 'API import'
  return parentName ? `${inPlain(type).toLowerCase()} of “${parentName}”` : inPlain(type).toLowerCase()
}

/** The thing that an entry is about, in words, and its page where it has one. */
export function objectOf({ objectType, objectId, detail, names }: Entry): { words: string; page: string | undefined } {
  const named = names.find(({ id }) => id === objectId)
  const kind = inPlain(objectType)
  if (!named) {
    // What is gone is called as it was noted; a tag and an address are their own names.
    const own = objectType === 'tag' || objectType === 'route' ? objectId : null
    const name = typeof detail.name === 'string' ? detail.name : (own ?? detail.fileName)
    return { words: name ? `${kind} “${name}”` : kind, page: undefined }
  }
  const called = nameOfNamed(named)
  const words = called.startsWith('“') ? `${kind} ${called}` : called.charAt(0).toUpperCase() + called.slice(1)
  return { words, page: pageOfNamed(named) }
}

/** "frequencyCapPerDay" → "frequency cap per day", "criterionId" → "criterion". */
export const fieldName = (field: string): string =>
  field
    .replace(/Ids?$/, '')
    .replace(/Ms$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()

const isId = (value: unknown): boolean =>
  typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value)

/** A noted value as a person reads it; ids by the name of what they stand for. */
export function valueInWords(value: unknown, field: string, names: readonly Named[]): string {
  if (value === null || value === '' || value === undefined) return 'nothing'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return /Ms$/.test(field) ? duration(value) : count(value)
  if (Array.isArray(value)) return value.map((item) => valueInWords(item, field, names)).join(', ') || 'nothing'
  if (typeof value === 'object') {
    return Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== false)
      .map(([key, inner]) =>
        inner === true
          ? fieldName(key)
          : isId(inner)
            ? valueInWords(inner, key, names)
            : `${fieldName(key)} ${valueInWords(inner, key, names)}`,
      )
      .join(', ')
  }
  const text = String(value)
  if (isId(text)) {
    const named = names.find(({ id }) => id === text)
    return named ? nameOfNamed(named) : 'something that is gone'
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return exact(text)
  return field === 'fields' ? fieldName(text) : text
}

interface Change {
  from: unknown
  to: unknown
}
/** Whether a value says what was and what is. */
export const isChange = (value: unknown): value is Change =>
  typeof value === 'object' && value !== null && 'from' in value && 'to' in value

/**
 * What an entry noted, field by field. A change of the thing as a whole stands first; what is empty, and what the thing's own name says
 * already, is left out.
 */
export function fieldsOf({ detail: noted, objectId, names }: Entry): [string, unknown][] {
  const { from, to, ...detail } = noted
  const isWhole = from !== undefined && to !== undefined
  const named = names.find(({ id }) => id === objectId)
  const says = (field: string, value: unknown) =>
    value !== undefined &&
    value !== null &&
    value !== objectId &&
    !(field === 'name' && (named === undefined || named.name === value)) &&
    // A kept draft, a note, a firing: which one it is says nothing where it has no name.
    !(isId(value) && !names.some(({ id, name }) => id === value && name !== null)) &&
    !(typeof value === 'object' && Object.keys(value).length === 0)
  const rest = Object.entries(isWhole ? detail : { ...detail, from, to }).filter(([field, value]) => says(field, value))
  return isWhole ? [['', { from, to }], ...rest] : rest
}
