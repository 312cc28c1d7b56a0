import { type Element, type Piece, parseHtml } from './parse.ts'
import { decodePieces, decodeValue } from './text.ts'

/** What stands inside a line. Anything else ends one. */
const inLine = new Set([
  ...[
    'a',
    'b',
    'strong',
    'i',
    'em',
    'u',
    's',
    'img',
    'br',
    'span',
    'font',
    'small',
    'big',
    'sup',
    'sub',
    'code',
    'strike',
    'del',
  ],
  ...['ins', 'mark', 'abbr'],
])
const simple: Record<string, string> = { b: 'strong', strong: 'strong', i: 'em', em: 'em', u: 'u', s: 's' }

/** A text or thing of a line, with what lies around it. */
interface Word {
  text: string
  around: string
  /** Whether it is letters: blanks at its ends may not show. */
  isText: boolean
  /** Whether a reader would see nothing of it where it stands alone. */
  isTag: boolean
}

/**
 * What a template's HTML says, without what does not count: white space between its parts, the order of attributes, <b> or <strong>, the order
 * of marks around the same words. Two texts with the same signature are rendered alike.
 * @throws NotPlain
 */
export function signatureOf(source: string): string {
  const tokens: string[] = []
  let line: Word[] = []
  const flush = () => {
    const words = merged(line)
    line = []
    const onlyTags = words.every((word) => word.isTag || word.text.trim() === '')
    if (onlyTags) {
      tokens.push(...words.flatMap((word) => (word.isTag ? [word.text] : [])))
      return
    }
    trim(words, 0, /^ +/)
    trim(words, -1, / +$/)
    tokens.push(...words.map(({ text, around }) => `${around}${text}`))
  }
  const walk = (pieces: readonly Piece[], around: readonly string[]) => {
    for (const piece of pieces) {
      const code = source.slice(piece.from, piece.to)
      const laid = aroundText(around)
      if (piece.kind === 'text') {
        const text = decodePieces(piece.text.replace(/[ \t\r\n\f]+/g, ' '))
        for (const part of text) {
          if (part.kept) line.push({ text: part.text, around: laid, isText: false, isTag: false })
          else line.push({ text: part.text, around: laid, isText: true, isTag: false })
        }
      } else if (piece.kind !== 'element') {
        line.push({ text: code, around: laid, isText: false, isTag: piece.kind === 'comment' || piece.tag !== null })
      } else if (!inLine.has(piece.name) || piece.odd) {
        if (piece.odd || !isKnownBlock(piece)) {
          line.push({ text: code.replace(/\s+/g, ' '), around: laid, isText: false, isTag: true })
          continue
        }
        flush()
        tokens.push(`<${piece.name}${attributesOf(piece)}>`)
        walk(piece.children, around)
        flush()
        tokens.push(`</${piece.name}>`)
      } else if (piece.children.length === 0) {
        line.push({ text: `<${piece.name}${attributesOf(piece)}>`, around: laid, isText: false, isTag: false })
      } else walk(piece.children, [...around, `${simple[piece.name] ?? piece.name}${attributesOf(piece)}`])
    }
  }
  walk(parseHtml(source), [])
  flush()
  return tokens.join('\n')
}

const knownBlocks = new Set([
  ...[
    'p',
    'div',
    'center',
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'ul',
    'ol',
    'li',
    'blockquote',
    'hr',
    'table',
    'tbody',
    'tr',
    'td',
  ],
  ...['th', 'section', 'article', 'header', 'footer', 'main', 'pre', 'dl'],
])
const isKnownBlock = ({ name }: Element): boolean => knownBlocks.has(name)

const attributesOf = ({ attributes }: Element): string =>
  attributes
    .map(({ name, value }) => ` ${name}${value === null ? '' : `=${JSON.stringify(decodeValue(value) ?? value)}`}`)
    .sort()
    .join('')

const rank = (mark: string): number => (mark.startsWith('a ') ? 0 : Object.values(simple).includes(mark) ? 2 : 1)

/** Marks as they are written: links outside, plain ones inside in an order of their own, the rest as it was. */
const aroundText = (around: readonly string[]): string =>
  around.length === 0
    ? ''
    : `[${[...around]
        .sort((one, other) => rank(one) - rank(other) || (rank(one) === 2 ? one.localeCompare(other) : 0))
        .join('|')}]`

function merged(words: readonly Word[]): Word[] {
  const result: Word[] = []
  for (const word of words) {
    const last = result.at(-1)
    if (last?.isText && word.isText && last.around === word.around) last.text += word.text
    else result.push({ ...word })
  }
  return result
}

function trim(words: Word[], at: number, pattern: RegExp): void {
  for (let word = words.at(at); word?.isText && pattern.test(word.text); word = words.at(at)) {
    const text = word.text.replace(pattern, '')
    words.splice(at, 1, ...(text === '' ? [] : [{ ...word, text }]))
  }
}
