import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { end } from '../../engine/outcome.ts'
import { staticSegment } from '../fields.ts'

/** How far the score falls when the config does not say. */
const usualDecay = -0.1

export default defineNode({
  type: 'exit-cooldown',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Exit to cooldown',
  icon: 'snowflake',
  summary: 'Into the cooldown segment, the score lowered; the run ends canceled.',
  sentence: 'Cool down in {segmentId}',
  config: z.object({
    segmentId: staticSegment.meta({
      title: 'Cooldown segment',
      widget: 'segment',
      ref: 'segment',
      refFilter: { kind: 'static' },
    }),
    criterionId: z.uuid().optional().meta({
      title: 'Criterion',
      description: 'Whose score falls. Empty: the one that stands for the primary product.',
      widget: 'criterion',
      ref: 'criterion',
      implied: 'decayDelta',
      section: 'advanced',
    }),
    decayDelta: z
      .number()
      .min(-2)
      .max(0)
      .optional()
      .meta({
        title: 'Change of the score',
        description: `${usualDecay} unless set; 0 leaves the score as it is.`,
        widget: 'number',
        section: 'advanced',
      }),
  }),
  output: z.object({
    score: z.number().nullable().describe('The score after the change, from -1 to 1; null when there is no criterion.'),
  }),
  when: [],
  ends: true,
  tone: 'caution',
  reads: ['criterion', 'score'],
  execute({ config, criterion, score }) {
    const delta = config.decayDelta ?? usualDecay
    const into = { do: 'segment', segmentId: config.segmentId, on: true } as const
    const only = { code: 'cooldown', text: 'Into the cooldown segment.' }
    if (criterion === null) return end('canceled', 'cooldown', { score: null }, [into], only)
    if (delta === 0) return end('canceled', 'cooldown', { score }, [into], only)
    if (criterion.name === null) {
      const gone = { ...only, text: `${only.text} The criterion was deleted, so no score changed.` }
      return end('canceled', 'cooldown', { score }, [into], gone)
    }
    const after = Math.min(1, Math.max(-1, score + delta))
    const lower = { do: 'change-score', criterionId: criterion.id, delta } as const
    const why = {
      code: 'cooldown',
      text: `Into the cooldown segment; the score on ${criterion.name} went from ${round(score)} to ${round(after)}.`,
      values: { criterionId: criterion.id, before: score, after },
    }
    return end('canceled', 'cooldown', { score: after }, [into, lower], why)
  },
  docs: `Puts the customer into a static segment that other campaigns can exclude, lowers their score, and ends the run \`canceled\` with the reason \`cooldown\`.

Without \`decayDelta\` the score falls by 0.1 when there is a criterion: the one named here, else the one that stands for the campaign’s primary product (its engagement criterion, else its only one, else the heaviest). A campaign without a product only fills the segment; if \`decayDelta\` is set and no criterion can be found, that is an error before activation.`,
  examples: [
    { segmentId: '019f0000-0000-7000-8000-000000000001' },
    { segmentId: '019f0000-0000-7000-8000-000000000001', decayDelta: -0.3 },
  ],
})

const round = (score: number): number => Math.round(score * 1_000) / 1_000
