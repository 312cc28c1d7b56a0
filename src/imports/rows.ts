import { tagsOf, withoutFormulaMark } from '../customers/csv-cell.ts'
import type { CompanyHint, CustomerValues } from '../customers/customer.ts'
import {
  cleanTags,
  contactFault,
  emailFault,
  type Fault,
  isDomain,
  linkFault,
  maxFieldLength,
  normalizeDomain,
  shorten,
  timezoneFault,
  timezoneNamed,
} from '../customers/fields.ts'
import type { Target } from './columns.ts'

/** What a row says of a customer; what its cells leave empty is not in it. */
export interface RowValues {
  values: Partial<CustomerValues>
  company: CompanyHint | null
  /** Product name and score. */
  scores: { product: string; score: number }[]
}

/** A row that cannot be taken, with the reason. */
export interface RowFault {
  fault: Fault
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL cannot be stored in PostgreSQL
const unreadable = /[\u0000\uFFFD]/

/** Reads one row by its columns. Cells lose the mark against formulas; all but attributes lose spaces around them. Pure. */
export function readRow(targets: readonly Target[], cells: readonly string[]): RowValues | RowFault {
  if (cells.length > targets.length && cells.slice(targets.length).some((cell) => cell.trim() !== '')) {
    const message = `The row has ${cells.length} cells, the header ${targets.length}; a cell with the delimiter in it needs quotes.`
    return { fault: { code: 'too_many_columns', message } }
  }
  const values: Partial<CustomerValues> = {}
  const company: CompanyHint = { name: null, domain: null, industry: null }
  const scores: RowValues['scores'] = []
  for (const [index, target] of targets.entries()) {
    const raw = cells[index]
    if (raw === undefined || raw === '' || target.to === 'nothing') continue
    if (unreadable.test(raw)) return { fault: textFault(raw) }
    const cell = withoutFormulaMark(raw)
    const text = cell.trim()
    if (text === '') continue
    const fault = put(target, text, cell)
    if (fault) return { fault }
  }
  const fault = contactFault(values)
  if (fault) return { fault: { code: fault.code, message: 'The row has no email, external id or other contact.' } }
  return { values, company: company.name || company.domain ? company : null, scores }

  function put(target: Target, text: string, cell: string): Fault | null {
    switch (target.to) {
      case 'field':
        return putField(values, target.field, text)
      case 'fullName':
        return putName(values, text)
      case 'tags':
        values.tags = cleanTags(tagsOf(text))
        return null
      case 'trackingConsent':
        values.trackingConsent = consents.get(text.toLowerCase()) ?? null
        if (values.trackingConsent !== null) return null
        return { code: 'invalid_consent', message: `“${shorten(text)}” is neither yes nor no.` }
      case 'attribute':
        values.attributes ??= {}
        values.attributes[target.key] = cell
        return null
      case 'attributes':
        return putAttributes(values, text)
      case 'company':
        return putCompany(company, target.part, text)
      case 'score':
        return putScore(scores, target.product, text)
      case 'nothing':
        return null
    }
  }
}

const consents = new Map<string, 'yes' | 'no'>([
  ...['yes', 'y', 'true', '1', 'ja', 'oui', 'si'].map((word) => [word, 'yes'] as const),
  ...['no', 'n', 'false', '0', 'nein', 'non'].map((word) => [word, 'no'] as const),
])

function textFault(cell: string): Fault {
  if (cell.includes('\u0000')) return { code: 'invalid_text', message: 'The row holds a NUL character.' }
  const shown = shorten(cell)
  return {
    code: 'invalid_utf8',
    message: `The row holds bytes that are not UTF-8 (“${shown}”); save the file as “CSV UTF-8”.`,
  }
}

type TextField = Extract<Target, { to: 'field' }>['field']

function putField(values: Partial<CustomerValues>, field: TextField, text: string): Fault | null {
  if (field === 'email') {
    values.email = text
    return emailFault(text)
  }
  if (field === 'timezone') {
    values.timezone = timezoneNamed(text)
    return timezoneFault(text)
  }
  values[field] = text
  if (text.length > maxFieldLength) return tooLong(text)
  return field === 'linkedinUrl' ? linkFault(text) : null
}

const tooLong = (text: string): Fault => ({
  code: 'too_long',
  message: `“${shorten(text)}” is longer than ${maxFieldLength} characters.`,
})

/** One column for the whole name: the last word is the family name. Columns of their own win. */
function putName(values: Partial<CustomerValues>, text: string): Fault | null {
  if (text.length > maxFieldLength) return tooLong(text)
  const words = text.split(/\s+/)
  const last = words.length > 1 ? words.pop() : undefined
  values.firstName ??= words.join(' ')
  if (last !== undefined) values.lastName ??= last
  return null
}

function putAttributes(values: Partial<CustomerValues>, text: string): Fault | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    parsed = undefined
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) || /\\u0000|"__proto__"/.test(text)) {
    return { code: 'invalid_attributes', message: 'The attributes are not a JSON object as in {"plan": "pro"}.' }
  }
  values.attributes = { ...(parsed as Record<string, unknown>), ...values.attributes }
  return null
}

function putCompany(company: CompanyHint, part: keyof CompanyHint, text: string): Fault | null {
  if (text.length > maxFieldLength) return tooLong(text)
  // A website that is none says nothing of the company; the rest of the row is still good.
  if (part === 'domain') company.domain = isDomain(normalizeDomain(text)) ? normalizeDomain(text) : null
  else company[part] = text
  return null
}

function putScore(scores: RowValues['scores'], product: string, text: string): Fault | null {
  const score = Number(text.replace(',', '.'))
  if (!Number.isFinite(score) || score < -1 || score > 1) {
    return { code: 'invalid_score', message: `“${shorten(text)}” is not a score between -1 and 1.` }
  }
  scores.push({ product, score })
  return null
}
