import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { fail, next } from '../../engine/outcome.ts'

export default defineNode({
  type: 'adjust-score',
  version: 1,
  kind: 'action',
  group: 'contact',
  title: 'Adjust score',
  icon: 'gauge',
  summary: 'Raise or lower the customer’s score on one fit criterion.',
  sentence: 'Change the score by {delta}',
  config: z.object({
    criterionId: z.uuid().optional().meta({
      title: 'Criterion',
      description: 'Empty: the one that stands for the primary product.',
      widget: 'criterion',
      ref: 'criterion',
      implied: true,
    }),
    delta: z.number().min(-2).max(2).meta({
      title: 'Change',
      description: 'Scores run from -1 to 1.',
      widget: 'number',
    }),
  }),
  output: z.object({ score: z.number().describe('The score after the change, from -1 to 1.') }),
  when: [],
  reads: ['criterion', 'score'],
  execute({ config: { delta }, criterion, score }) {
    if (criterion === null) {
      return fail(
        'no_criterion',
        'The campaign has no primary product with a criterion. Link one, or choose a criterion here.',
      )
    }
    if (criterion.name === null) {
      const gone = { code: 'criterion_gone', text: 'The criterion was deleted, so no score changed.' }
      return next({ score }, [], gone)
    }
    const after = Math.min(1, Math.max(-1, score + delta))
    const why = {
      code: 'score_changed',
      text: `The score on ${criterion.name} went from ${round(score)} to ${round(after)}.`,
      values: { criterionId: criterion.id, before: score, after },
    }
    return next({ score: after }, [{ do: 'change-score', criterionId: criterion.id, delta }], why)
  },
  docs: `The new score is the latest one plus the change, starting from 0 and kept within -1 and 1. Each change is a row of the customer’s assessments.

Without a criterion, the one that stands for the campaign’s primary product is used: its engagement criterion, else its only one, else the heaviest. A campaign that has none is refused before activation.`,
  initial: { delta: 0.1 },
  examples: [{ delta: 0.2 }, { criterionId: '019f0000-0000-7000-8000-000000000002', delta: -0.5 }],
})

const round = (score: number): number => Math.round(score * 1_000) / 1_000
