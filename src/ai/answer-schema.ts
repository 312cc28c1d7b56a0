import type { Catalogue, GraphEdge, GraphNode } from '../workflow/graph.ts'
import type { Schema } from '../workflow/schema.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): Schema[] => (Array.isArray(value) ? (value as Schema[]) : [])

/** An object whose names are the user’s own, such as headers: told as a list of names and values, since strict schemas have none. */
const isRecord = (schema: Schema): boolean => schema.type === 'object' && !isObject(schema.properties)

const pair = {
  type: 'object',
  properties: { name: { type: 'string' }, value: { type: 'string' } },
  required: ['name', 'value'],
  additionalProperties: false,
}

/** The strict JSON Schema of a model’s answer: every node type of the catalogue with its config, every field required, empty ones null. */
export function answerSchema(catalogue: Catalogue): Record<string, unknown> {
  const node = (type: string, config: Schema) => ({
    type: 'object',
    properties: {
      id: { type: 'string', description: 'A letter, then letters, digits and “-”. A step that stays keeps its id.' },
      type: { type: 'string', enum: [type] },
      title: { type: 'string' },
      config: strict(config),
    },
    required: ['id', 'type', 'title', 'config'],
    additionalProperties: false,
  })
  return {
    type: 'object',
    properties: {
      summary: { type: 'string', description: 'One sentence for the person: what the workflow does.' },
      nodes: {
        type: 'array',
        items: { anyOf: Object.values(catalogue).map(({ type, config }) => node(type, config)) },
      },
      edges: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            source: { type: 'string' },
            target: { type: 'string' },
            when: {
              anyOf: [{ type: 'string' }, { type: 'null' }],
              description: 'The outcome or branch id; null for the default way.',
            },
          },
          required: ['source', 'target', 'when'],
          additionalProperties: false,
        },
      },
      notes: {
        type: 'array',
        items: { type: 'string' },
        description: 'What was assumed or cannot be done, a sentence each.',
      },
    },
    required: ['summary', 'nodes', 'edges', 'notes'],
    additionalProperties: false,
  }
}

function strict(schema: Schema): Record<string, unknown> {
  const about = [schema.title, schema.description].filter((each) => typeof each === 'string').join(': ')
  const described = about === '' ? {} : { description: about }
  const shapes = [...listOf(schema.oneOf), ...listOf(schema.anyOf)]
  if (shapes.length > 0) return { ...described, anyOf: shapes.map(strict) }
  if (schema.const !== undefined) return { type: typeof schema.const, enum: [schema.const] }
  if (isRecord(schema)) return { ...described, type: 'array', items: pair }
  if (schema.type === 'object') {
    const required = new Set(Array.isArray(schema.required) ? schema.required : [])
    const fields = Object.entries(schema.properties as Record<string, Schema>).filter(
      ([, field]) => field['x-hidden'] !== true,
    )
    return {
      ...described,
      type: 'object',
      properties: Object.fromEntries(
        fields.map(([name, field]) => [
          name,
          required.has(name) ? strict(field) : { anyOf: [strict(field), { type: 'null' }] },
        ]),
      ),
      required: fields.map(([name]) => name),
      additionalProperties: false,
    }
  }
  if (schema.type === 'array')
    return { ...described, type: 'array', items: strict((schema.items ?? { type: 'string' }) as Schema) }
  return {
    ...described,
    ...(schema.type === undefined ? { type: 'string' } : { type: schema.type }),
    ...(Array.isArray(schema.enum) && { enum: schema.enum }),
  }
}

/** What a model answered, read into a graph; or what is wrong with its form, in sentences. */
export type ReadAnswer =
  | { nodes: GraphNode[]; edges: GraphEdge[]; summary: string; notes: string[] }
  | { faults: string[] }

