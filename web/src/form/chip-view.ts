import { baseKeymap } from 'prosemirror-commands'
import { closeHistory, history, redo, undo } from 'prosemirror-history'
import { keymap } from 'prosemirror-keymap'
import type { Node } from 'prosemirror-model'
import { type Command, EditorState, NodeSelection, Plugin, TextSelection, type Transaction } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import { faultOfPath, readChip } from './chip.ts'
import { oneLine, readSlice, readText, variablesIn, writeText } from './chip-doc.ts'
import type { Variable } from './context.ts'
import { readCursor } from './cursor.ts'

type FieldSchema = typeof oneLine

/** What the field tells to and asks of what is around it. */
export interface AroundChips {
  /** The id of the field's element, by which its label, description and error name it. */
  id: string
  schema: FieldSchema
  path: string
  /** What the element says of itself to assistive technology and to the page, now: asked at each change. */
  attributes(): Record<string, string>
  isReadOnly(): boolean
  variables(): readonly Variable[]
  changed(text: string): void
  left(): void
  /** `{{` was typed. */
  wantsVariable(): void
  /** A chip was pressed, or Enter with it chosen; its place in the document. */
  opens(at: number): void
  /** Enter in a field of one line. */
  submits(): void
}

/** A field of text with its variables as chips. */
export interface ChipView {
  view: EditorView
  /** The field's text. */
  text(): string
  /** Replaces all of it by what comes from elsewhere: what was typed before cannot be undone into it. */
  replace(text: string): void
  /** Draws the chips and the element anew: what is known about variables has changed. */
  refresh(): void
}

/** Makes the field in a place. */
export function createChipView(place: HTMLElement, text: string, around: AroundChips): ChipView {
  const { schema } = around
  const painters = new Set<() => void>()
  const fresh = (value: string) => EditorState.create({ doc: readText(schema, value), plugins })
  const plugins = [
    keymap(keysOf(around)),
    keymap(baseKeymap),
    history(),
    new Plugin({ appendTransaction: (_, __, state) => withChips(state) }),
  ]
  const view: EditorView = new EditorView(place, {
    state: fresh(text),
    editable: () => !around.isReadOnly(),
    attributes: (state) => {
      const { selection } = state
      return {
        id: around.id,
        role: 'textbox',
        // What leads to a field that has to be put right looks for what can take the focus.
        tabindex: '0',
        'data-field': around.path,
        ...(schema !== oneLine && { 'aria-multiline': 'true' }),
        ...(selection instanceof NodeSelection && { 'aria-activedescendant': chipId(around.id, selection.from) }),
        ...(writeText(state.doc) === '' && { 'data-empty': '' }),
        ...around.attributes(),
        class: 'tl-chip-text',
      }
    },
    nodeViews: {
      variable(node, _, getPos) {
        const dom = document.createElement('span')
        const paint = () => paintChip(dom, node, around)
        painters.add(paint)
        paint()
        dom.id = chipId(around.id, getPos() ?? 0)
        dom.onclick = () => {
          const at = getPos()
          if (at !== undefined && !around.isReadOnly()) around.opens(at)
        }
        return {
          dom,
          update(next) {
            if (next.type !== node.type) return false
            node = next
            dom.id = chipId(around.id, getPos() ?? 0)
            paint()
            return true
          },
          ignoreMutation: () => true,
          destroy: () => painters.delete(paint),
        }
      },
    },
    clipboardTextSerializer: (slice) => slice.content.textBetween(0, slice.content.size, '\n'),
    handleTextInput(at, from, to, typed) {
      if (typed !== '{' || at.state.doc.textBetween(Math.max(0, from - 1), from) !== '{') return false
      at.dispatch(at.state.tr.insertText(typed, from, to))
      around.wantsVariable()
      return true
    },
    handlePaste(at, event) {
      const pasted = event.clipboardData?.getData('text/plain')
      if (!pasted) return false
      at.dispatch(at.state.tr.replaceSelection(readSlice(schema, pasted)).scrollIntoView().setMeta('paste', true))
      return true
    },
    handleDrop(at, event, _, moved) {
      const dropped = event.dataTransfer?.getData('text/plain')
      const to = at.posAtCoords({ left: event.clientX, top: event.clientY })
      if (moved || !dropped || !to) return false
      const { tr } = at.state
      tr.setSelection(TextSelection.near(tr.doc.resolve(to.pos))).replaceSelection(readSlice(schema, dropped))
      at.dispatch(tr)
      event.preventDefault()
      return true
    },
    handleDOMEvents: {
      keydown: readCursor,
      blur: () => {
        around.left()
        return false
      },
      // The browser's own menu has Undo, too.
      beforeinput(at, event) {
        const command = { historyUndo: undo, historyRedo: redo }[(event as InputEvent).inputType]
        if (!command) return false
        event.preventDefault()
        return command(at.state, at.dispatch)
      },
    },
    dispatchTransaction(tr) {
      // A chip that comes or goes is a step of its own, not one with the words typed before it.
      if (tr.docChanged && chipCount(tr.doc) !== chipCount(tr.before)) closeHistory(tr)
      const next = view.state.apply(tr)
      view.updateState(next)
      if (tr.docChanged || next.doc !== tr.doc) around.changed(writeText(next.doc))
    },
  })
  return {
    view,
    text: () => writeText(view.state.doc),
    replace: (value) => view.updateState(fresh(value)),
    refresh() {
      for (const paint of painters) paint()
      view.setProps({})
    },
  }
}

