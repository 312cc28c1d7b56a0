import { customersNamed } from '../customers/named-sql.ts'
import { type Db, sql } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, type PageRequest, readList } from '../db/listing.ts'
import { type Run, readRuns } from './queries.ts'
import { runFinishedAt, runIsLive, runReason, runStatus, runVersionId } from './state-sql.ts'

/** Which runs of a campaign. */
export interface RunFilter {
  campaignId: string
  status?: Run['status'] | undefined
  reason?: string | undefined
  /** Those that came by this node, or with `here` stand at it. */
  nodeId?: string | undefined
  here?: boolean | undefined
  /** Those that stand at an error. */
  failing?: boolean | undefined
  /** Those that are over, however they ended. */
  ended?: boolean | undefined
  /** Live ones whose wait is over by the wall clock, as if the campaign had not been paused. */
  overdue?: boolean | undefined
  /** Those that a firing enrolled; not whom it held out. */
  firingId?: string | undefined
  version?: number | undefined
  /** Those that reached the goal of this node. */
  goal?: string | undefined
  customerId?: string | undefined
  /** Words of the customer's name or contacts. */
  q?: string | undefined
}

/** What runs can be ordered by: when they began, how they stand, or when they go on. */
export type RunOrder = 'startedAt' | 'status' | 'next'

/** Holds of runs that began while a firing went on: an index finds these, but not by their firing. A call's own run begins just before it. */
const enrolledMeanwhile = (firingId: string) => sql`r.reason is distinct from 'holdout' and r.id = any(array(
  select a.run_id from firing g join analytics_run a on a.campaign_id = g.campaign_id
    and a.started_at between g.started_at - interval '1 minute' and coalesce(g.finished_at, now()) + interval '1 minute'
  where g.id = ${firingId}))`

async function listing(db: Db, workspaceId: number, filter: RunFilter): Promise<Listing> {
  const where = [sql`r.campaign_id = ${filter.campaignId}`, sql`r.workspace_id = ${workspaceId}`]
  if (filter.status) where.push(sql`${runStatus} = ${filter.status}`)
  if (filter.reason) where.push(sql`${runReason} = ${filter.reason}`)
  if (filter.customerId) where.push(sql`r.customer_id = ${filter.customerId}`)
  if (filter.q) where.push(sql`r.customer_id in ${await customersNamed(db, workspaceId, filter.q)}`)
  if (filter.version) where.push(sql`v.number = ${filter.version}`)
  if (filter.failing) where.push(sql`r.error is not null and ${runIsLive}`)
  if (filter.ended) where.push(sql`${runFinishedAt} is not null`)
  if (filter.overdue) {
    where.push(sql`${runIsLive} and (r.wake_at <= now() - c.paused_total or r.wake_on <= now())`)
  }
  if (filter.firingId) where.push(sql`r.firing_id = ${filter.firingId} and ${enrolledMeanwhile(filter.firingId)}`)
  if (filter.goal) {
    where.push(sql`exists (select from run_goal g where g.run_id = r.id and g.node_id = ${filter.goal})`)
  }
  if (filter.here) where.push(runIsLive)
  if (filter.nodeId) {
    const came = sql`exists (select from step s where s.run_id = r.id and s.node_id = ${filter.nodeId})`
    where.push(filter.here ? sql`r.node_id = ${filter.nodeId}` : sql`(r.node_id = ${filter.nodeId} or ${came})`)
  }
  const versions = filter.version ? sql`left join workflow_version v on v.id = ${runVersionId}` : sql``
  return {
    from: sql`run r join campaign c on c.id = r.campaign_id ${versions}`,
    where: sql.join(where, sql` and `),
    id: { value: sql`r.id`, type: sql`bigint` },
  }
}

/** The statuses of rows that a filter leaves, in their order: each is read by itself, because an index has them so. */
function statusesOf({ status, here, failing, overdue }: RunFilter): Run['status'][] {
  if (here || failing || overdue || status === 'running') return ['running']
  // Those that were live when their campaign was archived count as canceled before housekeeping closes them.
  if (status === 'canceled') return ['canceled', 'running']
  return status ? [status] : ['canceled', 'failed', 'running', 'succeeded']
}

/** When a live run goes on, on the wall clock. */
const wakeAt = sql`(r.wake_at + c.paused_total)`

function orderOf(filter: RunFilter, { by, descending }: PageRequest<RunOrder>): ListOrder {
  const type = sql`timestamptz`
  const started = statusesOf(filter).map((status) => ({ where: sql`r.status = ${status}`, value: sql`r.started_at` }))
  switch (by) {
    case 'startedAt':
      return { sections: [started], type }
    case 'status':
      return { sections: (descending ? started.toReversed() : started).map((branch) => [branch]), type }
    case 'next': {
      const live = sql`r.finished_at is null`
      return {
        sections: [
          [
            {
              where: sql`${live} and r.wake_at is not null and (r.wake_on is null or ${wakeAt} <= r.wake_on)`,
              value: sql`r.wake_at`,
              shift: sql`c.paused_total`,
            },
            {
              where: sql`${live} and r.wake_on is not null and (r.wake_at is null or r.wake_on < ${wakeAt})`,
              value: sql`r.wake_on`,
            },
          ],
          started.map((branch) => ({
            ...branch,
            where: sql`${branch.where} and (r.finished_at is not null or (r.wake_at is null and r.wake_on is null))`,
          })),
        ],
        type,
      }
    }
  }
}

/** One page of a campaign's runs. */
export const listRuns = async (
  db: Db,
  workspaceId: number,
  filter: RunFilter,
  page: PageRequest<RunOrder>,
): Promise<ListPage<Run>> =>
  await readList(db, await listing(db, workspaceId, filter), orderOf(filter, page), page, (ids) =>
    readRuns(db, workspaceId, ids),
  )
