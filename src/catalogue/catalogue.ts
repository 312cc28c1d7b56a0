import { z } from 'zod'
import type { AnyNode } from '../engine/define-node.ts'
import { nodes } from '../nodes/index.ts'
import { configIssue, type Fault, unknownType, withoutEmpty } from '../workflow/config-schema.ts'
import type { Catalogue, ConfigIssue, NodeType, ParsedConfig } from '../workflow/graph.ts'
import { labelOf, type Path } from '../workflow/schema.ts'

/** Members of `meta` that are JSON Schema's own; the others become `x-…`. */
const ofJsonSchema = new Set(['title', 'description', 'deprecated', 'examples', 'format'])
const ours = new Set([
  ...['widget', 'ref', 'refFilter', 'implied', 'template', 'unit', 'section', 'hidden', 'labels', 'sentence'],
  // Other fields that a choice here stands in place of.
  ...['placeholder', 'replaces'],
])

/** What others see of the node types: palette, forms, cards, validator, prompt and docs are made from it. */
export const catalogue: Catalogue = Object.fromEntries(Object.values(nodes).map((node) => [node.type, nodeType(node)]))

/** Parses a node's config by its definition: defaults filled in and warnings, or what is wrong with it. Never throws. */
export function parseConfig(type: string, config: unknown): ParsedConfig {
  const definition = Object.hasOwn(nodes, type) ? nodes[type] : undefined
  const schema = catalogue[type]?.config
  if (!definition || !schema) return unknownType(type)
  const given = withoutEmpty(schema, config)
  const result = (definition.config as z.ZodType<Record<string, unknown>>).safeParse(given)
  if (!result.success) {
    const issues = result.error.issues.map((fault) => readFault(fault, schema, given))
    // One sentence a field: an empty text is too short and breaks its pattern as well.
    return {
      config: null,
      issues: [...new Map(issues.toReversed().map((each) => [each.field, each])).values()].reverse(),
    }
  }
  const warnings = definition.warn?.(result.data) ?? []
  return {
    config: result.data,
    issues: warnings.map((warning) => ({ severity: 'warning', field: '', ...warning })),
  }
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
    sends: node.sends ?? null,
    rests: node.rests ?? null,
    guard: node.judge !== undefined,
    guardedBy: node.guardedBy ?? null,
    rules: node.rules ?? null,
    tone: node.tone ?? null,
    listens: node.listens ?? null,
    goal: node.reached !== undefined,
    endsBy: node.endsBy ?? null,
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

/** A fault found by zod as a sentence about the field as the form names it. */
function readFault(fault: z.core.$ZodIssue, schema: Record<string, unknown>, config: unknown): ConfigIssue {
  const noShape = fault.code === 'invalid_union' && 'discriminator' in fault && fault.discriminator !== undefined
  const given = fault.path.map((each) => (typeof each === 'symbol' ? String(each) : each))
  const path = noShape && given.at(-1) !== fault.discriminator ? [...given, String(fault.discriminator)] : given
  return configIssue(path, labelOf(schema, config, path), faultOf(fault, valueAt(config, path)))
}

function faultOf(fault: z.core.$ZodIssue, value: unknown): Fault {
  if (value === undefined || value === null || value === '') {
    return { is: 'missing', message: ownMessage(fault.message) }
  }
  switch (fault.code) {
    case 'invalid_type':
      return { is: 'type', expected: fault.expected }
    case 'invalid_value':
      return { is: 'choice', choices: fault.values }
    case 'invalid_union': {
      const choices = 'options' in fault && Array.isArray(fault.options) ? fault.options : null
      return choices ? { is: 'choice', choices } : { is: 'format' }
    }
    case 'too_small':
    case 'too_big': {
      if (fault.code === 'too_small' && fault.origin === 'string' && fault.minimum === 1) return { is: 'missing' }
      const of = fault.origin === 'string' ? 'text' : fault.origin === 'array' ? 'list' : 'number'
      return fault.code === 'too_small'
        ? { is: 'range', of, atLeast: Number(fault.minimum) }
        : { is: 'range', of, atMost: Number(fault.maximum) }
    }
    default:
      return { is: 'format', message: ownMessage(fault.message) }
  }
}

/** A message that the definition wrote, not one of zod's. */
const ownMessage = (message: string): string | undefined =>
  /^(Invalid|Too (small|big))\b/.test(message) ? undefined : message

function valueAt(config: unknown, path: Path): unknown {
  let value = config
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string | number, unknown>)[name]
  }
  return value
}
