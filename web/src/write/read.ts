/** How Write mode reads a body, kept together although long: each kind of piece is read by the one class that knows where it stands. */

import { Fragment, type Mark, type Node } from 'prosemirror-model'
import { isHtml } from '../../../src/workflow/mail-html.ts'
import { beforeColumn, cells, columnsEnd } from './blocks.ts'
import { writeHtml } from './html.ts'
import { type Element, liquidEnd, NotPlain, type Piece, parseHtml } from './parse.ts'
import { signatureOf } from './same.ts'
import { type Kept, schema } from './schema.ts'
import { decodePieces, decodeValue } from './text.ts'

/** A text as Write mode holds it, or the sentence why it stays in Code. */
export type Read = { doc: Node } | { why: string }

const { nodes, marks } = schema

/**
 * Reads a template's body into a document. What is read is written back and compared: only where nothing but white space between the pieces
 * would change does it open in Write, so that Write can take nothing away.
 */
export function readHtml(source: string): Read {
  if (source.trim() === '') return { doc: nodes.doc.create(null, nodes.paragraph.create()) }
  if (!isHtml(source)) return { doc: fromPlainText(source) }
  try {
    const whole = withoutFrame(source)
    const doc = nodes.doc.create(
      { before: whole.before, after: whole.after },
      filled(new Reader(whole.inner).blocks(parseHtml(whole.inner))),
    )
    doc.check()
    const again = withoutFrame(writeHtml(doc))
    if (signatureOf(again.inner) !== signatureOf(whole.inner) || again.before !== whole.before) {
      return { why: 'Something in its HTML would change by being shown here, so it stays in Code.' }
    }
    if (!hasWords(doc)) {
      return { why: 'All of it is one piece of HTML that Write mode cannot take apart, so it stays in Code.' }
    }
    return { doc: ofToday(doc) }
  } catch (error) {
    if (error instanceof NotPlain) return { why: `It stays in Code: ${error.message}.` }
    if (error instanceof RangeError)
      return { why: 'Its HTML nests things that Write mode cannot hold, so it stays in Code.' }
    throw error
  }
}

/** A document whose columns are written as they are today, whenever they were made. */
function ofToday(node: Node): Node {
  if (node.isLeaf || node.inlineContent) return node
  const content = Fragment.from(node.children.map(ofToday))
  return node.type === nodes.columns ? nodes.columns.create(null, content) : node.copy(content)
}

/** Whether anything is in it that can be edited. */
function hasWords(doc: Node): boolean {
  let found = false
  doc.descendants((node) => {
    if (node.isText || node.type === nodes.variable || node.type === nodes.image || node.type === nodes.button)
      found = true
    return !found
  })
  return found
}

/** The paragraphs of plain text, as the code that sends makes them (src/messages/compose.ts), with addresses as links. */
function fromPlainText(source: string): Node {
  const paragraphs = source
    .replace(/\r\n?/g, '\n')
    .trim()
    .split(/\n{2,}/)
  return nodes.doc.create(
    null,
    paragraphs.map((paragraph) =>
      nodes.paragraph.create(
        null,
        paragraph.split('\n').flatMap((line, index) => [...(index > 0 ? [nodes.break.create()] : []), ...linked(line)]),
      ),
    ),
  )
}

