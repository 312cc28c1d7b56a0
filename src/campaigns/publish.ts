import { type FieldError, Problem } from '../errors.ts'
import type { CompiledWorkflow, GraphNode } from '../workflow/graph.ts'

/**
 * What becomes of the customers who stand on a node that a publish removes: `finish` = they stay on the version they are in, to its
 * end; `move` = they arrive at another node of the new version now; `exit` = their runs end canceled, reason `removed`.
 */
export type RemovedChoice = { action: 'finish' | 'exit' } | { action: 'move'; target: string }

/** A choice as a campaign keeps it until everybody has followed it. */
export interface Leaving {
  action: RemovedChoice['action']
  target: string | null
  /** The version in which the node is. */
  versionId: number
  /** The new version has another node under the same id. */
  retyped: boolean
  /** What history says of a customer who is moved. */
  why: { code: 'moved_by_publish'; text: string }
}

/**
 * The choice for each removed node; `finish` where none was made.
 * @throws Problem `invalid` for a choice about a node that stays, and for a target that the new version does not have or nobody can be put at
 */
export function chooseForRemoved(
  removed: readonly GraphNode[],
  given: Readonly<Record<string, RemovedChoice>>,
  workflow: CompiledWorkflow,
  listeners: ReadonlySet<string>,
): Record<string, RemovedChoice> {
  const errors: FieldError[] = []
  const ids = new Set(removed.map(({ id }) => id))
  for (const [id, choice] of Object.entries(given)) {
    const path = `removed.${id}`
    if (!ids.has(id)) {
      errors.push({ path, code: 'not_removed', message: `“${id}” is no step that this publish removes.` })
    } else if (choice.action === 'move' && !Object.hasOwn(workflow.nodes, choice.target)) {
      const message = `The new version has no step “${choice.target}” to move customers to.`
      errors.push({ path: `${path}.target`, code: 'unknown_node', message })
    } else if (choice.action === 'move' && listeners.has(choice.target)) {
      const message = `“${choice.target}” is entered by an event; choose a step that customers can be put at.`
      errors.push({ path: `${path}.target`, code: 'unfit_node', message })
    }
  }
  if (errors.length > 0) throw new Problem('invalid', errors[0]?.message ?? '', { errors })
  return Object.fromEntries(removed.map(({ id }) => [id, given[id] ?? { action: 'finish' }]))
}

/** The choices as the campaign's row keeps them; null when nothing is removed. */
export function leavingOf(
  removed: readonly GraphNode[],
  choices: Readonly<Record<string, RemovedChoice>>,
  workflow: CompiledWorkflow,
  from: { versionId: number },
  to: { number: number },
): Record<string, Leaving> | null {
  if (removed.length === 0) return null
  return Object.fromEntries(
    removed.map(({ id, title }) => {
      const choice = choices[id] ?? { action: 'finish' }
      const target = choice.action === 'move' ? choice.target : null
      const place = target === null ? '' : workflow.nodes[target]?.title || target
      const text = `Version ${to.number} removed “${title || id}”; whoever stood there was moved to “${place}”.`
      const retyped = Object.hasOwn(workflow.nodes, id)
      return [
        id,
        { action: choice.action, target, versionId: from.versionId, retyped, why: { code: 'moved_by_publish', text } },
      ]
    }),
  )
}
