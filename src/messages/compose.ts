import { compile } from 'html-to-text'
import type { Liquid, Template } from 'liquidjs'
import type { Channel } from '../engine/facts.ts'
import { isHtml } from '../workflow/mail-html.ts'
import { createFullEngine } from '../workflow/template.ts'
import { escapeHtml, rewriteHtml } from './html.ts'
import { writeMime } from './mime.ts'
import { isMarkedUp, linkText, telegramHtml, visibleText } from './telegram-text.ts'

/** Everything that makes one message, as plain data: it crosses into the render worker. */
export interface RenderJob {
  channel: Channel
  /** Liquid: subject as text, body as HTML or plain text. */
  subject: string
  /** The subject as text, in place of the one above: that of the thread which the message answers in. */
  threadSubject?: string
  body: string
  /** What `{{…}}` sees. No secrets, no functions. */
  scope: Record<string, unknown>
  from: { name: string; address: string }
  to: string
  headerId: string
  /** Headers beyond From, To, Subject, Date, Message-ID. */
  headers: Record<string, string>
  links: MessageLinks
  /** Shown at the end; null = not at all. */
  postalAddress: string | null
  /** Whether the footer offers to unsubscribe. */
  footer: boolean
  /** Whether the whole message is needed as bytes. */
  mime: boolean
}

/** Addresses that are this message's own. */
export interface MessageLinks {
  /** The open pixel; null = opens are not tracked. */
  open: string | null
  /** Clicks go to this plus `.<position>`; null = links stay as they are. */
  click: string | null
  /** Null for transactional messages. */
  unsubscribe: string | null
  preferences: string | null
}

export interface RenderedMessage {
  subject: string
  html: string
  text: string
  /** Destinations of the tracked links, by position. */
  links: string[]
  fromHeader: string
  raw: Uint8Array
}

/** Largest subject and rendered body, in characters. */
const mostSubject = 998
const mostBody = 1_000_000
const mostLinks = 200

/** Turns template and data into messages. One lives in each render worker; parsed templates are kept between messages. */
export function createComposer(): (job: RenderJob) => RenderedMessage {
  const text = cachedEngine(createFullEngine({ escape: false }))
  const html = cachedEngine(createFullEngine({ escape: true }))
  const toText = compile({
    wordwrap: false,
    selectors: [
      { selector: 'img', format: 'skip' },
      // RFC 3986 appendix C: angle brackets keep what follows out of the address.
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: ['<', '>'] } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
      { selector: 'table', format: 'block' },
    ],
    limits: { maxInputLength: mostBody },
  })

  /** A message without subject and footer: Telegram's own HTML, or plain text for a person to copy. */
  function chat(job: RenderJob, scope: Record<string, unknown>): RenderedMessage {
    const table = new LinkTable(job.links)
    const channel = job.channel === 'telegram' ? 'telegram' : 'linkedin'
    const body =
      channel === 'telegram' && isMarkedUp(job.body)
        ? telegramHtml(html(job.body, scope), table.track)
        : linkText(text(job.body, scope).replace(/\r\n?/g, '\n').trim(), table.track)
    const plain = visibleText(body)
    if (plain.trim() === '') throw new Error('The text is empty.')
    if (plain.length > longestChat[channel]) {
      throw new Error(`The text has ${plain.length} characters; ${longestChat[channel]} fit into one message.`)
    }
    return {
      subject: '',
      html: channel === 'telegram' ? body : '',
      text: plain,
      links: table.destinations,
      fromHeader: formatFrom(job.from),
      raw: new Uint8Array(),
    }
  }

  return function compose(job) {
    const scope = {
      ...job.scope,
      unsubscribeUrl: job.links.unsubscribe ?? '',
      preferencesUrl: job.links.preferences ?? '',
    }
    if (job.channel !== 'email') return chat(job, scope)
    const subject = headerText(job.threadSubject ?? text(job.subject, scope)).slice(0, mostSubject)
    const table = new LinkTable(job.links)
    const rendered = isHtml(job.body) ? fromHtml(html(job.body, scope), table) : fromText(text(job.body, scope), table)
    const footer = footerOf(job, rendered.source)
    const withFooter = insertAtEnd(wrap(rendered.html), footer + pixelOf(job.links))
    const plain = rendered.text === null ? toText(withFooter) : rendered.text + textFooter(job, rendered.source)
    const message = { subject, html: withFooter, text: plain, links: table.destinations }
    if (withFooter.length > mostBody) throw new Error(`The message is longer than ${mostBody} characters.`)
    const fromHeader = formatFrom(job.from)
    return { ...message, fromHeader, raw: job.mime ? mime(job, message) : new Uint8Array() }
  }
}

/** Longest text of a Telegram message, as its reader sees it (Bot API, sendMessage), and of a message on LinkedIn. */
const longestChat = { telegram: 4_096, linkedin: 8_000 } as const

/** Renders with an engine that parses each text once; the oldest go when there are too many. */
function cachedEngine(engine: Liquid): (template: string, scope: Record<string, unknown>) => string {
  const parsed = new Map<string, Template[]>()
  return (template, scope) => {
    if (!template.includes('{{') && !template.includes('{%')) return template
    let templates = parsed.get(template)
    if (templates === undefined) {
      templates = engine.parse(template)
      if (parsed.size >= 200) parsed.delete(parsed.keys().next().value ?? '')
      parsed.set(template, templates)
    }
    // Neither NUL nor half a surrogate pair can be stored or sent.
    return String(engine.renderSync(templates, scope)).replaceAll('\0', '').toWellFormed()
  }
}

/** The destinations of one message's tracked links, each once. */
class LinkTable {
  readonly destinations: string[] = []
  private readonly positions = new Map<string, number>()
  private readonly links: MessageLinks

