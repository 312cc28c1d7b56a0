import { requireUniqueIds, withEdgeIds } from '../campaigns/given-graph.ts'
import { noDefaultCriterion } from '../campaigns/references.ts'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { type FieldError, Problem } from '../errors.ts'
import { compile, references } from '../workflow/compile.ts'
import type { CompiledWorkflow, Graph, GraphProblem } from '../workflow/graph.ts'
import { type CampaignFile, campaignFile } from './format.ts'

/** Largest campaign file, in bytes. */
export const largestFile = 4 * 1024 * 1024

/** Reads a campaign file's text. @throws Problem `malformed` when it is no JSON, `invalid` naming each field at fault */
export function readCampaignFile(text: string): CampaignFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Problem('malformed', `This is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
  const parsed = campaignFile.safeParse(value)
  if (!parsed.success) {
    const errors = parsed.error.issues.map(
      (issue): FieldError => ({
        path: issue.path.join('.'),
        code: issue.code,
        message: issue.message,
      }),
    )
    const [first] = errors
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    throw new Problem('invalid', `This is no campaign file: ${first?.path || 'the file'}: ${first?.message}${more}`, {
      errors: errors.slice(0, 100),
    })
  }
  return parsed.data
}

/** The graph of a campaign file. @throws Problem `invalid` for an id that is there twice */
export function graphOf(file: CampaignFile): Graph {
  const graph = { nodes: file.nodes, edges: withEdgeIds(file.edges) }
  requireUniqueIds('nodes', graph.nodes)
  requireUniqueIds('edges', graph.edges)
  return graph
}

/** Checks a campaign file by itself: everything but whether what it refers to exists somewhere. */
export function checkCampaignFile(file: CampaignFile): {
  workflow: CompiledWorkflow | null
  problems: GraphProblem[]
} {
  const graph = graphOf(file)
  const compiled = compile(graph, catalogue, parseConfig)
  const implied = references(graph, catalogue).filter(({ value, ref }) => value === null && ref === 'criterion')
  const unmet = file.products.some(({ primary }) => primary) ? [] : implied.map(noDefaultCriterion)
  const workflow = unmet.length === 0 ? compiled.workflow : null
  return { workflow, problems: [...compiled.problems, ...unmet] }
}
