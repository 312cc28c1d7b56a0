import { Group, Input, TextInput, type TextInputProps } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { calendarDay, clockTime, instantOf, parseClock } from '../format.ts'

/**
 * A time of day in 24 hours, typed as people write it ("9", "930", "9:30 pm") and put right on leaving. A browser's own field would show
 * 12 or 24 hours as the browser is set, beside texts that have 24. `onChange` hears "09:30", or "" when it is emptied; a text that is no
 * time is marked, kept, and told with `read` false.
 */
export function ClockField({
  value,
  onChange,
  onLeave,
  error,
  ...rest
}: Omit<TextInputProps, 'value' | 'onChange' | 'onBlur' | 'type'> & {
  value: string
  onChange(time: string, read: boolean): void
  onLeave?(): void
}) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const isTime = text === '' || parseClock(text) !== null
  const leave = () => {
    const time = parseClock(text)
    setText(time ?? text)
    if ((time ?? text) !== value) onChange(time ?? text, isTime)
    onLeave?.()
  }
  return (
    <TextInput
      placeholder="09:00"
      inputMode="numeric"
      autoComplete="off"
      w={96}
      {...rest}
      error={error ?? (isTime ? undefined : 'A time such as 09:00')}
      value={text}
      onChange={(event) => {
        const next = event.currentTarget.value
        setText(next)
        if (next === '' || /^\d\d:\d\d$/.test(next)) onChange(next, next === '' || parseClock(next) !== null)
      }}
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key === 'Enter') leave()
      }}
    />
  )
}

/** A day and a time of day in the reader's zone; `value` and what `onChange` hears are an instant as ISO text, or "" for none. */
export function MomentField({
  label,
  description,
  error,
  size = 'sm',
  value,
  onChange,
}: {
  label: string
  description?: string
  error?: ReactNode
  size?: 'xs' | 'sm'
  value: string
  onChange(instant: string): void
}) {
  const day = value === '' ? '' : calendarDay(value)
  const time = value === '' ? '' : clockTime(value)
  // The first day that is chosen is meant in the morning, not at midnight.
  const put = (nextDay: string, nextTime: string) =>
    onChange(nextDay === '' ? '' : instantOf(nextDay, nextTime || '09:00').toISOString())
  return (
    <Input.Wrapper label={label} description={description} error={error} size={size} labelElement="div">
      <Group gap={8} wrap="nowrap" mt={4} align="flex-start">
        <TextInput
          type="date"
          size={size}
          flex={1}
          aria-label={`${label}: day`}
          value={day}
          onChange={(event) => put(event.currentTarget.value, time)}
        />
        {day !== '' && (
          <ClockField
            size={size}
            aria-label={`${label}: time`}
            value={time}
            onChange={(next, read) => {
              if (read && next !== '') put(day, next)
            }}
          />
        )}
      </Group>
    </Input.Wrapper>
  )
}
