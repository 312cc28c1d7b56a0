import { NumberInput, Select, TextInput } from '@mantine/core'
import { readSpan } from '../../../src/workflow/segment-rules.ts'

const units = [
  { value: 'm', label: 'minutes' },
  { value: 'h', label: 'hours' },
  { value: 'd', label: 'days' },
  { value: 'w', label: 'weeks' },
]

interface Parts {
  mode: string
  count: number
  unit: string
  date: string
}

function partsOf(value: string, op: string, optional: boolean): Parts {
  const match = /^(\+?)(\d+)\s*([mhdw])$/i.exec(value.trim())
  if (match)
    return {
      mode: match[1] === '+' ? 'ahead' : 'past',
      count: Number(match[2]),
      unit: (match[3] ?? 'd').toLowerCase(),
      date: '',
    }
  const mode = op !== 'within' ? 'date' : optional ? 'ever' : 'past'
  return { mode, count: 30, unit: 'd', date: value.slice(0, 10) }
}

/** A span of time, or for before and after a date as well: “in the last 30 days”, “2027-03-01”, “7 days ago”. */
export function SpanInput({
  name,
  op,
  value,
  optional = false,
  onChange,
}: {
  name: string
  op: 'within' | 'before' | 'after'
  value: string
  /** May be left out: at any time. */
  optional?: boolean
  onChange(value: string | undefined): void
}) {
  const { mode, count, unit, date } = partsOf(value, op, optional)
  const write = (next: { mode?: string; count?: number; unit?: string }) => {
    const chosen = next.mode ?? mode
    if (chosen === 'ever') return onChange(undefined)
    if (chosen === 'date') return onChange('')
    const span = `${chosen === 'ahead' ? '+' : ''}${next.count ?? count}${next.unit ?? unit}`
    onChange(readSpan(span) ? span : value)
  }
  const modes =
    op === 'within'
      ? [
          ...(optional ? [{ value: 'ever', label: 'at any time' }] : []),
          { value: 'past', label: optional ? 'in the last' : 'the last' },
          ...(optional ? [] : [{ value: 'ahead', label: 'the next' }]),
        ]
      : [
          { value: 'date', label: 'the date' },
          { value: 'past', label: 'so long ago' },
          { value: 'ahead', label: 'so far ahead' },
        ]
  return (
    <>
      <Select
        aria-label={`${name}: kind of time`}
        data={modes}
        value={mode}
        allowDeselect={false}
        onChange={(next) => next && write({ mode: next })}
        w={130}
      />
      {mode === 'date' && (
        <TextInput
          aria-label={`${name}: date`}
          type="date"
          value={date}
          onChange={(event) => onChange(event.currentTarget.value)}
          w={160}
        />
      )}
      {(mode === 'past' || mode === 'ahead') && (
        <>
          <NumberInput
            aria-label={`${name}: how many`}
            min={1}
            max={99_999}
            value={count}
            onChange={(next) => typeof next === 'number' && write({ count: next })}
            w={80}
          />
          <Select
            aria-label={`${name}: unit`}
            data={units}
            value={unit}
            allowDeselect={false}
            onChange={(next) => next && write({ unit: next })}
            w={110}
          />
        </>
      )}
    </>
  )
}
