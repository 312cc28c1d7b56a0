import { findDuration, firstNumber } from './durations.ts'
import type { Reading } from './outline-actions.ts'
import { quoteIn } from './outline-lines.ts'
import { capital, named, same } from './outline-names.ts'
import {
  aboutWord,
  betweenWord,
  linkedinWord,
  mailWord,
  partWord,
  repeatWord,
  sendWord,
  telegramWord,
  wordPattern,
} from './words.ts'
import type { Workspace } from './workspace.ts'

/** A message that an outline asks for. Its texts are what the outline says, nothing more: the reader writes no copy. */
export interface MessageAction {
  do: 'message'
  channel: 'email' | 'telegram' | 'linkedin'
  title: string
  subject: string | null
  templateName: string | null
}

/** The message or the series of messages that a piece of a sentence asks for. */
export function readMessage(text: string, quotes: readonly string[], known: Workspace): Reading {
  const channel = telegramWord.test(text) ? 'telegram' : linkedinWord.test(text) ? 'linkedin' : 'email'
  if (channel === 'email' && !mailWord.test(text) && !/^(?:e-?mail|mail)\p{L}*\s/iu.test(text)) {
    const verb = sendWord.test(text) && quoteIn(text, quotes) !== undefined
    if (!verb) return null
  }
  const series = seriesIn(text)
  if (
    !series &&
    repeatWord.test(text) &&
    (findDuration(text.replace(repeatWord, 'one')) || /(?:ly|lich|al)(?![\p{L}])/iu.test(text))
  ) {
    return {
      unable: 'A workflow does not repeat: it carries each customer through once. Write the messages one by one.',
    }
  }
  if (!series) return { action: messageOf(text, quotes, known, channel) }
  const { count, spacingMs, rest } = series
  return { action: { do: 'series', count, spacingMs, message: messageOf(rest, quotes, known, channel) } }
}

/** “three emails 4 days apart”; `rest`: the text without number and distance. */
function seriesIn(text: string): { count: number; spacingMs: number | null; rest: string } | null {
  const spacing = betweenWord.test(text) ? findDuration(text) : null
  const bare = spacing
    ? `${text.slice(0, spacing.start)} ${text.slice(spacing.end)}`.replace(betweenWord, '').replaceAll(/\s+/g, ' ')
    : text
  const number = firstNumber(bare)
  if (!number || number.value < 2 || number.value > 20 || !Number.isInteger(number.value)) return null
  const next = number.rest.trimStart().replace(/^-/, '').split(/\s+/).slice(0, 3).join(' ')
  if (!mailWord.test(next) && !partWord.test(next)) return null
  const rest = number.rest
    .trimStart()
    .replace(/^-/, '')
    .replace(/^(\p{L}+?)s(?![\p{L}])/u, '$1')
  return { count: number.value, spacingMs: spacing?.ms ?? null, rest: rest.trim() }
}

const filler =
  /^(?:send|sends|write|schick\p{L}*|send\p{L}*|schreib\p{L}*|enví\p{L}*|envi\p{L}*|mand\p{L}*|gửi|viết)(?![\p{L}])\s*/iu
const toWhom =
  /^(?:(?:them|him|her|it|everyone|customers?|people|ihnen|ihm|ihr|allen|les?|los|cho họ|cho khách(?: hàng)?|họ)(?![\p{L}])\s*)+/iu
const article = /^(?:(?:a|an|the|another|one|eine?n?|die|das|den|una?|el|la|otro|otra|một)(?![\p{L}])\s*)+/iu

function messageOf(
  text: string,
  quotes: readonly string[],
  known: Workspace,
  channel: MessageAction['channel'],
): MessageAction {
  const quote = quoteIn(text, quotes)
  const template =
    known.templates.find(({ name, channel: of }) => of === channel && quote !== undefined && same(name, quote)) ??
    (wordPattern('template', 'vorlage', 'plantilla', 'mẫu').test(text)
      ? named(
          known.templates.filter(({ channel: of }) => of === channel),
          text,
          quote,
        )
      : undefined)
  const bare = text.replaceAll(/\s*⟦\d+⟧/g, '').trim()
  const verb = /^(?:e-?mail|mail)\s+(?=(?:them|him|her|it|everyone|customers?|people)(?![\p{L}]))/iu
  const said = bare.replace(filler, '').replace(verb, '').replace(toWhom, '').replace(article, '').trim()
  const about = new RegExp(`${aboutWord.source}\\s+(.+)$`, 'iu').exec(said)
  const subject = template ? null : (quote ?? (about?.[1] ? capital(about[1].trim()) : null))
  const plain = said
    .replace(/\s+(?:with|mit|con)?\s*(?:the )?(?:subject|betreff|asunto|tiêu đề)(?: line)?:?$/iu, '')
    .trim()
  const called = new RegExp(`^${aboutWord.source}`, 'iu').test(plain) ? `email ${plain}` : plain
  const title = template?.name ?? (called.length > 3 && !isBareNoun(called) ? capital(called) : '')
  return {
    do: 'message',
    channel,
    title: title.slice(0, 60),
    subject: subject?.slice(0, 200) ?? null,
    templateName: template?.name ?? null,
  }
}

const isBareNoun = (text: string): boolean =>
  /^(?:e-?mails?|mails?|messages?|nachricht|correos?(?: electrónico)?|mensaje|thư|tin nhắn|telegram|linkedin)(?:\s+\d+)?$/iu.test(
    text,
  )
