import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { next } from '../../engine/outcome.ts'
import { judgeRules, match, rules } from '../rules.ts'

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
    rules: rules.default([]).meta({ title: 'Rules', widget: 'rules' }),
    match,
  }),
  output: z.object({}),
  when: [],
  rules: 'rules',
  reads: [],
  judge: ({ config, read, render }) => judgeRules(config, { read, render }),
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
