import { randomUUID } from 'node:crypto'
import { z } from 'zod'

type Schema = Record<string, unknown>

/**
 * The smallest JSON value that a schema should accept: required fields only, the first of several choices, texts and addresses
 * unlike any before. Rules beyond JSON Schema (a refinement, a pattern) may still refuse it; `accepts` tells.
 */
export function sampleOf(schema: z.ZodType): unknown {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  return sample(root, root)
}

/** The JSON Schema of an object's fields by name, or none. */
export function fieldsOf(schema: z.ZodType): Record<string, Schema> {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  const properties = (resolve(root, root).properties ?? {}) as Record<string, Schema>
  return Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, resolve(field, root)]))
}

/** Whether a schema takes a value. */
export const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success

function resolve(schema: Schema, root: Schema): Schema {
  const ref = schema.$ref
  if (typeof ref !== 'string') return schema
  if (ref === '#') return root
  const defs = (root.$defs ?? {}) as Record<string, Schema>
  return defs[ref.replace('#/$defs/', '')] ?? {}
}

let counter = 0

function sample(given: Schema, root: Schema): unknown {
  const schema = resolve(given, root)
  if ('const' in schema) return schema.const
  if ('default' in schema) return schema.default
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (choices) return sample(choices.find((one) => one.type !== 'null') ?? {}, root)
  if (Array.isArray(schema.allOf)) {
    return Object.assign({}, ...schema.allOf.map((one: Schema) => sample(one, root)))
  }
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'integer':
    case 'number':
      return Math.max(Number(schema.minimum ?? 1), Number(schema.exclusiveMinimum ?? -1) + 1, 1)
    case 'boolean':
      return false
    case 'null':
      return null
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 0) }, () => sample((schema.items ?? {}) as Schema, root))
    case 'object': {
      const required = (schema.required ?? []) as string[]
      const properties = (schema.properties ?? {}) as Record<string, Schema>
      return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {}, root)]))
    }
    default:
      return {}
  }
}

function text(schema: Schema): string {
  counter += 1
  switch (schema.format) {
    case 'uuid':
      return randomUUID()
    case 'email':
      return `sample-${counter}@example.com`
    case 'date-time':
      return '2030-01-02T03:04:05Z'
    case 'date':
      return '2030-01-02'
    case 'uri':
      return 'https://example.com/'
    default:
      return `sample ${counter}`.padEnd(Number(schema.minLength ?? 0), 'x')
  }
}
