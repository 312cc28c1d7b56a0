import type { SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { asGroup } from '../segments/tree.ts'

/** What narrows the list of customers, as its address says it. */
export interface ListFilter {
  q?: string | undefined
  tag?: string | undefined
  segmentId?: string | undefined
  companyId?: string | undefined
  rules?: string | undefined
  archived?: string | undefined
}

/** The rules in an address; null where there are none, or none that can be read. */
export function rulesIn(text: string | undefined): SegmentRule | null {
  if (!text) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SegmentRule) : null
  } catch {
    return null
  }
}

/** Rules, tag and segment of a filter as the rules of a segment; null when there is nothing of these. */
export function asSegment({ tag, segmentId, rules }: ListFilter): SegmentRule | null {
  const own = rulesIn(rules)
  const parts: SegmentRule[] = [
    ...(tag ? [{ tag, op: 'contains' } as const] : []),
    ...(segmentId ? [{ segment: segmentId, in: true }] : []),
  ]
  if (own) {
    const group = asGroup(own)
    if (group.kind === 'all') parts.push(...group.parts)
    else parts.push(own)
  }
  return parts.length === 0 ? null : { all: parts }
}
