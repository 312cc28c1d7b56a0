import { z } from 'zod'
import { givenGraph, givenLayout } from '../campaigns/given-graph.ts'

/** What a campaign file says it is; the number counts up when an old reader could no longer make sense of it. */
export const fileKind = 'throughline.campaign/1'

const name = z.string().min(1).max(200)

/** Kinds of things that a workflow refers to. */
export const referenceKinds = ['segment', 'credential', 'template', 'criterion', 'member', 'product'] as const
export type ReferenceKind = (typeof referenceKinds)[number]

const reference = z.strictObject({
  id: z.string().min(1).max(200).describe('Its id where the file was made; of a template its name.'),
  name: name.describe('Found by this name where the id is not known.'),
  product: z.string().max(200).optional().describe('Of a criterion: the name of its product.'),
})
export type FileReference = z.output<typeof reference>

const audience = z.union([
  z.strictObject({ type: z.literal('all') }),
  z.strictObject({ type: z.literal('segment'), segment: reference }),
])

/** A campaign as a file for version control: everything but triggers, customers and statistics. */
export const campaignFile = z
  .strictObject({
    $schema: z.string().optional(),
    throughline: z.literal(fileKind),
    name: name.describe('The campaign’s name.'),
    description: z.string().max(5_000).default(''),
    audience: audience.nullish().describe('Lists of customers are not written to files.'),
    excludeSegment: reference.nullish(),
    products: z
      .array(reference.extend({ primary: z.boolean().default(false) }))
      .max(100)
      .default([]),
    ...givenGraph,
    layout: givenLayout.default({}).describe('Positions on the canvas by node id.'),
    references: z
      .partialRecord(z.enum(referenceKinds), z.array(reference).max(2_000))
      .default({})
      .describe('Names of what the nodes refer to by id.'),
  })
  .meta({ title: 'Throughline campaign', description: 'A campaign as a file: `throughline export campaign ID`.' })
export type CampaignFile = z.output<typeof campaignFile>
