import { nearestName } from '../../../src/workflow/variable-names.ts'

/** A variable as it stands in a text: `{{customer.firstName | capitalize | default: "there"}}`. */
export interface Chip {
  path: string
  /** What is said where somebody lacks it; null = nothing. */
  fallback: string | null
  /** A filter of `formats`, or none. */
  format: string
}

/** How a value may be written. */
export const formats: readonly { value: string; label: string }[] = [
  { value: '', label: 'As it is' },
  { value: 'capitalize', label: 'First letter large' },
  { value: 'upcase', label: 'ALL LARGE' },
  { value: 'downcase', label: 'all small' },
  { value: 'date: "%-d %B %Y"', label: 'Date: 3 May 2026' },
  { value: 'date: "%H:%M"', label: 'Time: 14:05' },
]

const form = /^\{\{\s*([a-zA-Z][\w-]*(?:\.[\w-]+)*)\s*((?:\|(?:[^"'{}|]|"[^"]*"|'[^']*')*)*)\}\}$/

/** What a variable's Liquid says; null where it says more than a fallback and one of the formats. */
export function readChip(code: string): Chip | null {
  const [, path, filters = ''] = form.exec(code) ?? []
  if (path === undefined) return null
  const chip: Chip = { path, fallback: null, format: '' }
  for (const [, filter = ''] of filters.matchAll(/\|\s*((?:[^"'|]|"[^"]*"|'[^']*')*)/g)) {
    const said = filter.trim()
    const fallback = /^default:\s*(?:"([^"]*)"|'([^']*)')$/.exec(said)
    if (fallback && chip.fallback === null) chip.fallback = fallback[1] ?? fallback[2] ?? ''
    // A format behind the fallback would change the fallback, too: that is another text.
    else if (chip.fallback === null && chip.format === '' && formats.some(({ value }) => value === said))
      chip.format = said
    else return null
  }
  return chip
}

/** The Liquid of a variable. A fallback with both kinds of quotes loses one kind. */
export function writeChip({ path, fallback, format }: Chip): string {
  const quote = fallback?.includes('"') ? "'" : '"'
  const said = fallback === null ? '' : ` | default: ${quote}${fallback.replaceAll(quote, '’')}${quote}`
  return `{{${path}${format === '' ? '' : ` | ${format}`}${said}}}`
}

/** Whether a text may name a variable here: null where it may, else a sentence and the name that was perhaps meant. */
export function faultOfPath(
  path: string,
  known: readonly { path: string }[],
): { why: string; nearest: string | null } | null {
  if (['unsubscribeUrl', 'preferencesUrl'].includes(path) || known.some((one) => one.path === path)) return null
  const segments = path.split('.')
  // A step's output is known by the list; a name alone is one that the text itself makes.
  const isStep = segments[0] === 'node'
  if (segments.length === 1) return null
  const nearest = isStep ? null : nearestName(segments)
  if (nearest === undefined) return null
  return { why: isStep ? `No step before this one says “${path}”.` : `There is no “${path}”.`, nearest }
}

/** The variables that a text prints, once each, in their order. */
export function chipsIn(text: string): string[] {
  return [...new Set(text.match(/\{\{(?:[^"'{}]|"[^"]*"|'[^']*')*\}\}/g) ?? [])]
}
