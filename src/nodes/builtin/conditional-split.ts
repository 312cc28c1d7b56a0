import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { end, leave } from '../../engine/outcome.ts'
import { branchId } from '../fields.ts'

const branch = z.object({
  id: branchId,
  label: z.string().trim().min(1).max(100).meta({ title: 'Label' }),
  default: z.boolean().optional().meta({ title: 'Takes everybody else', widget: 'switch' }),
})

export default defineNode({
  type: 'conditional-split',
  version: 1,
  kind: 'branch',
  group: 'builtin',
  title: 'Conditional split',
  icon: 'arrows-split-2',
  summary: 'Send each customer down the first branch whose condition holds.',
  sentence: 'Split into {branches}',
  config: z.object({
    branches: z.array(branch).min(1).max(50).meta({
      title: 'Branches',
      description: 'Tried from the first to the last. The default one takes everybody whom no other takes.',
      widget: 'branches',
    }),
  }),
  output: z.object({
    branch: z.string().nullable().describe('The id of the branch that was taken.'),
    label: z.string().nullable().describe('Its label.'),
  }),
  when: { each: 'branches' },
  guardedBy: 'branches',
  reads: [],
  execute({ config, guards }) {
    const take = (id: string, reason: string, code: string, values?: Record<string, unknown>) => {
      const label = config.branches.find((each) => each.id === id)?.label ?? id
      const why = { code, text: `${reason}, so branch “${label}”.`, ...(values && { values }) }
      return leave(id, { branch: id, label }, [], why)
    }
    for (const guard of guards) {
      if (guard.fallback) continue
      const verdict = guard.judge()
      if (verdict.holds) return take(guard.branch, verdict.why.text, 'branch', verdict.why.values)
    }
    const fallback = guards.find((guard) => guard.fallback)
    if (fallback) return take(fallback.branch, 'No other branch held', 'default_branch')
    const why = { code: 'no_branch', text: 'No branch held, and there is no default branch.' }
    return end('succeeded', 'no-branch', { branch: null, label: null }, [], why)
  },
  docs: `Every branch starts with a *path*, which says who may take it; the edge to it carries the branch’s id in \`when\`. The customer takes the first branch, in order, whose path holds; else the branch that is marked \`default\`, wherever it stands in the list; else the run ends \`succeeded\` with the reason \`no-branch\`. A split without a default branch is a warning, two default branches are an error.

All conditions are looked at in the moment the customer arrives, and what earlier steps did (a tag, a score) is seen.`,
  initial: {
    branches: [
      { id: 'a', label: 'Branch A' },
      { id: 'rest', label: 'Everyone else', default: true },
    ],
  },
  examples: [
    {
      branches: [
        { id: 'vip', label: 'VIP' },
        { id: 'rest', label: 'Everyone else', default: true },
      ],
    },
  ],
})
