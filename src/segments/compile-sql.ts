import type { RawBuilder } from 'kysely'
import { arrayLiteral, sql } from '../db/database.ts'
import type { EventFilter } from '../workflow/event-filter.ts'
import { type CampaignState, type LeafRule, readSpan, type SegmentRule } from '../workflow/segment-rules.ts'
import { compareSql, type Source } from './value-sql.ts'

/**
 * Rules as SQL about `customer c`, parameters only. What a rule looks at beside the customer's own row (events, scores, runs, members) is
 * joined, once a rule, in one of two ways:
 * - for a set of customers, each joined table is read and grouped by itself and then hashed or merged: right for a workspace or a part
 *   of it, `between` two ids;
 * - for `each` customer by itself, it is looked up behind their row: right for one or a few thousand.
 */
export type Scope = { kind: 'all' } | { kind: 'between'; after: string | null; upto: string } | { kind: 'each' }

/** A segment as rules that name it need it; null rules = a static one. */
export interface SegmentContent {
  id: string
  rules: SegmentRule | null
}

/** Whose rules are compiled, what they may name, and for whom. */
export interface CompileContext {
  workspaceId: number
  /** Every segment that the rules name, also through others; one that is missing holds nobody. */
  segments: ReadonlyMap<string, SegmentContent>
  scope: Scope
}

type Condition = RawBuilder<boolean>
type Part = RawBuilder<unknown>

/** Compiled rules share one list of joins, which goes behind `from customer c`. */
export interface Compiler {
  /** The condition of rules, for a `where`. It may be null instead of false, but never under a `not`. */
  condition(rule: SegmentRule): Condition
  /** The same for a select list: what every row is asked for is joined, not looked up. */
  judgement(rule: SegmentRule): Condition
  /** The value that a rule compares, as text; null for rules that compare none. */
  actual(rule: LeafRule): Part | null
  /** The condition that a customer is in a segment. */
  member(segmentId: string): Condition
  /** What all conditions so far look at: `left join … left join …`. */
  joins(): Part
  /** Whether there are any. */
  joinsAnything(): boolean
}

