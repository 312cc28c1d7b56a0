import type { Catalogue, ConfigIssue, ParseConfig, ParsedConfig } from './graph.ts'
import { discriminatorOf, labelOf, type Path, type Schema, shapeOf } from './schema.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The config without the optional fields that were left empty: a form that is cleared leaves `''` or null behind. */
export function withoutEmpty(schema: Schema, config: unknown): unknown {
  const shape = isObject(config) ? shapeOf(schema, config) : null
  if (!isObject(config) || shape === null) return config
  const required: readonly unknown[] = Array.isArray(shape.required) ? shape.required : []
  return Object.fromEntries(
    Object.entries(config).filter(([name, value]) => (value !== '' && value !== null) || required.includes(name)),
  )
}

/** A config as what it means: at every depth empty optional fields are left out and defaults filled in. What the schema does not know stays. */
export function asMeant(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => asMeant((schema.items ?? {}) as Schema, item))
  const shape = isObject(value) ? shapeOf(schema, value) : null
  if (!isObject(value) || shape === null) return value
  const fields = isObject(shape.properties) ? (shape.properties as Record<string, Schema>) : {}
  const defaults = Object.entries(fields).flatMap(([name, field]) =>
    field.default === undefined ? [] : [[name, field.default] as const],
  )
  const given = Object.entries(withoutEmpty(shape, value) as Record<string, unknown>)
  return Object.fromEntries(
    [...defaults, ...given.filter(([, each]) => each !== undefined)].map(([name, each]) => [
      name,
      asMeant(fields[name] ?? {}, each),
    ]),
  )
}

/**
 * Parses configs by the catalogue's JSON Schema, where the definitions themselves are not at hand (the browser). Finds what a schema can
 * say; rules between fields and warnings are the server's to find.
 */
export function schemaParser(catalogue: Catalogue): ParseConfig {
  return (type, config) => {
    const entry = Object.hasOwn(catalogue, type) ? catalogue[type] : undefined
    if (!entry) return unknownType(type)
    const issues: ConfigIssue[] = []
    const value = read(entry.config, withoutEmpty(entry.config, config), [], (path, fault) => {
      const label = labelOf(entry.config, config, path)
      issues.push(configIssue(path, label, fault))
    })
    return { config: issues.length === 0 && isObject(value) ? value : null, issues }
  }
}

/** The answer for a type that nobody knows. */
export const unknownType = (type: string): ParsedConfig => ({
  config: null,
  issues: [{ severity: 'error', code: 'unknown_type', field: '', message: `There is no node type “${type}”.` }],
})

/** What is wrong with one field: nothing in it, or why what is in it does not fit. */
export type Fault =
  | { is: 'missing'; message?: string | undefined }
  | { is: 'type'; expected: string }
  | { is: 'choice'; choices: readonly unknown[] }
  | { is: 'range'; of: 'number' | 'text' | 'list'; atLeast?: number; atMost?: number }
  | { is: 'format'; message?: string | undefined }

/** A fault as a sentence that names the field as the form does. */
export function configIssue(path: Path, label: string, fault: Fault): ConfigIssue {
  const code = fault.is === 'missing' ? 'missing_field' : 'invalid_field'
  return { severity: 'error', code, field: path.join('.'), message: sentenceOf(`“${label}”`, fault) }
}

