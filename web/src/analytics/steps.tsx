import type { Answer } from '../api.ts'
import { percent } from '../format.ts'
import { People } from '../parts/people-count.tsx'
import type { Shown } from './people.tsx'
import { Grid } from './pieces.tsx'

type Found = Answer<'GET /campaigns/:id/analytics'>

/** Every step in a row: who is there, who passed, what became of its messages; and below, who took which way. */
export function Steps({
  found,
  onOpen,
  onStep,
  csv,
}: {
  found: Found
  onOpen(shown: Shown): void
  /** Looks at one step closely. */
  onStep(nodeId: string): void
  csv: string
}) {
  const nodes = (found.groups ?? []).flatMap(({ key, label, node, funnel }) =>
    node ? [{ key, label, node, funnel }] : [],
  )
  const titles = new Map(nodes.map(({ key, label }) => [key, label]))
  return (
    <>
      <Grid
        label="Steps"
        head={[
          'Step',
          { text: 'Here now', of: 'here' },
          { text: 'Passed', of: 'passed' },
          { text: 'Errors', of: 'errors' },
          ...['Sent', 'Opened', 'Clicked', 'Replied'],
        ]}
        rows={nodes.map(({ key, label, node, funnel }) => {
          const who = (show: string, n: number, text: string) => (
            <People
              n={n}
              label={`${text} at ${label}`}
              onOpen={() => onOpen({ show, nodeId: key, title: `${label}: ${text}` })}
            />
          )
          const measures = (stage: string) => funnel.find((row) => row.stage === stage)?.measured !== false
          const sends = funnel.some((row) => row.stage === 'sent' && row.count > 0)
          return {
            key,
            cells: [
              <button key="n" type="button" className="tl-number-link" onClick={() => onStep(key)}>
                {node.current ? label : `${label} (removed)`}
              </button>,
              who('here', node.here, 'here now'),
              who('passed', node.passed, 'passed'),
              who('errors', node.errors, 'errors'),
              ...(['sent', 'opened', 'clicked', 'replied'] as const).map((stage) =>
                !sends ? '—' : measures(stage) ? who(stage, node[stage], stage) : 'not measured',
              ),
            ],
          }
        })}
      />
      <details style={{ marginTop: 10 }}>
        <summary>Which way they took</summary>
        <Grid
          label="Ways"
          head={['Step', 'Way', 'Leads to', 'Customers', { text: 'Share', of: 'share' }]}
          rows={nodes.flatMap(({ key, label, node }) =>
            node.edges.map((edge) => ({
              key: `${key} ${edge.when}`,
              cells: [
                label,
                edge.when ?? 'default',
                edge.target === null ? 'the end' : (titles.get(edge.target) ?? edge.target),
                <People
                  key="n"
                  n={edge.count}
                  label={`took ${edge.when ?? 'default'}`}
                  onOpen={() =>
                    onOpen({
                      show: 'edge',
                      nodeId: key,
                      when: edge.when ?? '',
                      title: `${label}: ${edge.when ?? 'default'}`,
                    })
                  }
                />,
                edge.share === null ? '—' : percent(edge.share, 1),
              ],
            })),
          )}
        />
        <a className="tl-link" href={csv} download>
          CSV
        </a>
      </details>
    </>
  )
}
