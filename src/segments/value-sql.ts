import type { RawBuilder } from 'kysely'
import { arrayLiteral, sql } from '../db/database.ts'
import { instantOf, numberOf, textOf } from '../workflow/conditions.ts'
import { type FieldOp, type RuleValue, readSpan } from '../workflow/segment-rules.ts'

/**
 * Comparisons of one value in SQL, as src/workflow/conditions.ts makes them in memory: the same words hold for the same values, which
 * value-sql.test.ts checks. The functions rule_text, rule_number and rule_instant are textOf, numberOf and instantOf; an instant counts
 * in ms since 1970. Everything that a rule brings is a parameter. A missing value may make a comparison null: read it as false.
 */
type Condition = RawBuilder<boolean>
type Value = RawBuilder<unknown>

/** Where a compared value stands. */
export type Source =
  | { kind: 'text'; value: Value }
  | { kind: 'texts'; value: Value }
  | { kind: 'instant'; value: Value }
  | { kind: 'json'; value: Value }

const never: Condition = sql<boolean>`false`
const not = (condition: Condition): Condition => sql<boolean>`not coalesce(${condition}, false)`
const either = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? never : sql<boolean>`(${sql.join(conditions, sql` or `)})`

/** One comparison of a value. `value` is undefined where the comparison has none. */
export function compareSql(source: Source, op: FieldOp, value: RuleValue | RuleValue[] | undefined): Condition {
  switch (op) {
    case 'empty':
      return isEmpty(source)
    case 'not-empty':
      return not(isEmpty(source))
    case 'in':
      return isOneOf(source, listOf(value))
    case 'not-in':
      return not(isOneOf(source, listOf(value)))
    case 'not-equals':
      return not(compareSql(source, 'equals', value))
    case 'not-contains':
      return not(compareSql(source, 'contains', value))
    case 'before':
    case 'after':
    case 'within':
      return inTime(source, op, value)
  }
  if (value === undefined || Array.isArray(value)) return never
  const has = source.kind === 'instant' ? null : letters(plainText(source), value)
  switch (op) {
    case 'equals':
      return narrowed(has, equals(source, value))
    case 'contains':
      return narrowed(has, contains(source, value))
    case 'starts-with':
      return narrowed(
        has,
        anyText(source, (text) => sql`starts_with(${text}, ${textOf(value)}::text)`),
      )
    case 'ends-with': {
      const end = textOf(value)
      const test = (text: Value) => sql`right(${text}, ${[...end].length}::int) = ${end}::text`
      return narrowed(has, anyText(source, test))
    }
    case 'greater-than':
      return ordered(source, sql`>`, value)
    case 'less-than':
      return ordered(source, sql`<`, value)
  }
}

