/** `bench validate`: how long the compiler takes for a graph of 500 nodes and for the largest that a draft may be, 2,000. */
import { catalogue, parseConfig } from '../src/catalogue/catalogue.ts'
import { compile } from '../src/workflow/compile.ts'
import type { Graph } from '../src/workflow/graph.ts'
import { round } from './workload.ts'

const credentialId = '019f0000-0000-7000-8000-0000000000c1'
const rounds = 30

/** Runs the benchmark: the median of 30 rounds after a few to warm up, in ms. */
export default async function benchValidate({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {}
  for (const size of [500, 2_000]) {
    const graph = graphOf(size)
    const times: number[] = []
    for (let turn = 0; turn < rounds; turn += 1) {
      const startedAt = performance.now()
      const { workflow, problems } = compile(graph, catalogue, parseConfig)
      times.push(performance.now() - startedAt)
      if (!workflow) throw new Error(`The benchmark's graph is not valid: ${JSON.stringify(problems.slice(0, 3))}`)
    }
    const [cold = 0, ...warm] = times
    const sorted = warm.slice(10).sort((a, b) => a - b)
    tell(`${size} nodes`)
    figures[`nodes${size}`] = {
      edges: graph.edges.length,
      coldMs: round(cold, 1),
      warmMedianMs: round(sorted[Math.floor(sorted.length / 2)] ?? 0, 2),
      warmWorstMs: round(sorted.at(-1) ?? 0, 2),
    }
  }
  return figures
}

/** Segments of split, two paths, email, tag, wait, one behind the other, each email naming outputs of the one before. */
function graphOf(size: number): Graph {
  const nodes: Graph['nodes'] = [{ id: 'trigger-1', type: 'trigger', title: 'Start', config: { type: 'manual' } }]
  const edges: Graph['edges'] = []
  const add = (id: string, type: string, config: Record<string, unknown>) => nodes.push({ id, type, title: id, config })
  const link = (source: string, target: string, when: string | null = null) =>
    edges.push({ id: `${source}-${target}`, source, target, when })
  let before = 'trigger-1'
  for (let part = 1; nodes.length + 6 <= size; part += 1) {
    const branches = [
      { id: 'yes', label: 'Yes' },
      { id: 'no', label: 'No', default: true },
    ]
    const rule = { input: 'customer.attributes.score', condition: 'greater-than', value: String(part) }
    const sent = part > 1 ? `{% if node.email-${part - 1}.output.sent %}Again{% endif %}` : ''
    add(`split-${part}`, 'conditional-split', { branches })
    add(`path-${part}-yes`, 'path', { match: 'all', rules: [rule] })
    add(`path-${part}-no`, 'path', { match: 'all', rules: [] })
    add(`email-${part}`, 'email-send', { credentialId, subject: 'Hello', body: `Hi {{customer.firstName}} ${sent}` })
    add(`tag-${part}`, 'add-tag', { name: `tag ${part}` })
    add(`wait-${part}`, 'wait', { waitType: 'duration', durationMs: 86_400_000 })
    link(before, `split-${part}`)
    link(`split-${part}`, `path-${part}-yes`, 'yes')
    link(`split-${part}`, `path-${part}-no`, 'no')
    link(`path-${part}-yes`, `email-${part}`)
    link(`path-${part}-no`, `email-${part}`)
    link(`email-${part}`, `tag-${part}`)
    link(`tag-${part}`, `wait-${part}`)
    before = `wait-${part}`
  }
  for (let last = 1; nodes.length < size; last += 1) {
    add(`rest-${last}`, 'add-tag', { name: 'rest' })
    link(before, `rest-${last}`)
    before = `rest-${last}`
  }
  return { nodes, edges }
}
