import type { GraphDiff } from '../workflow/diff.ts'
import type { Catalogue, Graph, GraphEdge } from '../workflow/graph.ts'
import { durationText } from './durations.ts'

/** One thing that a proposal would do, in a sentence; `key` names it for a checkbox. */
export interface Change {
  key: string
  kind: 'added' | 'changed' | 'removed'
  nodeId: string
  text: string
}

/** A sentence for every step that a proposal adds, changes or removes, and for each way that leads elsewhere between steps that stay. */
export function changesOf(diff: GraphDiff, before: Graph, after: Graph, catalogue: Catalogue): Change[] {
  const titles = new Map(
    [...before.nodes, ...after.nodes].map(({ id, type, title }) => [id, title || catalogue[type]?.title || id]),
  )
  const name = (id: string) => `“${titles.get(id) ?? id}”`
  const kind = (type: string) => catalogue[type]?.title ?? type
  const added = diff.nodes.added.map(({ id, type, title }): Change => {
    const said = title && title !== kind(type) ? `“${title}” (${kind(type).toLowerCase()})` : `“${kind(type)}”`
    const into = after.edges.find(({ target }) => target === id)
    const where = into ? `, after ${name(into.source)}${into.when === null ? '' : ` when ${wordOf(into.when)}`}` : ''
    return { key: `+${id}`, kind: 'added', nodeId: id, text: `Adds ${said}${where}.` }
  })
  const changed = diff.nodes.changed.map(({ id, fields }): Change => {
    const said = fields
      .slice(0, 3)
      .map(({ field, before: was, after: is }) => `${field} ${shown(field, was)} → ${shown(field, is)}`)
    const more = fields.length > 3 ? ` and ${fields.length - 3} more` : ''
    return { key: `~${id}`, kind: 'changed', nodeId: id, text: `Changes ${name(id)}: ${said.join(', ')}${more}.` }
  })
  const removed = diff.nodes.removed.map(
    ({ id }): Change => ({ key: `-${id}`, kind: 'removed', nodeId: id, text: `Removes ${name(id)}.` }),
  )
  const stays = new Set(before.nodes.filter(({ id }) => after.nodes.some((node) => node.id === id)).map(({ id }) => id))
  const between = ({ source, target }: GraphEdge) => stays.has(source) && stays.has(target)
  const way = ({ source, when }: GraphEdge) => `${name(source)}${when === null ? '' : ` (${wordOf(when)})`}`
  const ways = [
    ...diff.edges.changed
      .filter(({ before: was, after: is }) => between(is) && stays.has(was.target))
      .map(({ before: was, after: is }) => ({
        edge: is,
        text: `${way(is)} leads to ${name(is.target)} instead of ${name(was.target)}.`,
      })),
    ...diff.edges.added.filter(between).map((edge) => ({ edge, text: `${way(edge)} leads to ${name(edge.target)}.` })),
    ...diff.edges.removed
      .filter(between)
      .map((edge) => ({ edge, text: `${way(edge)} no longer leads to ${name(edge.target)}.` })),
  ].map(
    ({ edge, text }): Change => ({
      key: `>${edge.source} ${edge.when ?? ''}`,
      kind: 'changed',
      nodeId: edge.source,
      text,
    }),
  )
  return [...added, ...changed, ...removed, ...ways]
}

const words: Readonly<Record<string, string>> = {
  replied: 'they reply',
  clicked: 'they click',
  opened: 'they open it',
  bounced: 'it bounces',
}
const wordOf = (when: string): string => words[when] ?? `“${when}”`

function shown(field: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  if (typeof value === 'number' && /Ms$/.test(field)) return value === 0 ? '0' : durationText(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 60 ? `“${text.slice(0, 57)}…”` : `“${text}”`
}
