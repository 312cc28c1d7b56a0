import { Autocomplete, NumberInput, Select, TagsInput, TextInput } from '@mantine/core'
import {
  type CampaignState,
  campaignStates,
  type FieldOp,
  fieldOps,
  type LeafRule,
  type RuleValue,
  readSpan,
  type ScoreOp,
  scoreOps,
} from '../../../src/workflow/segment-rules.ts'
import { fieldWord, opWords, stateWords } from '../../../src/workflow/segment-words.ts'
import { useTags } from '../parts/choices.ts'
import type { RuleChoices } from './choices.ts'
import { SpanInput } from './span-input.tsx'

/** What a rule may be about beside a field, with the rule that begins so. */
const kinds: readonly { value: string; label: string; rule: LeafRule }[] = [
  { value: '#tag', label: 'Tag', rule: { tag: '', op: 'contains' } },
  { value: '#event', label: 'Did or did not do…', rule: { event: '', did: true } },
  { value: '#segment', label: 'In a segment', rule: { segment: '', in: true } },
  { value: '#score', label: 'Score on a product', rule: { score: { productId: '' }, op: 'greater-than' } },
  { value: '#campaign', label: 'In a campaign', rule: { campaign: '', state: 'went-through' } },
]

const eventNames = [
  ...[
    'message.opened',
    'message.clicked',
    'message.replied',
    'message.sent',
    'message.bounced',
    'message.unsubscribed',
  ],
  ...['customer.handoff', 'customer.created', 'score.changed'],
]

function kindOf(rule: LeafRule): string {
  if ('field' in rule) return rule.field
  if ('tag' in rule) return '#tag'
  if ('event' in rule) return '#event'
  if ('segment' in rule) return '#segment'
  return 'score' in rule ? '#score' : '#campaign'
}

/** One rule as a sentence of inputs: what it is about, how it compares, with what. */
export function RuleInputs({
  rule,
  name,
  choices,
  onChange,
}: {
  rule: LeafRule
  /** “Rule 2”: put before the name of each input. */
  name: string
  choices: RuleChoices
  onChange(rule: LeafRule): void
}) {
  const kind = kindOf(rule)
  const isListed = kind.startsWith('#') || choices.attributes.some(({ path }) => path === kind)
  const choose = (next: string | null) => {
    const special = kinds.find(({ value }) => value === next)
    if (special) onChange(special.rule)
    else if (next) onChange({ field: next, op: isDate(choices, next) ? 'within' : 'equals' })
  }
  return (
    <>
      <Select
        aria-label={`${name}: what it is about`}
        data={[
          ...choices.fields,
          ...(isListed || kind === ''
            ? []
            : [{ group: 'In this rule', items: [{ value: kind, label: fieldWord(kind) }] }]),
          { group: 'More', items: kinds.map(({ value, label }) => ({ value, label })) },
        ]}
        value={kind === '' ? null : kind}
        placeholder="Choose a field"
        searchable
        allowDeselect={false}
        nothingFoundMessage="No such field"
        onChange={choose}
        renderOption={({ option }) => (
          <span style={{ display: 'flex', justifyContent: 'space-between', width: '100%', gap: 8 }}>
            <span>{option.label}</span>
            <span className="tl-muted">{choices.shareOf(option.value)}</span>
          </span>
        )}
        style={{ flex: '1 1 190px' }}
      />
      {'field' in rule && <FieldInputs rule={rule} name={name} choices={choices} onChange={onChange} />}
      {'tag' in rule && <TagInputs rule={rule} name={name} onChange={onChange} />}
      {'event' in rule && <EventInputs rule={rule} name={name} onChange={onChange} />}
      {'segment' in rule && (
        <>
          <Select
            aria-label={`${name}: in or not in`}
            data={[
              { value: 'in', label: 'is in' },
              { value: 'out', label: 'is not in' },
            ]}
            value={rule.in ? 'in' : 'out'}
            allowDeselect={false}
            onChange={(next) => onChange({ ...rule, in: next === 'in' })}
            w={120}
          />
          <Pick
            label={`${name}: segment`}
            data={choices.segments}
            value={rule.segment}
            nothing="No segment yet"
            onChange={(segment) => onChange({ ...rule, segment })}
          />
        </>
      )}
      {'score' in rule && (
        <>
          <Pick
            label={`${name}: product`}
            data={choices.products}
            value={rule.score.productId}
            nothing="No product yet"
            onChange={(productId) => onChange({ ...rule, score: { productId } })}
          />
          <Select
            aria-label={`${name}: comparison`}
            data={scoreOps.map((op) => ({ value: op, label: opWords[op] }))}
            value={rule.op}
            allowDeselect={false}
            onChange={(op) => onChange({ ...rule, op: (op ?? rule.op) as ScoreOp })}
            w={160}
          />
          {rule.op !== 'empty' && rule.op !== 'not-empty' && (
            <NumberInput
              aria-label={`${name}: score, from -1 to 1`}
              min={-1}
              max={1}
              step={0.1}
              decimalScale={3}
              placeholder="0.5"
              value={rule.value ?? ''}
              onChange={(value) => onChange({ ...rule, value: typeof value === 'number' ? value : undefined })}
              w={100}
            />
          )}
        </>
      )}
      {'campaign' in rule && (
        <>
          <Select
            aria-label={`${name}: what became of them`}
            data={campaignStates.map((state) => ({ value: state, label: stateWords[state] }))}
            value={rule.state}
            allowDeselect={false}
            searchable
            onChange={(state) => onChange({ ...rule, state: (state ?? rule.state) as CampaignState })}
            w={210}
          />
          <Pick
            label={`${name}: campaign`}
            data={choices.campaigns}
            value={rule.campaign}
            nothing="No campaign yet"
            onChange={(campaign) => onChange({ ...rule, campaign })}
          />
        </>
      )}
    </>
  )
}

