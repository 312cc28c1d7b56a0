import { z } from 'zod'

/** A node of a graph in an answer. */
export const graphNode = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  config: z.record(z.string(), z.unknown()),
})

/** An edge of a graph in an answer. */
export const graphEdge = z.object({
  id: z.string(),
  source: z.string(),
  target: z.string(),
  when: z.string().nullable(),
})

/** What is wrong with a graph, in an answer. */
export const graphProblems = z.array(
  z.object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    nodeId: z.string().optional(),
    edgeId: z.string().optional(),
    field: z.string().optional(),
    message: z.string(),
    fix: z.string().optional(),
  }),
)
