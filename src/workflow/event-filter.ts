import { type Condition, holds } from './conditions.ts'

/** What an event's properties must say for it to be meant; without rules every event of the name is. */
export interface EventFilter {
  match: 'all' | 'any'
  /** `input` is a path in the properties: `amount`, `plan.name`. */
  rules: readonly { input: string; condition: Condition; value?: string | number | boolean | undefined }[]
}

/** Whether an event passes a filter. Values compare as in a path (PRODUCT §4): a missing one is empty. */
export function passes(filter: EventFilter | undefined, properties: Readonly<Record<string, unknown>>): boolean {
  if (filter === undefined || filter.rules.length === 0) return true
  const judge = ({ input, condition, value }: EventFilter['rules'][number]) =>
    holds(valueAt(properties, input), condition, value)
  return filter.match === 'all' ? filter.rules.every(judge) : filter.rules.some(judge)
}

function valueAt(properties: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = properties
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
