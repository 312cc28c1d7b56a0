import { countryCode } from './countries.ts'
import { findDuration } from './durations.ts'
import { type Action, eventIn, fieldNamed, readAction, tagName } from './outline-actions.ts'
import { type Fragment, fragmentsOf, type Line, readLines, withQuotes } from './outline-lines.ts'
import { capital } from './outline-names.ts'
import {
  anyPointWord,
  ifWord,
  notWord,
  type Outcome,
  otherwiseWord,
  outcomeWords,
  splitWord,
  tagWord,
  thenWord,
  withinWord,
  wordPattern,
} from './words.ts'
import type { Workspace } from './workspace.ts'

/** A rule of a path, as its config holds it. */
export interface Rule {
  input: string
  condition: string
  value?: string | number
}

/** What an outline says, in order. */
export type Op =
  | (Action & { line: number })
  /** `negated`: if it does not happen. */
  | {
      do: 'if'
      outcome: Outcome
      negated: boolean
      anyPoint: boolean
      withinMs: number | null
      steps: Op[]
      line: number
    }
  | { do: 'event'; event: string; anyPoint: boolean; withinMs: number | null; steps: Op[]; line: number }
  | { do: 'where'; rule: Rule; label: string; steps: Op[]; line: number }
  | { do: 'otherwise'; steps: Op[]; line: number }
  | { do: 'split'; branches: { label: string; weight: number; steps: Op[] }[]; line: number }
  /** “Day 4:” the next step is due on the fourth day. */
  | { do: 'day'; day: number; line: number }

/** A line of which something was not understood, and why when that is known. */
export interface UnreadLine {
  line: number
  text: string
  reason: string | null
}

/** Reads an outline into what it says, in order, and the lines that it did not understand. Never throws. */
export function readOps(text: string, known: Workspace): { ops: Op[]; unread: UnreadLine[] } {
  const unread = new Map<string, UnreadLine>()
  const miss = (line: Line, what: string, reason: string | null = null) => {
    const text = withQuotes(what, line.quotes)
    const key = `${line.number} ${text}`
    if (!unread.has(key)) unread.set(key, { line: line.number, text, reason })
  }
  const ops = readBlock(readLines(text), { known, miss })
  return { ops, unread: [...unread.values()].sort((a, b) => a.line - b.line) }
}

interface Reader {
  known: Workspace
  miss(line: Line, what: string, reason?: string | null): void
}

function readBlock(lines: readonly Line[], reader: Reader): Op[] {
  const ops: Op[] = []
  for (const line of lines) {
    const branch = branchOf(line.text)
    const split = lastSplit(ops)
    if (split && branch) {
      const steps = [...readSentence({ ...line, text: branch.rest }, reader), ...readBlock(line.children, reader)]
      addBranch(split, branch.label, steps)
      continue
    }
    if (line.day !== null) ops.push({ do: 'day', day: line.day, line: line.number })
    const found = readSentence(line, reader)
    const below = line.children
    const open = found.at(-1)
    if (below.length > 0 && open?.do === 'split') {
      readSplitChildren(open, below, reader)
      ops.push(...found)
    } else if (below.length > 0 && open && 'steps' in open) {
      open.steps.push(...readBlock(below, reader))
      ops.push(...found)
    } else ops.push(...found, ...readBlock(below, reader))
  }
  for (const op of ops) {
    if ('steps' in op && op.steps.length === 0) {
      const line = find(lines, op.line)
      if (line) reader.miss(line, line.text, 'It says when, but not what to do then.')
    }
  }
  return ops.filter((op) => !('steps' in op) || op.steps.length > 0)
}

const find = (lines: readonly Line[], number: number): Line | undefined => {
  for (const line of lines) {
    const found = line.number === number ? line : find(line.children, number)
    if (found) return found
  }
  return undefined
}

type Split = Extract<Op, { do: 'split' }>

function lastSplit(ops: readonly Op[]): Split | null {
  const last = ops.at(-1)
  return last?.do === 'split' ? last : null
}

function readSplitChildren(split: Split, below: readonly Line[], reader: Reader): void {
  for (const [index, line] of below.entries()) {
    const branch = branchOf(line.text) ?? { label: String.fromCharCode(65 + index), rest: line.text }
    const steps = [...readSentence({ ...line, text: branch.rest }, reader), ...readBlock(line.children, reader)]
    addBranch(split, branch.label, steps)
  }
}

