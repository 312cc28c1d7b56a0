import { ActionIcon, Button, Group, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { GraphProblem } from '../../../src/workflow/graph.ts'
import { quickFixFor } from './quick-fixes.ts'
import { useCanvasFacts } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'
import { tell } from './telling.tsx'

/** What is wrong, one line each; a click leads to the step and its field. */
export function ProblemsPanel({ onClose }: { onClose(): void }) {
  const store = useStore()
  const problems = useBuilder((state) => state.problems)
  const draft = useBuilder((state) => state.draft)
  const show = (problem: GraphProblem) => {
    if (problem.nodeId && draft.nodes.has(problem.nodeId))
      store.select([problem.nodeId], { open: true, field: problem.field ?? null, look: true })
    else if (problem.edgeId && draft.edges.has(problem.edgeId)) store.selectEdge(problem.edgeId, true)
  }
  const sorted = [...problems].sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'))
  return (
    <section className="tl-panel" aria-label="Problems">
      <Group justify="space-between" px={14} py={6}>
        <Text fw={600} size="sm">
          {problems.length === 0 ? `No problems · ${draft.nodes.size} steps checked` : `Problems (${problems.length})`}
        </Text>
        <ActionIcon aria-label="Close problems" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      {sorted.map((problem, index) => {
        const node = problem.nodeId ? draft.nodes.get(problem.nodeId) : undefined
        const name = node && (node.title || store.catalogue[node.type]?.title)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be the same in all members
          <div key={index} className="tl-problem">
            <button type="button" className="tl-row" onClick={() => show(problem)}>
              <span style={{ color: problem.severity === 'error' ? 'var(--tl-bad)' : 'var(--tl-warn)' }}>
                {problem.severity === 'error' ? '✖' : '⚠'}
                <span className="tl-quiet">{problem.severity}</span>
              </span>
              <span style={{ flex: 1 }}>
                {name && <b>{name}: </b>}
                {problem.message} <span className="tl-muted">{problem.fix}</span>
              </span>
            </button>
            <FixButton problem={problem} />
          </div>
        )
      })}
    </section>
  )
}

/** What the builder can do about a problem itself. */
function FixButton({ problem }: { problem: GraphProblem }) {
  const store = useStore()
  const { names } = useCanvasFacts()
  const readOnly = useBuilder((state) => state.readOnly) !== null
  const fix = readOnly ? null : quickFixFor(store, problem, names)
  if (!fix) return null
  return (
    <Button size="compact-xs" variant="default" onClick={() => tell(fix.run())}>
      {fix.label}
    </Button>
  )
}
