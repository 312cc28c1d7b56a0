/** A JSON Schema (2020-12) as the catalogue writes it, with its `x-` members. */
export type Schema = Record<string, unknown>

/** How a field of a step's config is edited. The catalogue's `x-widget` names one; the map of widgets must cover all. */
export type WidgetName =
  | 'text'
  | 'multiline'
  | 'liquid'
  | 'code'
  | 'mail'
  | 'number'
  | 'duration'
  | 'switch'
  | 'select'
  | 'credential'
  | 'template'
  | 'segment'
  | 'criterion'
  | 'product'
  | 'member'
  | 'members'
  | 'tag'
  | 'rules'
  | 'branches'
  | 'weekdays'
  | 'time'
  | 'date'
  | 'input'
  | 'event'
  | 'suggest'
  | 'sendWindow'
  | 'json'

/** The folded parts of a form, in order; what names none is in the open. */
export const sections = { tracking: 'Tracking', timing: 'Timing', advanced: 'Advanced' } as const

/** One field of a form: its name, schema, whether it must be filled. */
export interface Field {
  name: string
  schema: Schema
  required: boolean
}

/** A schema that has one shape for each value of a field: `waitType: duration | until-date | …`. */
export interface Variants {
  field: string
  /** The schema of the shape by the field's value. */
  shapes: { value: string; title: string; schema: Schema }[]
}

const list = (value: unknown): Schema[] => (Array.isArray(value) ? (value as Schema[]) : [])
const properties = (schema: Schema): Record<string, Schema> => (schema.properties ?? {}) as Record<string, Schema>
const words = (name: string) => {
  const spaced = name
    .replaceAll('-', ' ')
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

/** The alternatives of a schema and the constant field that tells them apart; null when it has one shape. */
export function variantsOf(schema: Schema): Variants | null {
  const options = [...list(schema.oneOf), ...list(schema.anyOf)]
  const first = options[0]
  if (!first || options.some((option) => !option.properties)) return null
  const field = Object.keys(properties(first)).find((name) =>
    options.every((option) => properties(option)[name]?.const !== undefined),
  )
  if (!field) return null
  const shapes = options.map((option) => {
    const constant = properties(option)[field] ?? {}
    return {
      value: String(constant.const),
      title: String(option.title ?? constant.title ?? words(String(constant.const))),
      schema: option,
    }
  })
  return { field, shapes }
}

/** The fields of an object schema that a form shows, in order; a nullable wrapper is taken off. */
export function fieldsOf(schema: Schema): Field[] {
  const required = new Set((schema.required ?? []) as string[])
  const shown = Object.entries(properties(schema)).filter(([, inner]) => inner['x-hidden'] !== true)
  return shown.map(([name, inner]) => ({
    name,
    schema: unwrap(inner),
    required: required.has(name) && inner.default === undefined,
  }))
}

/** A schema without `null` among its alternatives: an empty field says the same. */
export function unwrap(schema: Schema): Schema {
  const options = [...list(schema.anyOf), ...list(schema.oneOf)]
  const real = options.filter((option) => option.type !== 'null')
  const only = real[0]
  if (options.length === 0 || real.length !== 1 || !only) return schema
  const { anyOf: _any, oneOf: _one, ...outer } = schema
  return { ...only, ...outer }
}

/** What a field is called: its title, else its name in words. */
export const labelOf = (field: Field): string => String(field.schema.title ?? words(field.name))

/** The values of an enum with what a person reads. */
export function optionsOf(schema: Schema): { value: string; label: string }[] {
  if (Array.isArray(schema.enum)) {
    const labels = (schema['x-labels'] ?? {}) as Record<string, string>
    return schema.enum.map((value) => ({ value: String(value), label: labels[String(value)] ?? words(String(value)) }))
  }
  const options = [...list(schema.anyOf), ...list(schema.oneOf)]
  return options.every((option) => option.const !== undefined)
    ? options.map((option) => ({
        value: String(option.const),
        label: String(option.title ?? words(String(option.const))),
      }))
    : []
}

/** Whether nothing is written in a value: an optional group that is blank is left out. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isBlank)
}

/** A group's members as far as they say more than their defaults. */
export function withoutDefaults(schema: Schema, value: Record<string, unknown>): Record<string, unknown> {
  const known = properties(schema)
  return Object.fromEntries(Object.entries(value).filter(([name, member]) => member !== known[name]?.default))
}

/** The widget of a field: what the catalogue names, else what its type suggests. */
export function widgetOf(schema: Schema, known: (name: string) => boolean): WidgetName {
  const named = schema['x-widget']
  if (typeof named === 'string' && known(named)) return named as WidgetName
  if (optionsOf(schema).length > 0) return 'select'
  if (schema.type === 'boolean') return 'switch'
  if (schema.type === 'number' || schema.type === 'integer') return 'number'
  if (schema.type === 'string') return 'text'
  return 'json'
}

/** The problems of a field and of what is inside it, by the dotted path that the server reports. */
export const problemOf = (
  problems: readonly { field?: string | undefined; message: string }[],
  path: string,
): string | undefined => problems.find((problem) => problem.field === path)?.message

/** Problems below a path, with the path taken off. */
export const problemsBelow = <P extends { field?: string | undefined }>(problems: readonly P[], path: string): P[] =>
  problems
    .filter((problem) => problem.field?.startsWith(`${path}.`))
    .map((problem) => ({ ...problem, field: problem.field?.slice(path.length + 1) }))