/** Gives a branch its steps: the one of that letter, else the next that has none. */
function addBranch(split: Split, label: string, steps: Op[]): void {
  const named = split.branches.find((branch) => branch.label === label && branch.steps.length === 0)
  const free = named ?? split.branches.find((branch) => branch.steps.length === 0)
  if (free) free.steps.push(...steps)
  else split.branches.push({ label, weight: 50, steps })
}

const branchMark =
  /^(?:(?:variant|version|group|branch|option|path|variante|gruppe|grupo|rama|nhóm|nhánh)\s+)?([a-d])\s*(?:[:.)]|\s(?:gets?|receives?|bekommt|erhält|recibe|nhận)(?![\p{L}]))\s*/iu
const halfMark =
  /^(?:(?:the|one|die|eine|der|la|una|el)\s+)?(?:(?:other|second|andere|zweite|otra|segunda)\s+)?(?:half|hälfte|mitad|nửa(?: kia| còn lại)?)(?:\s+of (?:them|customers|people))?\s*(?:[:.)]|(?:gets?|receives?|bekommt|erhält|recibe|nhận)(?![\p{L}]))?\s*/iu

/** “A: …”, “Variant B gets …”, “the other half …”. */
function branchOf(text: string): { label: string; rest: string } | null {
  const lettered = branchMark.exec(text)
  if (lettered) return { label: (lettered[1] ?? 'a').toUpperCase(), rest: text.slice(lettered[0].length) }
  const half = halfMark.exec(text)
  if (!half || half[0].trim() === '') return null
  const other = /other|second|andere|zweite|otra|segunda|kia|còn lại/i.test(half[0])
  return { label: other ? 'B' : 'A', rest: text.slice(half[0].length) }
}

/** The rest of a sentence behind its conditions, as far as it was read. */
function readSentence(line: Line, reader: Reader): Op[] {
  const ops: Op[] = []
  let target = ops
  const fragments = fragmentsOf(line.text)
  for (let index = 0; index < fragments.length; index += 1) {
    const fragment = fragments[index] as Fragment
    const split = lastSplit(target)
    const branch = split ? branchOf(fragment.text) : null
    if (split && branch) {
      const steps: Op[] = []
      addBranch(split, branch.label, steps)
      readFragment({ ...fragment, text: branch.rest }, line, reader, steps)
      const own = split.branches.find((each) => each.label === branch.label)
      if (own && own.steps.length === 0) own.steps.push(...steps)
      continue
    }
    if (splitWord.test(fragment.text)) {
      target.push(splitOf(`${fragment.text} ${fragments[index + 1]?.text ?? ''}`, line.number))
      continue
    }
    const condition = readCondition(fragment, fragments[index + 1], line, reader)
    if (condition) {
      // “wait 3 days, and if …”: a condition takes what follows it in its sentence.
      ops.push(condition.op)
      target = 'steps' in condition.op ? condition.op.steps : ops
      if (condition.rest !== '') readFragment({ mark: '', text: condition.rest }, line, reader, target)
      continue
    }
    readFragment(fragment, line, reader, target)
  }
  return ops
}

function readFragment(fragment: Fragment, line: Line, reader: Reader, into: Op[]): void {
  const { quotes, number } = line
  const text = fragment.text.replace(/^(?:to|zu|para|để)\s+/iu, '')
  if (
    text === '' ||
    (thenWord.test(text) === (text.split(/\s+/).length === 1 && thenWord.test(text)) && thenWord.test(text))
  )
    return
  const reading = readAction(text, quotes, reader.known)
  if (reading && 'action' in reading) {
    into.push({ ...reading.action, line: number })
    const rest = reading.rest?.replace(/^[,:–-]\s*/, '').trim() ?? ''
    if (rest !== '' && /\p{L}/u.test(rest)) readFragment({ mark: '', text: rest }, line, reader, into)
    return
  }
  const last = into.at(-1)
  if (last?.do === 'message' && fragment.mark !== '' && (fragment.mark === ':' || last.subject !== null) && !reading) {
    const said = withQuotes(text, quotes).replaceAll(/[“”]/g, '')
    last.subject = last.subject === null ? capital(said) : `${last.subject} and ${said}`.slice(0, 200)
    return
  }
  if (isSmallTalk(text)) return
  reader.miss(line, text, reading && 'unable' in reading ? reading.unable : null)
}

