/** Attributes that hold an address a client may open or load. */
const urlAttributes = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'background',
  'poster',
  'cite',
  'data',
  'xlink:href',
  'longdesc',
])
/** Elements that run or embed things: no mail client honours them, and they have no place in a preview either. */
const droppedElements = new Set(['script', 'iframe', 'object', 'embed', 'base', 'form'])

const namedEntities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  colon: ':',
  tab: '\t',
  newline: '\n',
  sol: '/',
  nbsp: '\u00a0',
}

/** An attribute's text as a browser reads it; names beyond the few that matter in addresses stay as they are. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6});?|#(\d{1,7});?|([a-z]{2,8});)/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return namedEntities[String(name).toLowerCase()] ?? whole
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : ''
  })
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text for an element or a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '')

/**
 * Whether an address, as a browser would read it, may stand in a message: web, mail and telephone links, addresses without a scheme,
 * and pictures that travel with the message. Escaping alone does not stop `javascript:` (TRUST S22).
 */
export function isSafeUrl(value: string, attribute: string): boolean {
  // Browsers drop tabs and line ends inside an address, and control characters and blanks before it.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const url = value.replace(/[\t\r\n]/g, '').replace(/^[\u0000-\u0020\u00a0]+/, '')
  const scheme = /^([^/?#]*?):/.exec(url)?.[1]?.toLowerCase()
  // An entity that is not known here could be a colon to a browser.
  if (scheme === undefined) return !/^[^/?#]*&[a-z]+;/i.test(url)
  if (['http', 'https', 'mailto', 'tel', 'sms'].includes(scheme)) return true
  return attribute !== 'href' && (scheme === 'cid' || /^data:image\/(png|gif|jpe?g|webp);/i.test(url))
}

/** What becomes of a web address in an `<a href>`: another address, or null to leave it. */
export type LinkRewriter = (url: string) => string | null

/**
 * Goes over HTML once: links are handed to `rewrite`, addresses with a scheme that has no place in a message become `#`, event handlers and
 * elements that run things are dropped. Everything else is passed on untouched. Linear in the length of the text.
 */
export function rewriteHtml(html: string, rewrite: LinkRewriter): string {
  let result = ''
  let copied = 0
  let at = html.indexOf('<')
  while (at !== -1) {
    const tag = readTag(html, at)
    if (tag === null) {
      at = html.indexOf('<', at + 1)
      continue
    }
    if (tag === 'unclosed') {
      // What is put behind the text must not become part of this tag, so the rest is shown as text.
      return result + html.slice(copied, at) + html.slice(at).replaceAll('<', '&lt;')
    }
    if (droppedElements.has(tag.name)) {
      result += html.slice(copied, at)
      copied = tag.end
      if (tag.name === 'script' && !tag.closing) {
        const close = /<\/script\s*>/gi
        close.lastIndex = tag.end
        const found = close.exec(html)
        copied = found ? close.lastIndex : html.length
      }
    } else if (!tag.closing) {
      for (const attribute of tag.attributes) {
        const replacement = replacementFor(tag.name, attribute, rewrite)
        if (replacement === null) continue
        result += html.slice(copied, attribute.start) + replacement
        copied = attribute.end
      }
    }
    at = html.indexOf('<', Math.max(tag.end, copied))
  }
  return result + html.slice(copied)
}

function replacementFor(tagName: string, { name, value }: Attribute, rewrite: LinkRewriter): string | null {
  if (name.startsWith('on') && name.length > 2) return ''
  if (!urlAttributes.has(name)) return null
  const url = decodeEntities(value).trim()
  if (!isSafeUrl(url, name)) return `${name}="#"`
  if (tagName !== 'a' || name !== 'href' || !/^https?:\/\//i.test(url)) return null
  const tracked = rewrite(url)
  return tracked === null ? null : `href="${escapeHtml(tracked)}"`
}

interface Attribute {
  name: string
  /** Undecoded. */
  value: string
  start: number
  end: number
}

interface Tag {
  name: string
  closing: boolean
  attributes: Attribute[]
  end: number
}

const isSpace = (character: string | undefined): boolean =>
  character === ' ' || character === '\n' || character === '\t' || character === '\r' || character === '\f'

/**
 * Reads the tag that begins at `<`, the way the HTML tokenizer does (HTML standard, §13.2.5). Null when it is none (text, a comment);
 * `unclosed` when the text ends inside it.
 */
function readTag(html: string, start: number): Tag | 'unclosed' | null {
  let at = start + 1
  const closing = html[at] === '/'
  if (closing) at += 1
  const nameStart = at
  if (!/[a-z]/i.test(html[at] ?? '')) return null
  while (at < html.length && !isSpace(html[at]) && html[at] !== '/' && html[at] !== '>') at += 1
  const tag: Tag = { name: html.slice(nameStart, at).toLowerCase(), closing, attributes: [], end: html.length }
  while (at < html.length) {
    while (isSpace(html[at]) || html[at] === '/') at += 1
    if (html[at] === '>') {
      tag.end = at + 1
      return tag
    }
    if (at >= html.length) break
    const attributeStart = at
    // A name may begin with "=".
    at += 1
    while (at < html.length && !isSpace(html[at]) && html[at] !== '/' && html[at] !== '>' && html[at] !== '=') at += 1
    const name = html.slice(attributeStart, at).toLowerCase()
    let afterName = at
    while (isSpace(html[afterName])) afterName += 1
    if (html[afterName] !== '=') {
      tag.attributes.push({ name, value: '', start: attributeStart, end: at })
      continue
    }
    at = afterName + 1
    while (isSpace(html[at])) at += 1
    const quote = html[at]
    let valueStart = at
    let valueEnd: number
    if (quote === '"' || quote === "'") {
      valueStart = at + 1
      const close = html.indexOf(quote, valueStart)
      if (close === -1) return 'unclosed'
      valueEnd = close
      at = close + 1
    } else {
      while (at < html.length && !isSpace(html[at]) && html[at] !== '>') at += 1
      valueEnd = at
    }
    tag.attributes.push({ name, value: html.slice(valueStart, valueEnd), start: attributeStart, end: at })
  }
  return 'unclosed'
}
