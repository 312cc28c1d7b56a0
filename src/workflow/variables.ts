import type { Drawing, DrawnNode } from './drawing.ts'
import type { Catalogue, Graph, GraphProblem, Needs } from './graph.ts'
import { type Leaf, leavesOf, type Schema } from './schema.ts'
import { checkTemplate, type TemplateMode } from './template.ts'
import { nearestName } from './variable-names.ts'

/** A named template's texts, as the workspace has them. */
export interface NamedTemplate {
  subject: string
  body: string
}

/** What a message alone has: the addresses of its own pages. */
const messageVariables = new Set(['unsubscribeUrl', 'preferencesUrl'])

interface Use {
  node: DrawnNode
  field: string
  /** In front of a sentence, where the text is not in the field itself. */
  source: string
  mode: TemplateMode
  variables: string[][]
}

const templateModes: Readonly<Record<string, TemplateMode>> = { short: 'short', full: 'full', value: 'value' }
const modeOf = (schema: Schema): TemplateMode | undefined => templateModes[String(schema['x-template'])]

const annotated = ({ schema }: Leaf) => schema['x-template'] !== undefined || schema['x-ref'] !== undefined
const fieldName = ({ path }: Leaf): string => path.join('.')

/** Checks every template of every node: it parses, and what it names exists and is there whenever the node is reached. Answers what each node's output is read for. */
export function checkVariables(
  drawing: Drawing,
  templates: ReadonlyMap<string, NamedTemplate>,
  report: (problem: GraphProblem) => void,
): Map<string, Set<string>> {
  const keeps = new Map<string, Set<string>>()
  for (const node of drawing.nodes.values()) {
    for (const use of usesOf(node, templates, report)) {
      for (const segments of use.variables) {
        if (use.mode === 'full' && segments.length === 1 && messageVariables.has(segments[0] ?? '')) continue
        const fault = faultOf(segments, node, drawing)
        if (fault) {
          const message = `${use.source}${fault.message}`
          report({ ...fault, message, severity: 'error', nodeId: node.id, field: use.field })
        }
        if (segments[0] !== 'node') continue
        const [, id = '', , field] = segments
        if (field === undefined) continue
        const kept = keeps.get(id) ?? new Set()
        keeps.set(id, kept.add(field))
      }
    }
  }
  return keeps
}

function* usesOf(
  node: DrawnNode,
  templates: ReadonlyMap<string, NamedTemplate>,
  report: (problem: GraphProblem) => void,
): Generator<Use> {
  for (const leaf of leavesOf(node.type.config, node.config ?? node.raw)) {
    if (typeof leaf.value !== 'string' || leaf.value === '' || !annotated(leaf)) continue
    const field = fieldName(leaf)
    const mode = modeOf(leaf.schema)
    const named = leaf.schema['x-ref'] === 'template' ? templates.get(leaf.value) : undefined
    const texts = [
      ...(mode ? [{ text: leaf.value, mode, source: '' }] : []),
      ...(named ? [named.subject, named.body] : []).map((text) => ({
        text,
        mode: 'full' as const,
        source: `In the template “${leaf.value}”: `,
      })),
    ]
    for (const { text, mode: how, source } of texts) {
      const { problems, variables } = checkTemplate(text, { mode: how })
      for (const { code, message } of problems) {
        report({ severity: 'error', code, nodeId: node.id, field, message: `${source}${message}` })
      }
      yield { node, field, source, mode: how, variables }
    }
  }
}

function faultOf(
  segments: readonly string[],
  node: DrawnNode,
  drawing: Drawing,
): { code: string; message: string; fix?: string } | null {
  const [namespace] = segments
  const written = segments.join('.')
  if (namespace === 'node') return outputFault(segments, node, drawing)
  const nearest = nearestName(segments)
  if (nearest === undefined) return null
  return {
    code: 'unknown_variable',
    message: `There is no “${written.slice(0, 100)}”.`,
    ...(nearest !== null && { fix: `Did you mean “${nearest}”?` }),
  }
}