function Pick({
  label,
  data,
  value,
  nothing,
  onChange,
}: {
  label: string
  data: readonly { value: string; label: string }[]
  value: string
  nothing: string
  onChange(id: string): void
}) {
  const gone = value !== '' && !data.some((choice) => choice.value === value)
  return (
    <Select
      aria-label={label}
      data={gone ? [...data, { value, label: 'Something that is gone' }] : [...data]}
      value={value === '' ? null : value}
      placeholder={data.length === 0 ? nothing : 'Choose'}
      searchable
      allowDeselect={false}
      nothingFoundMessage={nothing}
      onChange={(id) => onChange(id ?? '')}
      style={{ flex: '1 1 180px' }}
    />
  )
}

const isDate = (choices: RuleChoices, field: string): boolean => choices.typeOf(field) === 'date'

function FieldInputs({
  rule,
  name,
  choices,
  onChange,
}: {
  rule: Extract<LeafRule, { field: string }>
  name: string
  choices: RuleChoices
  onChange(rule: LeafRule): void
}) {
  if (rule.field === '') return null
  const dates: FieldOp[] = ['within', 'before', 'after', 'empty', 'not-empty']
  const ops = isDate(choices, rule.field) ? dates : fieldOps
  const shown = ops.includes(rule.op) ? ops : [...ops, rule.op]
  const change = (op: FieldOp) => {
    const wasList = Array.isArray(rule.value)
    const isList = op === 'in' || op === 'not-in'
    const timed = (one: FieldOp) => one === 'within' || one === 'before' || one === 'after'
    if (timed(op) !== timed(rule.op)) onChange({ field: rule.field, op, ...(op === 'within' && { value: '30d' }) })
    else if (isList && !wasList)
      onChange({ ...rule, op, value: rule.value === undefined ? [] : [rule.value as RuleValue] })
    else if (!isList && wasList) onChange({ ...rule, op, value: (rule.value as RuleValue[])[0] })
    else onChange({ ...rule, op })
  }
  return (
    <>
      <Select
        aria-label={`${name}: comparison`}
        data={shown.map((op) => ({ value: op, label: opWords[op] }))}
        value={rule.op}
        allowDeselect={false}
        onChange={(op) => op && change(op as FieldOp)}
        w={160}
      />
      <FieldValue
        rule={rule}
        name={`${name}: value`}
        choices={choices}
        onChange={(value) => onChange({ ...rule, value })}
      />
    </>
  )
}

