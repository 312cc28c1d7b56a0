import { ActionIcon, Divider, Input, Menu, NativeSelect, Tooltip } from '@mantine/core'
import {
  IconBold,
  IconColumns,
  IconItalic,
  IconLink,
  IconList,
  IconListNumbers,
  IconPhoto,
  IconPlus,
  IconQuote,
  IconRectangle,
  IconSeparatorHorizontal,
  IconUnderline,
} from '@tabler/icons-react'
import { type Command, NodeSelection, TextSelection } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { type FocusEvent, type KeyboardEvent, type ReactNode, useEffect, useReducer, useRef, useState } from 'react'
import { useFormContext } from '../form/context.ts'
import { ImproveMenu, useHasModel } from '../form/improve.tsx'
import { type Inserted, VariablePicker } from '../form/variable-picker.tsx'
import { asText, type WidgetProps } from '../form/widget.ts'
import { activeAt, commands, linkAt } from './commands.ts'
import { writeHtml } from './html.ts'
import { Inspector } from './inspector.tsx'
import { readHtml, withChips } from './read.ts'
import { schema } from './schema.ts'
import { createView } from './view.ts'
import 'prosemirror-view/style/prosemirror.css'
import 'prosemirror-gapcursor/style/gapcursor.css'
import '../form/chips.css'
import './write.css'

const { nodes, marks } = schema
/** Words are told this long after the last key, as every field of a form does (form/widget.ts), in ms. */
const tellAfterMs = 150

/**
 * A message's body as it will look, to be written like in a mail program. What it tells is HTML for mail programs; a text that it could not give
 * back whole is refused, with the sentence why.
 */
