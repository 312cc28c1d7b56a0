import { describe, expect, it } from 'vitest'
import type { Graph } from '../../../src/workflow/graph.ts'
import { draftFrom, drawDifference, partOfProposal, withField } from './ai-part.ts'

const node = (id: string, config: Record<string, unknown> = {}, type = id.replace(/\d/, '')) => ({
  id,
  type,
  title: id,
  config,
})
const line = (...ids: string[]): Graph['edges'] =>
  ids.slice(1).map((target, index) => ({ id: `${ids[index]}-${target}`, source: ids[index] ?? '', target, when: null }))
const ways = ({ edges }: Graph) => edges.map(({ source, target }) => `${source}>${target}`).sort()

const before: Graph = { nodes: [node('start'), node('a', { days: 1 }), node('b')], edges: line('start', 'a', 'b') }
const after: Graph = {
  nodes: [node('start'), node('a', { days: 2 }), node('x'), node('y')],
  edges: line('start', 'x', 'a', 'y'),
}
const part = (...skipped: string[]) => partOfProposal(before, after, new Set(skipped))

describe('a part of a proposal', () => {
  it('is all of it when nothing was left out', () => {
    expect(part()).toEqual(after)
  })

  it('joins what a left-out step stood between', () => {
    expect(ways(part('+x'))).toEqual(['a>y', 'start>a'])
  })

  it('keeps a step that was to go, behind what led to it', () => {
    expect(ways(part('-b', '+y'))).toEqual(['a>b', 'start>x', 'x>a'])
  })

  it('keeps a setting that was to change', () => {
    expect(part('~a').nodes.find(({ id }) => id === 'a')?.config).toEqual({ days: 1 })
  })

  it('is the draft again when everything was left out', () => {
    const none = part('+x', '+y', '~a', '-b')
    expect(ways(none)).toEqual(ways(before))
    expect(new Set(none.nodes.map(({ id }) => id))).toEqual(new Set(before.nodes.map(({ id }) => id)))
  })

  it('keeps the way between two steps that stay', () => {
    const straight: Graph = { nodes: before.nodes, edges: line('start', 'b') }
    expect(ways(partOfProposal(before, straight, new Set(['>start '])))).toEqual(['start>a'])
  })
})

describe('the difference as a drawing', () => {
  it('marks what is new, other and gone, and draws both ways where one leads elsewhere', () => {
    const { draft, marks } = drawDifference(draftFrom(before, new Map()), after)
    expect(Object.fromEntries(marks)).toEqual({
      a: 'changed',
      b: 'removed',
      x: 'added',
      y: 'added',
      'start-a': 'removed',
      'a-b': 'removed',
      'start-x': 'added',
      'x-a': 'added',
      'a-y': 'added',
    })
    expect(draft.nodes.size).toBe(5)
  })
})

it('a field is set where it belongs, whatever is missing above it', () => {
  expect(withField({ a: 1 }, 'assignTo.memberIds', ['m'])).toEqual({ a: 1, assignTo: { memberIds: ['m'] } })
})