const listOf = (value: RuleValue | RuleValue[] | undefined): RuleValue[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

/** The text of some JSON: of a string what is in it, of a list how it is written. */
const textIn = (json: Value): Value => sql`(${json} #>> '{}')`
const elements = (json: Value): Value => sql`jsonb_array_elements(${json}) as x(value)`
const element: Value = sql`x.value`

function isEmpty({ kind, value }: Source): Condition {
  switch (kind) {
    case 'text':
      return sql<boolean>`coalesce(rule_text(${value}), '') = ''`
    case 'texts':
      return sql<boolean>`cardinality(${value}) = 0`
    case 'instant':
      return sql<boolean>`${value} is null`
    case 'json':
      return sql<boolean>`case jsonb_typeof(${value}) when 'string' then rule_text(${textIn(value)}) = '' when 'array' then ${value} = '[]'
        when 'object' then ${value} = '{}' when 'number' then false when 'boolean' then false else true end`
  }
}

/**
 * What has to be true of a text, or of the text of some JSON, before a comparison with `value` can hold: it has those letters somewhere. One
 * look that rules out most rows where the whole comparison takes several. Null where it would not be right: beyond ASCII letters have
 * several forms, numbers several spellings, and JSON writes some signs in another way.
 */
function letters(text: Value, value: RuleValue): Condition | null {
  const wanted = textOf(value)
  if (wanted === '' || numberOf(value) !== null || !/^[ !#-[\]-~]+$/.test(wanted)) return null
  return sql<boolean>`strpos(rule_lower(${text}), ${wanted}::text) > 0`
}

const narrowed = (first: Condition | null, condition: Condition): Condition =>
  first === null ? condition : sql<boolean>`(${first} and ${condition})`

/** The text of a source, however it is stored. */
function plainText({ kind, value }: Source): Value {
  if (kind === 'texts') return sql`array_to_string(${value}, ${mark})`
  return kind === 'json' ? textIn(value) : value
}

/** A text equals a value: as numbers where that is one, else as texts. */
function textEquals(text: Value, value: RuleValue): Condition {
  const wanted = textOf(value)
  if (typeof value === 'number') {
    return sql<boolean>`coalesce(rule_number(${text}) = ${value}::float8, rule_text(${text}) = ${wanted}::text)`
  }
  return wanted === '' ? never : sql<boolean>`rule_text(${text}) = ${wanted}::text`
}

/** An element of JSON that is no list equals a value. */
function scalarEquals(json: Value, value: RuleValue): Condition {
  const number = numberOf(value)
  const asText = textEquals(textIn(json), value)
  if (typeof value === 'number' || number === null) return asText
  // A number compares as one also with a text that is one; two texts stay texts: “007” is not “7”.
  return sql<boolean>`case jsonb_typeof(${json}) when 'number' then rule_number(${textIn(json)}) = ${number}::float8 else ${asText} end`
}

function equals({ kind, value: actual }: Source, value: RuleValue): Condition {
  switch (kind) {
    case 'text':
      return textEquals(actual, value)
    case 'texts':
      return sql<boolean>`(cardinality(${actual}) = 1 and ${textEquals(sql`(${actual})[1]`, value)})`
    case 'instant': {
      const instant = instantOf(value)
      return instant === null ? never : sql<boolean>`date_trunc('milliseconds', ${actual}) = ${timestamp(instant)}`
    }
    case 'json':
      return sql<boolean>`case jsonb_typeof(${actual}) when 'array' then jsonb_array_length(${actual}) = 1 and ${scalarEquals(sql`(${actual} -> 0)`, value)}
        when 'object' then false else ${scalarEquals(actual, value)} end`
  }
}

const timestamp = (ms: number): Value => sql`to_timestamp(${ms / 1000}::float8)`

function contains(source: Source, value: RuleValue): Condition {
  const holds = (text: Value): Condition => sql<boolean>`strpos(rule_text(${text}), ${textOf(value)}::text) > 0`
  const { kind, value: actual } = source
  switch (kind) {
    case 'text':
      return holds(actual)
    case 'texts':
      if (typeof value === 'number') return someTag(actual, (tag) => textEquals(tag, value))
      // Put together, one comparison does for all tags: the mark between them is in none.
      return sql<boolean>`strpos(${mark} || rule_text(array_to_string(${actual}, ${mark})) || ${mark}, ${mark} || ${textOf(value)}::text || ${mark}) > 0`
    case 'instant':
      return holds(isoText(actual))
    case 'json':
      return sql<boolean>`case jsonb_typeof(${actual}) when 'array' then exists (select from ${elements(actual)} where ${scalarEquals(element, value)})
        when 'object' then false else ${holds(textIn(actual))} end`
  }
}

const mark = sql`e'\\x1f'`
const isoText = (instant: Value): Value =>
  sql`to_char(date_trunc('milliseconds', ${instant}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const someTag = (tags: Value, holds: (tag: Value) => Condition): Condition =>
  sql<boolean>`exists (select from unnest(${tags}) as x(value) where ${holds(element)})`

/** A test of the text, or on a list of any of its texts. What is empty passes none. */
function anyText({ kind, value }: Source, test: (text: Value) => Value): Condition {
  const passes = (text: Value): Condition => sql<boolean>`${test(sql`nullif(rule_text(${text}), '')`)}`
  switch (kind) {
    case 'text':
      return passes(value)
    case 'texts':
      return someTag(value, passes)
    case 'instant':
      return passes(isoText(value))
    case 'json':
      return sql<boolean>`case jsonb_typeof(${value})
        when 'array' then exists (select from ${elements(value)} where jsonb_typeof(x.value) not in ('array', 'object') and ${passes(textIn(element))})
        when 'object' then false else ${passes(textIn(value))} end`
  }
}

/** Numbers compare as numbers, else ISO dates as dates, else nothing holds. */
function ordered({ kind, value: actual }: Source, sign: Value, value: RuleValue): Condition {
  const number = numberOf(value)
  const instant = instantOf(value)
  if (kind === 'texts' || (number === null && instant === null)) return never
  if (kind === 'instant') {
    return instant === null ? never : sql<boolean>`date_trunc('milliseconds', ${actual}) ${sign} ${timestamp(instant)}`
  }
  const of = (text: Value) =>
    number === null
      ? sql`rule_instant(${text}) ${sign} ${instant}::float8`
      : sql`rule_number(${text}) ${sign} ${number}::float8`
  if (kind === 'text') return sql<boolean>`${of(actual)}`
  return sql<boolean>`case when jsonb_typeof(${actual}) ${number === null ? sql`= 'string'` : sql`in ('string', 'number')`} then ${of(textIn(actual))} end`
}

function isOneOf(source: Source, values: readonly RuleValue[]): Condition {
  if (source.kind !== 'text') return either(values.map((value) => equals(source, value)))
  const texts = values.filter((value) => typeof value !== 'number').map(textOf)
  const others = values.filter((value) => typeof value === 'number').map((value) => equals(source, value))
  const listed = texts.filter((text) => text !== '')
  if (listed.length > 0) others.push(sql<boolean>`rule_text(${source.value}) = any(${arrayLiteral(listed)}::text[])`)
  return either(others)
}

/** An instant lies before, after or within; a span counts from the database's clock. */
function inTime(
  source: Source,
  op: 'before' | 'after' | 'within',
  value: RuleValue | RuleValue[] | undefined,
): Condition {
  if (source.kind === 'texts' || value === undefined || Array.isArray(value)) return never
  const span = readSpan(value)
  const instant = instantOf(value)
  if (span === null && instant === null) return never
  const isColumn = source.kind === 'instant'
  const at = isColumn
    ? source.value
    : source.kind === 'text'
      ? sql`rule_instant(${source.value})`
      : sql`case when jsonb_typeof(${source.value}) = 'string' then rule_instant(${textIn(source.value)}) end`
  const now = isColumn ? sql`now()` : sql`(extract(epoch from now()) * 1000)::float8`
  const distance = (ms: number) => (isColumn ? sql`make_interval(secs => ${ms / 1000}::float8)` : sql`${ms}::float8`)
  const bound =
    span === null
      ? isColumn
        ? timestamp(instant ?? 0)
        : sql`${instant}::float8`
      : span.ahead
        ? sql`(${now} + ${distance(span.ms)})`
        : sql`(${now} - ${distance(span.ms)})`
  if (op === 'before') return sql<boolean>`${at} < ${bound}`
  if (op === 'after') return sql<boolean>`${at} > ${bound}`
  return span?.ahead
    ? sql<boolean>`(${at} >= ${now} and ${at} <= ${bound})`
    : sql<boolean>`(${at} >= ${bound} and ${at} <= ${now})`
}
