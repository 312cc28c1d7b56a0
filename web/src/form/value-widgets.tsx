import {
  Button,
  Checkbox,
  Group,
  Input,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core'
import { useEffect, useId, useState } from 'react'
import { duration, durationText, parseDuration } from '../format.ts'
import { ClockField } from '../parts/time-fields.tsx'
import { useFormContext } from './context.ts'
import { optionsOf } from './schema.ts'

import { asText, texts, useTyped, type WidgetProps } from './widget.ts'

/** A number within its limits. */
export function NumberWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const { minimum, maximum, type, multipleOf } = props.schema as {
    minimum?: number
    maximum?: number
    type?: string
    multipleOf?: number
  }
  const small = maximum !== undefined && maximum <= 10
  return (
    <NumberInput
      {...texts(props)}
      data-field={props.path}
      value={typeof props.value === 'number' ? props.value : asText(props.value)}
      onChange={(value) => props.onChange(value === '' ? undefined : value)}
      onBlur={settle}
      min={minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined}
      max={maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined}
      step={multipleOf ?? (small && type !== 'integer' ? 0.1 : 1)}
      clampBehavior="none"
      suffix={typeof props.schema['x-unit'] === 'string' ? ` ${props.schema['x-unit']}` : undefined}
    />
  )
}

const quick: [string, number][] = [
  ['1 hour', 3_600_000],
  ['1 day', 86_400_000],
  ['3 days', 3 * 86_400_000],
  ['1 week', 7 * 86_400_000],
]

/** Milliseconds typed as "3d 4h". */
export function DurationWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = typeof props.value === 'number' ? durationText(props.value) : asText(props.value)
  const [text, setText] = useState(value)
  const [wrong, setWrong] = useState(false)
  useEffect(() => {
    setText(value)
    setWrong(false)
  }, [value])
  const leave = () => {
    const ms = parseDuration(text)
    setWrong(text.trim() !== '' && ms === null)
    if (text.trim() === '') props.onChange(undefined)
    else if (ms !== null && ms !== props.value) props.onChange(ms)
    else if (ms !== null) setText(durationText(ms))
    settle()
  }
  const ms = parseDuration(text)
  return (
    <Stack gap={6}>
      <TextInput
        {...texts(props)}
        data-field={props.path}
        error={wrong ? 'Write a time like “3d 4h” or “90m”.' : props.error}
        placeholder="3d 4h"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={leave}
        onKeyDown={(event) => event.key === 'Enter' && leave()}
        rightSectionWidth={120}
        rightSection={
          <Text size="xs" c="dimmed" truncate pr={8} w="100%" ta="right">
            {ms === null ? '' : duration(ms)}
          </Text>
        }
      />
      <Group gap={4}>
        {quick.map(([name, size]) => (
          <Button
            key={name}
            size="compact-xs"
            variant="default"
            onClick={() => {
              props.onChange(size)
              settle()
            }}
          >
            {name}
          </Button>
        ))}
      </Group>
    </Stack>
  )
}

/** Yes or no. */
export function SwitchWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const { withAsterisk: _, 'aria-required': __, ...rest } = texts(props)
  return (
    <Switch
      {...rest}
      data-field={props.path}
      checked={props.value === undefined ? props.schema.default === true : props.value === true}
      onChange={(event) => {
        props.onChange(event.currentTarget.checked)
        settle()
      }}
    />
  )
}

/** One of a few values: segments where they fit, else a list. */
export function SelectWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const options = optionsOf(props.schema)
  const value = asText(props.value ?? props.schema.default)
  const id = useId()
  const choose = (next: string | null) => {
    props.onChange(next ?? undefined)
    settle()
  }
  if (options.length <= 3 && options.reduce((sum, option) => sum + option.label.length, 0) < 34) {
    const { label, description, error } = texts(props)
    return (
      <Input.Wrapper
        label={label}
        description={description}
        error={error}
        labelElement="div"
        labelProps={{ id }}
        withAsterisk={props.required}
      >
        <SegmentedControl
          fullWidth
          size="xs"
          mt={4}
          aria-labelledby={id}
          data={options}
          value={value}
          onChange={choose}
          data-field={props.path}
        />
      </Input.Wrapper>
    )
  }
  return (
    <Select
      {...texts(props)}
      data-field={props.path}
      data={options}
      value={value || null}
      onChange={choose}
      searchable={options.length > 8}
      clearable={!props.required}
    />
  )
}

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** ISO weekdays, 1 = Monday. */
export function WeekdaysWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = Array.isArray(props.value) ? props.value.map(Number) : []
  return (
    <Checkbox.Group
      label={props.label}
      description={props.schema.description as string | undefined}
      error={props.error}
      value={value.map(String)}
      data-field={props.path}
      onChange={(next) => {
        props.onChange(next.length === 0 ? undefined : next.map(Number).sort((a, b) => a - b))
        settle()
      }}
    >
      <Group gap={10} mt={6}>
        {days.map((day, index) => (
          <Checkbox key={day} value={String(index + 1)} label={day} size="xs" />
        ))}
      </Group>
    </Checkbox.Group>
  )
}

/** A time of day. */
export function TimeWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  return (
    <ClockField
      {...texts(props)}
      data-field={props.path}
      value={asText(props.value)}
      onChange={(text) => props.onChange(text === '' ? undefined : text)}
      onLeave={settle}
      w={140}
    />
  )
}

/** An ISO date, or a template that gives one. */
export function DateWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <TextInput
      {...texts(props)}
      data-field={props.path}
      value={typed.text}
      onChange={(event) => typed.type(event.currentTarget.value)}
      onBlur={typed.leave}
    />
  )
}

/** Days and hours in which something may be sent, in the customer's zone. */
export function SendWindowWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = props.value as { days?: number[]; from?: string; to?: string } | undefined
  // The first touch makes a whole window of it: working hours.
  const put = (next: NonNullable<typeof value>) => {
    props.onChange({ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', ...value, ...next })
    settle()
  }
  const overnight = value?.from !== undefined && value.to !== undefined && value.to < value.from
  return (
    <Input.Wrapper
      label={props.label}
      description={props.schema.description as string | undefined}
      error={props.error ?? props.inner[0]?.message}
      labelElement="div"
    >
      <Group gap={8} mt={4} data-field={props.path} tabIndex={-1}>
        <ClockField
          size="xs"
          w={72}
          aria-label={`${props.label}: from`}
          value={value?.from ?? ''}
          onChange={(from) => put({ from })}
        />
        <Text size="sm">to</Text>
        <ClockField
          size="xs"
          w={72}
          aria-label={`${props.label}: to`}
          value={value?.to ?? ''}
          onChange={(to) => put({ to })}
        />
        {overnight && <Text size="sm">the next day</Text>}
        {value && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => {
              props.onChange(undefined)
              settle()
            }}
          >
            Any time
          </Button>
        )}
      </Group>
      <WeekdaysWidget
        {...props}
        label="Days"
        schema={{}}
        error={undefined}
        value={value?.days}
        onChange={(next) => put({ days: next as number[] })}
      />
    </Input.Wrapper>
  )
}