export default function WriteField({ onRefuse, ...props }: WidgetProps & { onRefuse(why: string): void }) {
  const context = useFormContext()
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const told = useRef(asText(props.value))
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const [picking, setPicking] = useState(false)
  const [focus, setFocus] = useState(false)
  const hasModel = useHasModel()
  const latest = useRef({ props, context, onRefuse })
  latest.current = { props, context, onRefuse }
  const flush = useRef(() => {})

  useEffect(() => {
    if (!place.current) return
    const read = readHtml(told.current)
    if ('why' in read) return latest.current.onRefuse(read.why)
    let timer: ReturnType<typeof setTimeout> | undefined
    flush.current = () => {
      clearTimeout(timer)
      timer = undefined
      if (!made.docView) return
      const html = writeHtml(made.state.doc)
      if (html === told.current) return
      told.current = html
      latest.current.props.onChange(html === '' ? undefined : html)
    }
    const made = createView(place.current, read.doc, {
      label: props.label,
      path: props.path,
      isReadOnly: () => latest.current.context.readOnly !== null,
      variables: () => latest.current.context.variables,
      changed(_, docChanged) {
        if (docChanged) {
          clearTimeout(timer)
          timer = setTimeout(() => flush.current(), tellAfterMs)
        }
        setFocus(false)
        redraw()
      },
      left() {
        if (timer !== undefined) flush.current()
        latest.current.context.settle()
      },
      wantsVariable: () => setPicking(true),
    }) as EditorView & { docView: unknown }
    view.current = made
    redraw()
    return () => {
      if (timer !== undefined) flush.current()
      made.destroy()
      view.current = null
    }
  }, [props.label, props.path])

  // What comes from elsewhere (an older version, an alternative by the AI, undo in the builder) is read anew.
  const value = asText(props.value)
  useEffect(() => {
    if (value === told.current || !view.current) return
    const read = readHtml(value)
    if ('why' in read) return latest.current.onRefuse(read.why)
    told.current = value
    const { state } = view.current
    const tr = state.tr.replaceWith(0, state.doc.content.size, read.doc.content)
    for (const [name, said] of Object.entries(read.doc.attrs)) tr.setDocAttribute(name, said)
    view.current.dispatch(tr)
  }, [value])

  const run = (command: Command) => {
    const at = view.current
    if (!at) return
    command(at.state, at.dispatch, at)
    at.focus()
  }
  const insertVariable = ({ text, select }: Inserted) => {
    const at = view.current
    const [node] = withChips(text)
    if (!at || !node) return
    const { from } = at.state.selection
    const tr = at.state.tr.replaceSelectionWith(node)
    // With the fallback's field open where not everybody has it, else behind it.
    if (select && tr.doc.nodeAt(from)?.type === nodes.variable) tr.setSelection(NodeSelection.create(tr.doc, from))
    at.dispatch(tr)
    setFocus(select !== null)
    if (!select) requestAnimationFrame(() => at.focus())
  }
  const insertImage = () => {
    const at = view.current
    if (!at) return
    const image = nodes.image.create({ kept: { src: '', alt: '', style: 'max-width:100%;height:auto' } })
    const { from } = at.state.selection
    const tr = at.state.tr.replaceSelectionWith(image, false)
    if (tr.doc.nodeAt(from)?.type === nodes.image) tr.setSelection(NodeSelection.create(tr.doc, from))
    at.dispatch(tr)
  }
  const insertLink = () => {
    const at = view.current
    if (!at) return
    const { from, to, empty } = at.state.selection
    if (linkAt(at.state)) return setFocus(true)
    const tr = at.state.tr
    const link = marks.link.create({ kept: { href: 'https://' } })
    if (empty) {
      tr.insert(from, schema.text('link', [link]))
      tr.setSelection(TextSelection.create(tr.doc, from + 1))
    } else tr.addMark(from, to, link)
    at.dispatch(tr)
    setFocus(true)
  }
  const state = view.current?.state
  const active = state ? activeAt(state) : new Set<string>()
  const style = ['heading1', 'heading2', 'heading3'].find((one) => active.has(one)) ?? 'text'
  const tool = (name: string, label: string, icon: ReactNode, act: () => void, key?: string) => (
    <Tooltip label={key ? `${label} · ${key}` : label} openDelay={400}>
      <ActionIcon
        size={28}
        aria-label={label}
        aria-pressed={active.has(name)}
        data-on={active.has(name) || undefined}
        onMouseDown={(event) => event.preventDefault()}
        onClick={act}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  )
  const writable = context.readOnly === null
  const toolbar = useToolbar()
  return (
    <Input.Wrapper
      label={props.label}
      labelElement="div"
      withAsterisk={props.required}
      description={props.schema.description as string | undefined}
      error={props.error}
      size="sm"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the key opens the link of the text in it */}
      <div
        className="tl-write"
        data-bad={props.error ? '' : undefined}
        onKeyDown={(event) => {
          if (!(event.ctrlKey || event.metaKey) || event.key !== 'k' || !view.current?.hasFocus()) return
          event.preventDefault()
          event.stopPropagation()
          insertLink()
        }}
      >
        {writable && (
          <div
            role="toolbar"
            aria-label={`How ${props.label.toLowerCase()} looks`}
            className="tl-write-tools"
            {...toolbar}
          >
            <NativeSelect
              size="xs"
              aria-label="Kind of paragraph"
              data={[
                { value: 'text', label: 'Text' },
                { value: 'heading1', label: 'Heading 1' },
                { value: 'heading2', label: 'Heading 2' },
                { value: 'heading3', label: 'Heading 3' },
              ]}
              value={style}
              onChange={(event) => run(commands[event.currentTarget.value as 'text'])}
            />
            {tool('bold', 'Bold', <IconBold size={16} />, () => run(commands.bold), 'Ctrl B')}
            {tool('italic', 'Italic', <IconItalic size={16} />, () => run(commands.italic), 'Ctrl I')}
            {tool('underline', 'Underline', <IconUnderline size={16} />, () => run(commands.underline), 'Ctrl U')}
            {tool('link', 'Link', <IconLink size={16} />, insertLink, 'Ctrl K')}
            <Divider orientation="vertical" />
            {tool('bulletList', 'List', <IconList size={16} />, () => run(commands.bulletList))}
            {tool('orderedList', 'Numbered list', <IconListNumbers size={16} />, () => run(commands.orderedList))}
            {tool('blockquote', 'Quote', <IconQuote size={16} />, () => run(commands.quote))}
            <Divider orientation="vertical" />
            <Menu position="bottom-start" width={180} returnFocus={false}>
              <Menu.Target>
                <Tooltip label="Put in" openDelay={400}>
                  <ActionIcon size={28} aria-label="Put in a button, picture, columns or line">
                    <IconPlus size={16} />
                  </ActionIcon>
                </Tooltip>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconRectangle size={16} />} onClick={() => run(commands.button)}>
                  Button
                </Menu.Item>
                <Menu.Item leftSection={<IconPhoto size={16} />} onClick={insertImage}>
                  Picture
                </Menu.Item>
                <Menu.Item leftSection={<IconColumns size={16} />} onClick={() => run(commands.columns2)}>
                  Two columns
                </Menu.Item>
                <Menu.Item leftSection={<IconColumns size={16} />} onClick={() => run(commands.columns3)}>
                  Three columns
                </Menu.Item>
                <Menu.Item leftSection={<IconSeparatorHorizontal size={16} />} onClick={() => run(commands.rule)}>
                  Divider
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
            <VariablePicker label={props.label} opened={picking} setOpened={setPicking} onPick={insertVariable} />
            {hasModel && (
              <ImproveMenu
                text={value}
                field="body"
                label={props.label}
                onTake={(text) => latest.current.props.onChange(text)}
              />
            )}
          </div>
        )}
        {writable && view.current && state && <Inspector view={view.current} focus={focus} />}
        <div ref={place} className="tl-write-place" />
      </div>
    </Input.Wrapper>
  )
}

/**
 * A toolbar is one stop of Tab, and arrows walk it (ARIA toolbar pattern). Answers with what the toolbar's element takes: the tool that had
 * the focus last is the one that Tab comes to.
 */
function useToolbar() {
  const bar = useRef<HTMLDivElement>(null)
  const current = useRef(0)
  const tools = () => [...(bar.current?.querySelectorAll<HTMLElement>('button, select') ?? [])]
  const settle = () => {
    const all = tools()
    const stop = Math.min(current.current, all.length - 1)
    for (const [index, tool] of all.entries()) tool.tabIndex = index === stop ? 0 : -1
  }
  // Tools come and go (a model is connected, the text is read only).
  useEffect(settle)
  return {
    ref: bar,
    onFocus: (event: FocusEvent<HTMLDivElement>) => {
      current.current = Math.max(0, tools().indexOf(event.target))
      settle()
    },
    onKeyDown: (event: KeyboardEvent<HTMLDivElement>) => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
      if (step === 0 || (event.target as HTMLElement).localName === 'input') return
      const all = tools()
      const next = all[all.indexOf(event.target as HTMLElement) + step]
      if (!next) return
      event.preventDefault()
      next.focus()
    },
  }
}
