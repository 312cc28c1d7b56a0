/** An attribute as written: its name in small letters, its value undecoded; null for one without a value. */
export interface Attribute {
  name: string
  value: string | null
}

/** A piece of a template's text. `from` and `to` are places in the source, so that what is not understood can be kept as it was. */
export type Piece =
  | { kind: 'text'; text: string; from: number; to: number }
  /** `{{…}}` or `{%…%}`; `tag` is the tag's name. `raw` and `comment` are one piece with what is between them. */
  | { kind: 'liquid'; code: string; tag: string | null; from: number; to: number }
  | { kind: 'comment'; from: number; to: number }
  | Element

/** An element with what is in it. `odd`: its attributes cannot be told apart, because Liquid stands among them. */
export interface Element {
  kind: 'element'
  name: string
  attributes: Attribute[]
  odd: boolean
  children: Piece[]
  from: number
  to: number
}

/** Thrown by `parseHtml`: why a text is not HTML that could be put together again, in a sentence without its full stop. */
export class NotPlain extends Error {}

const voidElements = new Set([
  ...['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr'],
])
/** What is in them is not HTML. */
const textElements = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noscript', 'noembed'])

/** The end of a piece of Liquid that begins at `at`, as liquidjs finds it; -1 where none begins or it does not end. */
export function liquidEnd(text: string, at: number): number {
  if (text.startsWith('{%', at)) {
    const end = text.indexOf('%}', at + 2)
    return end === -1 ? -1 : end + 2
  }
  if (!text.startsWith('{{', at)) return -1
  for (let place = at + 2; place < text.length; place += 1) {
    const character = text[place]
    if (character === '"' || character === "'") {
      const close = text.indexOf(character, place + 1)
      if (close === -1) return -1
      place = close
    } else if (text.startsWith('}}', place)) return place + 2
  }
  return -1
}

const tagName = (code: string): string | null => /^\{%-?\s*(\w+)/.exec(code)?.[1] ?? null
const isSpace = (character: string | undefined): boolean => character !== undefined && /[ \t\r\n\f]/.test(character)

/**
 * Reads HTML with Liquid in it, strictly: every element is closed where it was opened, so that what is read is what every reader makes
 * of it, and can be written again piece by piece.
 * @throws NotPlain
 */
export function parseHtml(source: string): Piece[] {
  const root: Piece[] = []
  const open: Element[] = []
  let at = 0
  let textFrom = 0
  const into = () => open.at(-1)?.children ?? root
  const flush = (end: number) => {
    if (end > textFrom) into().push({ kind: 'text', text: source.slice(textFrom, end), from: textFrom, to: end })
  }
  const where = (place: number) => `line ${source.slice(0, place).split('\n').length}`
  while (at < source.length) {
    const character = source[at]
    if (character === '{') {
      const end = liquidEnd(source, at)
      if (end !== -1) {
        flush(at)
        const whole = wholeLiquid(source, at, end)
        into().push({
          ...{ kind: 'liquid', code: source.slice(at, whole) },
          ...{ tag: tagName(source.slice(at, end)), from: at, to: whole },
        })
        at = whole
        textFrom = at
        continue
      }
    }
    if (character !== '<' || !/[a-z!/?]/i.test(source[at + 1] ?? '')) {
      at += 1
      continue
    }
    if (source[at + 1] === '!' || source[at + 1] === '?') {
      const dashes = source.startsWith('<!--', at)
      const close = source.indexOf(dashes ? '-->' : '>', at + (dashes ? 4 : 2))
      if (close === -1) throw new NotPlain(`a comment in ${where(at)} does not end`)
      flush(at)
      const end = close + (dashes ? 3 : 1)
      into().push({ kind: 'comment', from: at, to: end })
      at = end
      textFrom = at
      continue
    }
    const closing = source[at + 1] === '/'
    if (closing && !/[a-z]/i.test(source[at + 2] ?? ''))
      throw new NotPlain(`${where(at)} has a “</” that closes nothing`)
    flush(at)
    const tag = readTag(source, at)
    if (tag === null) throw new NotPlain(`a tag in ${where(at)} does not end`)
    if (closing) {
      const top = open.pop()
      if (top?.name !== tag.name) {
        throw new NotPlain(
          top
            ? `<${top.name}> of ${where(top.from)} is not closed before </${tag.name}> of ${where(at)}`
            : `</${tag.name}> in ${where(at)} closes nothing`,
        )
      }
      top.to = tag.end
    } else {
      const element: Element = { ...{ kind: 'element', children: [] }, ...tag, from: at, to: tag.end }
      into().push(element)
      if (textElements.has(tag.name)) {
        const close = new RegExp(`</${tag.name}\\s*>`, 'gi')
        close.lastIndex = tag.end
        if (close.exec(source) === null) throw new NotPlain(`<${tag.name}> of ${where(at)} is not closed`)
        element.to = close.lastIndex
      } else if (!voidElements.has(tag.name)) open.push(element)
    }
    at = closing || !textElements.has(tag.name) ? tag.end : (into().at(-1)?.to ?? tag.end)
    textFrom = at
  }
  const left = open.at(-1)
  if (left) throw new NotPlain(`<${left.name}> of ${where(left.from)} is not closed`)
  flush(source.length)
  return root
}

/** Where `raw` and `comment` end, with their ends: what is between says nothing to the reader. */
function wholeLiquid(source: string, from: number, end: number): number {
  const name = tagName(source.slice(from, end))
  if (name !== 'raw' && name !== 'comment') return end
  const close = new RegExp(`\\{%-?\\s*end${name}\\s*-?%\\}`, 'g')
  close.lastIndex = end
  return close.exec(source) ? close.lastIndex : end
}

function readTag(
  source: string,
  start: number,
): { name: string; attributes: Attribute[]; odd: boolean; end: number } | null {
  let at = start + (source[start + 1] === '/' ? 2 : 1)
  const nameFrom = at
  while (at < source.length && !isSpace(source[at]) && source[at] !== '/' && source[at] !== '>') at += 1
  const tag = { name: source.slice(nameFrom, at).toLowerCase(), attributes: [] as Attribute[], odd: false, end: at }
  if (!/^[a-z][a-z0-9:-]*$/.test(tag.name)) tag.odd = true
  while (at < source.length) {
    while (isSpace(source[at]) || source[at] === '/') at += 1
    if (source[at] === '>') return { ...tag, end: at + 1 }
    if (at >= source.length) return null
    const liquid = liquidEnd(source, at)
    if (liquid !== -1) {
      tag.odd = true
      at = liquid
      continue
    }
    const attributeFrom = at
    at += 1
    while (at < source.length && !isSpace(source[at]) && !'/>='.includes(source[at] ?? '')) at += 1
    const name = source.slice(attributeFrom, at).toLowerCase()
    if (!/^[a-z_:][a-z0-9_:.-]*$/.test(name)) tag.odd = true
    let after = at
    while (isSpace(source[after])) after += 1
    if (source[after] !== '=') {
      tag.attributes.push({ name, value: null })
      continue
    }
    at = after + 1
    while (isSpace(source[at])) at += 1
    const quote = source[at] === '"' || source[at] === "'" ? source[at] : null
    if (quote !== null) at += 1
    const valueFrom = at
    while (at < source.length) {
      const end = liquidEnd(source, at)
      if (end !== -1) at = end
      else if (quote !== null ? source[at] === quote : isSpace(source[at]) || source[at] === '>') break
      else at += 1
    }
    if (at >= source.length) return null
    tag.attributes.push({ name, value: source.slice(valueFrom, at) })
    if (quote !== null) at += 1
  }
  return null
}
