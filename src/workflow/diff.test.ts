import { describe, expect, it } from 'vitest'
import { catalogue } from '../catalogue/catalogue.ts'
import { diffGraphs, isSame } from './diff.ts'
import type { Graph } from './graph.ts'

const before: Graph = {
  nodes: [
    { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
    { id: 'wait-1', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 1_000 } },
    { id: 'path-1', type: 'path', title: 'Path', config: { rules: [{ input: 'customer.country', value: 'VN' }] } },
    { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
  ],
  edges: [
    { id: 'e1', source: 'trigger-1', target: 'wait-1', when: null },
    { id: 'e2', source: 'wait-1', target: 'exit-1', when: null },
  ],
}

describe('diffGraphs', () => {
  it('finds nothing between a graph and its copy, in any order and with new edge ids', () => {
    const copy = structuredClone(before)
    copy.nodes.reverse()
    copy.edges.reverse()
    for (const edge of copy.edges) edge.id = `new-${edge.id}`
    expect(isSame(diffGraphs(before, copy, catalogue))).toBe(true)
  })

  it('names the settings that changed, down to the one inside a list', () => {
    const after = structuredClone(before)
    after.nodes[1] = { id: 'wait-1', type: 'wait', title: 'Pause', config: { waitType: 'duration', durationMs: 2_000 } }
    after.nodes[2] = {
      ...(before.nodes[2] as Graph['nodes'][number]),
      config: { rules: [{ input: 'customer.country', value: 'LA' }], match: 'any' },
    }
    expect(diffGraphs(before, after, catalogue).nodes.changed).toEqual([
      {
        id: 'wait-1',
        type: 'wait',
        title: 'Pause',
        fields: [
          { field: 'title', before: 'Wait', after: 'Pause' },
          { field: 'durationMs', before: 1_000, after: 2_000 },
        ],
      },
      {
        id: 'path-1',
        type: 'path',
        title: 'Path',
        fields: [
          { field: 'rules.0.value', before: 'VN', after: 'LA' },
          { field: 'match', before: 'all', after: 'any' },
        ],
      },
    ])
  })

  it('finds nothing between a setting that is left out and one that says what is done without it', () => {
    const after = structuredClone(before)
    after.nodes[0] = { id: 'trigger-1', type: 'trigger', title: 'Start', config: { type: 'manual' } }
    after.nodes[2] = {
      ...(before.nodes[2] as Graph['nodes'][number]),
      config: { rules: [{ input: 'customer.country', value: 'VN' }], match: 'all' },
    }
    expect(isSame(diffGraphs(before, after, catalogue))).toBe(true)
    expect(isSame(diffGraphs(after, before, catalogue))).toBe(true)
    after.nodes[0].config = { type: 'event' }
    expect(diffGraphs(before, after, catalogue).nodes.changed).toEqual([
      {
        id: 'trigger-1',
        type: 'trigger',
        title: 'Start',
        fields: [{ field: 'type', before: 'manual', after: 'event' }],
      },
    ])
  })

  it('takes a node of another type under an old id as removed and added', () => {
    const after = structuredClone(before)
    after.nodes[3] = { id: 'exit-1', type: 'exit-suppress', title: 'Exit', config: { reason: 'manual' } }
    const { added, removed, changed } = diffGraphs(before, after, catalogue).nodes
    expect([added, removed, changed]).toEqual([[after.nodes[3]], [before.nodes[3]], []])
  })

  it('takes an edge that leads elsewhere as changed', () => {
    const after = structuredClone(before)
    const moved = { id: 'e9', source: 'trigger-1', target: 'exit-1', when: null }
    after.edges[0] = moved
    after.edges.push({ id: 'e3', source: 'path-1', target: 'exit-1', when: null })
    expect(diffGraphs(before, after, catalogue).edges).toEqual({
      added: [after.edges[2]],
      removed: [],
      changed: [{ before: before.edges[0], after: moved }],
    })
  })
})
