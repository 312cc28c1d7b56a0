import { isLeaf, type SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { type Names, ruleSentence } from '../../../src/workflow/segment-words.ts'

const joins = { all: ' and ', any: ' or ' } as const

/** A rule or a group in one line: “country is VN”, “not (tag vip or tag trial)”. */
export function ruleText(rule: SegmentRule, names: Names): string {
  if (isLeaf(rule)) return ruleSentence(rule, names)
  if ('not' in rule) return `not (${ruleText(rule.not, names)})`
  const [kind, parts] = 'all' in rule ? (['all', rule.all] as const) : (['any', rule.any] as const)
  return parts.map((part) => (isLeaf(part) ? ruleText(part, names) : `(${ruleText(part, names)})`)).join(joins[kind])
}
