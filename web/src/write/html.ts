import type { Mark, Node } from 'prosemirror-model'
import { isHtml } from '../../../src/workflow/mail-html.ts'
import { beforeColumn, buttonAround, cells, columnsEnd } from './blocks.ts'
import { type ButtonLook, type Kept, schema } from './schema.ts'
import { encodeText, encodeValue } from './text.ts'

const { nodes } = schema

/**
 * Writes a document of Write mode as HTML for mail programs: what was kept as it was, tables for buttons and columns. Always the same for the
 * same document, and `readHtml` makes the same document of it.
 */
export function writeHtml(doc: Node): string {
  if (doc.type !== nodes.doc) return block(doc, '', false).join('\n')
  const { before, after } = doc.attrs as { before: string; after: string }
  if (before === '' && doc.childCount === 1 && isEmptyParagraph(doc.child(0))) return ''
  const inner = children(doc, '', false).join('\n')
  // Without a tag the code that sends would take it for plain text.
  const said = before === '' && !isHtml(inner) ? children(doc, '', true).join('\n') : inner
  return before === '' ? said : `${before}\n${said}\n${after}`
}

const isEmptyParagraph = (node: Node): boolean => node.type === nodes.paragraph && node.childCount === 0

function children(parent: Node, indent: string, neverBare: boolean): string[] {
  const lines: string[] = []
  let afterBare = false
  parent.forEach((node) => {
    const isBare = node.type === nodes.paragraph && node.attrs.tag === 'bare'
    // Two of them side by side would be one.
    lines.push(...block(node, indent, neverBare || (isBare && afterBare)))
    afterBare = isBare
  })
  return lines
}

function block(node: Node, indent: string, neverBare: boolean): string[] {
  const { kept = {} } = node.attrs as { kept?: Kept }
  const deeper = `${indent}  `
  const around = (tag: string, inner: string[]) => [
    `${indent}<${tag}${attributes(kept)}>`,
    ...inner,
    `${indent}</${tag}>`,
  ]
  switch (node.type) {
    case nodes.paragraph: {
      const tag = node.attrs.tag === 'bare' ? (neverBare ? 'p' : null) : ((node.attrs.tag as string | null) ?? 'p')
      const text = line(node)
      if (tag === null) return text === '' ? [] : [indent + text]
      return [`${indent}<${tag}${attributes(kept)}>${text === '' && tag === 'p' ? '<br>' : text}</${tag}>`]
    }
    case nodes.heading:
      return [`${indent}<h${node.attrs.level}${attributes(kept)}>${line(node)}</h${node.attrs.level}>`]
    case nodes.blockquote:
      return around('blockquote', children(node, deeper, false))
    case nodes.box:
      return around(String(node.attrs.tag), children(node, deeper, false))
    case nodes.bulletList:
    case nodes.orderedList: {
      const items: string[] = []
      node.forEach((item) => {
        items.push(...listItem(item, deeper))
      })
      return around(node.type === nodes.bulletList ? 'ul' : 'ol', items)
    }
    case nodes.rule:
      return [`${indent}<hr${attributes(kept)}>`]
    case nodes.button: {
      const look = node.attrs as ButtonLook
      const [start, end] = buttonAround({ ...look, href: encodeValue(look.href) })
      return [`${indent}${start}${line(node)}${end}`]
    }
    case nodes.columns: {
      const lines: string[] = []
      const [before, end] = node.attrs.asCells ? [cells.before, cells.end] : [beforeColumn, columnsEnd]
      node.forEach((column, _, index) => {
        lines.push(indent + before(node.childCount, index), ...children(column, deeper, false))
      })
      return [...lines, indent + end]
    }
    default:
      return [indent + String(node.attrs.code ?? '')]
  }
}

/** The first paragraph of an item has no element of its own unless it says so. */
function listItem(item: Node, indent: string): string[] {
  const first = item.child(0)
  const isPlain = first.type === nodes.paragraph && first.attrs.tag === null
  const start = `${indent}<li${attributes(item.attrs.kept as Kept)}>`
  const rest: string[] = []
  item.forEach((node, _, index) => {
    if (index > 0 || !isPlain) rest.push(...block(node, `${indent}  `, false))
  })
  const text = isPlain ? line(first) : ''
  return rest.length === 0 ? [`${start}${text}</li>`] : [start + text, ...rest, `${indent}</li>`]
}

/** The text of a paragraph, marks opened and closed so that what neighbours share stays open. */
function line(parent: Node): string {
  let html = ''
  const open: Mark[] = []
  const close = (count: number) => {
    while (open.length > count) html += `</${tagOf(open.pop() as Mark)}>`
  }
  parent.forEach((node) => {
    let shared = 0
    while (shared < open.length && node.marks[shared] && open[shared]?.eq(node.marks[shared] as Mark)) shared += 1
    close(shared)
    for (const mark of node.marks.slice(shared)) {
      html += `<${tagOf(mark)}${attributes((mark.attrs.kept ?? {}) as Kept)}>`
      open.push(mark)
    }
    html += leaf(node)
  })
  close(0)
  return html
}

const plainTags: Record<string, string> = { link: 'a', bold: 'strong', italic: 'em', underline: 'u', strike: 's' }
const tagOf = (mark: Mark): string => plainTags[mark.type.name] ?? String(mark.attrs.tag)

function leaf(node: Node): string {
  if (node.isText) return encodeText(node.text ?? '')
  if (node.type === nodes.image) return `<img${attributes(node.attrs.kept as Kept)}>`
  if (node.type === nodes.break) return `<br${attributes(node.attrs.kept as Kept)}>`
  return String(node.attrs.code)
}

const attributes = (kept: Kept): string =>
  Object.entries(kept)
    .map(([name, value]) => (value === null ? ` ${name}` : ` ${name}="${encodeValue(value)}"`))
    .join('')
