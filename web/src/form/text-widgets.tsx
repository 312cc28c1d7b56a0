import { Autocomplete, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useFormContext } from './context.ts'
import type { Schema } from './schema.ts'
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
