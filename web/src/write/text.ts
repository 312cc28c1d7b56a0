import { liquidEnd } from './parse.ts'

/** The entities that people write by name, beside the five that must be. */
const names: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', reg: '®', trade: '™', sect: '§' },
  ...{ mdash: '—', ndash: '–', hellip: '…', bull: '•', middot: '·', laquo: '«', raquo: '»', lsaquo: '‹', rsaquo: '›' },
  ...{
    lsquo: '‘',
    rsquo: '’',
    sbquo: '‚',
    ldquo: '“',
    rdquo: '”',
    bdquo: '„',
    euro: '€',
    pound: '£',
    yen: '¥',
    cent: '¢',
  },
  ...{
    larr: '←',
    uarr: '↑',
    rarr: '→',
    darr: '↓',
    times: '×',
    deg: '°',
    plusmn: '±',
    check: '✓',
    star: '☆',
    hearts: '♥',
  },
  ...{
    auml: 'ä',
    ouml: 'ö',
    uuml: 'ü',
    Auml: 'Ä',
    Ouml: 'Ö',
    Uuml: 'Ü',
    szlig: 'ß',
    eacute: 'é',
    egrave: 'è',
    agrave: 'à',
  },
  ...{ ccedil: 'ç', ntilde: 'ñ', zwnj: '\u200c', zwj: '\u200d', shy: '\u00ad', ensp: '\u2002', emsp: '\u2003' },
}

/** An entity at the start of a text; without its semicolon it may be one to a browser, too. */
const entity = /^&(?:#x([0-9a-f]{1,6});|#(\d{1,7});|([a-z][a-z0-9]{1,30});|#[x\d]|[a-z]{2,31})/i

/** A text in pieces: what is known as characters, and entities by names that are not known here, which are kept as written. */
export function decodePieces(text: string): { text: string; kept: boolean }[] {
  const pieces: { text: string; kept: boolean }[] = []
  const say = (more: string) => {
    const last = pieces.at(-1)
    if (last && !last.kept) last.text += more
    else pieces.push({ text: more, kept: false })
  }
  let at = 0
  for (let next = text.indexOf('&'); next !== -1; next = text.indexOf('&', at)) {
    if (next > at) say(text.slice(at, next))
    const [whole, hex, decimal, name] = entity.exec(text.slice(next, next + 34)) ?? []
    const point = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? 0)
    // Control characters and halves of pairs are what browsers replace: such a one stays as it is.
    const known =
      name !== undefined
        ? names[name]
        : point >= 32 && (point < 127 || point > 159) && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
          ? String.fromCodePoint(point)
          : undefined
    if (whole === undefined) say('&')
    else if (known !== undefined) say(known)
    else pieces.push({ text: whole, kept: true })
    at = next + (whole?.length ?? 1)
  }
  if (at < text.length) say(text.slice(at))
  return pieces
}

/** Does something with the parts of a text between Liquid; Liquid stays as it is. */
export function outsideLiquid(text: string, change: (part: string) => string): string {
  let result = ''
  let from = 0
  for (let at = text.indexOf('{'); at !== -1; at = text.indexOf('{', at)) {
    const end = liquidEnd(text, at)
    if (end === -1) {
      at += 1
      continue
    }
    result += change(text.slice(from, at)) + text.slice(at, end)
    from = end
    at = end
  }
  return result + change(text.slice(from))
}

/** An attribute's value as it is meant; null where it has an entity that is not known here. `&copy=1` in an address is none. */
export function decodeValue(value: string): string | null {
  let known = true
  const decoded = outsideLiquid(value, (part) =>
    decodePieces(part)
      .map((piece) => {
        if (piece.kept && /[;#]/.test(piece.text)) known = false
        return piece.text
      })
      .join(''),
  )
  return known ? decoded : null
}

/** Text for an element: a blank that does not break is written so that it can be seen. */
export const encodeText = (text: string): string =>
  outsideLiquid(text, (part) =>
    part
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('\u00a0', '&nbsp;')
      .replaceAll('\u00ad', '&shy;'),
  )

/** A value for an attribute in double quotes. */
export const encodeValue = (value: string): string =>
  outsideLiquid(value, (part) => part.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;'))