/** A web address in a text, Liquid in it and all, without the punctuation behind it; or a variable that holds one. */
const webAddress =
  /https?:\/\/(?:\{\{[^}]*\}\}|[^\s<>"'{}|\\^`])*(?:\{\{[^}]*\}\}|[^\s<>"'{}|\\^`.,;:!?)\]])|\{\{-?\s*[\w.]*(?:url|Url|link|Link)\s*-?\}\}/g

/** A line of plain text: addresses are links, Liquid is chips. A variable that holds an address is one, too, as it becomes one in plain text. */
function linked(line: string): Node[] {
  const found: Node[] = []
  let at = 0
  for (const match of line.matchAll(webAddress)) {
    found.push(...withChips(line.slice(at, match.index)))
    const link = marks.link.create({ kept: { href: match[0] } })
    found.push(...withChips(match[0]).map((node) => node.mark([link])))
    at = match.index + match[0].length
  }
  return [...found, ...withChips(line.slice(at))]
}

/** A text in which Liquid has become chips. */
export function withChips(text: string): Node[] {
  const found: Node[] = []
  let from = 0
  const say = (to: number) => to > from && found.push(schema.text(text.slice(from, to)))
  for (let at = text.indexOf('{'); at !== -1; at = text.indexOf('{', at)) {
    const end = liquidEnd(text, at)
    if (end === -1) {
      at += 1
      continue
    }
    say(at)
    const code = text.slice(at, end)
    found.push((code.startsWith('{{') ? nodes.variable : nodes.keptInline).create({ code }))
    from = end
    at = end
  }
  say(text.length)
  return found
}

/** What stands before a document's body and behind it: kept as it is. */
function withoutFrame(source: string): { before: string; inner: string; after: string } {
  if (!/<(?:html|head|body|!doctype)\b/i.test(source)) return { before: '', inner: source, after: '' }
  const body = /<body\b(?:[^>"']|"[^"]*"|'[^']*')*>/i.exec(source)
  const end = source.toLowerCase().lastIndexOf('</body')
  if (!body || end < body.index) throw new NotPlain('it is a whole HTML document, but its body does not begin and end')
  const from = body.index + body[0].length
  return { before: source.slice(0, from), inner: source.slice(from, end), after: source.slice(end) }
}

const inlineElements = new Set(['a', 'b', 'strong', 'i', 'em', 'u', 's', 'img', 'br'])
const styledElements = new Set([
  'span',
  'font',
  'small',
  'big',
  'sup',
  'sub',
  'code',
  'strike',
  'del',
  'ins',
  'mark',
  'abbr',
])
const boxes = new Set(['div', 'center', 'section', 'article', 'header', 'footer', 'main'])
const blocks = new Set([
  ...['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'blockquote', 'hr', 'table', 'pre', 'style', 'dl'],
  ...boxes,
])
const isBlock = (piece: Piece): boolean => piece.kind === 'element' && blocks.has(piece.name)
const isBlank = (piece: Piece): boolean => piece.kind === 'text' && /^[ \t\r\n\f]*$/.test(piece.text)
const filled = (content: readonly Node[]): readonly Node[] =>
  content.length > 0 ? content : [nodes.paragraph.create()]

class Reader {
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  private codeOf({ from, to }: { from: number; to: number }): string {
    return this.source.slice(from, to)
  }

  /** What stands in a place that holds blocks: blocks, and between them text without an element of its own, called `bare`. */
  blocks(pieces: readonly Piece[], bare = 'bare' as string | null): Node[] {
    const found: Node[] = []
    let run: Piece[] = []
    const flush = () => {
      found.push(...this.run(run, bare))
      run = []
    }
    for (const piece of pieces) {
      if (piece.kind === 'element' && blocks.has(piece.name)) {
        flush()
        found.push(this.block(piece))
      } else run.push(piece)
    }
    flush()
    return found
  }

  /** Inline pieces between blocks. Where nobody could read anything in them, each is a thing of its own. */
  private run(pieces: readonly Piece[], bare: string | null): Node[] {
    const real = pieces.filter((piece) => !isBlank(piece))
    if (real.length === 0) return []
    const isTag = (piece: Piece) =>
      piece.kind === 'comment' ||
      (piece.kind === 'liquid' && piece.tag !== null) ||
      (piece.kind === 'element' && !inlineElements.has(piece.name) && !styledElements.has(piece.name))
    if (real.every(isTag)) return real.map((piece) => nodes.keptBlock.create({ code: this.codeOf(piece) }))
    return [nodes.paragraph.create({ tag: bare, kept: {} }, this.line(pieces))]
  }

  private block(element: Element): Node {
    return this.understood(element) ?? nodes.keptBlock.create({ code: this.codeOf(element) })
  }

  private understood(element: Element): Node | null {
    const kept = keptOf(element)
    if (kept === null) return null
    const { name, children } = element
    const holdsBlocks = children.some(isBlock)
    if (name === 'hr') return nodes.rule.create({ kept })
    if (name === 'table') return this.button(element) ?? this.columns(element)
    if (name === 'p' || /^h[1-6]$/.test(name)) {
      if (holdsBlocks) throw new NotPlain(`a <${name}> holds blocks, which HTML does not allow`)
      const [only, ...others] = children
      const isEmpty = children.every(isBlank)
      if (isEmpty && name === 'p') return null
      // An empty line is written with a break, which keeps its height.
      const blank =
        others.length === 0 &&
        only?.kind === 'element' &&
        only.name === 'br' &&
        only.attributes.length === 0 &&
        name === 'p'
      const line = blank ? [] : this.line(children)
      return name === 'p'
        ? nodes.paragraph.create({ tag: null, kept }, line)
        : nodes.heading.create({ level: Number(name[1]), kept }, line)
    }
    if (name === 'ul' || name === 'ol') {
      const items = children.filter((piece) => !isBlank(piece))
      if (items.length === 0 || items.some((item) => item.kind !== 'element' || item.name !== 'li')) return null
      const made = (items as Element[]).map((item) => this.item(item))
      return made.includes(null)
        ? null
        : (name === 'ul' ? nodes.bulletList : nodes.orderedList).create({ kept }, made as Node[])
    }
    if (name === 'blockquote') return nodes.blockquote.create({ kept }, filled(this.blocks(children)))
    if (!boxes.has(name)) return null
    if (!holdsBlocks && children.some((piece) => !isBlank(piece)) && this.run(children, 'bare').length === 1) {
      const [only] = this.run(children, 'bare')
      if (only?.type === nodes.paragraph) return nodes.paragraph.create({ tag: name, kept }, only.content)
    }
    const inner = this.blocks(children)
    return inner.length === 0 ? null : nodes.box.create({ tag: name, kept }, inner)
  }

  private item(element: Element): Node | null {
    const kept = keptOf(element)
    if (kept === null) return null
    if (!element.children.some(isBlock)) {
      return nodes.listItem.create({ kept }, nodes.paragraph.create(null, this.line(element.children)))
    }
    const inner = this.blocks(element.children, null)
    const [first] = inner
    const isBare = first?.type === nodes.paragraph && !isFirstParagraph(element)
    // A <p> in an item is said: without it the item's text has none.
    const content = inner.map((node, index) =>
      node.type === nodes.paragraph && node.attrs.tag === null && !(index === 0 && isBare)
        ? nodes.paragraph.create({ ...node.attrs, tag: index === 0 ? 'p' : null }, node.content)
        : node,
    )
    const starts = content[0]?.type === nodes.paragraph
    return nodes.listItem.create({ kept }, starts ? content : [nodes.paragraph.create(), ...content])
  }

  private button(element: Element): Node | null {
    if (!isOurs(element, 'button')) return null
    const outer = cellOf(element)
    const inner = cellOf(outer?.children[0])
    const [link] = inner?.children ?? []
    if (link?.kind !== 'element' || link.name !== 'a') return null
    const look = {
      href: attributeOf(link, 'href'),
      color: attributeOf(inner, 'bgcolor'),
      align: attributeOf(outer, 'align'),
    }
    if (!/^#[0-9a-f]{6}$/i.test(look.color) || !/^(left|center|right)$/.test(look.align)) return null
    const words = this.line(link.children).filter(({ type }) => type === schema.nodes.text || type === nodes.variable)
    const made = nodes.button.create(
      look,
      words.map((node) => node.mark([])),
    )
    return signatureOf(writeHtml(made)) === signatureOf(this.codeOf(element)) ? made : null
  }

  private columns(element: Element): Node | null {
    if (!isOurs(element, 'columns')) return null
    const row = partsOf(element)[0]
    const inRow = partsOf(row)
    const asCells = inRow.length > 1
    const columns = asCells
      ? inRow
      : partsOf(inRow[0])
          .filter(({ kind }) => kind !== 'comment')
          .map((column) => partsOf(column)[0])
    if (columns.length < 2 || columns.length > 3) return null
    const name = asCells ? 'td' : 'div'
    if (!columns.every((column): column is Element => column?.kind === 'element' && column.name === name)) return null
    const [before, end] = asCells ? [cells.before, cells.end] : [beforeColumn, columnsEnd]
    const shell = columns.map((column, index) => before(columns.length, index) + this.innerOf(column)).join('') + end
    if (signatureOf(shell) !== signatureOf(this.codeOf(element))) return null
    return nodes.columns.create(
      { asCells },
      columns.map((column) => nodes.column.create(null, filled(this.blocks(column.children)))),
    )
  }

  private innerOf({ children }: Element): string {
    const [first] = children
    const last = children.at(-1)
    return first && last ? this.source.slice(first.from, last.to) : ''
  }

  /** A line of text, without the white space that does not show at its ends. */
  private line(pieces: readonly Piece[]): Node[] {
    const found = this.inline(pieces, [])
    const cut = (at: number, pattern: RegExp) => {
      for (let node = found.at(at); node?.isText && pattern.test(node.text ?? ''); node = found.at(at)) {
        const words = (node.text ?? '').replace(pattern, '')
        found.splice(at, 1, ...(words === '' ? [] : [schema.text(words, node.marks)]))
      }
    }
    cut(0, /^ +/)
    cut(-1, / +$/)
    return found
  }

  private inline(pieces: readonly Piece[], around: readonly Mark[]): Node[] {
    const found: Node[] = []
    for (const piece of pieces) {
      if (piece.kind === 'text') {
        for (const { text, kept } of decodePieces(piece.text.replace(/[ \t\r\n\f]+/g, ' '))) {
          if (kept) found.push(nodes.keptInline.create({ code: text }, null, around))
          else if (text !== '') found.push(schema.text(text, around))
        }
      } else if (piece.kind === 'liquid' && piece.tag === null) {
        found.push(nodes.variable.create({ code: piece.code }, null, around))
      } else if (piece.kind === 'element')
        found.push(...(this.inlineElement(piece, around) ?? [this.keptInline(piece, around)]))
      else found.push(this.keptInline(piece, around))
    }
    return found
  }

  private keptInline(piece: Piece, around: readonly Mark[]): Node {
    return nodes.keptInline.create({ code: this.codeOf(piece) }, null, around)
  }

  private inlineElement(element: Element, around: readonly Mark[]): Node[] | null {
    const kept = keptOf(element)
    if (kept === null || isBlock(element)) return null
    const { name, children } = element
    if (name === 'br') return [nodes.break.create({ kept }, null, around)]
    if (name === 'img') return [nodes.image.create({ kept }, null, around)]
    const mark = markOf(name, kept)
    if (mark === null || children.length === 0 || children.some(isBlock) || !mayLieIn(mark, around)) return null
    return this.inline(children, mark.addToSet(around))
  }
}

const plainMarks: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  s: 'strike',
}

function markOf(name: string, kept: Kept): Mark | null {
  if (name === 'a') return kept.href === undefined ? null : marks.link.create({ kept })
  const plain = plainMarks[name]
  if (plain && Object.keys(kept).length === 0) return schema.marks[plain as 'bold'].create()
  return plain || styledElements.has(name) ? marks.styled.create({ tag: name, kept }) : null
}

/** Whether a mark inside others may be written in the order in which marks lie around a text: where that changes no looks. */
function mayLieIn(mark: Mark, around: readonly Mark[]): boolean {
  const says = (styled: Mark, what: RegExp) =>
    styled.attrs.tag !== 'span' ||
    what.test(String(styled.attrs.kept.style ?? '')) ||
    Object.keys(styled.attrs.kept).length > 1
  if (around.some((outer) => outer.eq(mark))) return false
  if (mark.type === marks.link) {
    return !around.some(
      (outer) => outer.type === marks.link || (outer.type === marks.styled && says(outer, /color|decoration|font:/i)),
    )
  }
  if (mark.type !== marks.styled) return true
  const simple = around.some(({ type }) => type !== marks.link && type !== marks.styled)
  return !simple || !says(mark, /weight|font-style|decoration|font:|color/i)
}

/** An element's attributes; null where they cannot be told apart or hold what is not understood. */
function keptOf({ attributes, odd }: Element): Kept | null {
  if (odd) return null
  const kept: Record<string, string | null> = {}
  for (const { name, value } of attributes) {
    const decoded = value === null ? null : decodeValue(value)
    if (name in kept || (value !== null && decoded === null)) return null
    kept[name] = decoded
  }
  return kept
}

const attributeOf = (element: Element | undefined, name: string): string =>
  decodeValue(element?.attributes.find((one) => one.name === name)?.value ?? '') ?? ''
const isOurs = (element: Element, block: string): boolean => attributeOf(element, 'data-block') === block
/** What is in an element, blanks aside. */
const partsOf = (piece: Piece | undefined): Piece[] =>
  piece?.kind === 'element' ? piece.children.filter((inner) => !isBlank(inner)) : []
const isFirstParagraph = ({ children }: Element): boolean => {
  const first = children.find((piece) => !isBlank(piece))
  return first?.kind === 'element' && first.name === 'p'
}
/** The first cell of a table that has a row of its own. */
function cellOf(table: Piece | undefined): Element | undefined {
  const row = table?.kind === 'element' ? table.children[0] : undefined
  const cell = row?.kind === 'element' ? row.children[0] : undefined
  return cell?.kind === 'element' && cell.name === 'td' ? cell : undefined
}
