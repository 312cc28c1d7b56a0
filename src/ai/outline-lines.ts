/** One instruction as it was written, with what was indented below it. */
export interface Line {
  /** Counted from 1, as the person sees it. */
  number: number
  /** As it was written, trimmed. */
  source: string
  /** One sentence of it, without list marks and words of courtesy; quoted texts are `⟦0⟧`, `⟦1⟧` … */
  text: string
  quotes: string[]
  /** “Day 3:” in front of it. */
  day: number | null
  children: Line[]
}

/** A piece of a sentence and the mark in front of it: `,` `and` `:` `→`; '' for the first. */
export interface Fragment {
  mark: string
  text: string
}

const listMark = /^(?:[-*•–·]|\(?\d{1,2}[.)](?!\d)|(?:step|schritt|paso|bước)\s+\d{1,2}\s*[:.)-])\s*/iu
const dayMark = /^(?:on\s+)?(?:day|tag|día|dia|ngày)\s+(\d{1,3})\s*[:.)–-]?\s*/iu
const openings =
  /^(?:(?:but|aber|pero|nhưng|and|und|y|và|first|firstly|then|next|finally|lastly|after that|afterwards|please|just|now|also|zuerst|zunächst|dann|danach|anschließend|schließlich|zum schluss|bitte|primero|luego|entonces|después(?! de)|finalmente|por último|por favor|también|đầu tiên|trước tiên|sau đó|cuối cùng|tiếp theo|rồi|hãy)(?![\p{L}])[,:]?\s*)+/iu
const quoted = /"([^"]{1,300})"|“([^”]{1,300})”|„([^“”]{1,300})[“”]|«([^»]{1,300})»|‘([^’]{2,300})’/gu
const sentenceEnd =
  /(?<=[.!?])(?<!\b(?:e\.g|i\.e|z\.B|approx|ca|p\.ej|vs)\.)\s+(?=[\p{L}\d⟦¿¡])|(?<=\S)\s+(?=\d{1,2}[.)]\s+\p{L})|\s*;\s*|\s*(?:…|\.{3})\s*/u
const separator =
  /\s*(→|->|=>|⇒|:(?=\s|$)|,?\s+(?:and|und|y|và)\s+(?:then\s+|dann\s+|luego\s+)?|,?\s+(?:then|danach|anschließend|dann|luego|después(?! de)|entonces|sau đó|rồi|thì)\s+|,\s+|\s[–-]\s)\s*/iu

/** Reads a text into its instructions: lines, their sentences, and what is indented below. */
export function readLines(text: string): Line[] {
  const roots: Line[] = []
  const open: { indent: number; line: Line }[] = []
  for (const [index, raw] of text.normalize('NFC').split(/\r?\n/).entries()) {
    const source = raw.trim()
    if (source === '') continue
    const indent = (/^\s*/.exec(raw)?.[0] ?? '').replaceAll('\t', '    ').length
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop()
    const siblings = open.at(-1)?.line.children ?? roots
    const lines = sentencesOf(source, index + 1)
    siblings.push(...lines)
    const last = lines.at(-1)
    if (last) open.push({ indent, line: last })
  }
  return roots
}

function sentencesOf(source: string, number: number): Line[] {
  const quotes: string[] = []
  const text = source.replace(listMark, '').replaceAll(quoted, (whole, ...groups: unknown[]) => {
    const inner = groups.slice(0, 5).find((group) => typeof group === 'string')
    if (typeof inner !== 'string') return whole
    quotes.push(inner.trim())
    return `⟦${quotes.length - 1}⟧`
  })
  return text
    .split(sentenceEnd)
    .map((sentence) => sentence.trim().replace(listMark, ''))
    .filter((sentence) => /[\p{L}\p{N}⟦]/u.test(sentence))
    .map((sentence) => {
      const day = dayMark.exec(sentence)
      const said = day ? sentence.slice(day[0].length) : sentence
      return {
        number,
        source,
        text: said.replace(/[.!?,]+$/, '').trim(),
        quotes,
        day: day ? Number(day[1]) : null,
        children: [],
      }
    })
}

/** The pieces of a sentence, in order. */
export function fragmentsOf(text: string): Fragment[] {
  const pieces = text.split(separator)
  const fragments: Fragment[] = []
  for (let index = 0; index < pieces.length; index += 2) {
    const piece = (pieces[index] ?? '').trim().replace(openings, '').trim()
    const mark = (pieces[index - 1] ?? '').trim().toLowerCase()
    if (piece !== '') fragments.push({ mark: kindOfMark(mark), text: piece })
  }
  return fragments
}

const kindOfMark = (mark: string): string =>
  /^(→|->|=>|⇒)$/.test(mark) ? '→' : mark === ':' ? ':' : mark === ',' ? ',' : mark === '' ? '' : 'and'

/** A text with its quotes back in it. */
export const withQuotes = (text: string, quotes: readonly string[]): string =>
  text.replaceAll(/⟦(\d+)⟧/g, (_, index: string) => `“${quotes[Number(index)] ?? ''}”`)

/** The first quoted text that a fragment holds. */
export const quoteIn = (text: string, quotes: readonly string[]): string | undefined =>
  quotes[Number(/⟦(\d+)⟧/.exec(text)?.[1] ?? Number.NaN)]
