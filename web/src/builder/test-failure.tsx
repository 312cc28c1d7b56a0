import { Alert, Anchor } from '@mantine/core'
import type { GraphProblem } from '../../../src/workflow/graph.ts'
import { ApiProblem } from '../api.ts'
import { useStore } from './store.ts'

/** Why a test could not be made; what is to fix leads to its step. */
export function TestFailure({ error }: { error: Error | null }) {
  const store = useStore()
  if (!error) return null
  const problems = error instanceof ApiProblem ? ((error.extra.problems ?? []) as GraphProblem[]) : []
  return (
    <Alert color="red" role="alert" title={problems.length > 0 ? 'Fix this first' : 'The test could not be made'}>
      {problems.length === 0 && error.message}
      {problems.slice(0, 6).map((problem) => (
        <div key={`${problem.nodeId} ${problem.code} ${problem.field}`}>
          {problem.message}{' '}
          {problem.nodeId && (
            <Anchor
              component="button"
              type="button"
              size="sm"
              onClick={() =>
                store.select([problem.nodeId ?? ''], { open: true, field: problem.field ?? null, look: true })
              }
            >
              Show
            </Anchor>
          )}
        </div>
      ))}
    </Alert>
  )
}
