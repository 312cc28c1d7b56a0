import { decodeEntities } from '../messages/html.ts'

/** What somebody should know of a message before it goes to many. */
export interface MailCheck {
  code: string
  /** `good`: looked at, and fine. */
  level: 'good' | 'info' | 'warn' | 'bad'
  text: string
}

/** Characters of a subject that mail programs on phones show in one line (Gmail and Apple Mail, held upright). */
const phoneSubject = 40
/** Gmail shows no more of a message than this and hides the rest behind a link. */
const clippedAt = 102 * 1024

/** A message as written, as rendered for somebody, and how many of the customers have what it names (path below `customer.`, 0 to 1). */
export interface CheckedMail {
  subject: string
  body: string
  rendered: { subject: string; html: string }
  coverage: ReadonlyMap<string, number>
}

/** Looks an email over. Faults of its Liquid are said elsewhere; words are not guessed about. */
export function checkMail(mail: CheckedMail): MailCheck[] {
  return [
    checkSubject(mail),
    ...checkFallbacks(mail),
    checkLinks(mail),
    checkUnsubscribe(mail),
    checkImages(mail),
    checkSize(mail),
  ]
}

function checkSubject({ rendered: { subject } }: CheckedMail): MailCheck {
  const length = [...subject].length
  if (length === 0) return { code: 'subject', level: 'bad', text: 'It has no subject.' }
  if (length <= phoneSubject) return { code: 'subject', level: 'good', text: 'Phones show the whole subject.' }
  const shown = [...subject].slice(0, phoneSubject).join('').trimEnd()
  return {
    code: 'subject',
    level: 'warn',
    text: `Phones show about ${phoneSubject} of the subject’s ${length} characters: “${shown}…”`,
  }
}

/** `{{ customer.path }}` without a filter that gives something else; a tag's own use of a name is not shown to anybody. */
const bareOutput = /\{\{-?\s*customer\.([\w.]+)\s*([^}]*)\}\}/g

function checkFallbacks({ subject, body, coverage }: CheckedMail): MailCheck[] {
  const bare = new Set<string>()
  for (const [, path = '', filters = ''] of `${subject}\n${body}`.matchAll(bareOutput)) {
    if (!/\|\s*default\s*:/.test(filters)) bare.add(path)
  }
  const missing = [...bare].flatMap((path) => {
    const share = coverage.get(path) ?? (coverage.size > 0 ? 0 : 1)
    return share < 1 ? [{ path, share }] : []
  })
  if (missing.length === 0)
    return [{ code: 'fallback', level: 'good', text: 'Nobody gets a gap where a name should be.' }]
  return missing
    .sort((one, other) => one.share - other.share)
    .slice(0, 5)
    .map(({ path, share }) => ({
      code: 'fallback',
      level: 'warn',
      text: `${lacking(share)} no ${path}, and {{customer.${path}}} has no fallback: add | default: "…"`,
    }))
}

/** Rounded up, so that nobody is rounded away. */
function lacking(share: number): string {
  const percent = Math.ceil((1 - share) * 100)
  return percent >= 100 ? 'Nobody has it:' : `${percent} % of customers have`
}

const attributeOf = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag)
  return found ? decodeEntities(found[1] ?? found[2] ?? found[3] ?? '') : undefined
}
const tagsOf = (html: string, name: string): string[] => html.match(new RegExp(`<${name}\\b[^>]*>`, 'gi')) ?? []

function checkLinks({ rendered: { html } }: CheckedMail): MailCheck {
  const links = tagsOf(html, 'a').flatMap((tag) => attributeOf(tag, 'href') ?? [])
  const open = links.filter((link) => /^http:\/\//i.test(link) && !/^http:\/\/(localhost|127\.|\[::1\])/i.test(link))
  if (open.length > 0) {
    const more = open.length > 1 ? ` and ${open.length - 1} more` : ''
    return { code: 'links', level: 'warn', text: `Not https: ${open[0]}${more}. Mail programs warn of such links.` }
  }
  const nowhere = links.filter((link) => link === '' || link === '#').length
  if (nowhere > 0)
    return {
      code: 'links',
      level: 'warn',
      text: `${nowhere === 1 ? 'A link leads' : `${nowhere} links lead`} nowhere.`,
    }
  return { code: 'links', level: 'good', text: 'All links are https.' }
}

function checkUnsubscribe({ body }: CheckedMail): MailCheck {
  if (/\{\{-?\s*unsubscribeUrl\b/.test(body))
    return { code: 'unsubscribe', level: 'good', text: 'It has its own unsubscribe link.' }
  return {
    code: 'unsubscribe',
    level: 'info',
    text: 'No unsubscribe link of its own: the step puts one below the text. {{unsubscribeUrl}} puts it where you like.',
  }
}

function checkImages({ rendered: { html } }: CheckedMail): MailCheck {
  const images = tagsOf(html, 'img')
  const mute = images.filter((tag) => attributeOf(tag, 'alt') === undefined).length
  if (mute > 0) {
    const text = `${mute === 1 ? 'An image has' : `${mute} images have`} no alt text: nothing is read where images are off.`
    return { code: 'images', level: 'warn', text }
  }
  return { code: 'images', level: 'good', text: images.length === 0 ? 'No images.' : 'Every image has an alt text.' }
}

function checkSize({ rendered: { html } }: CheckedMail): MailCheck {
  const bytes = Buffer.byteLength(html)
  const size = `${Math.max(1, Math.round(bytes / 1024))} KB`
  if (bytes > clippedAt)
    return {
      code: 'size',
      level: 'bad',
      text: `${size}: Gmail clips a message at 102 KB, the unsubscribe link with it.`,
    }
  if (bytes > clippedAt * 0.8) return { code: 'size', level: 'warn', text: `${size} of the 102 KB that Gmail shows.` }
  return { code: 'size', level: 'good', text: `${size}: Gmail shows all of it.` }
}
