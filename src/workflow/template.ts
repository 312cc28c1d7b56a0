import { ForTag, Liquid, type LiquidOptions, Output, TablerowTag, type Template, Token } from 'liquidjs'

/**
 * Liquid, in two strengths. Short templates (a path's input, a task's title) are evaluated in the walk, synchronously: outputs and
 * filters whose cost is bounded, no tags. Full ones (subjects and bodies) have tags and are rendered where they can be killed.
 * Neither can reach a file, a prototype or the process: the limits are cooperative, so the rest is refused by name (TRUST S20).
 */
export type TemplateMode = 'short' | 'full' | 'value'

/** What is wrong with a template's text. */
export interface TemplateProblem {
  code: 'bad_template' | 'not_a_value'
  message: string
}

/** What a template's text tells before it is rendered: its faults, and the variables it names as path segments. */
export interface TemplateCheck {
  problems: TemplateProblem[]
  /** `[['customer', 'firstName'], …]`: what comes from outside; names that the template makes itself are not in it. */
  variables: string[][]
}

const shortFilters = new Set([
  ...[
    'default',
    'upcase',
    'downcase',
    'capitalize',
    'strip',
    'lstrip',
    'rstrip',
    'squish',
    'append',
    'prepend',
    'remove',
  ],
  ...[
    'truncate',
    'truncatewords',
    'slice',
    'split',
    'join',
    'first',
    'last',
    'size',
    'date',
    'number_of_words',
    'json',
    'url_encode',
  ],
  ...[
    'plus',
    'minus',
    'times',
    'divided_by',
    'modulo',
    'round',
    'floor',
    'ceil',
    'abs',
    'at_least',
    'at_most',
    'to_integer',
  ],
])
/** Tags that fetch other templates. There are none to fetch, and none may be read from disk. */
const fetchingTags = ['include', 'render', 'layout', 'block']

const safe: LiquidOptions = {
  ownPropertyOnly: true,
  strictFilters: true,
  relativeReference: false,
  templates: {},
  // Dates in the text of a message must not depend on where the server stands.
  timezoneOffset: 0,
}
const shortLimits: LiquidOptions = { parseLimit: 10_000, renderLimit: 50, memoryLimit: 100_000 }
const fullLimits: LiquidOptions = { parseLimit: 200_000, renderLimit: 200, memoryLimit: 10_000_000 }

/** The engine for subjects and bodies; `escape` for HTML. Limits: 200,000 characters, 200 ms, 10 MB. */
export function createFullEngine(options: { escape: boolean }): Liquid {
  const engine = new Liquid({ ...safe, ...fullLimits, ...(options.escape && { outputEscape: 'escape' }) })
  for (const tag of fetchingTags) delete engine.tags[tag]
  return engine
}

function createShortEngine(options: LiquidOptions): Liquid {
  const engine = new Liquid({ ...safe, ...shortLimits, ...options })
  for (const tag of Object.keys(engine.tags)) delete engine.tags[tag]
  for (const filter of Object.keys(engine.filters)) if (!shortFilters.has(filter)) delete engine.filters[filter]
  return engine
}

/** The text whose line ends were looked for last, and where they are. */
const lines = { text: '', ends: [] as number[] }

/**
 * Where a token stands, as line and column from 1. liquidjs counts from the beginning of the text for each variable of it, which takes
 * two seconds for eight thousand of them; this counts the lines once.
 */
Token.prototype.getPosition = function (this: Token): [number, number] {
  if (lines.text !== this.input) {
    lines.text = this.input
    lines.ends = []
    for (let at = lines.text.indexOf('\n'); at >= 0; at = lines.text.indexOf('\n', at + 1)) lines.ends.push(at)
  }
  let [low, high] = [0, lines.ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines.ends[middle] ?? 0) < this.begin) low = middle + 1
    else high = middle
  }
  return [low + 1, this.begin - (low === 0 ? -1 : (lines.ends[low - 1] ?? 0))]
}

const textEngine = createShortEngine({})
const valueEngine = createShortEngine({ keepOutputType: true })
const fullEngine = createFullEngine({ escape: false })

/** Answers from memory for what it was asked before, up to a number of characters of text; the oldest go first. */
function remember<Value>(make: (text: string) => Value, most = 2_000_000): (text: string) => Value {
  const known = new Map<string, Value>()
  let size = 0
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const value = make(text)
    // A short text's entry costs more than its characters.
    size += text.length + 100
    for (const oldest of known.keys()) {
      if (size <= most) break
      known.delete(oldest)
      size -= oldest.length + 100
    }
    known.set(text, value)
    return value
  }
}

const parseText = remember((text) => textEngine.parse(text))
const parseValue = remember((text) => valueEngine.parse(text))

const barePath = /^[\p{L}_][\p{L}\p{N}_-]*(\.[\p{L}\p{N}_-]+)*$/u

/** Whether the input is a path such as `customer.country`, without braces. */
const isBarePath = (input: string): boolean => barePath.test(input)

