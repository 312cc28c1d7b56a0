import { NumberInput, Select } from '@mantine/core'
import { campaignStates, type LeafRule, scoreOps } from '../../../src/workflow/segment-rules.ts'
import { fieldWord, opWords, stateWords } from '../../../src/workflow/segment-words.ts'
import type { RuleChoices } from './choices.ts'
import { EventInputs, TagInputs } from './event-inputs.tsx'
import { FieldInputs, isDate } from './field-inputs.tsx'
import { Pick, Words } from './rule-choice.tsx'

/** What a rule may be about beside a field, with the rule that begins so. */
const kinds: readonly { value: string; label: string; rule: LeafRule }[] = [
  { value: '#tag', label: 'Tag', rule: { tag: '', op: 'contains' } },
  { value: '#event', label: 'Did or did not do…', rule: { event: '', did: true } },
  { value: '#segment', label: 'In a segment', rule: { segment: '', in: true } },
  { value: '#score', label: 'Score on a product', rule: { score: { productId: '' }, op: 'greater-than' } },
  { value: '#campaign', label: 'In a campaign', rule: { campaign: '', state: 'went-through' } },
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
          <Words
            label={`${name}: in or not in`}
            data={[
              { value: 'in', label: 'is in' },
              { value: 'out', label: 'is not in' },
            ]}
            value={rule.in ? 'in' : 'out'}
            width={120}
            onChange={(next) => onChange({ ...rule, in: next === 'in' })}
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
          <Words
            label={`${name}: comparison`}
            data={scoreOps.map((op) => ({ value: op, label: opWords[op] }))}
            value={rule.op}
            width={160}
            onChange={(op) => onChange({ ...rule, op })}
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
          <Words
            label={`${name}: what became of them`}
            data={campaignStates.map((state) => ({ value: state, label: stateWords[state] }))}
            value={rule.state}
            width={210}
            searchable
            onChange={(state) => onChange({ ...rule, state })}
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
