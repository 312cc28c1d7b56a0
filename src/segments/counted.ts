import type { Db } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { countMatching } from './count-sql.ts'
import type { Segment } from './queries.ts'

/** How long reading segments may wait for the counts of their rules, all of them together, in ms. */
const budgetMs = 3_000

/** Fills in how many customers match the rules of dynamic segments, as many of them as can be counted in a moment; the rest stay null. */
export async function withCounts<Row extends Pick<Segment, 'rules' | 'customers'>>(
  db: Db,
  workspaceId: number,
  segments: readonly Row[],
  signal: AbortSignal,
): Promise<Row[]> {
  const until = performance.now() + budgetMs
  const shown: Row[] = []
  for (const segment of segments) {
    const timeoutMs = Math.round(until - performance.now())
    if (segment.rules === null || timeoutMs < 50) shown.push(segment)
    else shown.push({ ...segment, customers: await counted(db, workspaceId, segment.rules, timeoutMs, signal) })
  }
  return shown
}

async function counted(
  db: Db,
  workspaceId: number,
  rules: NonNullable<Segment['rules']>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    return await countMatching(db, workspaceId, rules, { timeoutMs, signal })
  } catch (error) {
    if (error instanceof Problem && error.code === 'too_slow') return null
    throw error
  }
}