function outputFault(
  segments: readonly string[],
  node: DrawnNode,
  { nodes, ways }: Drawing,
): { code: string; message: string; fix?: string } | null {
  const [, id = '', output, field] = segments
  const written = segments.join('.').slice(0, 100)
  if (output !== 'output' || field === undefined) {
    return { code: 'unknown_variable', message: `“${written}” names no value: write node.<id>.output.<field>.` }
  }
  const other = nodes.get(id)
  if (!other) return { code: 'unknown_variable', message: `There is no node with the id “${id.slice(0, 80)}”.` }
  const fields = Object.keys((other.type.output.properties ?? {}) as Record<string, unknown>)
  if (!fields.includes(field)) {
    const nearest = fields.length === 0 ? 'It writes none.' : `It writes ${fields.join(', ')}.`
    return { code: 'unknown_variable', message: `${other.name} writes no “${field.slice(0, 80)}”.`, fix: nearest }
  }
  // The condition at the head of a branch is judged while the customer still stands at the split.
  const places = node.type.guard ? node.into.map((edge) => edge.source) : [node.id]
  if (ways.order === null || places.every((place) => ways.passesFirst(id, place))) return null
  if (!ways.reached.has(node.id)) return null
  return {
    code: 'not_upstream',
    message: `Not every way here passes ${other.name} first, so its output may be missing.`,
    fix: `Move this behind ${other.name}, or leave it out.`,
  }
}

/** What a node's own evaluation in the walk looks at: its definition's facts and fields, and what its short templates name. */
export function ownNeeds(node: DrawnNode): Needs {
  const config = node.config ?? node.raw
  const customer = new Set(node.type.customer)
  const facts = new Set(node.type.reads)
  for (const leaf of leavesOf(node.type.config, config)) {
    const mode = modeOf(leaf.schema)
    if (typeof leaf.value !== 'string' || mode === undefined || mode === 'full') continue
    for (const [namespace, field] of checkTemplate(leaf.value, { mode }).variables) {
      if (namespace === 'customer' && field !== undefined && field !== 'id') customer.add(field)
      if (namespace === 'trigger') facts.add('trigger')
    }
  }
  const reads = facts.has('criterion') || facts.has('score')
  const chosen = typeof config.criterionId === 'string' ? config.criterionId : null
  return { customer: [...customer], scores: reads ? [chosen] : [], facts: [...facts] }
}

/** Something outside the graph that a node's config names. */
export interface Reference {
  nodeId: string
  /** Dotted path inside the node's config. */
  field: string
  /** segment, credential, template, criterion, member or product. */
  ref: string
  /** Its id (a template: its name). Null: the campaign's own, which must exist (the criterion of its primary product). */
  value: string | null
  /** Members that it must have, e.g. `{kind: 'static'}`. */
  filter: Record<string, unknown>
}

/** Everything outside the graph that its nodes name, for the checks that need the database. Never throws. */
export function references(graph: Graph, catalogue: Catalogue): Reference[] {
  return (Array.isArray(graph?.nodes) ? graph.nodes : []).flatMap((node) => {
    const type = Object.hasOwn(catalogue, node?.type) ? catalogue[node.type] : undefined
    if (!type || typeof node.config !== 'object' || node.config === null) return []
    const found: Reference[] = []
    for (const leaf of leavesOf(type.config, node.config)) {
      const { 'x-ref': ref, 'x-refFilter': filter, 'x-implied': implied } = leaf.schema
      if (typeof ref !== 'string') continue
      const isImplied = implied === true || (typeof implied === 'string' && node.config[implied] !== undefined)
      const value = typeof leaf.value === 'string' && leaf.value !== '' ? leaf.value : null
      if (value === null && !(leaf.value === undefined && isImplied)) continue
      found.push({ nodeId: node.id, field: fieldName(leaf), ref, value, filter: (filter ?? {}) as Reference['filter'] })
    }
    return found
  })
}
