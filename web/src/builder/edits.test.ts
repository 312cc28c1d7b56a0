// One file: the edits share one small graph, and each test undoes what it did.
import { describe, expect, test } from 'vitest'
import type { Catalogue, GraphEdge, GraphNode, NodeType } from '../../../src/workflow/graph.ts'
import { setConfig } from './branch-edits.ts'
import { copyNodes, parseClip, pasteNodes } from './clip.ts'
import { applyPatch, type Draft, diffDrafts, draftOf, invertPatch, isEmpty, wireOf } from './draft.ts'
import { connect, type Edit, type Refusal, relabel, type Scene } from './edits.ts'
import { addNode, placeAfter } from './insert.ts'
import { mergeDrafts } from './merge.ts'
import { isFree, moveStep, tieIn } from './move.ts'
import { removeNodes } from './remove.ts'
import { cardText, edgeSentence, plainTemplate, summaryOf } from './sentence.ts'
import { neighbour, outlineOf, reachedFromEntries } from './shape.ts'

const base: Omit<NodeType, 'type' | 'title'> = {
  version: 1,
  kind: 'action',
  group: 'builtin',
  icon: 'bolt',
  summary: '',
  sentence: '',
  when: [],
  entry: null,
  ends: false,
  blocks: false,
  guard: false,
  guardedBy: null,
  sends: null,
  rests: null,
  rules: null,
  tone: null,
  listens: null,
  goal: false,
  endsBy: null,
  reads: [],
  customer: [],
  config: { type: 'object', properties: {} },
  output: {},
  initial: {},
  examples: [],
  docs: '',
} as Omit<NodeType, 'type' | 'title'>
const of = (type: string, title: string, more: Partial<NodeType> = {}): NodeType => ({ ...base, ...more, type, title })

const catalogue: Catalogue = {
  trigger: of('trigger', 'Trigger', { entry: 'start' }),
  wait: of('wait', 'Wait', {
    blocks: true,
    sentence: 'Wait {durationMs}',
    config: { type: 'object', properties: { durationMs: { 'x-widget': 'duration' } } },
  }),
  mail: of('mail', 'Send email', {
    group: 'messaging',
    sends: 'email',
    when: ['replied', 'clicked', 'opened', 'bounced'],
    sentence: '“{subject|template}”',
    config: { type: 'object', properties: { subject: { title: 'Subject', 'x-template': 'full' } } },
  }),
  split: of('split', 'Split', {
    kind: 'branch',
    when: { each: 'branches' },
    guardedBy: 'branches',
    initial: {
      branches: [
        { id: 'a', label: 'A' },
        { id: 'rest', label: 'Rest', default: true },
      ],
    },
  }),
  path: of('path', 'Path', {
    guard: true,
    rules: 'rules',
    sentence: '{rules}',
    config: { type: 'object', properties: { rules: { 'x-widget': 'rules' } } },
    initial: { rules: [] },
  }),
  exit: of('exit', 'Exit', { ends: true }),
}

const node = (id: string, type: string, config: Record<string, unknown> = {}): GraphNode => ({
  id,
  type,
  title: id,
  config,
})
const edge = (source: string, target: string, when: string | null = null): GraphEdge => ({
  id: `${source}-${target}`,
  source,
  target,
  when,
})
const drawn = (nodes: GraphNode[], edges: GraphEdge[]): Draft =>
  draftOf({ nodes, edges, layout: Object.fromEntries(nodes.map(({ id }, n) => [id, { x: 0, y: n * 150 }])) })
const scene = (draft: Draft): Scene => ({ draft, catalogue, heightOf: () => 84 })
const done = (draft: Draft, edit: Edit | Refusal): Draft => {
  if ('refused' in edit) throw new Error(edit.refused)
  return applyPatch(draft, edit.patch)
}
const ways = (draft: Draft) =>
  [...draft.edges.values()]
    .map(({ source, target, when }) => `${source}>${target}${when === null ? '' : `:${when}`}`)
    .sort()

