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

/** The rule or group at a place; undefined where there is none. */
function partAt(rule: SegmentRule, place: Place): SegmentRule | undefined {
  const [index, ...rest] = place
  if (index === undefined) return rule
  const part = groupOf(rule)?.parts[index]
  return part && partAt(part, rest)
}

/** Rules with the parts of the group at a place changed. */
function withParts(rule: SegmentRule, place: Place, change: (parts: SegmentRule[]) => SegmentRule[]): SegmentRule {
  const { kind, parts } = asGroup(rule)
  const [index, ...rest] = place
  if (index === undefined) return ruleOf({ kind, parts: change(parts) })
  return ruleOf({ kind, parts: parts.map((part, at) => (at === index ? withParts(part, rest, change) : part)) })
}

const spliced = (parts: readonly SegmentRule[], at: number, count: number, ...put: SegmentRule[]): SegmentRule[] => [
  ...parts.slice(0, at),
  ...put,
  ...parts.slice(at + count),
]

/** How many levels of groups a part is: 0 for a rule. */
const depthOf = (rule: SegmentRule): number => (isLeaf(rule) ? 0 : 1 + Math.max(0, ...asGroup(rule).parts.map(depthOf)))

/** Rules after a change, and where the part that it was about stands then. */
export interface Changed {
  rules: SegmentRule
  place: Place
}

/**
 * What can be done with the part at a place, by name; a name that is not there cannot be done. The rules hold what they held: nothing is lost by
 * any of them, save that a group which nothing is left in goes.
 */
export function movesAt(rules: SegmentRule, place: Place): Partial<Record<Move, () => Changed>> {
  const part = partAt(rules, place)
  const index = place.at(-1)
  if (part === undefined || index === undefined) return {}
  const outer = place.slice(0, -1)
  const siblings = asGroup(partAt(rules, outer) ?? rules).parts
  const can: Partial<Record<Move, () => Changed>> = {}
  const swap = (to: number) => () => ({
    rules: withParts(rules, outer, (parts) => moved(parts, index, to)),
    place: [...outer, to],
  })
  if (index > 0) can.up = swap(index - 1)
  if (index < siblings.length - 1) can.down = swap(index + 1)
  const into = (to: number, last: boolean) => {
    const target = siblings[to]
    if (target === undefined || isLeaf(target) || outer.length + 1 + depthOf(part) >= deepestGroup) return undefined
    return () => {
      const inner = asGroup(target)
      const joined = ruleOf({ kind: inner.kind, parts: last ? [...inner.parts, part] : [part, ...inner.parts] })
      const put = withParts(rules, outer, (parts) => spliced(parts, to, 1, joined))
      return {
        rules: withParts(put, outer, (parts) => spliced(parts, index, 1)),
        place: [...outer, to > index ? to - 1 : to, last ? inner.parts.length : 0],
      }
    }
  }
  const above = into(index - 1, true)
  const below = into(index + 1, false)
  if (above) can.intoAbove = above
  if (below) can.intoBelow = below
  const groupAt = outer.at(-1)
  if (groupAt !== undefined) {
    const further = outer.slice(0, -1)
    can.out = () => {
      const emptied = siblings.length === 1
      const without = emptied ? rules : withParts(rules, outer, (parts) => spliced(parts, index, 1))
      // Behind the group that it leaves; in its place where nothing is left in that.
      const at = emptied ? groupAt : groupAt + 1
      return {
        rules: withParts(without, further, (parts) => spliced(parts, at, emptied ? 1 : 0, part)),
        place: [...further, at],
      }
    }
  }
  if (!isLeaf(part) && asGroup(part).parts.length > 0) {
    can.ungroup = () => ({
      rules: withParts(rules, outer, (parts) => spliced(parts, index, 1, ...asGroup(part).parts)),
      place,
    })
  }
  return can
}

/** What can be done with a rule or group among the others. */
export type Move = 'up' | 'down' | 'intoAbove' | 'intoBelow' | 'out' | 'ungroup'

/** The place of the one rule that differs between two trees of the same shape; null where more has changed than what one rule says. */
export function changedRule(before: SegmentRule, after: SegmentRule, place: Place = []): string | null {
  const one = groupOf(before)
  const other = groupOf(after)
  if (one === null || other === null) return one === other ? place.join('.') : null
  if (one.kind !== other.kind || one.parts.length !== other.parts.length) return null
  const changed = one.parts.flatMap((part, index) => {
    const now = other.parts[index]
    return now === undefined || part === now || JSON.stringify(part) === JSON.stringify(now)
      ? []
      : [changedRule(part, now, [...place, index])]
  })
  return changed.length === 1 ? (changed[0] ?? null) : null
}

/** The next place up or down in reading order: into a group on the way, or out of the one it is in; undefined at the end. */
export function nextPlace(rules: SegmentRule, place: Place, way: 'up' | 'down'): (() => Changed) | undefined {
  const can = movesAt(rules, place)
  const inside = way === 'up' ? can.intoAbove : can.intoBelow
  if (inside) return inside
  const along = way === 'up' ? can.up : can.down
  if (along || !can.out) return along
  if (way === 'down') return can.out
  // Out at the upper side: in front of the group, not behind it.
  const left = can.out()
  const further = movesAt(left.rules, left.place)
  const stayed = asGroup(partAt(rules, place.slice(0, -1)) ?? rules).parts.length > 1
  return stayed ? further.up : can.out
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
