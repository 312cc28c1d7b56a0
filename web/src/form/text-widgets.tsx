import { Autocomplete, Group, TagsInput, Text, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { type ChangeEvent, useEffect, useRef, useState } from 'react'
import { api } from '../api.ts'
import { useFormContext } from './context.ts'
import { ImproveMenu, useHasModel } from './improve.tsx'
import type { Schema } from './schema.ts'
import { TextChips } from './text-chips.tsx'
import { type Inserted, VariablePicker } from './variable-picker.tsx'

import { asText, texts, useTyped, type WidgetProps } from './widget.ts'

/** One line of text. */
export function TextWidget(props: WidgetProps) {
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

/** Several lines of text. */
export function MultilineWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <Textarea
      {...texts(props)}
      data-field={props.path}
      autosize
      minRows={3}
      maxRows={14}
      value={typed.text}
      onChange={(event) => typed.type(event.currentTarget.value)}
      onBlur={typed.leave}
    />
  )
}

/** Text with variables: `{ }` or typing `{{` puts one in at the cursor. Short ones are one line, shown below as the preview customer reads them. */
export function LiquidWidget(props: WidgetProps) {
  const context = useFormContext()
  const field = useRef<HTMLTextAreaElement & HTMLInputElement>(null)
  const [picking, setPicking] = useState(false)
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  const long =
    ['code', 'mail'].includes(String(props.schema['x-widget'])) || Number(props.schema.maxLength ?? 0) > 1_000
  const hasModel = useHasModel()
  const improves =
    hasModel && context.readOnly === null && (props.path === 'subject' || props.path === 'body') ? props.path : null
  const insert = ({ text, select }: Inserted) => {
    const element = field.current
    const to = element?.selectionEnd ?? typed.text.length
    const start = element?.selectionStart ?? to
    // What was typed to open the list is part of what it puts in.
    const from = typed.text.slice(0, start).endsWith('{{') ? start - 2 : start
    typed.type(typed.text.slice(0, from) + text + typed.text.slice(to))
    requestAnimationFrame(() => {
      element?.focus()
      element?.setSelectionRange(from + (select?.[0] ?? text.length), from + (select?.[1] ?? text.length))
    })
  }
  const type = (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
    const { value, selectionStart } = event.currentTarget
    if (value.length > typed.text.length && value.slice(0, selectionStart ?? 0).endsWith('{{')) setPicking(true)
    typed.type(value)
  }
  const common = {
    ...texts(props),
    ref: field,
    'data-field': props.path,
    value: typed.text,
    onChange: type,
    onBlur: typed.leave,
    rightSection: (
      <Group gap={0} wrap="nowrap">
        <VariablePicker label={props.label} opened={picking} setOpened={setPicking} onPick={insert} />
        {improves && (
          <ImproveMenu text={typed.text} field={improves} label={props.label} onTake={(text) => typed.type(text)} />
        )}
      </Group>
    ),
    rightSectionWidth: improves ? 66 : 36,
    rightSectionProps: long ? { style: { alignItems: 'start', paddingTop: 4 } } : undefined,
  }
  const chips = props.schema['x-template'] === 'full' && (
    <TextChips
      text={typed.text}
      onChange={(text) => {
        typed.type(text)
        context.settle()
      }}
    />
  )
  return long ? (
    <div>
      <Textarea
        {...common}
        autosize
        minRows={6}
        maxRows={18}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
      />
      {chips}
    </div>
  ) : (
    <div>
      <TextInput {...common} />
      {chips}
      {props.schema['x-template'] === 'full' && <AsRead text={typed.text} />}
    </div>
  )
}

/** One line as the preview customer reads it, rendered by the code that sends. */
function AsRead({ text }: { text: string }) {
  const { previewAs } = useFormContext()
  const [subject] = useDebouncedValue(text, 400)
  const shown = useQuery({
    queryKey: ['POST /templates/preview', subject, previewAs?.id],
    queryFn: ({ signal }) =>
      api('POST /templates/preview', { body: { subject, customerId: previewAs?.id ?? null }, signal }),
    enabled: Boolean(previewAs) && subject.includes('{'),
    placeholderData: (before) => before,
    retry: false,
  })
  if (!previewAs || !shown.data || !subject.includes('{')) return null
  return (
    <Text size="xs" mt={4} c={shown.data.error ? 'var(--tl-bad)' : 'dimmed'} truncate>
      {shown.data.error ?? `${previewAs.name.split(' · ')[0]} reads: ${shown.data.subject}`}
    </Text>
  )
}

/** A path such as `customer.country`, or one `{{…}}`. */
export function InputWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  const paths = context.variables.map((variable) => variable.path)
  return (
    <Autocomplete
      {...texts(props)}
      data-field={props.path}
      data={paths}
      value={typed.text}
      onChange={typed.type}
      onBlur={typed.leave}
    />
  )
}

/** A text with suggestions: the schema's examples. */
export function SuggestWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <Autocomplete
      {...texts(props)}
      data-field={props.path}
      data={Array.isArray(props.schema.examples) ? props.schema.examples.map(String) : []}
      value={typed.text}
      onChange={typed.type}
      onBlur={typed.leave}
    />
  )
}

/** Anything that no other widget knows: its JSON, kept as typed until it is JSON. */
export function JsonWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = props.value === undefined ? '' : JSON.stringify(props.value, null, 2)
  const [text, setText] = useState(value)
  const [wrong, setWrong] = useState(false)
  useEffect(() => setText(value), [value])
  const strings = Array.isArray(props.value) && props.value.every((item) => typeof item === 'string')
  if (
    props.schema.type === 'array' &&
    (props.schema.items as Schema | undefined)?.type === 'string' &&
    (strings || props.value === undefined)
  ) {
    return (
      <TagsInput
        {...texts(props)}
        data-field={props.path}
        value={(props.value as string[] | undefined) ?? []}
        onChange={(next) => props.onChange(next)}
        onBlur={settle}
      />
    )
  }
  const leave = () => {
    try {
      props.onChange(text.trim() === '' ? undefined : JSON.parse(text))
      setWrong(false)
    } catch {
      setWrong(true)
    }
    settle()
  }
  return (
    <Textarea
      {...texts(props)}
      data-field={props.path}
      error={wrong ? 'This is not valid JSON; the last valid value is kept.' : props.error}
      autosize
      minRows={3}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={leave}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
    />
  )
}
