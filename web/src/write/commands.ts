import { chainCommands, exitCode, lift, setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import { redo, undo } from 'prosemirror-history'
import type { NodeType } from 'prosemirror-model'
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list'
import { type Command, type EditorState, NodeSelection, TextSelection } from 'prosemirror-state'
import { schema } from './schema.ts'

const { nodes, marks } = schema

const inside = (state: EditorState, type: NodeType): boolean => {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type === type) return true
  return false
}

function toggleList(type: NodeType): Command {
  return (state, dispatch) =>
    inside(state, type) ? liftListItem(nodes.listItem)(state, dispatch) : wrapInList(type)(state, dispatch)
}

/** Where a block may be put. */
const places = new Set([nodes.doc, nodes.column, nodes.box, nodes.blockquote])

function insertBlock(make: () => ReturnType<NodeType['create']>): Command {
  return (state, dispatch) => {
    const { $from } = state.selection
    // Behind the block with the cursor, so that no line is torn; not inside a list or a button.
    let depth = $from.depth
    while (depth > 1 && !places.has($from.node(depth - 1).type)) depth -= 1
    const after = depth === 0 ? state.selection.to : $from.after(depth)
    const isEmpty = depth > 0 && $from.node(depth).type === nodes.paragraph && $from.node(depth).childCount === 0
    const from = isEmpty ? $from.before(depth) : after
    const node = make()
    const tr = state.tr.replaceRangeWith(from, after, node)
    if (!tr.docChanged) return false
    if (tr.doc.nodeAt(tr.doc.content.size - 1) === null && tr.doc.lastChild?.type !== nodes.paragraph) {
      tr.insert(tr.doc.content.size, nodes.paragraph.create())
    }
    tr.doc.nodesBetween(from, tr.doc.content.size, (found, at) => {
      if (found.type !== node.type || at < from) return true
      if (node.isLeaf) tr.setSelection(NodeSelection.create(tr.doc, at))
      else tr.setSelection(TextSelection.near(tr.doc.resolve(at + 1)))
      return false
    })
    dispatch?.(tr.scrollIntoView())
    return true
  }
}

const newLine: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodes.break.create()).scrollIntoView())
  return true
}

/** The cell of a new column, with something to write over. */
const cell = () => nodes.column.create(null, nodes.paragraph.create())

/** What the toolbar and the keys do. */
export const commands = {
  bold: toggleMark(marks.bold),
  italic: toggleMark(marks.italic),
  underline: toggleMark(marks.underline),
  strike: toggleMark(marks.strike),
  bulletList: toggleList(nodes.bulletList),
  orderedList: toggleList(nodes.orderedList),
  quote: ((state, dispatch) =>
    inside(state, nodes.blockquote) ? lift(state, dispatch) : wrapIn(nodes.blockquote)(state, dispatch)) as Command,
  text: setBlockType(nodes.paragraph),
  heading1: setBlockType(nodes.heading, { level: 1 }),
  heading2: setBlockType(nodes.heading, { level: 2 }),
  heading3: setBlockType(nodes.heading, { level: 3 }),
  rule: insertBlock(() => nodes.rule.create()),
  button: insertBlock(() => nodes.button.create(null, schema.text('Take a look'))),
  columns2: insertBlock(() => nodes.columns.create(null, [cell(), cell()])),
  columns3: insertBlock(() => nodes.columns.create(null, [cell(), cell(), cell()])),
} satisfies Record<string, Command>

/** The keys, beside those that every text field has. */
export const keys: Record<string, Command> = {
  'Mod-b': commands.bold,
  'Mod-i': commands.italic,
  'Mod-u': commands.underline,
  'Mod-z': undo,
  'Mod-y': redo,
  'Shift-Mod-z': redo,
  'Shift-Enter': chainCommands(exitCode, newLine),
  Enter: splitListItem(nodes.listItem),
  'Mod-]': sinkListItem(nodes.listItem),
  'Mod-[': liftListItem(nodes.listItem),
  'Shift-Mod-7': commands.orderedList,
  'Shift-Mod-8': commands.bulletList,
}

/** What holds at the cursor, for the pressed state of the buttons. */
export function activeAt(state: EditorState): ReadonlySet<string> {
  const active = new Set<string>()
  const { from, to, empty, $from } = state.selection
  for (const type of Object.values(schema.marks)) {
    const has = empty ? type.isInSet(state.storedMarks ?? $from.marks()) : state.doc.rangeHasMark(from, to, type)
    if (has) active.add(type.name)
  }
  for (const type of [nodes.bulletList, nodes.orderedList, nodes.blockquote])
    if (inside(state, type)) active.add(type.name)
  if ($from.parent.type === nodes.heading) active.add(`heading${$from.parent.attrs.level}`)
  return active
}

/** Where the link at the cursor begins and ends, with what it says; null where there is none. */
export function linkAt(state: EditorState): { from: number; to: number; href: string } | null {
  const { $from, from, to, empty } = state.selection
  if (!empty && !state.doc.rangeHasMark(from, to, marks.link)) return null
  const parent = $from.parent
  const start = $from.start()
  const ranges: { from: number; to: number; href: string }[] = []
  parent.forEach((node, offset) => {
    const mark = marks.link.isInSet(node.marks)
    if (!mark) return
    const href = String(mark.attrs.kept.href ?? '')
    const last = ranges.at(-1)
    if (last && last.to === start + offset && last.href === href) last.to += node.nodeSize
    else ranges.push({ from: start + offset, to: start + offset + node.nodeSize, href })
  })
  return ranges.find((range) => from >= range.from && from <= range.to) ?? null
}
