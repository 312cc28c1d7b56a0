import { durationText, findClockTime, findDuration, firstNumber } from './durations.ts'
import { quoteIn, withQuotes } from './outline-lines.ts'
import { type MessageAction, readMessage } from './outline-message.ts'
import { capital, named } from './outline-names.ts'
import {
  addWord,
  afterWord,
  assignWord,
  betweenWord,
  cooldownWord,
  exitWord,
  fieldWords,
  goalWord,
  handoffWord,
  headingWord,
  laterWord,
  lowerWord,
  mailWord,
  neverWord,
  oneDay,
  otherChannels,
  partWord,
  removeWord,
  scoreWord,
  segmentWord,
  sendWord,
  setWord,
  suppressWord,
  tagWord,
  taskWord,
  waitWord,
  webhookWord,
  wordPattern,
} from './words.ts'
import type { Workspace } from './workspace.ts'

/** One thing that an outline tells to do. */
export type Action =
  | { do: 'wait'; ms: number }
  | { do: 'wait-until'; time: string; weekdays: number[] | null }
  | { do: 'between'; ms: number }
  | { do: 'heading'; count: number | null; what: string }
  | { do: 'series'; count: number; spacingMs: number | null; message: MessageAction }
  | MessageAction
  /** Any other step. `wanted`: by field, a name that is not in the workspace. */
  | {
      do: 'step'
      type: string
      title: string
      config: Record<string, unknown>
      wanted?: Record<string, string>
      note?: string
    }

/** What became of a fragment: an action with what it left over, a reason why it cannot be done, or null: not understood. */
export type Reading = { action: Action; rest?: string } | { unable: string } | null

/** Reads one piece of a sentence. `known` finds names of the workspace. */
export function readAction(text: string, quotes: readonly string[], known: Workspace): Reading {
  const quote = quoteIn(text, quotes)
  return (
    readRequest(text) ??
    readOther(text) ??
    readWait(text) ??
    readScore(text) ??
    readSuppress(text) ??
    readNever(text) ??
    readCooldown(text, quote, known) ??
    readTag(text, quotes) ??
    readSegment(text, quote, known) ??
    readHandoff(text, known) ??
    readTask(text, quotes) ??
    readMessage(text, quotes, known) ??
    readOwner(text, known) ??
    readField(text, quotes) ??
    readHeading(text) ??
    readExit(text)
  )
}

const step = (
  type: string,
  title: string,
  config: Record<string, unknown>,
  more: { wanted?: Record<string, string>; note?: string } = {},
): Reading => ({ action: { do: 'step', type, title, config, ...more } })