const smallTalk =
  /^(?:(?:i|we|you|they|them|who|a|an|the|it|for|our|all|my|new|please|want|need|would|like|create|build|make|set up|run|start|do|everyone|everybody|customers?|people|contacts?|leads?|users?|prospects?|trigger|begin|ich|wir|möchte|erstelle|bitte|alle|kunden|quiero|necesito|crear?|clientes?|todos|tôi|muốn|tạo|khách hàng|mọi người|kommt|ihnen|ihn|sie|thanks?|thank you|danke|gracias|cảm ơn)(?![\p{L}])\s*)+$/iu
const isSmallTalk = (text: string): boolean => smallTalk.test(text) || !/\p{L}{2}/u.test(text)

function splitOf(text: string, line: number): Split {
  const shares = [...text.matchAll(/(\d{1,3})\s*(?:%|\/|:|-)?/g)]
    .map((found) => Number(found[1]))
    .filter((share) => share > 0 && share <= 100)
  const exact = shares.length >= 2 && shares.reduce((sum, share) => sum + share, 0) === 100
  const weights = exact
    ? shares
    : shares.length === 1 && (shares[0] ?? 0) < 100 && text.includes('%')
      ? [shares[0] ?? 50, 100 - (shares[0] ?? 50)]
      : [50, 50]
  return {
    do: 'split',
    line,
    branches: weights.map((weight, index) => ({ label: String.fromCharCode(65 + index), weight, steps: [] })),
  }
}

function outcomeIn(text: string): { outcome: Outcome; index: number; end: number } | null {
  // “Open but don’t click” is about the opening; of one word alone its place does not matter.
  const found = (Object.keys(outcomeWords) as Outcome[]).flatMap((outcome) => {
    const match = outcomeWords[outcome].exec(text)
    return match ? [{ outcome, index: match.index, end: match.index + match[0].length }] : []
  })
  return found.sort((a, b) => a.index - b.index)[0] ?? null
}

const nothingWord = wordPattern(
  'nothing happens',
  'nothing',
  'silence',
  'no reaction',
  'they stay silent',
  'nichts passiert',
  'keine reaktion',
  'sin reacción',
  'nada',
  'không có gì',
)
const middleIf = /^(.+?)\s+(if|when|whenever|wenn|falls|sobald|si|cuando|nếu|khi)\s+(.+)$/iu

/** A fragment that says when; `rest` is what it says to do then. Null when it is no condition. */
function readCondition(
  fragment: Fragment,
  next: Fragment | undefined,
  line: Line,
  reader: Reader,
): { op: Op; rest: string } | null {
  const text = fragment.text
  const head = new RegExp(`^${ifWord.source}`, 'iu').exec(text)
  const otherwise = new RegExp(`^${otherwiseWord.source}`, 'iu').exec(text)
  if (otherwise && outcomeIn(text) === null) {
    return {
      op: { do: 'otherwise', steps: [], line: line.number },
      rest: text
        .slice(otherwise[0].length)
        .replace(/^[,:]\s*/, '')
        .trim(),
    }
  }
  const middle = head ? null : middleIf.exec(text)
  if (middle && (outcomeIn(middle[3] ?? '') || eventIn(middle[3] ?? '') || anyPointWord.test(middle[3] ?? ''))) {
    const read = conditionOf(middle[3] ?? '', line, reader)
    return read && { op: read.op, rest: middle[1] ?? '' }
  }
  if (!head) {
    // “Reply → hand off”, “No reply: send a reminder”.
    const isHead = next !== undefined && (next.mark === '→' || next.mark === ':') && text.split(/\s+/).length <= 6
    const reading =
      isHead && outcomeIn(text) && !findDuration(text) ? readAction(text, line.quotes, reader.known) : null
    const heads =
      isHead && outcomeIn(text) !== null && (reading === null || anyPointWord.test(text) || !('action' in reading))
    return heads ? conditionOf(text, line, reader) : null
  }
  return conditionOf(text.slice(head[0].length).trim(), line, reader)
}