/** Liquid that came as text, typed or pasted, becomes chips, but for the one with the cursor in it. */
function withChips(state: EditorState): Transaction | null {
  const { tr } = state
  const cursor = state.selection.head
  state.doc.descendants((node, at) => {
    if (!node.isText) return
    for (const { from, to, code } of variablesIn(node.text ?? '')) {
      if (cursor > at + from && cursor < at + to) continue
      const chip = state.schema.node('variable', { code })
      tr.replaceWith(tr.mapping.map(at + from), tr.mapping.map(at + to), chip)
    }
  })
  return tr.docChanged ? tr : null
}

function keysOf({ schema, opens, submits }: AroundChips): Record<string, Command> {
  const open: Command = ({ selection }) => {
    if (!(selection instanceof NodeSelection)) return false
    opens(selection.from)
    return true
  }
  const isOneLine = schema === oneLine
  const enter: Command = (...at) => {
    if (open(...at)) return true
    if (isOneLine) submits()
    return isOneLine
  }
  return {
    'Mod-z': undo,
    'Mod-y': redo,
    'Shift-Mod-z': redo,
    Enter: enter,
    'Alt-ArrowDown': open,
    ...(isOneLine && { 'Shift-Enter': () => true, 'Mod-Enter': () => false }),
  }
}

function chipCount(doc: Node): number {
  let count = 0
  doc.descendants((node) => {
    if (node.isAtom && !node.isText) count += 1
  })
  return count
}

const chipId = (field: string, at: number) => `${field}-chip-${at}`

/** A chip as it is seen and as it is read out: `First name or there`, `First name, or there`. */
function paintChip(dom: HTMLElement, node: Node, around: AroundChips): void {
  const code = String(node.attrs.code)
  const chip = readChip(code)
  const variables = around.variables()
  const fault = chip && faultOfPath(chip.path, variables)
  const label = chip ? (variables.find(({ path }) => path === chip.path)?.label ?? chip.path) : code.slice(2, -2).trim()
  dom.className = 'tl-text-chip'
  dom.dataset.liquid = code
  dom.contentEditable = 'false'
  dom.setAttribute('role', 'button')
  dom.setAttribute('aria-haspopup', 'dialog')
  dom.setAttribute('aria-label', `${label}${fault ? `: ${fault.why}` : chip?.fallback ? `, or ${chip.fallback}` : ''}`)
  dom.toggleAttribute('data-bad', Boolean(fault))
  dom.title = fault ? `${fault.why}${fault.nearest ? ` Did you mean ${fault.nearest}?` : ''}` : code
  dom.textContent = label
  if (!chip?.fallback) return
  const fallback = document.createElement('i')
  fallback.textContent = ` or ${chip.fallback}`
  dom.append(fallback)
}
