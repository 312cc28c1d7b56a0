import type { CompiledNode } from '../workflow/graph.ts'
import type { AnyNode } from './define-node.ts'
import type { GoalWhy, HeardEvent } from './facts.ts'
import type { Scene, Seer, Sight } from './sight.ts'

/** How long after enrollment a goal still counts, in ms of the wall clock: 30 days (PRODUCT §4). */
export const goalWindowMs = 30 * 86_400_000

/** The event that says that a goal was reached (API.md, “Event names built in”). */
export const goalReached = 'goal.reached'

/** A goal that a run has reached. */
export interface ReachedGoal {
  nodeId: string
  title: string
  at: Date
  why: GoalWhy
}

/** Why a run reaches a goal by an event (null: by coming in, or by its own steps); null when it does not, or no longer. */
export function whyReached(
  sight: Sight,
  run: Pick<Seer, 'startedAt'>,
  goal: CompiledNode,
  definition: AnyNode,
  now: Date,
  event: HeardEvent | null,
): GoalWhy | null {
  const at = event?.at ?? now
  if (at < run.startedAt || at.getTime() > run.startedAt.getTime() + goalWindowMs) return null
  return definition.reached?.({ ...sight.input(goal, definition, run.startedAt), event }) ?? null
}

/** The goals, other than those in `reached`, that a run reaches by an event (null: by coming in). Whether it is live does not matter. */
export function goalsReached(
  sight: Sight,
  run: Pick<Seer, 'startedAt'>,
  { workflow, nodes, now }: Pick<Scene, 'workflow' | 'nodes' | 'now'>,
  event: HeardEvent | null,
  reached: ReadonlySet<string>,
): ReachedGoal[] {
  return (workflow.goals?.nodeIds ?? []).flatMap((nodeId) => {
    const goal = workflow.nodes[nodeId]
    const definition = goal && nodes[goal.type]
    if (!goal || !definition || reached.has(nodeId)) return []
    const why = whyReached(sight, run, goal, definition, now, event)
    return why ? [{ nodeId, title: goal.title || nodeId, at: event?.at ?? now, why }] : []
  })
}