const line = drawn(
  [node('start', 'trigger'), node('mail', 'mail'), node('wait', 'wait'), node('exit', 'exit')],
  [edge('start', 'mail'), edge('mail', 'wait', 'replied'), edge('wait', 'exit')],
)

describe('a change of the drawing', () => {
  test('is taken back by its inverse, whatever it was', () => {
    const edits = [
      addNode(scene(line), 'wait', { on: 'edge', edgeId: 'mail-wait' }),
      addNode(scene(line), 'split', { on: 'port', nodeId: 'mail', when: null }),
      removeNodes(scene(line), ['mail', 'wait'], { heal: true }),
      connect(scene(line), 'mail', null, 'exit'),
    ]
    for (const edit of edits) {
      if ('refused' in edit) throw new Error(edit.refused)
      const after = applyPatch(line, edit.patch)
      expect(isEmpty(diffDrafts(line, after))).toBe(false)
      expect(isEmpty(diffDrafts(line, applyPatch(after, invertPatch(line, edit.patch))))).toBe(true)
    }
  })

  test('survives the way to the server and back', () => {
    expect(isEmpty(diffDrafts(line, draftOf(JSON.parse(JSON.stringify(wireOf(line))))))).toBe(true)
  })
})

describe('inserting', () => {
  test('on an edge that says replied leaves that on the upper half; the lower is the default', () => {
    const after = done(line, addNode(scene(line), 'wait', { on: 'edge', edgeId: 'mail-wait' }))
    expect(ways(after)).toEqual(['mail>wait-1:replied', 'start>mail', 'wait-1>wait', 'wait>exit'])
  })

  test('moves what stands below by what is missing and nothing else', () => {
    const after = done(line, addNode(scene(line), 'wait', { on: 'edge', edgeId: 'start-mail' }))
    expect(after.layout.get('start')).toEqual({ x: 0, y: 0 })
    const moved = ['mail', 'wait', 'exit'].map((id) => (after.layout.get(id)?.y ?? 0) - (line.layout.get(id)?.y ?? 0))
    expect(new Set(moved).size).toBe(1)
    expect(moved[0]).toBeGreaterThan(0)
  })

  test('a split brings a condition for each branch, and what was below hangs under the first', () => {
    const after = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
    expect(ways(after)).toEqual([
      'mail>wait:replied',
      'path-1>mail',
      'split-1>path-1:a',
      'split-1>path-2:rest',
      'start>split-1',
      'wait>exit',
    ])
  })

  test('between a split and its condition goes behind the condition', () => {
    const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
    const guarded = [...split.edges.values()].find(({ target }) => target === 'path-1')
    const after = done(split, addNode(scene(split), 'wait', { on: 'edge', edgeId: guarded?.id ?? '' }))
    expect(ways(after)).toContain('split-1>path-1:a')
    expect(ways(after)).toContain('path-1>wait-1')
    expect(ways(after)).toContain('wait-1>mail')
  })

  test('after a message takes the default way, not the first outcome', () => {
    expect(placeAfter(scene(line), 'mail')).toEqual({ on: 'port', nodeId: 'mail', when: null })
  })

  test('a second trigger, and a condition by itself, are refused with the reason', () => {
    expect(addNode(scene(line), 'trigger', { on: 'canvas', at: { x: 0, y: 0 } })).toHaveProperty(
      'refused',
      'A workflow has exactly one trigger.',
    )
    expect(addNode(scene(line), 'path', { on: 'canvas', at: { x: 0, y: 0 } })).toHaveProperty('refused')
    expect(placeAfter(scene(line), 'exit')).toHaveProperty('refused')
  })
})