function FieldValue({
  rule,
  name,
  choices,
  onChange,
}: {
  rule: Extract<LeafRule, { field: string }>
  name: string
  choices: RuleChoices
  onChange(value: RuleValue | RuleValue[] | undefined): void
}) {
  const { op, value, field } = rule
  const type = choices.typeOf(field)
  const sample = choices.attributes.find(({ path }) => path === field)?.sample ?? undefined
  if (op === 'empty' || op === 'not-empty') return null
  if (op === 'within' || op === 'before' || op === 'after') {
    return <SpanInput name={name} op={op} value={typeof value === 'string' ? value : ''} onChange={onChange} />
  }
  const read = (text: string): RuleValue =>
    type === 'number' && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
  if (op === 'in' || op === 'not-in') {
    return (
      <TagsInput
        aria-label={name}
        value={Array.isArray(value) ? value.map(String) : []}
        placeholder="Type, then Enter"
        onChange={(texts) => onChange(texts.map(read))}
        style={{ flex: '1 1 200px' }}
      />
    )
  }
  if (field === 'claimedBy') {
    return (
      <Pick
        label={name}
        data={choices.members}
        value={typeof value === 'string' ? value : ''}
        nothing="Nobody"
        onChange={onChange}
      />
    )
  }
  if (type === 'boolean' || field === 'trackingConsent') {
    const options = type === 'boolean' ? ['true', 'false'] : ['yes', 'no']
    return (
      <Select
        aria-label={name}
        data={options}
        value={value === undefined ? null : String(value)}
        placeholder="Choose"
        onChange={(next) => onChange(type === 'boolean' && next !== null ? next === 'true' : (next ?? undefined))}
        w={120}
      />
    )
  }
  return (
    <TextInput
      aria-label={name}
      value={value === undefined || Array.isArray(value) ? '' : String(value)}
      placeholder={sample}
      maxLength={500}
      onChange={(event) => onChange(read(event.currentTarget.value))}
      style={{ flex: '1 1 140px' }}
    />
  )
}

function TagInputs({
  rule,
  name,
  onChange,
}: {
  rule: Extract<LeafRule, { tag: string }>
  name: string
  onChange(rule: LeafRule): void
}) {
  const tags = useTags()
  const ops = [
    { value: 'contains', label: 'has' },
    { value: 'not-contains', label: 'has not' },
    { value: 'starts-with', label: 'one starts with' },
    { value: 'ends-with', label: 'one ends with' },
  ]
  const op =
    { equals: 'contains', in: 'contains', 'not-equals': 'not-contains', 'not-in': 'not-contains' }[rule.op as 'in'] ??
    rule.op
  return (
    <>
      <Select
        aria-label={`${name}: comparison`}
        data={ops}
        value={op}
        allowDeselect={false}
        onChange={(next) => onChange({ ...rule, op: (next ?? 'contains') as typeof rule.op })}
        w={160}
      />
      <Autocomplete
        aria-label={`${name}: tag`}
        data={tags}
        value={rule.tag}
        placeholder="vip"
        maxLength={100}
        onChange={(tag) => onChange({ ...rule, tag })}
        style={{ flex: '1 1 140px' }}
      />
    </>
  )
}

function EventInputs({
  rule,
  name,
  onChange,
}: {
  rule: Extract<LeafRule, { event: string }>
  name: string
  onChange(rule: LeafRule): void
}) {
  const { within: _, count: __, ...rest } = rule
  const span = readSpan(rule.within)
  return (
    <>
      <Select
        aria-label={`${name}: did or did not`}
        data={[
          { value: 'did', label: 'did' },
          { value: 'not', label: 'did not do' },
        ]}
        value={rule.did ? 'did' : 'not'}
        allowDeselect={false}
        onChange={(next) => onChange({ ...rule, did: next === 'did' })}
        w={120}
      />
      <Autocomplete
        aria-label={`${name}: event`}
        data={eventNames}
        value={rule.event}
        placeholder="deal.won"
        maxLength={100}
        onChange={(event) => onChange({ ...rule, event })}
        style={{ flex: '1 1 170px' }}
      />
      <NumberInput
        aria-label={`${name}: at least so many times`}
        prefix="at least "
        suffix={rule.count === 1 || rule.count === undefined ? ' time' : ' times'}
        min={1}
        max={1_000_000}
        value={rule.count ?? 1}
        onChange={(value) =>
          onChange({
            ...rest,
            ...(span && { within: rule.within }),
            ...(typeof value === 'number' && value > 1 && { count: value }),
          })
        }
        w={140}
      />
      <SpanInput
        name={`${name}: since when`}
        op="within"
        value={rule.within ?? ''}
        optional
        onChange={(within) =>
          onChange({
            ...rest,
            ...(rule.count !== undefined && { count: rule.count }),
            ...(within !== undefined && { within }),
          })
        }
      />
    </>
  )
}
