import type { z } from 'zod'
import { type FieldError, Problem } from '../errors.ts'

/** Deepest nesting of a JSON body. A workflow needs about ten levels; recursive schemas would exhaust the stack on a million. */
const maxDepth = 64

/** Reads a JSON body. @throws Problem `malformed` for what is not UTF-8, not JSON, or nested too deep */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Problem('malformed', 'The body is not UTF-8.', { cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    const where = cause instanceof Error ? cause.message : ''
    throw new Problem('malformed', `The body is not JSON${where ? `: ${where}` : ''}.`, { cause })
  }
}

/**
 * Finds what no field of ours can hold: NUL and lone surrogates, which PostgreSQL refuses in text and jsonb, and the key
 * `__proto__`. Walks without recursion. @throws Problem `malformed` beyond the depth limit
 */
function faultyText(value: unknown): FieldError[] {
  const faults: FieldError[] = []
  const stack: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }]
  for (let item = stack.pop(); item !== undefined && faults.length < 20; item = stack.pop()) {
    const { value: current, path, depth } = item
    if (typeof current === 'string') {
      if (!isPlain(current)) faults.push(textFault(path))
    } else if (typeof current === 'object' && current !== null) {
      if (depth >= maxDepth) throw new Problem('malformed', `The body is nested deeper than ${maxDepth} levels.`)
      for (const [key, child] of Object.entries(current)) {
        const childPath = path === '' ? key : `${path}.${key}`
        if (!isPlain(key)) faults.push(textFault(path))
        if (key === '__proto__') {
          faults.push({ path: childPath, code: 'unknown_field', message: 'There is no field “__proto__” here.' })
        }
        stack.push({ value: child, path: childPath, depth: depth + 1 })
      }
    }
  }
  return faults
}

const isPlain = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed()

const textFault = (path: string): FieldError => ({
  path,
  code: 'invalid_text',
  message: `${path === '' ? 'A name or value' : `“${path}”`} holds a NUL or half a surrogate pair, which cannot be stored; remove it.`,
})

/** The query string as an object: a parameter given twice becomes a list. */
export function readQuery(url: string): Record<string, string | string[]> {
  const start = url.indexOf('?')
  if (start < 0) return {}
  const parameters = new URLSearchParams(url.slice(start + 1))
  const names = new Set(parameters.keys())
  return Object.fromEntries(
    [...names].map((name) => {
      const values = parameters.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}

/**
 * Checks what a caller sent against a contract's schema. `in` names the place for the sentence about a missing body.
 * @throws Problem `invalid` with one entry a fault
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: 'body' | 'query',
): z.output<Schema> {
  const faults = faultyText(value)
  if (faults.length > 0) throw invalid(faults)
  const parsed = schema.safeParse(value, { reportInput: true })
  if (parsed.success) return parsed.data
  if (value === undefined && place === 'body') {
    throw invalid([{ path: '', code: 'required', message: 'This route needs a JSON body.' }])
  }
  throw invalid(fieldErrors(parsed.error))
}

const invalid = (errors: FieldError[]): Problem => new Problem('invalid', summary(errors), { errors })

function summary(errors: readonly FieldError[]): string {
  const [first] = errors
  if (!first) return 'The request is not valid.'
  const sentence =
    first.path === '' || first.message.includes(`“${first.path}”`) ? first.message : `${first.path}: ${first.message}`
  return errors.length === 1 ? sentence : `${sentence} (and ${errors.length - 1} more)`
}

/** zod's issues as the API's `errors[]`: dotted paths, permanent codes, a sentence with the fix. */
function fieldErrors(error: z.core.$ZodError): FieldError[] {
  return error.issues.flatMap((issue) => issueErrors(issue, []))
}

type Issue = z.core.$ZodIssue

function issueErrors(issue: Issue, above: readonly PropertyKey[]): FieldError[] {
  const path = [...above, ...issue.path]
  const at = path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const full = at === '' ? key : `${at}.${key}`
      return {
        path: full,
        code: 'unknown_field',
        message: `There is no field “${full}” here; check its spelling or leave it away.`,
      }
    })
  }
  if (issue.code === 'invalid_union') {
    // The alternative that came closest says more than "no alternative fits".
    const closest = closestAlternative(issue.errors)
    if (closest) return closest.flatMap((inner) => issueErrors(inner, path))
  }
  return [{ path: at, code: codeOf(issue), message: sentence(issue) }]
}

function closestAlternative(alternatives: readonly Issue[][]): Issue[] | undefined {
  const depth = (issues: Issue[]) => Math.max(0, ...issues.map((issue) => issue.path.length))
  const candidates = alternatives.filter((issues) => issues.length > 0)
  const deepest = Math.max(0, ...candidates.map(depth))
  const others = (issues: Issue[]) => (issues.some(isBeyondNumbers) ? 0 : 1)
  return candidates
    .filter((issues) => depth(issues) === deepest)
    .sort((a, b) => a.length - b.length || others(a) - others(b))[0]
}

/** A number of JSON that is too large for one (1e309) is read as infinite. */
const isBeyondNumbers = (issue: Issue): boolean =>
  issue.code === 'invalid_type' && issue.expected === 'number' && typeof issue.input === 'number'

function codeOf(issue: Issue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'required'
  if (issue.code === 'invalid_union') return 'invalid_value'
  if (issue.code === 'custom') return typeof issue.params?.code === 'string' ? issue.params.code : 'invalid'
  return issue.code
}

function sentence(issue: Issue): string {
  // A schema's own words stand; zod's stock phrases are put in the API's.
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    if (issue.input === undefined) return `Is required: ${expected(issue.expected)}.`
    if (isBeyondNumbers(issue)) return 'Must be a number that is not infinite.'
    return `Must be ${expected(issue.expected)}.`
  }
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid')) {
    return `Must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}.`
  }
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return `Must be one of ${issue.options.map(String).join(', ')}.`
  }
  if (issue.code === 'too_small' && issue.message.startsWith('Too small'))
    return bound(issue.origin, 'least', issue.minimum, issue.inclusive) ?? `${issue.message}.`
  if (issue.code === 'too_big' && issue.message.startsWith('Too big'))
    return bound(issue.origin, 'most', issue.maximum, issue.inclusive) ?? `${issue.message}.`
  return /[.!?]$/.test(issue.message) ? issue.message : `${issue.message}.`
}

/** What a length or a number may be; undefined for what has no size in words. */
function bound(origin: string, side: 'least' | 'most', limit: number | bigint, inclusive = true): string | undefined {
  const many = limit.toLocaleString('en')
  if (origin === 'number' || origin === 'int' || origin === 'bigint') {
    if (inclusive) return `Must be at ${side} ${many}.`
    return `Must be ${side === 'least' ? 'more' : 'less'} than ${many}.`
  }
  if (origin !== 'string' && origin !== 'array') return undefined
  if (side === 'least' && Number(limit) === 1) return 'Must not be empty.'
  return `At ${side} ${many} ${origin === 'string' ? `character${Number(limit) === 1 ? '' : 's'}` : 'of them'}.`
}

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'an instant',
  null: 'null',
}

const expected = (kind: string): string => kinds[kind] ?? kind
