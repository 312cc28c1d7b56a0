import {
  ActionIcon,
  Button,
  Code,
  ColorInput,
  Group,
  NumberInput,
  SegmentedControl,
  Text,
  TextInput,
} from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { NodeSelection } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import type { ReactNode } from 'react'
import { ChipFields } from '../form/chip-fields.tsx'
import { linkAt } from './commands.ts'
import { type ButtonLook, type Kept, schema } from './schema.ts'

const { nodes, marks } = schema

/** What is chosen, and what can be said about it: a variable's fallback, a link's address, a picture, a button. */
export function Inspector({ view, focus }: { view: EditorView; focus: boolean }) {
  const { state } = view
  const { selection } = state
  const node = selection instanceof NodeSelection ? selection.node : null
  const at = selection.from
  const setKept = (kept: Kept, name: string, value: string) => {
    const { [name]: _, ...others } = kept
    const next = value === '' && name !== 'src' && name !== 'alt' ? others : { ...kept, [name]: value }
    view.dispatch(select(view.state.tr.setNodeMarkup(at, undefined, { kept: next }, node?.marks), at))
  }
  const remove = (
    <Remove
      onClick={() => {
        view.dispatch(view.state.tr.deleteSelection())
        view.focus()
      }}
    />
  )
  if (node?.type === nodes.variable) {
    return (
      <Row label="Variable">
        <ChipFields
          key={at}
          code={String(node.attrs.code)}
          autoFocus={focus}
          onChange={(code) =>
            view.dispatch(select(view.state.tr.setNodeMarkup(at, undefined, { code }, node.marks), at))
          }
          onDone={() => view.focus()}
        />
        {remove}
      </Row>
    )
  }
  if (node?.type === nodes.image) {
    const kept = node.attrs.kept as Kept
    return (
      <Row label="Picture">
        <TextInput
          size="xs"
          label="Address"
          placeholder="https://"
          autoFocus={(kept.src ?? '') === ''}
          value={kept.src ?? ''}
          onChange={(event) => setKept(kept, 'src', event.currentTarget.value.trim())}
          style={{ flex: '2 1 180px' }}
        />
        <TextInput
          size="xs"
          label="In words, where pictures are off"
          value={kept.alt ?? ''}
          onChange={(event) => setKept(kept, 'alt', event.currentTarget.value)}
          style={{ flex: '1 1 140px' }}
        />
        <NumberInput
          size="xs"
          label="Width"
          suffix=" px"
          min={1}
          max={1200}
          w={96}
          value={/^\d+$/.test(kept.width ?? '') ? Number(kept.width) : ''}
          onChange={(value) => setKept(kept, 'width', value === '' ? '' : String(value))}
        />
        {remove}
      </Row>
    )
  }
  if (node?.type === nodes.keptBlock || node?.type === nodes.keptInline) {
    return (
      <Row label="Kept as it is">
        <Text size="xs" c="dimmed" style={{ flex: '1 1 200px' }}>
          Write mode keeps this as it is. Change it in Code. <Code>{String(node.attrs.code).slice(0, 300)}</Code>
        </Text>
        {remove}
      </Row>
    )
  }
  const { $from } = selection
  if ($from.parent.type === nodes.button) {
    const look = $from.parent.attrs as ButtonLook
    const place = $from.before($from.depth)
    const set = (change: Partial<ButtonLook>) =>
      view.dispatch(view.state.tr.setNodeMarkup(place, undefined, { ...look, ...change }))
    return (
      <Row label="Button">
        <TextInput
          size="xs"
          label="Leads to"
          placeholder="https:// or {{product.url}}"
          value={look.href}
          onChange={(event) => set({ href: event.currentTarget.value.trim() })}
          style={{ flex: '2 1 180px' }}
        />
        <ColorInput
          size="xs"
          label="Colour"
          w={124}
          withEyeDropper={false}
          value={look.color}
          onChange={(color) => /^#[0-9a-f]{6}$/i.test(color) && set({ color })}
        />
        <SegmentedControl
          size="xs"
          aria-label="Place of the button"
          data={[
            { value: 'left', label: 'Left' },
            { value: 'center', label: 'Middle' },
            { value: 'right', label: 'Right' },
          ]}
          value={look.align}
          onChange={(align) => set({ align: align as ButtonLook['align'] })}
        />
        <Remove
          onClick={() => {
            view.dispatch(view.state.tr.delete(place, place + $from.parent.nodeSize))
            view.focus()
          }}
        />
      </Row>
    )
  }
  const link = linkAt(state)
  if (!link) return null
  const setLink = (href: string | null) => {
    const tr = view.state.tr.removeMark(link.from, link.to, marks.link)
    view.dispatch(href === null ? tr : tr.addMark(link.from, link.to, marks.link.create({ kept: { href } })))
  }
  return (
    <Row label="Link">
      <TextInput
        size="xs"
        label="Leads to"
        placeholder="https:// or {{product.url}}"
        autoFocus={focus}
        value={link.href}
        onChange={(event) => setLink(event.currentTarget.value.trim())}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return
          event.preventDefault()
          event.stopPropagation()
          view.focus()
        }}
        style={{ flex: '1 1 220px' }}
      />
      <Button size="compact-sm" variant="subtle" color="red" onClick={() => setLink(null)}>
        Remove the link
      </Button>
    </Row>
  )
}

function select(tr: EditorView['state']['tr'], at: number) {
  return tr.setSelection(NodeSelection.create(tr.doc, at))
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Group gap={8} align="end" className="tl-write-inspector" role="group" aria-label={label}>
      {children}
    </Group>
  )
}

function Remove({ onClick }: { onClick(): void }) {
  return (
    <ActionIcon aria-label="Remove" color="red" size={30} onClick={onClick}>
      <IconTrash size={16} />
    </ActionIcon>
  )
}
