import { ActionIcon, Input, Popover } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { NodeSelection } from 'prosemirror-state'
import {
  type ReactNode,
  type Ref,
  type RefObject,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { manyLines, oneLine, readSlice } from './chip-doc.ts'
import { ChipFields } from './chip-fields.tsx'
import { type ChipView, createChipView } from './chip-view.ts'
import { useFormContext } from './context.ts'
import type { Inserted } from './variable-picker.tsx'
import type { texts } from './widget.ts'
import 'prosemirror-view/style/prosemirror.css'

/** What a field with chips can be told to do. */
export interface ChipTextHandle {
  /** Puts a variable in at the cursor, in place of the `{{` that asked for it. */
  insert(inserted: Inserted): void
}

/** A field of text in which each variable is a chip: pressed, it opens what is said where it is missing, and how it is written. */
export function ChipText({
  handle,
  path,
  many,
  mono,
  text,
  field,
  rightSection,
  rightSectionWidth,
  onChange,
  onLeave,
  onWantsVariable,
}: {
  handle: Ref<ChipTextHandle>
  path: string
  many: boolean
  mono: boolean
  text: string
  field: ReturnType<typeof texts>
  rightSection: ReactNode
  rightSectionWidth: number
  onChange(text: string): void
  onLeave(): void
  onWantsVariable(): void
}) {
  const context = useFormContext()
  const id = useId()
  const place = useRef<HTMLDivElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const made = useRef<ChipView>(null)
  const [open, setOpen] = useState<{ at: number; asks: boolean } | null>(null)
  const schema = many ? manyLines : oneLine
  const latest = useRef({ field, context, onChange, onLeave, onWantsVariable, text })
  latest.current = { field, context, onChange, onLeave, onWantsVariable, text }

  // Before the browser paints: a field is never seen empty that is not.
  useLayoutEffect(() => {
    if (!place.current) return
    const chips = createChipView(place.current, latest.current.text, {
      id,
      schema,
      path,
      attributes: () => attributesOf(id, latest.current.field),
      isReadOnly: () => latest.current.context.readOnly !== null,
      variables: () => latest.current.context.variables,
      changed: (next) => latest.current.onChange(next),
      left: () => latest.current.onLeave(),
      wantsVariable: () => latest.current.onWantsVariable(),
      opens: (at) => {
        chips.view.dispatch(chips.view.state.tr.setSelection(NodeSelection.create(chips.view.state.doc, at)))
        setOpen({ at, asks: false })
      },
      submits: () => place.current?.closest('form')?.requestSubmit(),
    })
    made.current = chips
    return () => {
      made.current = null
      chips.view.destroy()
    }
  }, [id, path, schema])

  // What comes from elsewhere: undo in the builder, an alternative by the AI, another version.
  useLayoutEffect(() => {
    if (made.current && made.current.text() !== text) {
      made.current.replace(text)
      setOpen(null)
    }
  }, [text])
  const { variables, readOnly } = context
  const said = JSON.stringify(attributesOf(id, field))
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the chips and the element show, not what this reads
  useEffect(() => made.current?.refresh(), [variables, readOnly, said])

  const focus = () => made.current?.view.focus()
  useImperativeHandle(handle, () => ({
    insert({ text: liquid, select }) {
      const view = made.current?.view
      if (!view) return
      const { from, to } = view.state.selection
      // What was typed to open the list is part of what it puts in.
      const asked = view.state.doc.textBetween(Math.max(0, from - 2), from) === '{{' ? from - 2 : from
      const { tr } = view.state
      tr.delete(asked, to).replace(asked, asked, readSlice(schema, liquid))
      const isChip = tr.doc.nodeAt(asked)?.type.name === 'variable'
      // With the fallback's field open where not everybody has it, else behind it.
      if (select && isChip) tr.setSelection(NodeSelection.create(tr.doc, asked))
      view.dispatch(tr)
      if (select && isChip) setOpen({ at: asked, asks: true })
      else requestAnimationFrame(focus)
    },
  }))

  const chip = open && made.current?.view.state.doc.nodeAt(open.at)
  const close = () => {
    setOpen(null)
    focus()
  }
  return (
    <Input.Wrapper
      id={id}
      label={field.label}
      labelElement="div"
      labelProps={{ onClick: focus }}
      description={field.description}
      withAsterisk={field.withAsterisk}
      error={field.error}
      size={field.size}
    >
      <div ref={frame} style={{ position: 'relative' }}>
        <Input
          component="div"
          multiline
          withAria={false}
          error={field.error}
          size={field.size}
          rightSection={rightSection}
          rightSectionWidth={rightSectionWidth}
          rightSectionProps={{ style: { alignItems: 'start', paddingTop: 3 } }}
          classNames={{ input: `tl-chip-field${many ? ' tl-chip-many' : ''}${mono ? ' tl-chip-mono' : ''}` }}
        >
          <div ref={place} />
        </Input>
        {open && chip?.type.name === 'variable' && (
          <Popover opened onDismiss={close} width={320} position="bottom-start" trapFocus shadow="md">
            <Popover.Target>
              <span style={{ position: 'absolute', pointerEvents: 'none', ...boxOf(made.current, open.at, frame) }} />
            </Popover.Target>
            <Popover.Dropdown aria-label="Variable">
              <div className="tl-chip-fields">
                <ChipFields
                  code={String(chip.attrs.code)}
                  autoFocus={open.asks}
                  onChange={(code) => {
                    const view = made.current?.view
                    if (!view) return
                    const tr = view.state.tr.setNodeMarkup(open.at, undefined, { code })
                    view.dispatch(tr.setSelection(NodeSelection.create(tr.doc, open.at)))
                  }}
                  onDone={close}
                />
                <ActionIcon
                  aria-label="Remove the variable"
                  color="red"
                  size={28}
                  style={{ position: 'absolute', top: 8, right: 8 }}
                  onClick={() => {
                    const view = made.current?.view
                    if (view) view.dispatch(view.state.tr.delete(open.at, open.at + 1))
                    close()
                  }}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </div>
            </Popover.Dropdown>
          </Popover>
        )}
      </div>
    </Input.Wrapper>
  )
}

/** What the field's element says of itself; its description and its error are the wrapper's. */
function attributesOf(
  id: string,
  { label, description, error, placeholder, ...field }: ReturnType<typeof texts>,
): Record<string, string> {
  const described = [error && `${id}-error`, description && `${id}-description`].filter(Boolean).join(' ')
  return {
    'aria-label': label,
    ...(field['aria-required'] && { 'aria-required': 'true' }),
    ...(error && { 'aria-invalid': 'true' }),
    ...(described && { 'aria-describedby': described }),
    ...(placeholder && { 'aria-placeholder': placeholder, 'data-placeholder': placeholder }),
  }
}

/** Where a chip is seen, within the field. */
function boxOf(chips: ChipView | null, at: number, frame: RefObject<HTMLDivElement | null>) {
  const dom = chips?.view.nodeDOM(at)
  const outer = frame.current?.getBoundingClientRect()
  if (!(dom instanceof HTMLElement) || !outer) return { left: 0, top: 0, width: 1, height: 1 }
  const { left, top, width, height } = dom.getBoundingClientRect()
  return { left: left - outer.left, top: top - outer.top, width, height }
}