/** Starts to compile rules; see {@link Scope}. */
export function createCompiler({ workspaceId, segments, scope }: CompileContext): Compiler {
  const joined: Part[] = []
  let usesCompany = false

  const bounds = (customer: Part): Part =>
    scope.kind === 'between'
      ? sql`and ${customer} <= ${scope.upto}::uuid ${scope.after === null ? sql`` : sql`and ${customer} > ${scope.after}::uuid`}`
      : sql``

  /** Joins rows grouped by customer; `columns` are those that the condition looks at beside customer_id. */
  const join = (of: { customer: Part; columns?: Part; from: Part; where: Part }): string => {
    const alias = `j${joined.length}`
    const { customer, columns, from, where } = of
    if (scope.kind === 'each') {
      const one = columns ? sql`group by ${customer}` : sql`limit 1`
      joined.push(sql`left join lateral (
        select ${customer} as customer_id ${columns ? sql`, ${columns}` : sql``} from ${from} where ${customer} = c.id and ${where} ${one}
      ) ${sql.ref(alias)} on true`)
      return alias
    }
    joined.push(sql`left join (
      select ${customer} as customer_id ${columns ? sql`, ${columns}` : sql``} from ${from} where ${where} ${bounds(customer)} group by ${customer}
    ) ${sql.ref(alias)} on ${sql.ref(`${alias}.customer_id`)} = c.id`)
    return alias
  }
  /** Whether there are such rows of the customer; where nothing but `and` lies above, the planner makes a semi-join of it. */
  const exists = (of: { customer: Part; from: Part; where: Part }, wanted: boolean, top: boolean): Condition => {
    if (!top) return wanted ? found(join(of)) : missing(join(of))
    const { customer, from, where } = of
    const rows = sql`(select from ${from} where ${customer} = c.id and ${where} ${bounds(customer)})`
    return wanted ? sql<boolean>`exists ${rows}` : sql<boolean>`not exists ${rows}`
  }
  const found = (alias: string): Condition => sql<boolean>`${sql.ref(`${alias}.customer_id`)} is not null`
  const missing = (alias: string): Condition => sql<boolean>`${sql.ref(`${alias}.customer_id`)} is null`

  const sourceOf = (field: string): Source => {
    if (field.startsWith('company.')) usesCompany = true
    const attribute = /^(company\.)?attributes\.(.+)$/.exec(field)
    if (attribute) {
      const row = attribute[1] === undefined ? sql`c.attributes` : sql`co.attributes`
      return { kind: 'json', value: valueAt(row, (attribute[2] ?? '').split('.')) }
    }
    return columnOf[field] ?? { kind: 'text', value: sql`null::text` }
  }

  const member = (segmentId: string, above: readonly string[], top: boolean, wanted = true): Condition => {
    const segment = segments.get(segmentId)
    // A segment that contains itself cannot be saved; one that vanished holds nobody.
    if (!segment || above.includes(segmentId)) return sql<boolean>`${!wanted}`
    if (segment.rules) {
      const inside = condition(segment.rules, [...above, segmentId], top && wanted)
      return wanted ? inside : sql<boolean>`not coalesce(${inside}, false)`
    }
    const where = sql`m.segment_id = ${segmentId}::uuid and m.workspace_id = ${workspaceId}`
    return exists({ customer: sql`m.customer_id`, from: sql`segment_member m`, where }, wanted, top)
  }

  const event = (rule: Extract<LeafRule, { event: string }>, top: boolean): Condition => {
    const span = rule.within === undefined ? null : readSpan(rule.within)
    const where = [sql`e.workspace_id = ${workspaceId} and e.name = ${rule.event}`]
    if (span) {
      const since = sql`now() - make_interval(secs => ${span.ms / 1000}::float8)`
      // No event is recorded much before it happens, so that older partitions need not be looked at.
      where.push(sql`e.occurred_at >= ${since} and e.at >= ${since} - interval '10 minutes'`)
    }
    if (rule.filter && rule.filter.rules.length > 0) where.push(passesSql(rule.filter))
    const of = { customer: sql`e.customer_id`, from: sql`event e`, where: sql.join(where, sql` and `) }
    const least = rule.count ?? 1
    if (least === 1) return exists(of, rule.did, top)
    const n = sql.ref(`${join({ ...of, columns: sql`count(*) as n` })}.n`)
    return rule.did ? sql<boolean>`${n} >= ${least}` : sql<boolean>`coalesce(${n}, 0) < ${least}`
  }

  const meanOf = (productId: string): Part => {
    const alias = join({
      customer: sql`s.customer_id`,
      // As productScore(): where all weights are 0 they count alike.
      columns: sql`coalesce(sum(s.score * k.weight) / nullif(sum(k.weight), 0), avg(s.score)) as mean`,
      from: sql`fit_score s join fit_criterion k on k.id = s.criterion_id`,
      where: sql`k.product_id = ${productId}::uuid and k.workspace_id = ${workspaceId} and k.deleted_at is null`,
    })
    return sql.ref(`${alias}.mean`)
  }
  const score = ({ score: { productId }, op, value }: Extract<LeafRule, { score: unknown }>): Condition => {
    const mean = meanOf(productId)
    const wanted = sql`${value ?? 0}::float8`
    switch (op) {
      case 'empty':
        return sql<boolean>`${mean} is null`
      case 'not-empty':
        return sql<boolean>`${mean} is not null`
      case 'greater-than':
        return sql<boolean>`${mean} > ${wanted} + 1e-9`
      case 'less-than':
        return sql<boolean>`${mean} < ${wanted} - 1e-9`
      case 'equals':
        return sql<boolean>`abs(${mean} - ${wanted}) <= 1e-9`
      case 'not-equals':
        return sql<boolean>`coalesce(abs(${mean} - ${wanted}) > 1e-9, true)`
    }
  }

  const campaign = ({ campaign: id, state }: Extract<LeafRule, { campaign: string }>, top: boolean): Condition => {
    const stamp = messageStamps[state]
    if (stamp !== undefined) {
      const where = sql`g.campaign_id = ${id}::uuid and g.workspace_id = ${workspaceId} and ${stamp} is not null`
      return exists({ customer: sql`g.customer_id`, from: sql`message g`, where }, true, top)
    }
    const where = sql`r.campaign_id = ${id}::uuid and r.workspace_id = ${workspaceId} and ${runStates[state] ?? sql`true`}`
    const of = { customer: sql`r.customer_id`, from: sql`run r join campaign rc on rc.id = r.campaign_id`, where }
    return exists(of, state !== 'never-in', top)
  }

  const condition = (rule: SegmentRule, above: readonly string[], top: boolean): Condition => {
    if ('all' in rule) return joinedBy(rule.all, sql` and `, above, top)
    if ('any' in rule) return joinedBy(rule.any, sql` or `, above, false)
    if ('not' in rule) return sql<boolean>`not coalesce(${condition(rule.not, above, false)}, false)`
    if ('field' in rule) return compareSql(sourceOf(rule.field), rule.op, rule.value)
    if ('tag' in rule) return tag(rule)
    if ('event' in rule) return event(rule, top)
    if ('segment' in rule) return member(rule.segment, above, top, rule.in)
    return 'score' in rule ? score(rule) : campaign(rule, top)
  }
  const joinedBy = (parts: readonly SegmentRule[], by: Part, above: readonly string[], top: boolean): Condition => {
    const conditions = parts.map((part) => condition(part, above, top))
    return sql<boolean>`(${sql.join(conditions, by)})`
  }

  return {
    condition: (rule) => condition(rule, [], true),
    judgement: (rule) => condition(rule, [], false),
    actual(rule) {
      if ('score' in rule) return sql`round(${meanOf(rule.score.productId)}::numeric, 3)::text`
      if ('tag' in rule) return sql`array_to_string(c.tags, ', ')`
      if (!('field' in rule)) return null
      const { kind, value } = sourceOf(rule.field)
      if (kind === 'json') return sql`(${value} #>> '{}')`
      if (kind === 'texts') return sql`array_to_string(${value}, ', ')`
      return kind === 'instant' ? sql`to_char(${value} at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')` : value
    },
    member: (segmentId) => member(segmentId, [], false),
    joinsAnything: () => usesCompany || joined.length > 0,
    joins() {
      const company = usesCompany
        ? sql`left join company co on co.id = c.company_id and co.workspace_id = ${workspaceId}`
        : sql``
      return sql`${company} ${joined.length > 0 ? sql.join(joined, sql` `) : sql``}`
    },
  }
}

