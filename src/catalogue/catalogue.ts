import { z } from 'zod'
import type { AnyNode } from '../engine/define-node.ts'
import { nodes } from '../nodes/index.ts'
import type { Catalogue, ConfigIssue, NodeType, ParsedConfig } from '../workflow/graph.ts'
import { labelOf, type Path } from '../workflow/schema.ts'

/** Members of `meta` that are JSON Schema's own; the others become `x-…`. */
const ofJsonSchema = new Set(['title', 'description', 'deprecated', 'examples', 'format'])
const ours = new Set([
  ...['widget', 'ref', 'refFilter', 'implied', 'template', 'unit', 'section', 'hidden', 'labels', 'sentence'],
  'placeholder',
])

/** What others see of the node types: palette, forms, cards, validator, prompt and docs are made from it. */
export const catalogue: Catalogue = Object.fromEntries(Object.values(nodes).map((node) => [node.type, nodeType(node)]))

/** Parses a node's config by its definition: defaults filled in and warnings, or what is wrong with it. Never throws. */
export function parseConfig(type: string, config: unknown): ParsedConfig {
  const definition = Object.hasOwn(nodes, type) ? nodes[type] : undefined
  if (!definition) return { config: null, issues: [issue('unknown_type', '', `There is no node type “${type}”.`)] }
  const result = (definition.config as z.ZodType<Record<string, unknown>>).safeParse(config)
  if (result.success) {
    const warnings = definition.warn?.(result.data) ?? []
    return {
      config: result.data,
      issues: warnings.map((warning) => ({ severity: 'warning', field: '', ...warning })),
    }
  }
  const schema = catalogue[type]?.config ?? {}
  return { config: null, issues: result.error.issues.map((each) => configIssue(each, schema, config)) }
}

function nodeType(node: AnyNode): NodeType {
  return {
    type: node.type,
    version: node.version,
    kind: node.kind,
    group: node.group,
    title: node.title,
    icon: node.icon,
    summary: node.summary,
    sentence: node.sentence,
    when: node.when,
    entry: node.entry ?? null,
    ends: node.ends ?? false,
    blocks: node.resume !== undefined,
    sends: node.sends ?? false,
    rests: node.rests ?? null,
    guard: node.judge !== undefined,
    guardedBy: node.guardedBy ?? null,
    rules: node.rules ?? null,
    tone: node.tone ?? null,
    reads: [...node.reads],
    customer: [...(node.customer ?? [])],
    config: jsonSchema(node.config, 'input'),
    output: jsonSchema(node.output, 'output'),
    initial: node.initial ?? {},
    examples: [...node.examples],
    docs: node.docs,
  }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...result } = z.toJSONSchema(schema, {
    io,
    override({ zodSchema, jsonSchema: made }) {
      for (const name of Object.keys(z.globalRegistry.get(zodSchema) ?? {})) {
        if (ofJsonSchema.has(name)) continue
        if (!ours.has(name)) throw new Error(`“${name}” in a meta is not known to the catalogue.`)
        made[`x-${name}`] = made[name]
        delete made[name]
      }
      // The pattern of a UUID and the bounds of what a number can hold say nothing that format and type do not.
      if (made.format === 'uuid') delete made.pattern
      if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum
      if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum
      delete made.additionalProperties
    },
  })
  return result
}

const issue = (code: string, field: string, message: string): ConfigIssue => ({
  severity: 'error',
  code,
  field,
  message,
})

/** A fault found by zod as a sentence about the field as the form names it. */
function configIssue(fault: z.core.$ZodIssue, schema: Record<string, unknown>, config: unknown): ConfigIssue {
  const path = fault.path.map((each) => (typeof each === 'symbol' ? String(each) : each))
  const noShape = fault.code === 'invalid_union' && 'discriminator' in fault && fault.discriminator !== undefined
  const at = noShape && path.at(-1) !== fault.discriminator ? [...path, fault.discriminator as string] : path
  const label = labelOf(schema, config, at)
  const field = at.join('.')
  const value = valueAt(config, at)
  if (value === undefined || value === null || value === '') {
    if (fault.code === 'custom') return issue('missing_field', field, fault.message)
    const own = fault.code === 'invalid_type' || fault.code === 'invalid_format' ? ownMessage(fault.message) : null
    return issue('missing_field', field, own ?? `“${label}” is required.`)
  }
  switch (fault.code) {
    case 'invalid_type':
      return issue('invalid_field', field, `“${label}” must be ${article(fault.expected)}.`)
    case 'invalid_value':
      return issue('invalid_field', field, `“${label}” must be one of ${fault.values.map(String).join(', ')}.`)
    case 'invalid_union':
      if (noShape) return issue('invalid_field', field, `“${label}” is not one of the choices.`)
      return issue('invalid_field', field, `“${label}” has the wrong type.`)
    case 'too_small':
      return issue('invalid_field', field, `“${label}” must ${measure(fault.origin)} at least ${fault.minimum}.`)
    case 'too_big':
      return issue('invalid_field', field, `“${label}” must ${measure(fault.origin)} at most ${fault.maximum}.`)
    case 'invalid_format':
      return issue('invalid_field', field, ownMessage(fault.message) ?? `“${label}” is not a valid ${fault.format}.`)
    default:
      return issue('invalid_field', field, fault.message)
  }
}

/** A message that the definition wrote, not one of zod's. */
const ownMessage = (message: string): string | null => (/^(Invalid|Too (small|big))\b/.test(message) ? null : message)

const measure = (origin: string): string =>
  origin === 'string' ? 'have a length of' : origin === 'array' ? 'have a number of entries of' : 'be'

const article = (expected: string): string =>
  ({
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
  })[expected] ?? expected

function valueAt(config: unknown, path: Path): unknown {
  let value = config
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string | number, unknown>)[name]
  }
  return value
}
