import type { Catalogue, GraphEdge, GraphNode, NodeType } from '../../../src/workflow/graph.ts'
import { duration } from '../format.ts'
import type { Draft } from './draft.ts'
import { branchesOf, isFallback, portsOf } from './shape.ts'

/** Names of what configs refer to, by the kind of thing and id. */
export type Names = Readonly<Record<string, ReadonlyMap<string, string>>>

type Schema = Record<string, unknown>

const optionsOf = (schema: Schema): Schema[] => [
  ...((schema.oneOf ?? []) as Schema[]),
  ...((schema.anyOf ?? []) as Schema[]),
]

/** The shape of a schema that a value has, told by its constant field; the schema itself when it has one shape. */
function shapeOf(schema: Schema, value: unknown): Schema {
  const given = (value ?? {}) as Record<string, unknown>
  const fits = (option: Schema) =>
    Object.entries((option.properties ?? {}) as Record<string, Schema>).some(
      ([name, inner]) => inner.const !== undefined && inner.const === given[name],
    )
  return optionsOf(schema).find(fits) ?? schema
}

const words: Record<string, string> = {
  equals: 'is',
  'not-equals': 'is not',
  'greater-than': 'is more than',
  'less-than': 'is less than',
  contains: 'contains',
  'not-contains': 'does not contain',
  'starts-with': 'starts with',
  'ends-with': 'ends with',
  empty: 'is empty',
  'not-empty': 'is not empty',
}

/** A condition as a person says it: "is more than". */
export const conditionWords = (condition: string): string => words[condition] ?? condition

/** "country is Vietnam": one rule of a branch. */
export function ruleText(rule: unknown): string {
  const { input, condition, value } = (rule ?? {}) as { input?: string; condition?: string; value?: unknown }
  const name = String(input ?? '')
    .replace(/^\{\{\s*|\s*\}\}$/g, '')
    .replace(/^customer\.(attributes\.)?/, '')
  const says = conditionWords(String(condition ?? 'equals'))
  if (!name) return 'an unfinished rule'
  return condition === 'empty' || condition === 'not-empty'
    ? `${name} ${says}`
    : `${name} ${says} ${value === '' || value === undefined ? '…' : String(value)}`
}

/** A template for the card: `{{customer.firstName | default: "there"}}` reads ‹firstName›. */
export const plainTemplate = (text: string): string =>
  text
    .replace(/\{\{-?\s*([\w.-]+)[^}]*\}\}/g, (_, path: string) => `‹${path.split('.').at(-1)}›`)
    .replace(/\{%[^%]*%\}/g, '')

/** One value of a config as text for the card; null when it is not set. */
function valueText(schema: Schema | undefined, value: unknown, names: Names): string | null {
  if (value === undefined || value === null || value === '') return null
  const ref = schema?.['x-ref']
  const items = schema?.items as Schema | undefined
  if (Array.isArray(value)) {
    const widget = schema?.['x-widget']
    if (value.length === 0) return null
    if (widget === 'rules') return value.map(ruleText).join(', ')
    if (widget === 'branches')
      return value.map((branch: { label?: string; id?: string }) => branch.label || branch.id).join(', ')
    const each = typeof ref === 'string' ? { 'x-ref': ref } : items
    return value.map((item) => valueText(each, item, names) ?? '').join(', ')
  }
  if (typeof ref === 'string') return names[ref]?.get(String(value)) ?? 'something that is gone'
  if (schema?.['x-widget'] === 'duration' && typeof value === 'number') return duration(value)
  if (typeof value === 'object') {
    const shape = shapeOf(schema ?? {}, value)
    return typeof shape['x-sentence'] === 'string'
      ? fill(shape['x-sentence'], shape, value as Record<string, unknown>, names).text
      : null
  }
  if (typeof value === 'string' && schema?.['x-template']) return plainTemplate(value)
  const labels = (schema?.['x-labels'] ?? {}) as Record<string, string>
  if (typeof value === 'number' && Number(schema?.minimum ?? 0) < 0) return value > 0 ? `+${value}` : String(value)
  return labels[String(value)] ?? String(value)
}

/** A sentence with values in place of `{field}`; `{a|b}` takes the first that is set. */
function fill(
  sentence: string,
  shape: Schema,
  config: Record<string, unknown>,
  names: Names,
): { text: string; complete: boolean } {
  let complete = true
  const properties = (shape.properties ?? {}) as Record<string, Schema>
  const text = sentence.replace(/\{([\w.|]+)\}/g, (_, list: string) => {
    const fields = list.split('|')
    for (const field of fields) {
      const said = valueText(properties[field], config[field] ?? properties[field]?.default, names)
      if (said !== null) return said
    }
    complete = false
    return `(no ${fields.map((field) => String(properties[field]?.title ?? field).toLowerCase()).join(' or ')})`
  })
  return { text, complete }
}

