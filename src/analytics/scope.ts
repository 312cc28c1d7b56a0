import { z } from 'zod'
import { invalidField } from '../errors.ts'
import type { Scope } from './queries.ts'
import { namedRanges, type Range, readRange } from './range.ts'
import { none } from './stages.ts'

/** The filters of every page of analytics, as its address holds them. */
export const scopeQuery = z.strictObject({
  range: z.enum(namedRanges).optional(),
  from: z.string().max(40).optional().meta({ description: 'A day, included, or an instant.' }),
  to: z.string().max(40).optional().meta({ description: 'A day, included, or an instant, not included.' }),
  channel: z.enum(['email', 'telegram', 'linkedin']).optional(),
  productId: z.union([z.uuid(), z.literal('none')]).optional(),
  version: z.coerce.number().int().min(0).optional(),
  entry: z.enum(['first', 'again']).optional(),
  branch: z.string().max(200).optional().meta({ description: 'Runs that took a branch: <node id>:<branch id>.' }),
})
export type ScopeQuery = z.output<typeof scopeQuery>

/** Reads the filters. @throws Problem `invalid` */
export function readScope(
  workspaceId: number,
  campaignIds: readonly string[] | null,
  query: ScopeQuery,
  { timezone, now }: { timezone: string; now: Date },
): Scope {
  return {
    workspaceId,
    campaignIds,
    range: readRange(query, timezone, now),
    channel: query.channel ?? null,
    productId: query.productId === 'none' ? none : (query.productId ?? null),
    version: query.version ?? null,
    entry: query.entry ?? null,
    branch: query.branch === undefined ? null : readBranch(query.branch),
  }
}

function readBranch(text: string): Scope['branch'] {
  const colon = text.lastIndexOf(':')
  if (colon < 1 || colon === text.length - 1) {
    throw invalidField(
      'branch',
      'not_a_branch',
      `“${text}” is no branch; write <node id>:<branch id>, as in split-1:a.`,
    )
  }
  return { nodeId: text.slice(0, colon), branch: text.slice(colon + 1) }
}

/** How an answer says what it was asked for. */
export const rangeBody = (range: Range) => ({
  name: range.name,
  from: range.from,
  to: range.to,
  timezone: range.timezone,
})
