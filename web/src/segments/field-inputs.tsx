import { Select, TagsInput, TextInput } from '@mantine/core'
import { type FieldOp, fieldOps, type LeafRule, type RuleValue } from '../../../src/workflow/segment-rules.ts'
import { opWords } from '../../../src/workflow/segment-words.ts'
import type { RuleChoices } from './choices.ts'
import { Pick, type RuleInputsOf, Words } from './rule-choice.tsx'
import { SpanInput } from './span-input.tsx'

type FieldRule = Extract<LeafRule, { field: string }>

/** Whether rules on a field compare times. */
export const isDate = (choices: RuleChoices, field: string): boolean => choices.typeOf(field) === 'date'

/** How a field compares, with what. */
export function FieldInputs({ rule, name, choices, onChange }: RuleInputsOf<FieldRule> & { choices: RuleChoices }) {
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
      <Words
        label={`${name}: comparison`}
        data={shown.map((op) => ({ value: op, label: opWords[op] }))}
        value={rule.op}
        width={160}
        onChange={change}
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
  rule: FieldRule
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