/** What a card says: the type's sentence with the config's values in it; `complete` is false while a part is not chosen. */
export function summaryOf(
  type: NodeType | undefined,
  node: GraphNode,
  names: Names,
): { text: string; complete: boolean } {
  if (!type) return { text: `Unknown step type “${node.type}”`, complete: false }
  const shape = shapeOf(type.config, node.config)
  const sentence = typeof shape['x-sentence'] === 'string' ? shape['x-sentence'] : type.sentence
  const said = fill(sentence, shape, node.config, names)
  if (type.guard && !said.complete) return { text: 'No condition yet', complete: false }
  return said
}

/** What the card of a step says, the branch for everyone else included. */
export function cardText(
  draft: Draft,
  catalogue: Catalogue,
  id: string,
  names: Names,
): { text: string; complete: boolean } {
  const node = draft.nodes.get(id)
  if (!node) return { text: '', complete: true }
  const type = catalogue[node.type]
  if (type?.guard && isFallback(draft, catalogue, id))
    return { text: 'Everyone whom no other branch takes', complete: true }
  return summaryOf(type, node, names)
}

/** Who takes an edge and when, in a sentence. */
export function edgeSentence(draft: Draft, catalogue: Catalogue, edge: GraphEdge): string {
  const source = draft.nodes.get(edge.source)
  const type = source && catalogue[source.type]
  if (!source || !type) return 'It starts at a step that is gone.'
  if (type.entry === 'start') return 'Everyone who enters takes it at once.'
  if ('each' in type.when) {
    const branches = branchesOf(type, source)
    const index = branches.findIndex((branch) => branch.id === edge.when)
    const branch = branches[index]
    if (!branch) return 'Its branch is gone: nobody takes it.'
    const guard = draft.nodes.get(edge.target)
    const guardType = guard && catalogue[guard.type]
    const rules = guard && guardType?.rules ? guard.config[guardType.rules] : null
    if (branch.default) return 'Taken by everyone whom no other branch wants.'
    if (!Array.isArray(rules) || rules.length === 0) return 'Nobody takes it until its condition is set.'
    const joined = rules.map(ruleText).join(guard?.config.match === 'any' ? ' or ' : ' and ')
    return `Taken when ${joined}${index > 0 ? ' and no branch before it was taken' : ''}.`
  }
  if (type.sends) return messageSentence(draft, type, source, edge.when)
  if (edge.when !== null)
    return `Taken when it ends with “${portsOf(type, source).find((port) => port.when === edge.when)?.label ?? edge.when}”.`
  if (type.blocks) return 'Taken when the wait is over.'
  return 'Taken right after the step is done.'
}

const did: Record<string, string> = { replied: 'replied', clicked: 'clicked', opened: 'opened' }
const does: Record<string, string> = { replied: 'reply', clicked: 'click', opened: 'open it' }
const byStrength = ['replied', 'clicked', 'opened']

/** Who leaves a message by a label, and when (PRODUCT §4, “Edges and when”). */
function messageSentence(draft: Draft, type: NodeType, source: GraphNode, when: string | null): string {
  const labels = [...draft.edges.values()].filter((edge) => edge.source === source.id).map((edge) => edge.when)
  const outcomes = labels.filter((label) => label !== null)
  const field = (type.config.properties as Record<string, Schema> | undefined)?.replyTimeoutMs
  const windowMs = source.config.replyTimeoutMs ?? field?.default ?? 3 * 86_400_000
  const after = `Taken after ${duration(Number(windowMs))}`
  if (when === null) {
    return outcomes.length === 0
      ? 'Taken right after sending, also when the message was passed over.'
      : `${after} if nothing of the other ways out happened; at once when the message was not sent.`
  }
  if (when === 'bounced') return 'Taken as soon as it comes back for good.'
  const stronger = byStrength.slice(0, byStrength.indexOf(when)).filter((label) => outcomes.includes(label))
  if (stronger.length === 0) return `Taken as soon as they ${does[when] ?? when}.`
  return `${after} if they ${did[when] ?? when} and did not ${stronger.map((label) => does[label]).join(' or ')}.`
}
