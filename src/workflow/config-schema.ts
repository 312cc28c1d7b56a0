import type { ConfigIssue, ParsedConfig } from './graph.ts'
import { type Path, type Schema, shapeOf } from './schema.ts'

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
