import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { leave } from '../../engine/outcome.ts'
import { branchId } from '../fields.ts'

const branch = z.object({
  id: branchId,
  label: z.string().trim().min(1).max(100).meta({ title: 'Label' }),
  weight: z
    .number()
    .min(0)
    .max(1_000_000)
    .meta({ title: 'Weight', description: 'Its share is its part of all weights together.' }),
})

export default defineNode({
  type: 'random-split',
  version: 1,
  kind: 'branch',
  group: 'builtin',
  title: 'Random split',
  icon: 'arrows-shuffle',
  summary: 'Give each branch a fixed share of the customers, at random.',
  sentence: 'Split at random into {branches}',
  config: z.object({
    branches: z
      .array(branch)
      .min(1)
      .max(50)
      .superRefine((branches, context) => {
        const seen = new Set<string>()
        branches.forEach(({ id }, index) => {
          if (seen.has(id))
            context.addIssue({ code: 'custom', path: [index, 'id'], message: `Two branches have the id “${id}”.` })
          seen.add(id)
        })
        if (branches.some(({ weight }) => weight > 0)) return
        context.addIssue({ code: 'custom', message: 'Give at least one branch a weight above 0.' })
      })
      .meta({
        title: 'Branches',
        description: 'Weights need not add up to 100: 1 and 1 are halves.',
        widget: 'branches',
      }),
  }),
  output: z.object({
    branch: z.string().describe('The id of the branch that was taken.'),
    label: z.string().describe('Its label.'),
  }),
  when: { each: 'branches' },
  reads: [],
  execute({ config: { branches }, random }) {
    const total = branches.reduce((sum, { weight }) => sum + weight, 0)
    const share = ({ weight }: { weight: number }) => Math.round((1_000 * weight) / total) / 10
    const drawn = random() * total
    let below = 0
    const taken =
      branches.find(({ weight }) => {
        below += weight
        return drawn < below
      }) ??
      // Sums of fractions may fall short of their total by the last bit.
      branches.findLast(({ weight }) => weight > 0)
    if (!taken) throw new Error('No branch has a weight.')
    const { id, label } = taken
    return leave(id, { branch: id, label }, [], {
      code: 'drawn',
      text: `Drawn for “${label}”, which gets ${share(taken)} %.`,
      values: { branch: id, sharePercent: share(taken) },
    })
  },
  docs: `The same customer always gets the same branch here, however often the step is tried and when they enter again; at another split they are drawn anew, so that two tests in one workflow do not mix. Any step may follow, no path is needed; a branch without an edge ends the run (\`end-of-flow\`): a control group.

Weights are parts of their sum: 80 and 20, or 4 and 1. While a campaign is live a change of weights changes the draw of those who arrive from then on; whoever passed keeps their branch. A weight of 0 switches a branch off.`,
  initial: {
    branches: [
      { id: 'a', label: 'A', weight: 50 },
      { id: 'b', label: 'B', weight: 50 },
    ],
  },
  examples: [
    {
      branches: [
        { id: 'short', label: 'Short mail', weight: 45 },
        { id: 'long', label: 'Long mail', weight: 45 },
        { id: 'control', label: 'No mail', weight: 10 },
      ],
    },
  ],
})
