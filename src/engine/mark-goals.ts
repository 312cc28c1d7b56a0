import type { Db, Tx } from '../db/database.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import { loadTriggers, loadVersion } from './advance-sql.ts'
import type { AnyNode } from './define-node.ts'
import { notifyWake } from './events-sql.ts'
import { loadCampaigns, loadCustomers } from './facts-sql.ts'
import { goalsReached } from './goals.ts'
import { type AskedRun, anyGoals, askGoals, type GoalMark, markGoals, skipToNow } from './goals-sql.ts'
import type { Loop } from './scheduler.ts'
import { Sight } from './sight.ts'

/** The longest a goal waits to be marked when nobody announced the event, in ms. */
const idleMs = 5_000

/**
 * The Goals loop: marks the goals that runs reach by what the bus tells, each once, by the same rules as the walk. It looks at every run
 * that is not older than a goal's window, live or not, so that nothing is lost to a run that ends meanwhile; a live run that the goal
 * takes hears of the mark like of any event. Costs one query a pass while no campaign has a goal.
 */
export function createGoalMarking({ db, nodes }: { db: Db; nodes: Readonly<Record<string, AnyNode>> }): Loop {
  const versions = new Map<number, CompiledWorkflow | null>()
  let skippedAt = Number.NEGATIVE_INFINITY

  async function workflowOf(tx: Tx, id: number): Promise<CompiledWorkflow | null> {
    let workflow = versions.get(id)
    if (workflow === undefined) {
      workflow = await loadVersion(tx, id)
      versions.set(id, workflow)
    }
    return workflow
  }

  /** Which goals these runs reach by what happened. */
  async function judge(tx: Tx, runs: readonly AskedRun[], now: Date): Promise<GoalMark[]> {
    const workflows = new Map<number, CompiledWorkflow>()
    for (const id of new Set(runs.map((run) => run.versionId))) {
      const workflow = await workflowOf(tx, id)
      if (workflow) workflows.set(id, workflow)
    }
    const needs = [...workflows.values()].flatMap((workflow) =>
      (workflow.goals?.nodeIds ?? []).flatMap((id) => workflow.nodes[id]?.needs ?? []),
    )
    const campaigns = new Map(
      (await loadCampaigns(tx, [...new Set(runs.map((run) => run.campaignId))])).map((facts) => [facts.id, facts]),
    )
    const customers = await loadCustomers(tx, [...new Set(runs.map((run) => run.customerId))], {
      fields: new Set(needs.flatMap(({ customer }) => customer)),
      criterionIds: new Set(),
    })
    const triggers = needs.some(({ facts }) => facts.includes('trigger')) ? await loadTriggers(tx, runs) : null
    return runs.flatMap(({ events, reached, ...run }) => {
      const workflow = workflows.get(run.versionId)
      const campaign = campaigns.get(run.campaignId)
      const state = customers.get(run.customerId)
      if (!workflow || !campaign || !state) return []
      const trigger = triggers?.get(run.id) ?? { type: 'manual', payload: null }
      const scene = { workflow, nodes, campaign, state, messages: new Map(), now, clock: now, position: 0 }
      const sight = new Sight({ ...run, trigger }, scene, {})
      const marked = new Set(reached)
      return events.flatMap((event) =>
        goalsReached(sight, run, scene, event, marked).map((goal) => {
          marked.add(goal.nodeId)
          const { workspaceId, campaignId, customerId, versionId } = run
          return { ...goal, workspaceId, campaignId, runId: run.id, customerId, versionId }
        }),
      )
    })
  }

  return {
    name: 'goals',
    idleMs,
    async pass() {
      if (!(await anyGoals(db))) {
        if (performance.now() - skippedAt >= idleMs) {
          await db.transaction().execute(async (tx) => await skipToNow(tx))
          skippedAt = performance.now()
        }
        return { again: false, nextAt: null }
      }
      const more = await db.transaction().execute(async (tx) => {
        const asking = await askGoals(tx)
        if (!asking) return false
        const marks = asking.runs.length === 0 ? [] : await judge(tx, asking.runs, asking.now)
        await markGoals(tx, marks)
        if (marks.length > 0) await notifyWake(tx)
        return asking.more
      })
      return { again: more, nextAt: null }
    },
  }
}
