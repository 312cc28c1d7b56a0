import type { OptionsFilter } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { FormContext } from './context.ts'
import type { Schema } from './schema.ts'

/** What a widget is given. `onChange(undefined)` empties the field. */
export interface WidgetProps {
  schema: Schema
  label: string
  required: boolean
  value: unknown
  onChange(value: unknown): void
  error: string | undefined
  /** Problems inside the field, by path below it. */
  inner: readonly { field?: string | undefined; message: string }[]
  /** Path of the field in the config: what problems name. */
  path: string
}

/** What every input takes from its schema. */
export const texts = ({ schema, label, required, error }: WidgetProps) => ({
  label,
  ...(typeof schema['x-placeholder'] === 'string' && { placeholder: schema['x-placeholder'] }),
  description: typeof schema.description === 'string' ? schema.description : undefined,
  withAsterisk: required,
  'aria-required': required,
  error,
  size: 'sm' as const,
})

/** A text that is typed locally and told 150 ms after the last key or on leaving; a change from outside replaces it. */
export function useTyped(value: string, tell: (text: string) => void, context: FormContext) {
  const [text, setText] = useState(value)
  const told = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => {
    if (value !== told.current) {
      told.current = value
      setText(value)
    }
  }, [value])
  const flush = (next: string) => {
    clearTimeout(timer.current)
    if (next === told.current) return
    told.current = next
    latest.current(next)
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  return {
    text,
    type(next: string) {
      setText(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => flush(next), 150)
    },
    leave() {
      flush(text)
      context.settle()
    },
  }
}

/** A config value as the text of an input. */
export const asText = (value: unknown) =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Suggestions for what is typed; none once it is one of them, so that the list does not lie over the next field. */
export const suggestUntilChosen =
  (typed: string): OptionsFilter<string> =>
  ({ options, search }) =>
    options.some((option) => 'value' in option && option.value === typed)
      ? []
      : options.filter(
          (option) => 'value' in option && option.value.toLowerCase().includes(search.trim().toLowerCase()),
        )
