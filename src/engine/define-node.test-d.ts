import { z } from 'zod'
import { defineNode } from './define-node.ts'
import { awaitMessage, end, leave, next, waitFor } from './outcome.ts'

/**
 * What the compiler holds of a definition: each wrong case below must be a type error. Checked by `npm run typecheck`: an
 * `@ts-expect-error` above a line without an error is an error itself.
 */
const shape = {
  type: 'sample',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Sample',
  icon: 'box',
  summary: 'A sample.',
  sentence: '{delta}',
  config: z.object({ delta: z.number(), note: z.string().default('') }),
  output: z.object({ score: z.number() }),
  docs: '',
} as const

/** The right case, against which the wrong ones are read. */
export const right = defineNode({
  ...shape,
  when: ['yes', 'no'],
  reads: ['score'],
  customer: ['country'],
  execute: ({ config, score, customer }) =>
    customer.country === 'VN' && config.note === '' ? leave('yes', { score }) : waitFor(config.delta),
  resume: ({ woke }) => (woke.by === 'message' ? end('succeeded', 'exit', { score: 0 }) : next({ score: 1 })),
  examples: [{ delta: 1 }, { delta: 1, note: 'with what has a default' }],
})

export const unknownLabel = defineNode({
  ...shape,
  when: ['yes', 'no'],
  reads: [],
  // @ts-expect-error a label that `when` does not have
  execute: () => leave('maybe', { score: 0 }),
  examples: [],
})

export const labelWithoutLabels = defineNode({
  ...shape,
  when: [],
  reads: [],
  // @ts-expect-error a label where the only way out is the default
  execute: () => leave('yes', { score: 0 }),
  examples: [],
})

export const unreadFact = defineNode({
  ...shape,
  when: [],
  reads: ['criterion'],
  // @ts-expect-error a fact that `reads` does not name is not there
  execute: ({ score }) => next({ score }),
  examples: [],
})

export const unknownFact = defineNode({
  ...shape,
  when: [],
  // @ts-expect-error a fact that does not exist
  reads: ['weather'],
  execute: () => next({ score: 0 }),
  examples: [],
})

export const unreadField = defineNode({
  ...shape,
  when: [],
  reads: [],
  customer: ['country'],
  // @ts-expect-error a field of the customer that `customer` does not name is not loaded
  execute: ({ customer }) => next({ score: customer.email ? 1 : 0 }),
  examples: [],
})

export const unknownEffect = defineNode({
  ...shape,
  when: [],
  reads: [],
  // @ts-expect-error an effect that does not exist
  execute: () => next({ score: 0 }, [{ do: 'send-pigeon', to: 'x' }]),
  examples: [],
})

export const incompleteEffect = defineNode({
  ...shape,
  when: [],
  reads: [],
  // @ts-expect-error an effect without what it needs
  execute: () => awaitMessage([{ do: 'queue-message', channel: 'email' }]),
  examples: [],
})

export const wrongOutput = defineNode({
  ...shape,
  when: [],
  reads: [],
  // @ts-expect-error an output that the schema does not have
  execute: () => next({ points: 0 }),
  examples: [],
})

export const wrongConfig = defineNode({
  ...shape,
  when: [],
  reads: [],
  // @ts-expect-error a setting that the config does not have
  execute: ({ config }) => next({ score: config.amount }),
  examples: [],
})

export const wrongExample = defineNode({
  ...shape,
  when: [],
  reads: [],
  execute: () => next({ score: 0 }),
  // @ts-expect-error an example that does not fit
  examples: [{ delta: 'much' }],
})

export const guardsWithoutBranches = defineNode({
  ...shape,
  when: [],
  reads: [],
  // @ts-expect-error guards are for nodes that are guarded
  execute: ({ guards }) => next({ score: guards.length }),
  examples: [],
})