  constructor(links: MessageLinks) {
    this.links = links
  }

  /** The address that a link gets; null when it stays as it is. */
  track = (url: string): string | null => {
    const { click, unsubscribe, preferences } = this.links
    if (click === null || url === unsubscribe || url === preferences) return null
    let position = this.positions.get(url)
    if (position === undefined) {
      if (this.destinations.length >= mostLinks || !URL.canParse(url)) return null
      position = this.destinations.push(url) - 1
      this.positions.set(url, position)
    }
    return `${click}.${position.toString(36)}`
  }
}

interface Body {
  html: string
  /** Null: derived from the HTML, footer and all. */
  text: string | null
  /** As rendered, before anything was added. */
  source: string
}

const fromHtml = (source: string, table: LinkTable): Body => ({
  html: rewriteHtml(source, table.track),
  text: null,
  source,
})

const webAddress = /\bhttps?:\/\/[^\s<>"'{}|\\^`]+[^\s<>"'{}|\\^`.,;:!?)\]]/g

function fromText(source: string, table: LinkTable): Body {
  const clean = source.replace(/\r\n?/g, '\n').trim()
  const tracked = (url: string) => table.track(url) ?? url
  const paragraphs = clean.split(/\n{2,}/).map((paragraph) => {
    let html = ''
    let copied = 0
    for (const match of paragraph.matchAll(webAddress)) {
      const url = match[0]
      html += escapeHtml(paragraph.slice(copied, match.index))
      html += `<a href="${escapeHtml(tracked(url))}">${escapeHtml(url)}</a>`
      copied = match.index + url.length
    }
    return `<p>${(html + escapeHtml(paragraph.slice(copied))).replaceAll('\n', '<br>\n')}</p>`
  })
  return { html: paragraphs.join('\n'), text: clean.replace(webAddress, tracked), source }
}

const wrap = (html: string): string => {
  const stacked = /data-block="?columns/.test(html) ? stacking : ''
  return /<(html|body)\b/i.test(html)
    ? html.replace(/<\/head\s*>/i, (end) => stacked + end)
    : `<!doctype html>\n<html><head><meta charset="utf-8">${stacked && `<meta name="viewport" content="width=device-width">${stacked}`}</head><body>\n${html}\n</body></html>`
}

/**
 * On a phone, columns (web/src/write/blocks.ts) stand one below the other and are as wide as it. Those that were written as cells have rules of
 * their own: Gmail drops a whole style element for a selector that it does not know (caniemail.com, “css-selector-attribute”).
 */
const stacking = [
  '.tl-column{max-width:100%!important;min-width:0!important}.tl-column-in{padding:0 0 12px!important}',
  'table[data-block=columns]>tbody>tr>td[valign]{display:block;width:auto!important;padding:0 0 12px!important}',
]
  .map((rules) => `<style>@media (max-width:480px){${rules}}</style>`)
  .join('')

/** Before the end of the body, wherever that is. */
function insertAtEnd(html: string, addition: string): string {
  if (addition === '') return html
  const at = Math.max(html.toLowerCase().lastIndexOf('</body'), 0) || html.length
  return `${html.slice(0, at)}${addition}\n${html.slice(at)}`
}

/** A template that has the link at a place of its own does not get it twice. */
const offersUnsubscribe = ({ links, footer }: RenderJob, source: string): boolean =>
  footer && links.unsubscribe !== null && !source.includes(links.unsubscribe)

function footerOf(job: RenderJob, source: string): string {
  const parts: string[] = []
  const { unsubscribe, preferences } = job.links
  if (offersUnsubscribe(job, source) && unsubscribe !== null) {
    parts.push(`<a href="${escapeHtml(unsubscribe)}">Unsubscribe</a>`)
    if (preferences !== null) parts.push(`<a href="${escapeHtml(preferences)}">Preferences</a>`)
  }
  const address = job.postalAddress === null ? '' : escapeHtml(job.postalAddress).replaceAll('\n', '<br>')
  if (parts.length === 0 && address === '') return ''
  const lines = [address, parts.join(' · ')].filter((line) => line !== '').join('<br>\n')
  return `\n<p style="color:#6b7280;font-size:12px;line-height:1.5">${lines}</p>`
}

function textFooter(job: RenderJob, source: string): string {
  const { unsubscribe, preferences } = job.links
  const lines = job.postalAddress === null ? [] : [job.postalAddress]
  if (offersUnsubscribe(job, source) && unsubscribe !== null) {
    lines.push(`Unsubscribe: ${unsubscribe}`)
    if (preferences !== null) lines.push(`Preferences: ${preferences}`)
  }
  return lines.length === 0 ? '' : `\n\n-- \n${lines.join('\n')}`
}

const pixelOf = ({ open }: MessageLinks): string =>
  open === null ? '' : `<img src="${escapeHtml(open)}" width="1" height="1" alt="" style="display:block;border:0">`

/** Header text: one line, nothing that could begin another header (TRUST S22). */
export const headerText = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  value.replace(/[\r\n\u0000\u2028\u2029]+/g, ' ').trim()

/** `"Name" <address>` for people to read. */
export const formatFrom = ({ name, address }: RenderJob['from']): string =>
  name === ''
    ? address
    : `${/^[\p{L}\p{N} ]+$/u.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${address}>`

function mime(job: RenderJob, message: { subject: string; html: string; text: string }): Uint8Array {
  return writeMime({
    from: { name: headerText(job.from.name), address: job.from.address },
    to: job.to,
    subject: message.subject,
    messageId: job.headerId,
    date: new Date(),
    headers: Object.fromEntries(Object.entries(job.headers).map(([name, value]) => [name, headerText(value)])),
    text: message.text,
    html: message.html,
  })
}
