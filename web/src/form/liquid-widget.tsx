import { Group, Text, Textarea, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { type ChangeEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { api } from '../api.ts'
import type { ChipText, ChipTextHandle } from './chip-text.tsx'
import { useFormContext } from './context.ts'
import { ImproveMenu, useHasModel } from './improve.tsx'
import { TextChips } from './text-chips.tsx'
import { type Inserted, VariablePicker } from './variable-picker.tsx'
import { asText, texts, useTyped, type WidgetProps } from './widget.ts'
import './chips.css'

/** The field with chips comes after what the page is first drawn with. */
let loaded: typeof ChipText | null = null
const loading = import('./chip-text.tsx').then((chunk) => {
  loaded = chunk.ChipText
})

/** The field with chips once it is there; not while somebody types into the plain one in its place. */
function useChipText(plain: RefObject<HTMLElement | null>): typeof ChipText | null {
  const [ready, setReady] = useState(loaded !== null)
  useEffect(() => {
    if (ready) return
    const take = () => {
      const field = plain.current
      if (field && field === document.activeElement)
        field.addEventListener('blur', () => setReady(true), { once: true })
      else setReady(true)
    }
    // Without the network the plain field stays: it has all that the other has, below it.
    loading.then(take, () => {})
  }, [ready, plain])
  return ready ? loaded : null
}

/**
 * Text with variables: each is a chip in it, and *Raw* shows its Liquid; `{ }` or typing `{{` puts one in at the cursor. One line of a
 * message is shown below as the preview customer reads it. HTML, and the prompt of the AI, are written raw.
 */
export function LiquidWidget(props: WidgetProps) {
  const context = useFormContext()
  const chips = useRef<ChipTextHandle>(null)
  const plain = useRef<HTMLTextAreaElement & HTMLInputElement>(null)
  const [picking, setPicking] = useState(false)
  const [raw, setRaw] = useState(false)
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  const widget = String(props.schema['x-widget'])
  const long = ['code', 'mail'].includes(widget) || Number(props.schema.maxLength ?? 0) > 1_000
  const full = props.schema['x-template'] === 'full'
  const takesChips = widget !== 'mail' && props.schema['x-template'] !== undefined
  const Chips = useChipText(plain)
  const Shown = takesChips && !raw ? Chips : null
  const hasModel = useHasModel()
  const improves =
    hasModel && context.readOnly === null && (props.path === 'subject' || props.path === 'body') ? props.path : null
  const insert = (inserted: Inserted) => {
    if (Shown) return chips.current?.insert(inserted)
    const { text, select } = inserted
    const element = plain.current
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
  const rightSection = (
    <Group gap={0} wrap="nowrap">
      <VariablePicker label={props.label} opened={picking} setOpened={setPicking} onPick={insert} />
      {improves && (
        <ImproveMenu text={typed.text} field={improves} label={props.label} onTake={(text) => typed.type(text)} />
      )}
    </Group>
  )
  const rightSectionWidth = improves ? 66 : 36
  const common = {
    ...texts(props),
    ref: plain,
    'data-field': props.path,
    value: typed.text,
    onChange: type,
    onBlur: typed.leave,
    rightSection,
    rightSectionWidth,
    rightSectionProps: long ? { style: { alignItems: 'start', paddingTop: 4 } } : undefined,
  }
  const mono = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }
  return (
    <div style={{ position: 'relative' }}>
      {Shown ? (
        <Shown
          handle={chips}
          path={props.path}
          many={long}
          mono={widget === 'code' && !full}
          text={typed.text}
          field={texts(props)}
          rightSection={rightSection}
          rightSectionWidth={rightSectionWidth}
          onChange={typed.type}
          onLeave={typed.leave}
          onWantsVariable={() => setPicking(true)}
        />
      ) : long ? (
        <Textarea {...common} autosize minRows={6} maxRows={18} styles={mono} />
      ) : (
        <TextInput {...common} />
      )}
      {takesChips && (raw || typed.text.includes('{')) && context.readOnly === null && (
        <UnstyledButton
          className="tl-raw"
          aria-pressed={raw}
          aria-label={`${props.label} as raw Liquid`}
          onClick={() => setRaw(!raw)}
        >
          Raw
        </UnstyledButton>
      )}
      {!Shown && full && (
        <TextChips
          text={typed.text}
          onChange={(text) => {
            typed.type(text)
            context.settle()
          }}
        />
      )}
      {!long && full && <AsRead text={typed.text} />}
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
