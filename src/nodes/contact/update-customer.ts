import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { type UpdatableField, updatableFields } from '../../engine/facts.ts'
import { next } from '../../engine/outcome.ts'
import { zoneOf } from '../calendar.ts'
import { shortTemplate } from '../fields.ts'

/** What a customer may be reached by: it can be replaced, not taken away. */
const contacts: readonly string[] = ['phone', 'telegramChatId', 'linkedinUrl']
const attribute = /^attributes\.[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/

/** Longest text of a field, in characters, as everywhere where customers are written. */
const maxTextLength = 500
/** Largest value of an attribute that a step sets, as characters of JSON. */
const maxJsonLength = 4_096

type Field = UpdatableField | `attributes.${string}`
const isField = (name: string): name is Field =>
  (updatableFields as readonly string[]).includes(name) || attribute.test(name)

export default defineNode({
  type: 'update-customer',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Update customer',
  icon: 'user-edit',
  summary: 'Set a field or an attribute of the customer.',
  sentence: 'Set {field} to {value}',
  config: z.object({
    field: z
      .string()
      .trim()
      .refine(isField, {
        error: `Write one of ${updatableFields.join(', ')}, or attributes.<name> in letters, digits, “_” and “-”.`,
      })
      .meta({
        title: 'Field',
        description: 'A field, or attributes.<name> for one of your own.',
        widget: 'suggest',
        placeholder: 'attributes.plan',
        examples: [...updatableFields, 'attributes.plan'],
      }),
    value: shortTemplate(2_000).optional().meta({
      title: 'Value',
      description: 'Empty takes the value away.',
      widget: 'liquid',
      template: 'short',
      placeholder: '{{node.wait-1.output.properties.plan}}',
    }),
  }),
  output: z.object({
    updated: z.boolean().describe('Whether the value could be taken; also true when the customer had it already.'),
    value: z.string().nullable().describe('The value as text; null when it was taken away or refused.'),
  }),
  when: [],
  reads: [],
  execute({ config, read, render }) {
    const field = config.field as Field
    const template = config.value ?? ''
    const refuse = (text: string) => next({ updated: false, value: null }, [], { code: 'not_updated', text })
    const rendered = render(template).trim()
    if (attribute.test(field)) {
      const value = rendered === '' ? null : isSingle(template) ? plain(read(template)) : rendered
      if ((JSON.stringify(value)?.length ?? 0) > maxJsonLength) return refuse(`The value is too long for ${field}.`)
      return next({ updated: true, value: value === null ? null : rendered }, [{ do: 'update-customer', field, value }])
    }
    const isContact = contacts.includes(field)
    if (rendered === '' && isContact) return refuse(`There is no value, and ${field} is never taken away.`)
    const fault = rendered === '' ? null : faultOf(field, rendered)
    if (fault !== null) return refuse(fault)
    const value = rendered === '' ? null : rendered
    return next({ updated: true, value }, [{ do: 'update-customer', field, value }])
  },
  docs: `The value is a short template. An attribute keeps the kind of what a single \`{{…}}\` gives (a number stays a number, a list a list); everything else is text. An empty value takes the field or attribute away, save phone, telegramChatId and linkedinUrl, which stay: a customer is somebody to reach.

Paths and templates further down see the new value. When it changes something, the event \`customer.updated\` is recorded. A value that cannot be taken (a time zone that does not exist, a text of more than 500 characters, a profile link that is no web address) changes nothing: \`output.updated\` is false and the step says why.

Email and external id cannot be set by a workflow, because they tell customers apart; tags have nodes of their own, and consent is the customer’s to give.`,
  examples: [
    { field: 'attributes.plan', value: '{{trigger.payload.plan}}' },
    { field: 'country', value: 'VN' },
    { field: 'attributes.trialEndsAt' },
  ],
})

/** One `{{…}}` and nothing else: its value is taken as it is. */
const isSingle = (template: string): boolean => /^\s*\{\{[^{}]*\}\}\s*$/.test(template)

/** A value as JSON keeps it. */
const plain = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))

function faultOf(field: Field, text: string): string | null {
  if (text.length > maxTextLength) return `The value is too long for ${field}: at most ${maxTextLength} characters.`
  if (field === 'timezone' && zoneOf(text, '') !== text) {
    return `“${text.slice(0, 60)}” is not an IANA time zone; write it as in Europe/Berlin.`
  }
  if (field === 'linkedinUrl' && /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^https?:\/\//i.test(text)) {
    return `“${text.slice(0, 60)}” is not a web address.`
  }
  return null
}