describe('moving without dragging', () => {
  test('joins the old neighbours, leads the new ones through it, and undo takes all of it back', () => {
    const edit = moveStep(scene(line), 'wait', { before: 'mail' })
    const after = done(line, edit)
    expect(ways(after)).toEqual(['mail>exit:replied', 'start>wait', 'wait>mail'])
    expect(after.layout.get('mail')?.y).toBeGreaterThan(after.layout.get('wait')?.y ?? 0)
    if ('refused' in edit) throw new Error(edit.refused)
    expect(isEmpty(diffDrafts(line, applyPatch(after, invertPatch(line, edit.patch))))).toBe(true)
  })

  test('goes behind a way out, free or taken, and behind the condition of a split', () => {
    expect(ways(done(line, moveStep(scene(line), 'wait', { after: 'mail', when: null })))).toEqual([
      'mail>exit:replied',
      'mail>wait',
      'start>mail',
    ])
    expect(ways(done(line, moveStep(scene(line), 'wait', { after: 'start', when: null })))).toEqual([
      'mail>exit:replied',
      'start>wait',
      'wait>mail',
    ])
    const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
    expect(ways(done(split, moveStep(scene(split), 'wait', { after: 'split-1', when: 'a' })))).toContain('path-1>wait')
  })

  test('is refused for a start, a condition, an end before something, itself, and what has several ways out', () => {
    const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
    for (const edit of [
      moveStep(scene(line), 'start', { before: 'wait' }),
      moveStep(scene(line), 'wait', { before: 'start' }),
      moveStep(scene(line), 'wait', { before: 'wait' }),
      moveStep(scene(line), 'wait', { after: 'exit', when: null }),
      moveStep(scene(line), 'exit', { before: 'mail' }),
      moveStep(scene(split), 'path-1', { before: 'wait' }),
      moveStep(scene(split), 'split-1', { before: 'wait' }),
    ])
      expect(edit).toHaveProperty('refused')
  })

  test('a step that stands free is tied into the connection on which it is dropped, one that is connected is not', () => {
    const free = done(line, addNode(scene(line), 'wait', { on: 'canvas', at: { x: 600, y: 0 } }))
    expect(isFree(scene(free), 'wait-1')).toBe(true)
    expect(isFree(scene(free), 'wait')).toBe(false)
    const after = done(free, tieIn(scene(free), 'wait-1', 'mail-wait'))
    expect(ways(after)).toEqual(['mail>wait-1:replied', 'start>mail', 'wait-1>wait', 'wait>exit'])
    expect(after.layout.get('wait-1')).toEqual(free.layout.get('wait'))
    expect(tieIn(scene(line), 'wait', 'start-mail')).toHaveProperty('refused')
  })
})

describe('deleting', () => {
  test('a step in the middle joins its neighbours and keeps the label', () => {
    expect(ways(done(line, removeNodes(scene(line), ['wait'], { heal: true })))).toEqual([
      'mail>exit:replied',
      'start>mail',
    ])
  })

  test('several steps in a row heals across all of them', () => {
    expect(ways(done(line, removeNodes(scene(line), ['mail', 'wait'], { heal: true })))).toEqual(['start>exit'])
  })

  test('without healing leaves the gap', () => {
    expect(ways(done(line, removeNodes(scene(line), ['wait'], { heal: false })))).toEqual(['start>mail'])
  })

  test('never takes the trigger', () => {
    expect(removeNodes(scene(line), ['start'], { heal: true })).toHaveProperty('refused')
  })

  test('a split takes its conditions with it, and a condition its branch', () => {
    const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
    const without = done(split, removeNodes(scene(split), ['split-1'], { heal: true }))
    expect([...without.nodes.keys()]).toEqual(['start', 'mail', 'wait', 'exit'])
    const narrower = done(split, removeNodes(scene(split), ['path-2'], { heal: true }))
    expect(narrower.nodes.get('split-1')?.config.branches).toEqual([{ id: 'a', label: 'A' }])
  })

  test('leaves behind what stood below, but not what another way still reaches', () => {
    const draft = drawn(
      [node('start', 'trigger'), node('mail', 'mail'), node('below', 'wait'), node('exit', 'exit')],
      [edge('start', 'mail'), edge('mail', 'below', 'replied'), edge('below', 'exit'), edge('start', 'exit', 'other')],
    )
    const after = done(draft, removeNodes(scene(draft), ['mail'], { heal: false }))
    const reached = reachedFromEntries(after, catalogue)
    expect([...after.nodes.keys()].filter((id) => !reached.has(id))).toEqual(['below'])
  })
})

