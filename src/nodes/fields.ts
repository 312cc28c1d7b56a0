import { z } from 'zod'

/** Config fields that several node types have, with what the form and the checks need to know of them (`meta`: see `NodeType.config`). */

/** A segment that is kept by hand or by nodes. */
export const staticSegment = z
  .uuid()
  .meta({ title: 'Segment', widget: 'segment', ref: 'segment', refFilter: { kind: 'static' } })

/** A member of the workspace. */
export const member = z.uuid().meta({ title: 'Member', widget: 'member', ref: 'member' })

/** A product in place of the campaign's primary one. */
export const product = z.uuid().optional().meta({
  title: 'Product',
  description: 'What {{product.*}} stands for here. Empty: the campaign’s primary product.',
  widget: 'product',
  ref: 'product',
})

/** Milliseconds up to ten years. */
export const durationMs = z
  .int()
  .min(0)
  .max(10 * 366 * 86_400_000)
  .meta({ widget: 'duration', unit: 'ms' })

/** A tag's name. */
export const tagName = z.string().trim().min(1).max(100).meta({ title: 'Tag', widget: 'tag' })

/** A short template: values and simple filters, no tags. */
export const shortTemplate = (most: number) => z.string().max(most).meta({ widget: 'liquid', template: 'short' })

/** A branch's id: it labels an edge and keys what is counted, so it is kept to what reads the same everywhere. */
export const branchId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} _.-]*$/u, { error: 'Use letters, digits, spaces, “-”, “_” and “.”.' })
  .meta({ title: 'Id' })