/** Reads an answer: JSON, also in a code fence or between words; every node of a known type, every edge with its ends. Never throws. */
export function readAnswer(text: string, catalogue: Catalogue): ReadAnswer {
  const value = readJson(text)
  if (!isObject(value)) return { faults: ['The answer is not one whole JSON object.'] }
  const faults: string[] = []
  const nodes = (Array.isArray(value.nodes) ? value.nodes : []).flatMap((node: unknown, index): GraphNode[] => {
    if (!isObject(node) || typeof node.id !== 'string' || typeof node.type !== 'string') {
      faults.push(`nodes.${index} needs id, type, title and config.`)
      return []
    }
    const type = Object.hasOwn(catalogue, node.type) ? catalogue[node.type] : undefined
    if (!type) {
      faults.push(
        `nodes.${index}: there is no node type “${node.type.slice(0, 60)}”. There are: ${Object.keys(catalogue).join(', ')}.`,
      )
      return []
    }
    const config = plain(type.config, isObject(node.config) ? node.config : {})
    return [
      {
        id: node.id,
        type: node.type,
        title: typeof node.title === 'string' ? node.title.slice(0, 200) : '',
        config: config as Record<string, unknown>,
      },
    ]
  })
  if (!Array.isArray(value.nodes) || value.nodes.length === 0)
    faults.push('“nodes” must be a list with at least the trigger.')
  if (value.nodes !== undefined && Array.isArray(value.nodes) && value.nodes.length > 500)
    faults.push('At most 500 nodes.')
  const edges = (Array.isArray(value.edges) ? value.edges : []).flatMap((edge: unknown, index): GraphEdge[] => {
    if (!isObject(edge) || typeof edge.source !== 'string' || typeof edge.target !== 'string') {
      faults.push(`edges.${index} needs source and target.`)
      return []
    }
    const when = typeof edge.when === 'string' && edge.when !== '' && edge.when !== 'default' ? edge.when : null
    return [
      {
        id: `${edge.source}-${edge.target}${when === null ? '' : `-${when}`}`,
        source: edge.source,
        target: edge.target,
        when,
      },
    ]
  })
  if (!Array.isArray(value.edges)) faults.push('“edges” must be a list.')
  if (faults.length > 0) return { faults: faults.slice(0, 20) }
  return {
    nodes,
    edges,
    summary: typeof value.summary === 'string' ? value.summary.slice(0, 500) : '',
    notes: Array.isArray(value.notes)
      ? value.notes
          .filter((note) => typeof note === 'string')
          .map((note) => note.slice(0, 300))
          .slice(0, 10)
      : [],
  }
}

function readJson(text: string): unknown {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(text)?.[1]
  const between = text.slice(Math.max(0, text.indexOf('{')), text.lastIndexOf('}') + 1)
  for (const candidate of [text, fenced, between]) {
    if (!candidate) continue
    try {
      return JSON.parse(candidate)
    } catch {
      // The next form may do.
    }
  }
  return undefined
}

/** A value as the catalogue writes it: without nulls, lists of names and values as objects. */
function plain(schema: Schema, value: unknown): unknown {
  const shapes = [...listOf(schema.oneOf), ...listOf(schema.anyOf)]
  if (isRecord(schema) && Array.isArray(value)) {
    return Object.fromEntries(
      value.flatMap((each) =>
        isObject(each) && typeof each.name === 'string' ? [[each.name, String(each.value ?? '')]] : [],
      ),
    )
  }
  if (Array.isArray(value)) return value.map((each) => plain((schema.items ?? {}) as Schema, each))
  if (!isObject(value)) return value
  const fits = (shape: Schema) =>
    Object.entries((shape.properties ?? {}) as Record<string, Schema>).every(
      ([name, field]) => field.const === undefined || field.const === value[name],
    )
  const shape = shapes.length > 0 ? (shapes.find(fits) ?? {}) : schema
  const fields = (shape.properties ?? {}) as Record<string, Schema>
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [name, plain(fields[name] ?? {}, inner)]),
  )
}