describe('connecting', () => {
  test('that would make a loop is refused in a sentence', () => {
    expect(connect(scene(line), 'wait', null, 'mail')).toEqual({
      refused: 'This would send people back to “mail”. Workflows can’t loop.',
    })
  })

  test('a way out that leads somewhere leads it elsewhere', () => {
    expect(ways(done(line, connect(scene(line), 'mail', 'replied', 'exit')))).toEqual([
      'mail>exit:replied',
      'start>mail',
      'wait>exit',
    ])
  })

  test('labels swap when a sibling carries the wanted one', () => {
    const two = done(line, connect(scene(line), 'mail', null, 'exit'))
    const fallback = [...two.edges.values()].find(({ source, when }) => source === 'mail' && when === null)
    expect(ways(done(two, relabel(scene(two), fallback?.id ?? '', 'replied')))).toContain('mail>exit:replied')
    expect(ways(done(two, relabel(scene(two), fallback?.id ?? '', 'replied')))).toContain('mail>wait')
  })
})

test('a new branch gets its condition and edge, a removed one loses both', () => {
  const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
  const branches = [
    { id: 'a', label: 'A' },
    { id: 'b', label: 'B' },
  ]
  const after = done(split, setConfig(scene(split), 'split-1', { branches }))
  expect(ways(after).filter((way) => way.startsWith('split-1'))).toEqual(['split-1>path-1:a', 'split-1>path-3:b'])
  expect([...after.nodes.keys()]).not.toContain('path-2')
})

test('pasted steps have new ids and their inner edges; the trigger stays out, foreign text does nothing', () => {
  const clip = copyNodes(scene(line), new Set(['start', 'mail', 'wait']))
  const text = JSON.stringify(clip)
  const after = done(
    line,
    pasteNodes(scene(line), parseClip(text) ?? { throughline: 'graph/1', nodes: [], edges: [], layout: {} }, {
      x: 500,
      y: 0,
    }),
  )
  expect([...after.nodes.keys()]).toEqual(['start', 'mail', 'wait', 'exit', 'mail-1', 'wait-1'])
  expect(ways(after)).toContain('mail-1>wait-1:replied')
  expect(parseClip('hello')).toBeNull()
  expect(parseClip('{"a":"graph/1"')).toBeNull()
})

test('two people at different steps or fields do not conflict, at the same field they do unless they agree', () => {
  const change = (id: string, more: Partial<GraphNode>) =>
    applyPatch(line, { nodes: new Map([[id, { ...(line.nodes.get(id) as GraphNode), ...more }]]) })
  const mine = change('mail', { title: 'Mine' })
  const fields = (theirs: Draft) => mergeDrafts(line, mine, theirs).conflicts.map(({ id, field }) => `${id} ${field}`)
  expect(fields(change('wait', { title: 'Theirs' }))).toEqual([])
  expect(fields(change('mail', { config: { subject: 'Theirs' } }))).toEqual([])
  expect(fields(change('mail', { title: 'Theirs' }))).toEqual(['mail title'])
  expect(fields(change('mail', { title: 'Mine' }))).toEqual([])
  expect(fields(applyPatch(line, { nodes: new Map([['mail', null]]) }))).toEqual(['mail null'])
})

