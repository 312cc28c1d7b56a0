import { TextInput } from '@mantine/core'

interface DayFieldsProps {
  from: string | undefined
  to: string | undefined
  /** The change alone: a day, or undefined for an open end. */
  onChange(change: { from?: string | undefined } | { to?: string | undefined }): void
}

/** The first and the last day of a range of one's own, both included. */
export function DayFields({ from, to, onChange }: DayFieldsProps) {
  const isReversed = from !== undefined && to !== undefined && from > to
  return (
    <>
      <TextInput
        size="xs"
        type="date"
        label="From"
        value={from ?? ''}
        max={to}
        onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        size="xs"
        type="date"
        label="To"
        value={to ?? ''}
        min={from}
        error={isReversed && 'Ends before it begins.'}
        onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
      />
    </>
  )
}
