import { z } from 'zod'
import { pathFault, placeFault, valueAt } from './json-path.ts'
import { defineTrigger, faultCheck } from './kind.ts'

const jsonPath = z.string().trim().check(faultCheck(pathFault))
const onePlace = z.string().trim().check(faultCheck(placeFault))

/** Fields of a customer that a call may fill. */
const mappable = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'telegramChatId',
  'linkedinUrl',
  'language',
  'country',
  'timezone',
  'externalId',
] as const

const fieldFault = (field: string) =>
  (mappable as readonly string[]).includes(field) || /^attributes\.[^.\s][^.]{0,99}$/.test(field)
    ? null
    : {
        code: 'unknown_field',
        message: `“${field.slice(0, 60)}” cannot be filled; use ${mappable.join(', ')} or attributes.<name>.`,
      }

const config = z
  .strictObject({
    customerPath: jsonPath.meta({
      description: 'JSONPath (RFC 9535) to what names the customer, as in $.customer.email.',
    }),
    matchBy: z.enum(['email', 'id', 'externalId']).default('email'),
    createIfUnknown: z.boolean().default(false),
    mapping: z
      .record(z.string().check(faultCheck(fieldFault)), onePlace)
      .default({})
      .refine((mapping) => Object.keys(mapping).length <= 50, 'At most 50 fields.')
      .meta({ description: 'Fields of the customer, each with the JSONPath of its value.' }),
  })
  .refine(({ matchBy, createIfUnknown }) => !(createIfUnknown && matchBy === 'id'), {
    path: ['createIfUnknown'],
    message: 'Ids are given out here, so nobody can be created with one; find customers by email or externalId.',
    params: { code: 'invalid' },
  })
export type WebhookConfig = z.output<typeof config>

export default defineTrigger({
  type: 'webhook',
  config,
  byItself: true,
  sentence({ customerPath, matchBy, createIfUnknown }) {
    const by = matchBy === 'externalId' ? 'external id' : matchBy
    return `When a signed call names a customer by ${by} at ${customerPath}${createIfUnknown ? ', new ones too' : ''}`
  },
})

/** What a call's body says: who it is about, and what the mapping makes of it. */
export type Read =
  | { key: string; fields: Record<string, unknown> }
  | { fault: { path: string; code: string; message: string } }

/**
 * Reads a body with a trigger's paths. A path that finds nothing, or null, leaves its field alone, and what the customer was found by
 * stays as it is.
 */
export function readBody({ customerPath, matchBy, mapping }: WebhookConfig, body: unknown): Read {
  const value = valueAt(customerPath, body)
  const fault = (code: string, message: string): Read => ({ fault: { path: 'customer', code, message } })
  if (typeof value !== 'string' && typeof value !== 'number') {
    const what = value === undefined ? 'There is nothing' : 'There is no text'
    return fault('no_customer', `${what} at ${customerPath} that could name a customer.`)
  }
  const key = String(value).trim()
  if (key === '' || key.length > 500) return fault('no_customer', `What stands at ${customerPath} names nobody.`)
  if (matchBy === 'id' && !z.uuid().safeParse(key).success) {
    return fault('no_customer', `What stands at ${customerPath} is not the id of a customer.`)
  }
  const fields: Record<string, unknown> = {}
  const attributes: Record<string, unknown> = {}
  for (const [field, path] of Object.entries(mapping)) {
    const found = valueAt(path, body)
    if (found === undefined || found === null || field === matchBy) continue
    if (field.startsWith('attributes.')) attributes[field.slice('attributes.'.length)] = found
    else fields[field] = typeof found === 'number' || typeof found === 'boolean' ? String(found) : found
  }
  if (Object.keys(attributes).length > 0) fields.attributes = attributes
  return { key, fields }
}

/** One thing that a trigger reads from a body: what it is for, where it looks, and what stands there; `value` is absent where nothing does. */
export interface Mapped {
  /** `customer`, or the customer's field that is filled. */
  field: string
  path: string
  value?: unknown
}

/** What a trigger's paths find in a body, whether or not it can be used: what names the customer first. */
export function mappedOf({ customerPath, mapping }: WebhookConfig, body: unknown): Mapped[] {
  return [['customer', customerPath] as const, ...Object.entries(mapping)].map(([field, path]) => {
    const value = valueAt(path, body)
    return { field, path, ...(value !== undefined && { value }) }
  })
}
