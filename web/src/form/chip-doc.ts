import { Fragment, type Node, Schema, Slice } from 'prosemirror-model'

/** One thing of a text: words, or a variable as its Liquid. */
export interface Piece {
  text: string
  isVariable: boolean
}

const printed = /\{\{(?:[^"'{}]|"[^"]*"|'[^']*')*\}\}/g

/** A text in its pieces; put together they are the text again. `{{ }}` says nothing and is words, as is every tag `{% … %}`. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const { 0: code, index } of text.matchAll(printed)) {
    if (code.slice(2, -2).trim() === '') continue
    if (index > at) pieces.push({ text: text.slice(at, index), isVariable: false })
    pieces.push({ text: code, isVariable: true })
    at = index + code.length
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isVariable: false })
  return pieces
}

/** Where the variables of a text stand that are still written out. */
export const variablesIn = (text: string): { from: number; to: number; code: string }[] =>
  [...text.matchAll(printed)].flatMap(({ 0: code, index }) =>
    code.slice(2, -2).trim() === '' ? [] : [{ from: index, to: index + code.length, code }],
  )

function schemaFor(content: 'line' | 'line+') {
  return new Schema({
    nodes: {
      doc: { content },
      line: {
        content: '(text | variable)*',
        whitespace: 'pre',
        parseDOM: [{ tag: 'div' }, { tag: 'p' }],
        toDOM: () => ['div', { dir: 'auto' }, 0],
      },
      text: {},
      variable: {
        inline: true,
        atom: true,
        attrs: { code: {} },
        parseDOM: [
          {
            tag: 'span[data-liquid]',
            // From a clipboard it may be anything: only what is a variable's Liquid is one.
            getAttrs: (element) => {
              const code = element.getAttribute('data-liquid') ?? ''
              return piecesOf(code).length === 1 && piecesOf(code)[0]?.isVariable ? { code } : false
            },
          },
        ],
        // As its Liquid: so it arrives in another program.
        toDOM: (node) => ['span', { 'data-liquid': node.attrs.code }, node.attrs.code],
        leafText: (node) => String(node.attrs.code),
      },
    },
  })
}

/** What a field of one line holds. */
export const oneLine = schemaFor('line')
/** What a field of several lines holds. */
export const manyLines = schemaFor('line+')

const inline = (schema: Schema, text: string): Node[] =>
  piecesOf(text).map((piece) =>
    piece.isVariable ? schema.node('variable', { code: piece.text }) : schema.text(piece.text),
  )

const lineBreak = /\r\n?|\n/

/** A text as what the field holds. Line breaks of a text in a field of one line are blanks. */
export function readText(schema: Schema, text: string): Node {
  const lines = schema === oneLine ? [text.split(lineBreak).join(' ')] : text.split(lineBreak)
  return schema.node(
    'doc',
    null,
    lines.map((line) => schema.node('line', null, inline(schema, line))),
  )
}

/** A text as it is put in at the cursor: pasted, dropped, or picked. In a field of one line, lines are joined by a blank. */
export function readSlice(schema: Schema, text: string): Slice {
  if (schema === oneLine) {
    const joined = text
      .split(lineBreak)
      .map((line) => line.replaceAll('\t', ' '))
      .filter((line) => line.trim() !== '')
      .join(' ')
    return new Slice(Fragment.from(inline(schema, joined)), 0, 0)
  }
  const { content } = readText(schema, text)
  return new Slice(content, 1, 1)
}

/** What the field holds as the text that is kept and sent. */
export const writeText = (doc: Node): string => doc.textBetween(0, doc.content.size, '\n')