/** The value that a bare path or one `{{…}}` names in the scope, with its type; undefined when there is none. @throws when the template is not valid */
export function readValue(input: string, scope: Record<string, unknown>): unknown {
  const text = input.trim()
  if (!isBarePath(text)) {
    const value: unknown = valueEngine.renderSync(parseValue(text), scope)
    return value === '' ? undefined : value
  }
  let value: unknown = scope
  for (const segment of text.split('.')) value = property(value, segment)
  return value
}

function property(value: unknown, name: string): unknown {
  if (typeof value === 'string') return name === 'size' ? value.length : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value) && name === 'size') return value.length
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

/** A short template as text. @throws when it is not valid or exceeds a limit */
export function renderShort(template: string, scope: Record<string, unknown>): string {
  return String(textEngine.renderSync(parseText(template), scope))
}

const checks: Record<TemplateMode, (text: string) => TemplateCheck> = {
  short: remember((text) => check(text, textEngine, 'short')),
  value: remember((text) => check(text, valueEngine, 'value')),
  full: remember((text) => check(text, fullEngine, 'full'), 8_000_000),
}

/** Reads a template without rendering it. `value`: a bare path or exactly one `{{…}}`. Never throws. */
export function checkTemplate(text: string, { mode }: { mode: TemplateMode }): TemplateCheck {
  return checks[mode](text)
}

function check(text: string, engine: Liquid, mode: TemplateMode): TemplateCheck {
  if (mode === 'value' && isBarePath(text.trim())) return { problems: [], variables: [text.trim().split('.')] }
  if (mode !== 'value' && !text.includes('{{') && !text.includes('{%')) return { problems: [], variables: [] }
  let parsed: Template[]
  try {
    parsed = engine.parse(text.trim())
  } catch (error) {
    return { problems: [{ code: 'bad_template', message: sentence(error, mode) }], variables: [] }
  }
  if (mode === 'value' && !(parsed.length === 1 && parsed[0] instanceof Output)) {
    const message = 'Write one path such as customer.country, or one {{…}} and nothing beside it.'
    return { problems: [{ code: 'not_a_value', message }], variables: [] }
  }
  const loop = mode === 'full' ? longLoop(parsed) : null
  if (loop) return { problems: [{ code: 'bad_template', message: loop }], variables: [] }
  try {
    const found = engine.globalVariableSegmentsSync(parsed, { partials: false })
    return { problems: [], variables: found.map((segments) => segments.map(segmentName)) }
  } catch (error) {
    return { problems: [{ code: 'bad_template', message: sentence(error, mode) }], variables: [] }
  }
}

/** Most turns of a loop over numbers, those of the loops around it included. Lists of the customer are bounded by what they may hold. */
const mostTurns = 10_000

interface Inner {
  templates?: Template[]
  children?(partials: boolean, sync: boolean): Generator<unknown, Template[]>
}

/** A sentence about the first loop over numbers that turns too often (`(1..1000000)`); null when there is none. */
function longLoop(templates: readonly Template[]): string | null {
  const open = templates.map((template) => ({ template, turns: 1 }))
  for (let each = open.pop(); each; each = open.pop()) {
    const { template } = each
    let { turns } = each
    if (template instanceof ForTag || template instanceof TablerowTag) {
      const { lhs, rhs } = template.collection as { lhs?: { content?: unknown }; rhs?: { content?: unknown } }
      const [from, to] = [lhs?.content, rhs?.content]
      if (typeof from === 'number' && typeof to === 'number') turns *= Math.max(1, to - from + 1)
      if (turns > mostTurns) {
        const [line, column] = template.token.getPosition()
        const what = `${template.token.getText().slice(0, 80)} would turn ${turns.toLocaleString('en')} times`
        return `${what}; a loop may turn ${mostTurns.toLocaleString('en')} times (line ${line}, column ${column}).`
      }
    }
    const inner = (template as Inner).children?.(false, true).next().value
    for (const child of Array.isArray(inner) ? (inner as Template[]) : []) open.push({ template: child, turns })
  }
  return null
}

/** A segment that is itself a variable (`attributes[customer.key]`) can be any: `*`. */
const segmentName = (segment: unknown): string => (Array.isArray(segment) ? '*' : String(segment))

function sentence(error: unknown, mode: TemplateMode): string {
  const text = error instanceof Error ? error.message : String(error)
  const [, fault = text, line, column] = /^(.*?)(?:, line:(\d+), col:(\d+))?$/s.exec(text) ?? []
  const tag = /^tag "(.+)" not found$/.exec(fault)?.[1]
  const filter = /^undefined filter: (.+)$/.exec(fault)?.[1]
  const where = line === undefined ? '' : ` (line ${line}, column ${column})`
  if (tag !== undefined && mode !== 'full') return `Only values and simple filters work here, not {% ${tag} %}${where}.`
  if (tag !== undefined) return `There is no tag {% ${tag} %}${where}.`
  if (filter !== undefined && Object.hasOwn(fullEngine.filters, filter)) {
    return `The filter “${filter}” does not work in this field${where}.`
  }
  if (filter !== undefined) return `There is no filter “${filter}”${where}.`
  return `The template cannot be read: ${fault}${where}.`
}
