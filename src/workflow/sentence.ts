import { formatDuration } from './duration.ts'
import type { NodeType } from './graph.ts'
import { childOf, type Schema, shapeOf } from './schema.ts'

/** The text on a node's card, and the fields that it would show but that are not set. */
export interface CardSentence {
  text: string
  missing: string[]
}

/** A name for an id in a config: of a segment, a member … Undefined while it is not known. */
export type NameOf = (ref: string, id: string) => string | undefined

const blank = '…'
const longest = 80

/**
 * What a node does with its config, as one line: the type's `sentence` with its `{field}`s filled in; `{a|b}` takes the first that is set.
 * Where a config has several shapes, the chosen one's own sentence counts.
 */
export function cardSentence(
  type: NodeType,
  config: Record<string, unknown>,
  nameOf: NameOf = () => undefined,
): CardSentence {
  const missing: string[] = []
  const fill = (template: string, schema: Schema, value: Record<string, unknown>): string =>
    template.replace(/\{([\w|]+)\}/g, (_, names: string) => {
      const fields = names.split('|')
      for (const field of fields) {
        const child = childOf(schema, value, field)
        const text = child ? describe(child, value[field]) : ''
        if (text !== '') return text
      }
      missing.push(...fields.slice(0, 1))
      return blank
    })
  const describe = (schema: Schema, given: unknown): string => {
    const value = given ?? schema.default
    const shape = shapeOf(schema, value)
    const own = shape?.['x-sentence']
    if (shape && typeof own === 'string' && isObject(value)) return fill(own, shape, value)
    return shortened(textOf(schema, value, nameOf))
  }
  const shape = shapeOf(type.config, config)
  const template = typeof shape?.['x-sentence'] === 'string' ? shape['x-sentence'] : type.sentence
  return { text: fill(template, shape ?? type.config, config), missing }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function textOf(schema: Schema, value: unknown, nameOf: NameOf): string {
  if (value === undefined || value === null || value === '') return ''
  if (Array.isArray(value)) return listText(schema, value, nameOf)
  if (schema['x-unit'] === 'ms' && typeof value === 'number') return value === 0 ? '0 seconds' : formatDuration(value)
  const labels = schema['x-labels']
  if (isObject(labels) && typeof labels[String(value)] === 'string') return String(labels[String(value)])
  const ref = schema['x-ref']
  if (typeof ref === 'string' && ref !== 'template') return nameOf(ref, String(value)) ?? `a ${ref}`
  if (typeof value === 'number' && typeof schema.minimum === 'number' && schema.minimum < 0) {
    return value > 0 ? `+${value}` : String(value).replace('-', '−')
  }
  return typeof value === 'object' ? '' : String(value).replaceAll(/\s+/g, ' ').trim()
}

function listText(schema: Schema, items: readonly unknown[], nameOf: NameOf): string {
  if (items.length === 0) return ''
  if (schema['x-widget'] === 'rules')
    return items
      .filter(isObject)
      .map((rule) => ruleText(schema, rule))
      .join(' · ')
  if (schema['x-widget'] === 'branches') return `${items.length} ${items.length === 1 ? 'branch' : 'branches'}`
  const of = isObject(schema.items) ? schema.items : {}
  return items.map((item) => textOf(of, item, nameOf)).join(', ')
}

/** “country is VN”: the last part of the path says enough on a card. */
function ruleText(schema: Schema, rule: Record<string, unknown>): string {
  const field = isObject(schema.items) ? childOf(schema.items, rule, 'condition') : null
  const labels = isObject(field?.['x-labels']) ? field['x-labels'] : {}
  const input = String(rule.input ?? '')
    .replace(/^\{\{\s*|\s*\}\}$/g, '')
    .replace(/^customer\.(attributes\.)?/, '')
  const words = String(labels[String(rule.condition)] ?? rule.condition ?? '')
  const value = rule.value === undefined || rule.value === '' ? '' : ` ${rule.value}`
  return input === '' ? blank : `${input} ${words}${value}`
}

const shortened = (text: string): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)