/** What lies at a path of some JSON. Names alone are quicker one by one; a number may be a place in a list. */
function valueAt(json: Part, path: readonly string[]): Part {
  if (path.some((name) => /^-?\d+$/.test(name))) return sql`(${json} #> ${arrayLiteral(path)}::text[])`
  return sql`(${json} ${sql.join(
    path.map((name) => sql`-> ${name}::text`),
    sql` `,
  )})`
}

const text = (value: Part): Source => ({ kind: 'text', value })

const columnOf: Readonly<Record<string, Source>> = {
  email: text(sql`c.email`),
  firstName: text(sql`c.first_name`),
  lastName: text(sql`c.last_name`),
  country: text(sql`c.country`),
  language: text(sql`c.language`),
  timezone: text(sql`c.timezone`),
  phone: text(sql`c.phone`),
  telegramChatId: text(sql`c.telegram_chat_id`),
  linkedinUrl: text(sql`c.linkedin_url`),
  externalId: text(sql`c.external_id`),
  claimedBy: text(sql`c.claimed_by::text`),
  trackingConsent: text(sql`c.tracking_consent`),
  tags: { kind: 'texts', value: sql`c.tags` },
  createdAt: { kind: 'instant', value: sql`c.created_at` },
  updatedAt: { kind: 'instant', value: sql`c.updated_at` },
  'company.name': text(sql`co.name`),
  'company.domain': text(sql`co.domain`),
  'company.industry': text(sql`co.industry`),
}

/** A tag is compared with each of a customer's; `equals` and `in` mean that it is among them. */
function tag({ tag: name, op }: Extract<LeafRule, { tag: string }>): Condition {
  const isNegative = op.startsWith('not-')
  const membership = isNegative ? 'not-contains' : 'contains'
  const tags: Source = { kind: 'texts', value: sql`c.tags` }
  return compareSql(tags, op === 'starts-with' || op === 'ends-with' ? op : membership, name)
}

/** Whether an event's properties pass a filter, as src/workflow/event-filter.ts has it. */
function passesSql({ match, rules }: EventFilter): Condition {
  const each = rules.map(({ input, condition, value }) => {
    const property: Source = { kind: 'json', value: valueAt(sql`e.properties`, input.split('.')) }
    return sql<boolean>`coalesce(${compareSql(property, condition, value)}, false)`
  })
  return sql<boolean>`(${sql.join(each, match === 'all' ? sql` and ` : sql` or `)})`
}

const messageStamps: Partial<Record<CampaignState, Part>> = {
  sent: sql`g.sent_at`,
  opened: sql`g.opened_at`,
  clicked: sql`g.clicked_at`,
  replied: sql`g.replied_at`,
  bounced: sql`g.bounced_at`,
}

/** Runs of an archived campaign count as canceled from that moment (src/runs/state-sql.ts). */
const ended = sql`(r.finished_at is not null or rc.status = 'archived')`
const runStates: Partial<Record<CampaignState, Part>> = {
  inside: sql`not ${ended}`,
  'went-through': sql`${ended} and r.reason is distinct from 'holdout'`,
  finished: sql`r.finished_at is not null and r.status = 'succeeded' and r.reason is distinct from 'holdout'`,
  canceled: sql`${ended} and case when r.finished_at is null then true else r.status = 'canceled' end`,
  failed: sql`r.finished_at is not null and r.status = 'failed'`,
  'handed-off': sql`r.finished_at is not null and r.reason = 'handoff'`,
  'held-out': sql`r.reason = 'holdout'`,
}
