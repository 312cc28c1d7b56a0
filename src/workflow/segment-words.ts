import { conditionWords } from './conditions.ts'
import {
  type CampaignState,
  type FieldOp,
  isLeaf,
  type LeafRule,
  partsOf,
  type RuleValue,
  readSpan,
  type SegmentRule,
} from './segment-rules.ts'

/** The words between a field and a value: “country is one of VN, DE”. */
export const opWords: Readonly<Record<FieldOp, string>> = {
  ...conditionWords,
  in: 'is one of',
  'not-in': 'is none of',
  before: 'is before',
  after: 'is after',
  within: 'is within',
}

/** What a campaign's state says of a customer: “they are inside “Spring””. */
export const stateWords: Readonly<Record<CampaignState, string>> = {
  inside: 'are inside',
  entered: 'were ever in',
  'never-in': 'were never in',
  'went-through': 'went through',
  finished: 'finished',
  canceled: 'were taken out of',
  failed: 'failed in',
  'handed-off': 'were handed off by',
  'held-out': 'were held out of',
  sent: 'got a message of',
  opened: 'opened a message of',
  clicked: 'clicked in a message of',
  replied: 'replied to',
  bounced: 'bounced in',
}

const fieldWords: Readonly<Record<string, string>> = {
  firstName: 'first name',
  lastName: 'last name',
  telegramChatId: 'Telegram chat',
  linkedinUrl: 'LinkedIn profile',
  externalId: 'external id',
  claimedBy: 'owner',
  trackingConsent: 'tracking consent',
  createdAt: 'created',
  updatedAt: 'updated',
  'company.name': 'company name',
  'company.domain': 'company domain',
  'company.industry': 'company industry',
}

/** A field as people say it: “first name”, “plan.seats” of the attributes. */
export function fieldWord(field: string): string {
  if (field.startsWith('attributes.')) return field.slice('attributes.'.length)
  if (field.startsWith('company.attributes.')) return `company ${field.slice('company.attributes.'.length)}`
  return fieldWords[field] ?? field
}

/** Names of segments, products, campaigns and members by their ids. */
export type Names = ReadonlyMap<string, string>

const named = (id: string, names: Names): string => `“${names.get(id) ?? 'deleted'}”`

function valueWords(op: FieldOp, value: RuleValue | RuleValue[] | undefined, names: Names): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((each) => names.get(String(each)) ?? String(each)).join(', ')
  const span = op === 'before' || op === 'after' || op === 'within' ? readSpan(value) : null
  if (span === null) return names.get(String(value)) ?? String(value)
  if (op === 'within') return `the ${span.ahead ? 'next' : 'last'} ${span.words}`
  return span.ahead ? `${span.words} from now` : `${span.words} ago`
}

/** One rule as a sentence: “country is Vietnam”, “did deal.won at least 2 times in the last 7 days”. */
export function ruleSentence(rule: LeafRule, names: Names): string {
  if ('field' in rule) {
    return `${fieldWord(rule.field)} ${opWords[rule.op]} ${valueWords(rule.op, rule.value, names)}`.trim()
  }
  if ('tag' in rule) {
    if (rule.op === 'starts-with' || rule.op === 'ends-with') return `a tag ${opWords[rule.op]} “${rule.tag}”`
    return `${rule.op.startsWith('not-') ? 'not tagged' : 'tagged'} “${rule.tag}”`
  }
  if ('event' in rule) {
    const times = rule.count === undefined || rule.count === 1 ? '' : ` at least ${rule.count} times`
    const span = rule.within === undefined ? null : readSpan(rule.within)
    const since = span ? ` in the last ${span.words}` : ''
    const rules = rule.filter?.rules ?? []
    const filter = rules.map(({ input, condition, value }) =>
      `${input} ${conditionWords[condition]} ${value ?? ''}`.trim(),
    )
    const where = filter.length > 0 ? ` where ${filter.join(rule.filter?.match === 'any' ? ' or ' : ' and ')}` : ''
    return `${rule.did ? 'did' : 'did not do'} ${rule.event}${where}${times}${since}`
  }
  if ('segment' in rule) return `${rule.in ? 'in' : 'not in'} the segment ${named(rule.segment, names)}`
  if ('score' in rule) {
    return `score on ${named(rule.score.productId, names)} ${opWords[rule.op]} ${rule.value ?? ''}`.trim()
  }
  return `${stateWords[rule.state]} ${named(rule.campaign, names)}`
}

/** What is known of one customer about one rule; `actual` is the value that was compared, where there is one. */
export interface Judged {
  holds: boolean
  actual?: string | null
}

/**
 * Why a customer matches rules or does not: one sentence for each rule that decided it, with what the customer has instead (“country is
 * Vietnam: it is Germany”). `judged` knows each rule by its path.
 */
export function explainRules(
  rules: SegmentRule,
  judged: (path: string) => Judged,
  names: Names,
): { holds: boolean; because: string[] } {
  const explain = (rule: SegmentRule, path: string): { holds: boolean; because: string[] } => {
    if (isLeaf(rule)) {
      const { holds, actual } = judged(path)
      return {
        holds,
        because: [holds ? ruleSentence(rule, names) : `${ruleSentence(rule, names)}${butIs(rule, actual, names)}`],
      }
    }
    const parts = partsOf(rule).map(({ place, rule: part }) => explain(part, path === '' ? place : `${path}.${place}`))
    if ('not' in rule) {
      const [inner] = parts
      const holds = inner?.holds === false
      return { holds, because: (inner?.because ?? []).map((text) => (holds ? text : `excluded because: ${text}`)) }
    }
    const holds = 'all' in rule ? parts.every((part) => part.holds) : parts.some((part) => part.holds)
    const deciding = parts.filter((part) => part.holds === holds)
    return { holds, because: deciding.flatMap(({ because }) => because) }
  }
  return explain(rules, '')
}

function butIs(rule: LeafRule, actual: string | null | undefined, names: Names): string {
  if (actual === undefined) return 'field' in rule || 'score' in rule ? '' : ': no'
  if (actual === null || actual === '') return 'score' in rule ? ': they have none' : ': it is empty'
  const shown = names.get(actual) ?? actual
  return `: it is ${shown.length > 80 ? `${shown.slice(0, 79).toWellFormed()}…` : shown}`
}