function sentenceOf(name: string, fault: Fault): string {
  switch (fault.is) {
    case 'missing':
      return fault.message ?? `${name} is required.`
    case 'type':
      return `${name} must be ${typeNames[fault.expected] ?? fault.expected}.`
    case 'choice':
      return `${name} must be one of ${fault.choices.map(String).join(', ')}.`
    case 'format':
      return fault.message ?? `${name} is not written as it should be.`
    case 'range': {
      const limit = fault.atLeast !== undefined ? `at least ${fault.atLeast}` : `at most ${fault.atMost}`
      if (fault.of === 'number') return `${name} must be ${limit}.`
      return `${name} must have ${limit} ${fault.of === 'text' ? 'characters' : 'entries'}.`
    }
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

type ReportFault = (path: Path, fault: Fault) => void

/** The value with defaults filled in and unknown fields left out. */
function read(schema: Schema, value: unknown, path: Path, report: ReportFault): unknown {
  if (value === undefined && schema.default !== undefined) return structuredClone(schema.default)
  if (Array.isArray(schema.oneOf)) return readShape(schema, value, path, report)
  if (Array.isArray(schema.anyOf)) return readAny(schema.anyOf as Schema[], value, path, report)
  if (value === undefined || value === null) {
    report(path, { is: 'missing' })
    return value
  }
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) report(path, { is: 'choice', choices: schema.enum })
  else if (schema.const !== undefined && schema.const !== value) {
    report(path, { is: 'choice', choices: [schema.const] })
  } else if (!hasType(schema.type, value)) report(path, { is: 'type', expected: String(schema.type) })
  else if (typeof value === 'string') checkText(schema, value, path, report)
  else if (typeof value === 'number') checkRange(schema, 'number', value, 'minimum', 'maximum', path, report)
  else if (Array.isArray(value)) {
    checkRange(schema, 'list', value.length, 'minItems', 'maxItems', path, report)
    const items = schema.items
    return isObject(items) ? value.map((item, index) => read(items, item, [...path, index], report)) : value
  } else if (isObject(value)) return readFields(schema, value, path, report)
  return value
}

function readFields(schema: Schema, value: Record<string, unknown>, path: Path, report: ReportFault): unknown {
  // Names of the writer's own, as of headers, are the definition's to judge.
  if (!isObject(schema.properties)) return value
  const properties = schema.properties as Record<string, Schema>
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : []
  const entries = Object.entries(properties).flatMap(([name, field]): [string, unknown][] => {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given === undefined && field.default === undefined && !required.includes(name)) return []
    return [[name, read(field, given, [...path, name], report)]]
  })
  return Object.fromEntries(entries)
}

function readShape(schema: Schema, value: unknown, path: Path, report: ReportFault): unknown {
  const shape = shapeOf(schema, value)
  if (shape) return read(shape, value, path, report)
  const field = discriminatorOf(schema)
  if (value === undefined || value === null) report(path, { is: 'missing' })
  else if (!isObject(value)) report(path, { is: 'type', expected: 'object' })
  else if (field !== null) {
    const choices = (schema.oneOf as Schema[]).map(
      (option) => (option.properties as Record<string, Schema>)[field]?.const,
    )
    const given = value[field]
    const isMissing = given === undefined || given === null || given === ''
    report([...path, field], isMissing ? { is: 'missing' } : { is: 'choice', choices })
  }
  return value
}

function readAny(options: readonly Schema[], value: unknown, path: Path, report: ReportFault): unknown {
  let faults: [Path, Fault][] = []
  for (const option of options) {
    const found: [Path, Fault][] = []
    const result = read(option, value, path, (at, fault) => found.push([at, fault]))
    if (found.length === 0) return result
    // What is said of the option whose type fits is the most useful.
    if (faults.length === 0 || hasType(option.type, value)) faults = found
  }
  for (const [at, fault] of faults) report(at, fault)
  return value
}

function hasType(type: unknown, value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'null') return value === null
  return type === undefined || typeof value === type
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

function checkText(schema: Schema, value: string, path: Path, report: ReportFault): void {
  if (typeof schema.minLength === 'number' && schema.minLength > 0 && value.trim() === '') {
    report(path, { is: 'missing' })
  } else if (schema.format === 'uuid' && !uuid.test(value)) {
    report(path, value === '' ? { is: 'missing' } : { is: 'format' })
  } else if (typeof schema.pattern === 'string' && !new RegExp(schema.pattern, 'u').test(value)) {
    report(path, { is: 'format' })
  } else checkRange(schema, 'text', value.length, 'minLength', 'maxLength', path, report)
}

function checkRange(
  schema: Schema,
  of: 'number' | 'text' | 'list',
  size: number,
  min: string,
  max: string,
  path: Path,
  report: ReportFault,
): void {
  const [atLeast, atMost] = [schema[min], schema[max]]
  if (typeof atLeast === 'number' && size < atLeast) report(path, { is: 'range', of, atLeast })
  if (typeof atMost === 'number' && size > atMost) report(path, { is: 'range', of, atMost })
}
