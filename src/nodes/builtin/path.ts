import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { conditions, conditionWords, holds, isUnary } from '../../workflow/conditions.ts'

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

export default defineNode({
  type: 'path',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Path',
  icon: 'filter',
  summary: 'The condition at the head of a branch.',
  sentence: '{rules}',
  config: z.object({
    rules: z.array(rule).max(50).default([]).meta({ title: 'Rules', widget: 'rules' }),
    match: z
      .enum(['all', 'any'])
      .default('all')
      .meta({
        title: 'Match',
        widget: 'select',
        labels: { all: 'All of them', any: 'Any of them' },
      }),
  }),
  output: z.object({}),
  when: [],
  rules: 'rules',
  reads: [],
  judge({ config, read, render }) {
    const results = config.rules.map((each) => judgeRule(each, read, render))
    const verdict = config.match === 'all' ? results.every(({ held }) => held) : results.some(({ held }) => held)
    const decisive = results.filter(({ held }) => held === verdict)
    const shown = (config.match === 'all') === verdict ? decisive : decisive.slice(0, 1)
    const text = shown.map((result) => result.text).join(config.match === 'all' ? ' and ' : ' or ')
    const values = Object.fromEntries(results.map(({ input, value }) => [input, value]))
    return { holds: verdict, why: { code: verdict ? 'rules_hold' : 'rules_fail', text, values } }
  },
  execute: () => next({}),
  docs: `A path stands directly behind a conditional split, one for each branch, with exactly one way in: the split’s edge for that branch. It says who may take the branch.

Each rule compares one value with another. \`input\` is a bare path (\`customer.country\`, \`customer.tags\`, \`customer.attributes.plan\`, \`node.email-1.output.sent\`) or one \`{{…}}\` with filters; \`value\` may be a short template, too.

- Text is compared trimmed and without regard to case.
- *Greater* and *less* compare numbers, else ISO dates; anything else does not hold.
- On a list such as the tags, *contains* asks whether it is one of them.
- A missing value is *empty*. For any other condition it does not hold, save *is not* and *does not contain*, which then do.

The path of the default branch is not evaluated and may have no rules. Everywhere else at least one is needed.`,
  initial: { rules: [], match: 'all' },
  examples: [
    { rules: [{ input: 'customer.country', condition: 'equals', value: 'VN' }], match: 'all' },
    {
      rules: [
        { input: 'customer.tags', condition: 'contains', value: 'vip' },
        { input: 'customer.attributes.seats', condition: 'greater-than', value: 50 },
      ],
      match: 'any',
    },
    { rules: [] },
  ],
})

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
