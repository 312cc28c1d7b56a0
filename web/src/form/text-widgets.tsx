import { ActionIcon, Autocomplete, Menu, TagsInput, Text, Textarea, TextInput } from '@mantine/core'
import { IconBraces } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
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

/** Text with variables: `{ }` puts one in at the cursor. Short ones are one line. */
export function LiquidWidget(props: WidgetProps) {
  const context = useFormContext()
  const field = useRef<HTMLTextAreaElement & HTMLInputElement>(null)
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  const long = props.schema['x-widget'] === 'code' || Number(props.schema.maxLength ?? 0) > 1_000
  const insert = (path: string) => {
    const element = field.current
    const from = element?.selectionStart ?? typed.text.length
    const to = element?.selectionEnd ?? from
    const chip = path.endsWith('firstName') ? `{{${path} | default: "there"}}` : `{{${path}}}`
    typed.type(typed.text.slice(0, from) + chip + typed.text.slice(to))
    requestAnimationFrame(() => {
      element?.focus()
      element?.setSelectionRange(from + chip.length, from + chip.length)
    })
  }
  const common = {
    ...texts(props),
    ref: field,
    'data-field': props.path,
    value: typed.text,
    onBlur: typed.leave,
    rightSection: <VariableMenu insert={insert} label={props.label} />,
    rightSectionWidth: 36,
    rightSectionProps: long ? { style: { alignItems: 'start', paddingTop: 4 } } : undefined,
  }
  return long ? (
    <Textarea
      {...common}
      autosize
      minRows={6}
      maxRows={18}
      onChange={(event) => typed.type(event.currentTarget.value)}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
    />
  ) : (
    <TextInput {...common} onChange={(event) => typed.type(event.currentTarget.value)} />
  )
}

function VariableMenu({ insert, label }: { insert(path: string): void; label: string }) {
  const { variables } = useFormContext()
  const groups = [...new Set(variables.map((variable) => variable.group))]
  return (
    <Menu width={260} position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={`Insert a variable into ${label}`} size={28}>
          <IconBraces size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
        {groups.map((group) => [
          <Menu.Label key={group}>{group}</Menu.Label>,
          ...variables
            .filter((variable) => variable.group === group)
            .map((variable) => (
              <Menu.Item key={variable.path} onClick={() => insert(variable.path)}>
                {variable.label}
                <Text span c="dimmed" size="xs" display="block">
                  {variable.path}
                </Text>
              </Menu.Item>
            )),
        ])}
      </Menu.Dropdown>
    </Menu>
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
