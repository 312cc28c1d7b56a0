/** One field of a cron: what it counts, between which values, and the names that some have. */
interface CronField {
  name: string
  from: number
  to: number
  names: readonly string[]
}

/** The five fields, in order. On weekdays both 0 and 7 are Sunday. */
export const cronFields = [
  { name: 'minute', from: 0, to: 59, names: [] },
  { name: 'hour', from: 0, to: 23, names: [] },
  { name: 'day of the month', from: 1, to: 31, names: [] },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', from: 0, to: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const satisfies readonly CronField[]

/** `*`, a value or a range, each with a step where there is one. */
const part = /^(?:\*|([0-9]{1,4}|[a-z]{3})(?:-([0-9]{1,4}|[a-z]{3}))?)(?:\/([0-9]{1,4}))?$/i

function numberOf({ from, names }: CronField, text: string): number {
  const named = names.indexOf(text.toLowerCase())
  return named >= 0 ? named + from : Number(text)
}

/** What is wrong with a field's text; `null` = nothing. */
export function cronFieldFault(field: CronField, text: string): string | null {
  for (const one of text.split(',')) {
    const [, low, high, step] = part.exec(one) ?? []
    if (!part.test(one)) {
      return `“${one.slice(0, 40)}” is not understood as ${field.name}; use numbers, names such as MON or JAN, “*”, “,”, “-” and “/”.`
    }
    for (const value of [low, high]) {
      if (value === undefined) continue
      const number = numberOf(field, value)
      if (number >= field.from && number <= field.to) continue
      return `“${value}” is no ${field.name}; it goes from ${field.from} to ${field.to}.`
    }
    if (low !== undefined && high !== undefined && numberOf(field, low) > numberOf(field, high)) {
      return `“${one}” goes backwards; write the smaller ${field.name} first, or two parts with a “,” between them.`
    }
    if (step !== undefined && (Number(step) < 1 || Number(step) > field.to)) {
      return `“/${step}” is no step for the ${field.name}; it goes from 1 to ${field.to}.`
    }
  }
  return null
}

/** The values that a field's text means, in order. Takes what has no fault. */
export function cronValues(field: CronField, text: string): number[] {
  const values = new Set<number>()
  for (const one of text.split(',')) {
    const [, low, high, step] = part.exec(one) ?? []
    const first = low === undefined ? field.from : numberOf(field, low)
    const last = high !== undefined ? numberOf(field, high) : low === undefined || step !== undefined ? field.to : first
    for (let value = first; value <= last; value += Number(step ?? 1)) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}
