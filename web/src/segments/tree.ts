import { isUnary } from '../../../src/workflow/conditions.ts'
import {
  isLeaf,
  type LeafRule,
  type RuleValue,
  readSpan,
  type SegmentRule,
} from '../../../src/workflow/segment-rules.ts'

/** How a group joins its parts. */
export type GroupKind = 'all' | 'any' | 'none' | 'not-all'

/** A group as the builder shows it; a `not` around a group is one with it. */
export interface Group {
  kind: GroupKind
  parts: SegmentRule[]
}

/** Deepest nesting that the builder offers. */
export const deepestGroup = 3

/** A group's kind and parts; null for a rule. A `not` around a rule is a group of none. */
export function groupOf(rule: SegmentRule): Group | null {
  if ('all' in rule) return { kind: 'all', parts: rule.all }
  if ('any' in rule) return { kind: 'any', parts: rule.any }
  if (!('not' in rule)) return null
  if ('any' in rule.not) return { kind: 'none', parts: rule.not.any }
  if ('all' in rule.not) return { kind: 'not-all', parts: rule.not.all }
  return { kind: 'none', parts: [rule.not] }
}

/** The rule that a group is. */
export function ruleOf({ kind, parts }: Group): SegmentRule {
  switch (kind) {
    case 'all':
      return { all: parts }
    case 'any':
      return { any: parts }
    case 'none':
      return { not: { any: parts } }
    case 'not-all':
      return { not: { all: parts } }
  }
}

/** Any rules as a group, so that there is something to add to. */
export const asGroup = (rule: SegmentRule): Group => groupOf(rule) ?? { kind: 'all', parts: [rule] }

const isFilled = (value: RuleValue | undefined): boolean => value !== undefined && String(value).trim() !== ''

/** Whether a rule says enough to be asked for. */
export function isComplete(rule: LeafRule): boolean {
  if ('field' in rule) {
    if (rule.field === '' || rule.field.endsWith('.')) return false
    if (isUnary(rule.op as never)) return true
    if (Array.isArray(rule.value)) return rule.value.length > 0
    return rule.op === 'within' ? readSpan(rule.value) !== null : isFilled(rule.value)
  }
  if ('tag' in rule) return rule.tag.trim() !== ''
  if ('event' in rule) return rule.event.trim() !== ''
  if ('segment' in rule) return rule.segment !== ''
  if ('score' in rule) return rule.score.productId !== '' && (isUnary(rule.op) || rule.value !== undefined)
  return rule.campaign !== ''
}

/** A place in the tree as the builder draws it: the index of each part from the root. */
export type Place = readonly number[]

/**
 * The rules without what is not filled in yet, as they can be asked for, and where each place of the builder lies in them (`all.0`); null
 * when nothing is left.
 */
export function complete(rule: SegmentRule): { rules: SegmentRule; paths: Map<string, string> } | null {
  const paths = new Map<string, string>()
  const walk = (given: SegmentRule, place: Place, path: string): SegmentRule | null => {
    paths.set(place.join('.'), path)
    if (isLeaf(given)) return isComplete(given) ? given : null
    const group = asGroup(given)
    const inner = { all: 'all', any: 'any', none: 'not.any', 'not-all': 'not.all' }[group.kind]
    const parts: SegmentRule[] = []
    group.parts.forEach((part, index) => {
      const at = path === '' ? `${inner}.${parts.length}` : `${path}.${inner}.${parts.length}`
      const kept = walk(part, [...place, index], at)
      if (kept === null) {
        const below = [...place, index].join('.')
        for (const key of paths.keys()) if (key === below || key.startsWith(`${below}.`)) paths.delete(key)
      } else parts.push(kept)
    })
    return parts.length === 0 ? null : ruleOf({ kind: group.kind, parts })
  }
  const rules = walk(ruleOf(asGroup(rule)), [], '')
  return rules === null ? null : { rules, paths }
}

/** The parts with one moved to another index. */
export function moved<Part>(parts: readonly Part[], from: number, to: number): Part[] {
  const rest = parts.filter((_, index) => index !== from)
  const part = parts[from]
  return part === undefined ? [...parts] : [...rest.slice(0, to), part, ...rest.slice(to)]
}

/** Rules to begin with. */
export const starters: readonly { label: string; rules: SegmentRule }[] = [
  { label: 'Added in the last 30 days', rules: { all: [{ field: 'createdAt', op: 'within', value: '30d' }] } },
  { label: 'Replied in the last 30 days', rules: { all: [{ event: 'message.replied', did: true, within: '30d' }] } },
  {
    label: 'Never opened a message',
    rules: {
      all: [
        { event: 'message.sent', did: true },
        { event: 'message.opened', did: false },
      ],
    },
  },
]
