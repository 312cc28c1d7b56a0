import { decodeEntities, escapeHtml, isSafeUrl } from './html.ts'

/** The tags that Telegram understands (Bot API, "HTML style"), by the name under which they are sent. */
const tags: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['b', 'i', 'u', 's', 'code', 'pre', 'blockquote', 'tg-spoiler'].map((name) => [name, name])),
  strong: 'b',
  em: 'i',
  ins: 'u',
  strike: 's',
  del: 's',
  h1: 'b',
  h2: 'b',
  h3: 'b',
}
/** What ends a line in a mail program; Telegram knows line ends only. */
const breaksLine = new Set(['br', 'p', 'div', 'li', 'tr', 'h1', 'h2', 'h3'])
const dropped = /<(script|style|head|title)\b[\s\S]*?<\/\1\s*>|<!--[\s\S]*?-->/gi

/** Whether a text is meant as HTML: it has a tag that Telegram or a mail program knows. */
export const isMarkedUp = (body: string): boolean =>
  /<\/?(?:a|b|i|u|s|strong|em|ins|strike|del|code|pre|blockquote|tg-spoiler|br|p|div|ul|ol|li|h[1-3])\b[^>]*>/i.test(
    body,
  )

/**
 * HTML as Telegram takes it: its own tags, links, line ends for paragraphs; everything else loses its tags and keeps its text. Always
 * balanced, because one tag too many is refused. `track` gives a link another address, or null to leave it.
 */
export function telegramHtml(source: string, track: (url: string) => string | null): string {
  const open: string[] = []
  let out = ''
  const close = (name: string) => {
    const at = open.lastIndexOf(name)
    if (at < 0) return
    for (const inner of open.splice(at).reverse()) out += `</${inner}>`
  }
  for (const part of source.replace(dropped, '').split(/(<[^<>]*>)/)) {
    const [, slash, tag, attributes = ''] = /^<(\/?)([a-z][a-z0-9-]*)([^>]*)>$/i.exec(part) ?? []
    if (tag === undefined) {
      out += part.startsWith('<!') ? '' : linkText(decodeEntities(part), open.includes('a') ? () => null : track)
      continue
    }
    const name = tag.toLowerCase()
    if (breaksLine.has(name) && (slash === '/' || name === 'br')) out += '\n'
    if (name === 'a') {
      if (slash === '/') close('a')
      else {
        const href = decodeEntities(
          /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(attributes)?.slice(1).find(Boolean) ?? '',
        )
        if (!/^(https?|tg|mailto|tel):/i.test(href) || (!/^tg:/i.test(href) && !isSafeUrl(href, 'href'))) continue
        close('a')
        out += `<a href="${escapeHtml(track(href) ?? href)}">`
        open.push('a')
      }
      continue
    }
    const known = Object.hasOwn(tags, name) ? tags[name] : undefined
    if (known === undefined) continue
    if (slash === '/') close(known)
    else {
      out += `<${known}>`
      open.push(known)
    }
  }
  for (const inner of open.reverse()) out += `</${inner}>`
  return out.replace(/\n{3,}/g, '\n\n').trim()
}

const webAddress = /\bhttps?:\/\/[^\s<>"'{}|\\^`]+[^\s<>"'{}|\\^`.,;:!?)\]]/g

/** Plain text as HTML; web addresses in it that are tracked keep their looks. */
export function linkText(text: string, track: (url: string) => string | null): string {
  let html = ''
  let copied = 0
  for (const match of text.matchAll(webAddress)) {
    const tracked = track(match[0])
    if (tracked === null) continue
    html += `${escapeHtml(text.slice(copied, match.index))}<a href="${escapeHtml(tracked)}">${escapeHtml(match[0])}</a>`
    copied = match.index + match[0].length
  }
  return html + escapeHtml(text.slice(copied))
}

/** What a reader sees of such HTML: Telegram's limit counts this. */
export const visibleText = (html: string): string => decodeEntities(html.replace(/<[^<>]*>/g, ''))