function readRequest(text: string): Reading {
  const url = /https?:\/\/[^\s⟧"'<>]+/i.exec(text)?.[0]
  if (!url || !webhookWord.test(text.replace(url, ''))) return null
  const method = /\b(GET|PUT|PATCH|DELETE)\b/.exec(text)?.[1] ?? 'POST'
  return step('http-request', `Call ${new URL(url).host}`, { method, url })
}

function readOther(text: string): Reading {
  if (goalWord.test(text)) {
    const event = eventIn(text)
    if (event !== null) return step('goal', `Goal: ${event}`, { event, endsRun: false })
  }
  if (mailWord.test(text.replace(/text messages?/i, ''))) return null
  const other = otherChannels.find(([pattern]) => pattern.test(text))
  return other ? { unable: `There is no step for ${other[1]}. Email, Telegram and LinkedIn can be sent.` } : null
}

/** An event's name as in deal.won, where the text names one. */
export function eventIn(text: string): string | null {
  const found = /(?<![\w@/.-])[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+(?![\w@/])/.exec(text)?.[0]
  return found && !/^(?:www\.|customer\.|attributes\.|node\.)/.test(found) ? found : null
}

const weekdayWord = wordPattern(
  'weekdays?',
  'working days?',
  'business days?',
  'werktag*',
  'wochentag*',
  'días? laborables?',
  'ngày làm việc',
  'ngày thường',
)
const dayNames: readonly (readonly [RegExp, number])[] = [
  [wordPattern('mondays?', 'montag*', 'lunes', 'thứ hai'), 1],
  [wordPattern('tuesdays?', 'dienstag*', 'martes', 'thứ ba'), 2],
  [wordPattern('wednesdays?', 'mittwoch*', 'miércoles', 'thứ tư'), 3],
  [wordPattern('thursdays?', 'donnerstag*', 'jueves', 'thứ năm'), 4],
  [wordPattern('fridays?', 'freitag*', 'viernes', 'thứ sáu'), 5],
  [wordPattern('saturdays?', 'samstag*', 'sábado', 'thứ bảy'), 6],
  [wordPattern('sundays?', 'sonntag*', 'domingo', 'chủ nhật'), 7],
]
const untilWord = wordPattern('until', 'till', 'bis', 'hasta', 'đến', 'cho đến')

function readWait(text: string): Reading {
  const waits = waitWord.test(text)
  const found = findDuration(text)
  if (found) {
    const before = text.slice(0, found.start).trim()
    const after = text.slice(found.end).trim()
    const ms = found.ms
    if (betweenWord.test(`${before} ${after}`) && !mailWord.test(text)) return { action: { do: 'between', ms } }
    const leads = afterWord.test(before.split(/\s+/).slice(-3).join(' ')) && before.split(/\s+/).length <= 2
    const last = before.split(/\s+/).at(-1) ?? ''
    // “a reminder after 3 days”: the time comes first.
    if (after === '' && !waits && /^(?:after|nach|tras|sau)$/iu.test(last)) {
      return { action: { do: 'wait', ms }, rest: before.slice(0, -last.length).trim() }
    }
    const isWait = waits || leads || (before === '' && (after === '' || laterWord.test(after.split(/\s+/)[0] ?? '')))
    if (!isWait && !oneDay.test(text)) return null
    const rest = after
      .replace(/^(?:later|afterwards|später|danach|más tarde|después|sau đó|sau)(?![\p{L}])[,:]?\s*/iu, '')
      .replace(/^(?:for|auf|por)\s+(?:a|an|eine?|una?)?\s*(?:reply|response|answer|antwort|respuesta).*$/iu, '')
    const leading = waits ? '' : before.replace(afterWord, '').trim()
    return { action: { do: 'wait', ms }, rest: `${leading} ${rest}`.trim() }
  }
  if (!waits && !untilWord.test(text)) return null
  const time = findClockTime(text)
  const days = weekdayWord.test(text)
    ? [1, 2, 3, 4, 5]
    : dayNames.flatMap(([pattern, day]) => (pattern.test(text) ? [day] : []))
  const morning = wordPattern('morning', 'morgen*', 'mañana', 'sáng').test(text)
  if (time === null && days.length === 0 && !morning) return null
  return { action: { do: 'wait-until', time: time ?? '09:00', weekdays: days.length > 0 ? days : null } }
}

function readScore(text: string): Reading {
  if (!scoreWord.test(text)) return null
  const found = /([+−-]?)\s*(\d+(?:[.,]\d+)?)\s*(%?)/.exec(text)
  if (!found) return null
  const given = Number((found[2] ?? '').replace(',', '.'))
  const lower = lowerWord.test(text) || found[1] === '-' || found[1] === '−'
  const asShare = found[3] === '%' || given > 2
  const size = Math.min(2, asShare ? given / 100 : given)
  const delta = Number(((lower ? -1 : 1) * size).toFixed(3))
  const note = asShare ? `Scores run from -1 to 1, so ${found[2]}${found[3]} was taken as ${size}.` : undefined
  return step('adjust-score', `Score ${delta > 0 ? '+' : ''}${delta}`, { delta }, note === undefined ? {} : { note })
}

function readSuppress(text: string): Reading {
  if (!suppressWord.test(text)) return null
  return step('exit-suppress', 'Never write again', { reason: 'manual' })
}

function readNever(text: string): Reading {
  const never = new RegExp(`^${neverWord.source}`, 'iu').test(text) && sendWord.test(text)
  return never ? { unable: 'It says what not to do; what is not asked for is not done.' } : null
}

function readCooldown(text: string, quote: string | undefined, known: Workspace): Reading {
  if (!cooldownWord.test(text)) return null
  const found = named(known.segments, text, quote)
  const wanted = quote !== undefined && !found ? { wanted: { segmentId: quote } } : {}
  return step('exit-cooldown', 'Cool down', found ? { segmentId: found.id } : {}, wanted)
}

const hasTag =
  /(?<!\p{L})(?:they|who|he|she|sie|er|ellos|ellas|quienes)\s+(?:have|has|carry|carries|had|haben|hat|tragen|trägt|tienen|tiene|llevan|lleva)(?![\p{L}])/iu
const isDay =
  /(?<!\p{L})(?:am|jeden|jedem|letzte[nr]|erste[nr]|nächste[nr]|selben|gleichen|pro)\s+(?:\p{L}+\s+)?Tag(?![\p{L}])/u

function readTag(text: string, quotes: readonly string[]): Reading {
  // “They carry the tag vip” tells of them and asks for nothing; a German “letzter Tag” is a day.
  if (!tagWord.test(text) || hasTag.test(text) || isDay.test(text)) return null
  const name = tagName(text, quotes)
  if (name === null) return null
  const remove = removeWord.test(text)
  return step(remove ? 'remove-tag' : 'add-tag', `${remove ? 'Untag' : 'Tag'} ${name}`, { name })
}

/** The tag that a text names: in quotes, behind “tag … as”, or the word next to “tag”. */
export function tagName(text: string, quotes: readonly string[]): string | null {
  const quote = quoteIn(text, quotes)
  if (quote !== undefined) return quote.slice(0, 100)
  const tidy = text.replace(/[()]/g, ' ')
  const found =
    /(?:tag(?:ged)?|label|taggen|etiquet\p{L}*)\s+(?:(?:them|him|her|it|customers?|people|sie|ihn|los|lo|la|le)\s+)?(?:as|with|mit|als|como|con|named|called)?\s*#?([\p{L}\p{N}][\p{L}\p{N}_.-]*)/iu.exec(
      tidy,
    ) ??
    /(?:thẻ|nhãn)\s+#?([\p{L}\p{N}][\p{L}\p{N}_.-]*)/iu.exec(tidy) ??
    /#([\p{L}\p{N}][\p{L}\p{N}_.-]*)/u.exec(tidy)
  const word = found?.[1]
  if (word && !/^(?:hinzufügen|entfernen|setzen|to|for|the|a)$/iu.test(word)) return word
  return (
    /([\p{L}\p{N}_.-]+)[\s-]+tags?(?![\p{L}])/iu.exec(tidy)?.[1]?.replace(/^(?:the|a|den|das|add|remove)$/i, '') || null
  )
}

function readSegment(text: string, quote: string | undefined, known: Workspace): Reading {
  const remove = removeWord.test(text)
  if (!segmentWord.test(text) || !(remove || addWord.test(text))) return null
  const found = named(known.segments, text, quote)
  const name =
    quote ?? /(?:segment\p{L}*|list\p{L}*|danh sách|phân khúc)\s+([\p{Lu}\p{N}][^,.]{1,60})$/u.exec(text)?.[1]?.trim()
  const type = remove ? 'remove-from-segment' : 'add-to-segment'
  const title = `${remove ? 'Out of' : 'Into'} ${found?.name ?? name ?? 'a segment'}`
  const unknown = !found && name !== undefined ? { wanted: { segmentId: name } } : {}
  return step(type, title, found ? { segmentId: found.id } : {}, unknown)
}

function readHandoff(text: string, known: Workspace): Reading {
  if (!handoffWord.test(text)) return null
  const member = named(known.members, text, undefined)
  const assignTo = member ? { type: 'member', memberIds: [member.id] } : { type: 'campaignOwner' }
  return step('exit-handoff', member ? `Hand off to ${member.name}` : 'Hand off to sales', { assignTo })
}

function readTask(text: string, quotes: readonly string[]): Reading {
  if (!taskWord.test(text)) return null
  const said = withQuotes(text, quotes)
    .replace(/^(?:create|add|make|open|set up|erstelle?|anlegen|lege|crea(?:r)?|añade|tạo|thêm)\s+/iu, '')
    .replace(
      /^(?:a|an|the|eine?n?|una?|một)?\s*(?:tasks?|to-?dos?|aufgaben?|tareas?|công việc|nhiệm vụ)\s*(?:to|for|zu|para|de|:)?\s*/iu,
      '',
    )
    .replaceAll(/[“”]/g, '')
    .trim()
  const due = findDuration(said)
  const title = capital(said === '' ? 'Follow up by hand' : said).slice(0, 200)
  return step('create-task', title.slice(0, 60), { title, ...(due && { dueInMs: due.ms }) })
}

function readOwner(text: string, known: Workspace): Reading {
  if (!assignWord.test(text)) return null
  const member = named(known.members, text, undefined)
  return member ? step('assign-owner', `Assign to ${member.name}`, { userId: member.id }) : null
}

function readField(text: string, quotes: readonly string[]): Reading {
  if (!setWord.test(text)) return null
  const found =
    /(?:set|update|change|setze?|pon|cambi\p{L}*|đặt|cập nhật)\s+(?:their\s+|the\s+|field\s+|customer\.)*(.+?)\s+(?:to|as|=|auf|a|en|thành)\s+(.+)$/iu.exec(
      text,
    )
  const field = found?.[1] === undefined ? null : fieldNamed(found[1])
  if (!found || field === null) return null
  const value = withQuotes(found[2] ?? '', quotes)
    .replaceAll(/[“”]/g, '')
    .trim()
  const name = field.replace(/^customer\./, '')
  return step('update-customer', `Set ${name}`, { field: name, value })
}

/** The customer's field that a text names: by its path, or by a word for it. */
export function fieldNamed(text: string): string | null {
  const path = /^(?:customer\.)?(attributes\.[A-Za-z0-9_][A-Za-z0-9_-]{0,99})$/.exec(text.trim())?.[1]
  if (path) return `customer.${path}`
  return fieldWords.find(([pattern]) => pattern.test(text))?.[1] ?? null
}

function readHeading(text: string): Reading {
  const number = firstNumber(text)
  const next = number?.rest.trimStart().replace(/^-/, '') ?? ''
  const counted = number && partWord.test(next.split(/\s+/)[0] ?? '') ? number.value : null
  if (counted === null && !headingWord.test(text)) return null
  return {
    action: { do: 'heading', count: counted !== null && counted >= 2 && counted <= 20 ? counted : null, what: text },
  }
}

function readExit(text: string): Reading {
  return exitWord.test(text) ? step('exit', 'End', {}) : null
}

/** The title of a wait. */
export const waitTitle = (ms: number): string => `Wait ${durationText(ms)}`
