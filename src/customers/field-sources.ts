import type { Customer } from './customer.ts'

/** An event that made or changed a customer. */
export interface FieldEvent {
  name: string
  properties: Record<string, unknown>
  campaignId: string | null
  at: Date
}

/** When a field was last changed, and by what. */
export interface FieldSource {
  field: string
  at: Date
  source: string
  by: string | null
  campaignId: string | null
}

const fields = [
  'email',
  'firstName',
  'lastName',
  'phone',
  'telegramChatId',
  'linkedinUrl',
  'language',
  'country',
  'timezone',
  'externalId',
  'companyId',
  'claimedBy',
  'trackingConsent',
] as const

/** The fields that an event says it changed; `attributes` where it does not say which of them. */
function changedBy({ properties }: FieldEvent): string[] {
  const { changes } = properties
  if (typeof changes === 'object' && changes !== null) return Object.keys(changes)
  const named = Array.isArray(properties.fields) ? properties.fields.map(String) : []
  return [...named, ...fields.filter((field) => field in properties)]
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const sourceOf = (field: string, event: FieldEvent): FieldSource => ({
  field,
  at: event.at,
  source: textOf(event.properties.source) ?? (event.campaignId ? 'campaign' : 'app'),
  by: textOf(event.properties.by),
  campaignId: event.campaignId,
})

/** Where each field and attribute that a customer has comes from, by the events that changed them, newest first. */
export function fieldSources(customer: Customer, events: readonly FieldEvent[]): FieldSource[] {
  const latest = new Map<string, FieldEvent>()
  for (const event of events) {
    const touched = event.name === 'customer.created' ? ['*'] : changedBy(event)
    for (const field of touched) if (!latest.has(field)) latest.set(field, event)
  }
  const held = [
    ...fields.filter((field) => customer[field] !== null),
    ...Object.keys(customer.attributes).map((key) => `attributes.${key}`),
  ]
  return held.flatMap((field) => {
    const unnamed = field.startsWith('attributes.') ? latest.get('attributes') : undefined
    const event = latest.get(field) ?? unnamed ?? latest.get('*')
    return event ? [sourceOf(field, event)] : []
  })
}
