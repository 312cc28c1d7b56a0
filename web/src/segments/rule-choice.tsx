import { Select } from '@mantine/core'
import type { LeafRule } from '../../../src/workflow/segment-rules.ts'

/** What the inputs of one kind of rule are given: the rule, “Rule 2” to put before the name of each input, and who hears of a change. */
export interface RuleInputsOf<Rule extends LeafRule> {
  rule: Rule
  name: string
  onChange(rule: LeafRule): void
}

/** A choice of a few words, one of which always holds. */
export function Words<Word extends string>({
  label,
  data,
  value,
  width,
  searchable = false,
  onChange,
}: {
  label: string
  data: readonly { value: Word; label: string }[]
  value: Word
  width: number
  searchable?: boolean
  onChange(word: Word): void
}) {
  return (
    <Select
      aria-label={label}
      data={[...data]}
      value={value}
      allowDeselect={false}
      searchable={searchable}
      onChange={(next) => next && onChange(next as Word)}
      w={width}
    />
  )
}

/** A choice of one thing of the workspace by its id. */
export function Pick({
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