function conditionOf(text: string, line: Line, reader: Reader): { op: Op; rest: string } | null {
  const anyPoint = anyPointWord.test(text)
  const found = outcomeIn(text)
  const event = found ? null : eventIn(text)
  const duration = findDuration(text)
  const within =
    duration && withinWord.test(text.slice(0, duration.start).split(/\s+/).slice(-3).join(' ')) ? duration : null
  const base = { anyPoint, withinMs: within?.ms ?? null, steps: [], line: line.number }
  const tail = (from: number): string => {
    const end = Math.max(from, within && within.start >= from - 1 ? within.end : from)
    const rest = text.slice(end).replace(anyPointWord, '').trim()
    if (rest === '') return ''
    // “if they click the link”: what says nothing to do belongs to the condition.
    const reading = readAction(rest, line.quotes, reader.known)
    return reading && 'action' in reading && reading.action.do !== 'heading' ? rest : ''
  }
  if (found) {
    const before = text.slice(0, found.index)
    const negated = notWord.test(before) || new RegExp(`^\\s*${notWord.source}`, 'iu').test(text.slice(found.end))
    return { op: { do: 'if', outcome: found.outcome, negated, ...base }, rest: tail(found.end) }
  }
  if (nothingWord.test(text)) {
    return { op: { do: 'if', outcome: 'replied', negated: true, ...base }, rest: tail(text.length) }
  }
  if (event !== null) {
    return { op: { do: 'event', event, ...base }, rest: tail(text.indexOf(event) + event.length) }
  }
  const where = ruleIn(text, line)
  if (where) return { op: { do: 'where', ...where, steps: [], line: line.number }, rest: where.rest }
  return null
}

const operators: readonly (readonly [RegExp, string])[] = [
  [/^(?:is not|isn't|are not|!=|ist nicht|no es|không phải(?: là)?)(?![\p{L}])/iu, 'not-equals'],
  [
    /^(?:is (?:greater|more|over|above)(?: than)?|over|above|more than|>|größer als|über|mayor que|más de|lớn hơn)(?![\p{L}])/iu,
    'greater-than',
  ],
  [
    /^(?:is (?:less|under|below)(?: than)?|under|below|less than|<|kleiner als|unter|menor que|menos de|nhỏ hơn)(?![\p{L}])/iu,
    'less-than',
  ],
  [/^(?:contains?|includes?|enthält|contiene|chứa)(?![\p{L}])/iu, 'contains'],
  [/^(?:is|are|=|==|equals|ist|sind|es|son|là)(?![\p{L}])/iu, 'equals'],
]

/** German puts the verb last: “Land Deutschland ist” becomes “Land ist Deutschland”. */
function withVerbInside(text: string): string {
  const [, said, not = '', verb] = /^(.+?)(\s+nicht)?(?:\s+)(ist|sind)$/iu.exec(text) ?? []
  if (said === undefined || operators.some(([pattern]) => said.split(' ').some((word) => pattern.test(word))))
    return text
  const spaces = [...said.matchAll(/ /g)].map(({ index }) => index)
  const end = spaces.find((index) => fieldNamed(said.slice(0, index)) !== null)
  if (end === undefined) return text
  const value = said.slice(end + 1).replace(/^nicht\s+/iu, '')
  return `${said.slice(0, end)} ${verb}${not !== '' || value !== said.slice(end + 1) ? ' nicht' : ''} ${value}`
}

/** “country is Vietnam”, “they are tagged vip”. */
function ruleIn(text: string, line: Line): { rule: Rule; label: string; rest: string } | null {
  if (tagWord.test(text)) {
    const name = tagName(text, line.quotes)
    if (name === null) return null
    const not = notWord.test(text)
    return {
      rule: { input: 'customer.tags', condition: not ? 'not-contains' : 'contains', value: name },
      label: `${not ? 'Not ' : ''}${name}`,
      rest: '',
    }
  }
  const subject = withVerbInside(text.replace(/^(?:their|the|customer'?s?|his|her|ihr|das|die|el|la|su)\s+/iu, ''))
  for (let end = 1; end < subject.length; end += 1) {
    if (subject[end] !== ' ') continue
    const operator = operators.find(([pattern]) => pattern.test(subject.slice(end + 1)))
    if (!operator) continue
    const input = fieldNamed(subject.slice(0, end))
    if (input === null) return null
    const said = withQuotes(
      subject
        .slice(end + 1)
        .replace(operator[0], '')
        .trim(),
      line.quotes,
    ).replaceAll(/[“”]/g, '')
    if (said === '') return null
    const value =
      input === 'customer.country' ? (countryCode(said) ?? said) : Number.isFinite(Number(said)) ? Number(said) : said
    return { rule: { input, condition: operator[1], value }, label: capital(said).slice(0, 60), rest: '' }
  }
  return null
}
