import { baseKeymap } from 'prosemirror-commands'
import { dropCursor } from 'prosemirror-dropcursor'
import { gapCursor } from 'prosemirror-gapcursor'
import { history } from 'prosemirror-history'
import { inputRules, textblockTypeInputRule, wrappingInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import type { Node } from 'prosemirror-model'
import { EditorState, Plugin } from 'prosemirror-state'
import { EditorView } from 'prosemirror-view'
import { faultOfPath, readChip } from '../form/chip.ts'
import type { Variable } from '../form/context.ts'
import { readCursor } from '../form/cursor.ts'
import { keys } from './commands.ts'
import { cleanPasted } from './paste.ts'
import { withChips } from './read.ts'
import { type Kept, schema } from './schema.ts'

const { nodes } = schema

/** What the surface tells to and asks of what is around it. */
export interface Around {
  label: string
  path: string
  isReadOnly(): boolean
  variables(): readonly Variable[]
  changed(state: EditorState, docChanged: boolean): void
  left(): void
  /** `{{` was typed. */
  wantsVariable(): void
}

/** The surface on which a message is written. */
export function createView(place: HTMLElement, doc: Node, around: Around): EditorView {
  const state = EditorState.create({ doc, plugins: plugins(around) })
  const view: EditorView = new EditorView(place, {
    state,
    editable: () => !around.isReadOnly(),
    attributes: {
      role: 'textbox',
      'aria-multiline': 'true',
      'aria-label': around.label,
      'data-field': around.path,
      // What leads to a field that has to be put right looks for what can take the focus.
      tabindex: '0',
      class: 'tl-write-text',
    },
    transformPastedHTML: cleanPasted,
    nodeViews: {
      variable: (node) => chipView(node, around),
      keptInline: (node) => keptView(node, 'span'),
      keptBlock: (node) => keptView(node, 'div'),
      image: (node) => imageView(node),
    },
    handleDOMEvents: {
      keydown: readCursor,
      blur: () => {
        linkAddresses(view)
        around.left()
        return false
      },
    },
    dispatchTransaction(tr) {
      const next = view.state.apply(tr)
      view.updateState(next)
      around.changed(next, tr.docChanged)
    },
  })
  return view
}

function plugins(around: Around): Plugin[] {
  return [
    inputRules({
      rules: [
        wrappingInputRule(/^\s*[-*]\s$/, nodes.bulletList),
        wrappingInputRule(/^1[.)]\s$/, nodes.orderedList),
        wrappingInputRule(/^>\s$/, nodes.blockquote),
        textblockTypeInputRule(/^(#{1,3})\s$/, nodes.heading, (match) => ({ level: match[1]?.length ?? 1 })),
      ],
    }),
    keymap(keys),
    keymap(baseKeymap),
    history(),
    dropCursor(),
    gapCursor(),
    new Plugin({
      props: {
        handleTextInput(view, from, to, text) {
          if (text !== '{' || view.state.doc.textBetween(Math.max(0, from - 1), from) !== '{') return false
          view.dispatch(view.state.tr.delete(from - 1, to))
          around.wantsVariable()
          return true
        },
      },
      // Liquid that came as text, typed or pasted, becomes chips.
      appendTransaction(transactions, _, state) {
        if (!transactions.some((tr) => tr.docChanged)) return null
        const tr = state.tr
        state.doc.descendants((node, at) => {
          if (!node.isText || !/\{\{.*\}\}|\{%.*%\}/s.test(node.text ?? '')) return
          const found = withChips(node.text ?? '').map((piece) => piece.mark(node.marks))
          if (found.length > 1 || !found[0]?.isText) {
            tr.replaceWith(tr.mapping.map(at), tr.mapping.map(at + node.nodeSize), found)
          }
        })
        return tr.docChanged ? tr : null
      },
    }),
  ]
}

/** What was typed as a web address becomes a link when the text is left, as the code that sends makes one of it in plain text. */
function linkAddresses(view: EditorView): void {
  const { tr } = view.state
  view.state.doc.descendants((node, at, parent) => {
    if (!node.isText || parent?.type === nodes.button || schema.marks.link.isInSet(node.marks)) return
    for (const { 0: address, index } of (node.text ?? '').matchAll(
      /https?:\/\/[^\s<>"'{}|\\^`]*[^\s<>"'{}|\\^`.,;:!?)\]]/g,
    )) {
      tr.addMark(at + index, at + index + address.length, schema.marks.link.create({ kept: { href: address } }))
    }
  })
  if (tr.docChanged) view.dispatch(tr)
}

function chipView(node: Node, around: Around) {
  const dom = document.createElement('span')
  const code = String(node.attrs.code)
  const chip = readChip(code)
  const variables = around.variables()
  const known = variables.find(({ path }) => path === chip?.path)
  const fault = chip && faultOfPath(chip.path, variables)
  dom.className = 'tl-chip'
  dom.title = fault ? `${fault.why}${fault.nearest ? ` Did you mean ${fault.nearest}?` : ''}` : code
  dom.contentEditable = 'false'
  if (fault) dom.dataset.bad = ''
  dom.textContent = chip ? (known?.label ?? chip.path) : code.slice(2, -2).trim()
  if (chip?.fallback) {
    const fallback = document.createElement('i')
    fallback.textContent = ` or ${chip.fallback}`
    dom.append(fallback)
  }
  return { dom }
}

function keptView(node: Node, name: 'span' | 'div') {
  const dom = document.createElement(name)
  const code = String(node.attrs.code)
  dom.className = 'tl-kept'
  dom.contentEditable = 'false'
  dom.title = 'Kept as it is; change it in Code'
  dom.dataset.kind = code.startsWith('{%') ? 'liquid' : 'html'
  dom.textContent = code.length > 160 ? `${code.slice(0, 160)}…` : code
  return { dom }
}

/** A picture as far as the app may show it: over https; else what it is called. */
function imageView(node: Node) {
  const kept = node.attrs.kept as Kept
  const src = kept.src ?? ''
  if (/^https:\/\//i.test(src) && !src.includes('{')) {
    const dom = document.createElement('img')
    dom.src = src
    dom.alt = kept.alt ?? ''
    if (/^\d+$/.test(kept.width ?? '')) dom.width = Number(kept.width)
    return { dom }
  }
  const dom = document.createElement('span')
  dom.className = 'tl-write-picture'
  dom.contentEditable = 'false'
  dom.textContent = kept.alt || src || 'Picture'
  return { dom }
}
