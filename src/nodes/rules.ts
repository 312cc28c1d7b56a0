import { z } from 'zod'
import type { Verdict } from '../engine/define-node.ts'
import { conditions, conditionWords, holds, isUnary } from '../workflow/conditions.ts'

/** Config fields of node types that compare what is known of a customer, and the verdict on them (PRODUCT §4, `path`). */

const rule = z
  .object({
    input: z.string().trim().min(1).max(500).meta({
      title: 'Field',
      description: 'A path such as customer.country or node.email-1.output.sent, or one {{…}}.',
      widget: 'input',
      template: 'value',
      placeholder: 'customer.country',
    }),
    condition: z.enum(conditions).meta({ title: 'Condition', widget: 'select', labels: conditionWords }),
    value: z
      .union([z.string().max(500), z.number(), z.boolean()])
      .optional()
      .meta({ title: 'Value', widget: 'text', template: 'short' }),
  })
  .superRefine(({ condition, value }, context) => {
    if (isUnary(condition) || (value !== undefined && String(value).trim() !== '')) return
    context.addIssue({ code: 'custom', path: ['value'], message: `“${conditionWords[condition]}” needs a value.` })
  })

type Rule = z.output<typeof rule>

/** Rules over the customer, the trigger and what earlier steps wrote. */
export const rules = z.array(rule).max(50)

/** Whether all of several rules must hold, or any of them. */
export const match = z
  .enum(['all', 'any'])
  .default('all')
  .meta({ title: 'Match', widget: 'select', labels: { all: 'All of them', any: 'Any of them' } })

/** Judges rules, and says by the decisive ones why they hold or do not. */
export function judgeRules(
  config: { rules: readonly Rule[]; match: 'all' | 'any' },
  { read, render }: { read(input: string): unknown; render(text: string): string },
): Verdict {
  const results = config.rules.map((each) => judgeRule(each, read, render))
  const verdict = config.match === 'all' ? results.every(({ held }) => held) : results.some(({ held }) => held)
  const decisive = results.filter(({ held }) => held === verdict)
  const shown = (config.match === 'all') === verdict ? decisive : decisive.slice(0, 1)
  const text = shown.map((result) => result.text).join(config.match === 'all' ? ' and ' : ' or ')
  const values = Object.fromEntries(results.map(({ input, value }) => [input, value]))
  return { holds: verdict, why: { code: verdict ? 'rules_hold' : 'rules_fail', text, values } }
}

function judgeRule(
  { input, condition, value }: Rule,
  read: (input: string) => unknown,
  render: (text: string) => string,
) {
  const actual = read(input)
  const expected = typeof value === 'string' && value.includes('{{') ? render(value) : value
  const held = holds(actual, condition, expected)
  const name = input.replace(/^\{\{\s*|\s*\}\}$/g, '')
  const right = isUnary(condition) ? '' : ` “${expected}”`
  const text = held
    ? `${name} ${conditionWords[condition]}${right}`
    : `${name} is ${shown(actual)}, so it is not true that it ${conditionWords[condition]}${right}`
  return { held, text, input: name, value: actual ?? null }
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'empty'
  if (value instanceof Date) return value.toISOString()
  const text = Array.isArray(value)
    ? value.join(', ')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)
  return text === '' ? 'empty' : `“${text.length > 100 ? `${text.slice(0, 100)}…` : text}”`
}
