import type { GraphProblem } from '../../../src/workflow/graph.ts'
import type { Draft } from './draft.ts'

/** What the graph's own check found in a draft. */
export interface Checked {
  draft: Draft
  problems: readonly GraphProblem[]
  /** What each step names outside the graph. */
  references: ReadonlyMap<string, string>
}

/** What the server found in a draft, and what this device finds in the very same one. */
export interface Answered {
  problems: readonly GraphProblem[]
  here: Checked
}

/** Fields whose check is pending, by the step that they are of. Only the server knows whether what they name is there. */
export type Unchecked = ReadonlyMap<string, ReadonlySet<string>>

/** All problems as far as they are known, and by step the fields of which the server has not judged yet what they name now. */
export interface Judged {
  problems: readonly GraphProblem[]
  unchecked: Unchecked
}

const keyOf = ({ nodeId, edgeId, field, code, message }: GraphProblem): string =>
  [nodeId, edgeId, field, code, message].join('\u0000')
const keysOf = (problems: readonly GraphProblem[]): Set<string> => new Set(problems.map(keyOf))

/** Whether two drafts are the same workflow; places and notes do not count. */
export const sameGraph = (a: Draft, b: Draft): boolean => a.nodes === b.nodes && a.edges === b.edges

/**
 * The problems of a draft from its own check here and the server's last answer. What both could have said of the draft that the server
 * saw is known: what the server alone said there (a sender that is gone) stands until it answers again, also where the step was changed,
 * and what it did not confirm there does not come back while the step is as it was. So nothing comes and goes between two answers.
 */
export function judge(now: Checked, answered: Answered | null): Judged {
  if (!answered) return { problems: now.problems, unchecked: new Map() }
  const { problems: said, here: then } = answered
  if (sameGraph(now.draft, then.draft)) return { problems: said, unchecked: new Map() }
  const foundThen = keysOf(then.problems)
  const saidThen = keysOf(said)
  const isAsThen = (id: string | undefined) => id !== undefined && now.draft.nodes.get(id) === then.draft.nodes.get(id)
  const standing = said.filter(
    (problem) =>
      !foundThen.has(keyOf(problem)) &&
      (problem.nodeId === undefined || now.draft.nodes.has(problem.nodeId)) &&
      (problem.edgeId === undefined || now.draft.edges.has(problem.edgeId)),
  )
  const found = now.problems.filter((problem) => {
    const key = keyOf(problem)
    return !(foundThen.has(key) && !saidThen.has(key) && isAsThen(problem.nodeId))
  })
  const all = [...found, ...standing]
  const unchecked = new Map<string, Set<string>>()
  const wait = (id: string, field: string) => unchecked.set(id, (unchecked.get(id) ?? new Set()).add(field))
  for (const { nodeId, field } of standing) if (nodeId !== undefined && !isAsThen(nodeId)) wait(nodeId, field ?? '')
  for (const [id, text] of now.references) {
    const known = new Set(then.references.get(id)?.split('\n'))
    for (const line of text.split('\n')) if (line !== '' && !known.has(line)) wait(id, line.slice(0, line.indexOf(' ')))
  }
  return {
    problems: [
      ...all.filter(({ severity }) => severity === 'error'),
      ...all.filter(({ severity }) => severity !== 'error'),
    ],
    unchecked,
  }
}
