import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import type { Db, Tx } from '../db/database.ts'
import { compile, references } from '../workflow/compile.ts'
import type { CompiledWorkflow, Graph, GraphProblem } from '../workflow/graph.ts'
import { findTemplates } from './preflight-sql.ts'
import { noDefaultCriterion, referenceProblems } from './references.ts'
import { findReferents, hasDefaultCriterion } from './references-sql.ts'

/** A graph checked as a whole: its shape by the compiler, and what it refers to by the workspace. */
export interface CheckedGraph {
  /** Null when there are errors. */
  workflow: CompiledWorkflow | null
  problems: GraphProblem[]
}

/** Checks a campaign's graph (PRODUCT §4, "What makes a graph valid"). Never throws for a graph, however odd. */
export async function checkGraph(
  db: Db | Tx,
  workspaceId: number,
  campaignId: string,
  graph: Graph,
): Promise<CheckedGraph> {
  const found = references(graph, catalogue)
  const named = found.flatMap((reference) =>
    reference.value === null ? [] : [{ ...reference, value: reference.value }],
  )
  const templateNames = named.flatMap(({ ref, value }) => (ref === 'template' ? [value] : []))
  const templates = await findTemplates(db, workspaceId, templateNames)
  const compiled = compile(graph, catalogue, parseConfig, { templates })
  const problems = [...compiled.problems, ...referenceProblems(named, await findReferents(db, workspaceId, named))]
  const implied = found.filter(({ value, ref }) => value === null && ref === 'criterion')
  if (implied.length > 0 && !(await hasDefaultCriterion(db, workspaceId, campaignId))) {
    problems.push(...implied.map(noDefaultCriterion))
  }
  const valid = problems.every(({ severity }) => severity !== 'error')
  return { workflow: valid ? compiled.workflow : null, problems }
}
