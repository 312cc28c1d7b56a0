import type { Answer } from '../api.ts'
import { count } from '../format.ts'

/** Whom a campaign is for; null = not decided. */
export type Audience = Answer<'GET /campaigns/:id'>['audience']

/** An audience in words for a table: "Segment: Fintech VN". */
export function audienceText(audience: Audience, segments: readonly { value: string; label: string }[]): string {
  if (!audience) return 'None yet'
  if (audience.type === 'all') return 'All customers'
  if (audience.type === 'list') return `List · ${count(audience.customerIds.length)}`
  return `Segment: ${segments.find((segment) => segment.value === audience.segmentId)?.label ?? '…'}`
}

/** What is missing from an audience that was begun: a segment is not chosen, a list is empty. */
export function audienceFault(audience: Audience): string | undefined {
  if (audience?.type === 'segment' && audience.segmentId === '') return 'Choose a segment.'
  if (audience?.type === 'list' && audience.customerIds.length === 0) return 'Choose at least one customer.'
  return undefined
}

/** Whether an audience names someone. */
export const isComplete = (audience: Audience): boolean => audience !== null && audienceFault(audience) === undefined
