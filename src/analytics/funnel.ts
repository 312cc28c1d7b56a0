import { z } from 'zod'
import type { FunnelCounts } from './queries.ts'
import { measured, type Stage, stages } from './stages.ts'

/** One row of a funnel; shares are from 0 to 1, null where there is nothing to be a share of. */
export interface FunnelStage {
  stage: Stage
  count: number
  /** Of the step before; of a reply: of delivered. */
  ofPrevious: number | null
  ofEnrolled: number | null
  /** False where no channel in view can tell of it: not the same as 0. */
  measured: boolean
}

/** A funnel as the API answers it. */
export const funnelBody = z.array(
  z.object({
    stage: z.enum(stages),
    count: z.number().int(),
    ofPrevious: z.number().nullable().meta({ description: 'From 0 to 1, of the stage before; replied: of delivered.' }),
    ofEnrolled: z.number().nullable(),
    measured: z.boolean().meta({ description: 'False where no channel in view can tell: not the same as 0.' }),
  }),
)

const previous: Partial<Record<Stage, Stage>> = {
  sent: 'enrolled',
  delivered: 'sent',
  opened: 'delivered',
  clicked: 'opened',
  replied: 'delivered',
  handoff: 'replied',
}

const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null)

/** The funnel of these counts, on these channels (none known yet: all stages are measured). */
export function funnelOf(counts: Pick<FunnelCounts, Stage>, channels: readonly string[]): FunnelStage[] {
  return stages.map((stage) => {
    const before = previous[stage]
    return {
      stage,
      count: counts[stage],
      ofPrevious: before ? share(counts[stage], counts[before]) : null,
      ofEnrolled: share(counts[stage], counts.enrolled),
      measured: channels.length === 0 || channels.some((channel) => (measured[channel] ?? stages).includes(stage)),
    }
  })
}

/** Nobody. */
export const noCounts: FunnelCounts = {
  enrolled: 0,
  sent: 0,
  delivered: 0,
  opened: 0,
  clicked: 0,
  replied: 0,
  handoff: 0,
  machineOpened: 0,
  machineClicked: 0,
}

/** The sums of several, field by field. */
export function addUp<Counts extends { [Field in keyof Counts]: number }>(
  rows: readonly Counts[],
  zero: Counts,
): Counts {
  const sum = { ...zero }
  for (const row of rows) {
    for (const field of Object.keys(zero) as (keyof Counts)[])
      sum[field] = (sum[field] + row[field]) as Counts[keyof Counts]
  }
  return sum
}