test('notes and positions are kept with the layout, and notes that came without a place have one', () => {
  const layout = { mail: { x: 1, y: 2 }, $notes: [{ text: 'why' }] }
  const drafted = draftOf({ ...wireOf(line), layout })
  expect([...drafted.notes]).toEqual([['note-1', { x: 0, y: 0, text: 'why', tint: 0 }]])
  expect(wireOf(drafted).layout.$notes).toEqual([{ id: 'note-1', x: 0, y: 0, text: 'why', tint: 0 }])
})

describe('words', () => {
  test('a card says its config, and what is missing', () => {
    expect(summaryOf(catalogue.wait, node('w', 'wait', { durationMs: 97_200_000 }), {}).text).toBe('Wait 1 day 3 hours')
    expect(summaryOf(catalogue.mail, node('m', 'mail'), {})).toEqual({
      text: '“(no subject or template)”',
      complete: false,
    })
    expect(plainTemplate('Hi {{ customer.firstName | default: "there" }}, {% if x %}yes{% endif %}')).toBe(
      'Hi ‹firstName›, yes',
    )
  })

  test('the branch for everyone else needs no rules', () => {
    const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
    expect(cardText(split, catalogue, 'path-1', {}).complete).toBe(false)
    expect(cardText(split, catalogue, 'path-2', {}).complete).toBe(true)
  })

  test('an edge says who takes it and when', () => {
    const say = (draft: Draft, id: string) => edgeSentence(draft, catalogue, draft.edges.get(id) as GraphEdge)
    expect(say(line, 'mail-wait')).toBe('Taken as soon as they reply.')
    const clicked = drawn(
      [...line.nodes.values()],
      [
        edge('mail', 'wait', 'replied'),
        { ...edge('mail', 'exit', 'clicked'), id: 'c' },
        { ...edge('mail', 'exit'), id: 'd' },
      ],
    )
    expect(say(clicked, 'c')).toBe('Taken after 3 days if they clicked and did not reply.')
    expect(say(clicked, 'd')).toContain('Taken after 3 days if nothing')
    const alone = drawn([...line.nodes.values()], [{ ...edge('mail', 'exit', 'clicked'), id: 'c' }])
    expect(say(alone, 'c')).toBe('Taken as soon as they click.')
  })
})

test('the outline reads in order, names the way, and lists what nobody reaches at the end', () => {
  const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
  const lost = applyPatch(split, { nodes: new Map([['alone', node('alone', 'wait')]]) })
  expect(
    outlineOf(lost, catalogue).map(
      ({ id, depth, via, lost: unreached }) => `${depth}${via ? ` ${via}:` : ''} ${id}${unreached ? ' lost' : ''}`,
    ),
  ).toEqual([
    '0 start',
    '0 split-1',
    '1 A: path-1',
    '1 mail',
    '1 Replied: wait',
    '1 exit',
    '1 Rest: path-2',
    '0 alone lost',
  ])
})

test('arrows walk along edges and between siblings', () => {
  const split = done(line, addNode(scene(line), 'split', { on: 'edge', edgeId: 'start-mail' }))
  expect(neighbour(split, catalogue, 'split-1', 'down')).toBe('path-1')
  expect(neighbour(split, catalogue, 'path-1', 'right')).toBe('path-2')
  expect(neighbour(split, catalogue, 'path-2', 'left')).toBe('path-1')
  expect(neighbour(split, catalogue, 'path-1', 'up')).toBe('split-1')
  expect(neighbour(split, catalogue, 'start', 'up')).toBeNull()
})

test('a drawing with a loop is outlined and walked without end', () => {
  const loop = drawn(
    [node('start', 'trigger'), node('a', 'wait'), node('b', 'wait')],
    [edge('start', 'a'), edge('a', 'b'), edge('b', 'a')],
  )
  expect(outlineOf(loop, catalogue).map(({ id, again }) => `${id}${again ? ' again' : ''}`)).toEqual([
    'start',
    'a',
    'b',
    'a again',
  ])
})
