import { describe, expect, test } from 'vitest'
import type { Catalogue, GraphNode } from '../../../src/workflow/graph.ts'
import { ApiProblem } from '../api.ts'
import { Autosave, type SaveTransport } from './autosave.ts'
import { draftOf, type WireWorkflow, wireOf } from './draft.ts'
import { moveNodes, setTitle } from './edits.ts'
import type { Unsaved } from './journal.ts'
import { BuilderStore } from './store.ts'

const node = (id: string): GraphNode => ({ id, type: 'wait', title: id, config: {} })
const graph: WireWorkflow = {
  nodes: [node('a'), node('b')],
  edges: [],
  layout: { a: { x: 0, y: 0 }, b: { x: 0, y: 100 } },
}
const open = (readOnly: string | null = null) => new BuilderStore({} as Catalogue, draftOf(graph), readOnly)
const titleOf = (store: BuilderStore, id: string) => store.state.draft.nodes.get(id)?.title
const rename = (store: BuilderStore, id: string, title: string, key?: string) =>
  store.run(setTitle(store.scene, id, title), key === undefined ? {} : { key })

describe('the history', () => {
  test('goes back and forth step by step and says what it did', () => {
    const store = open()
    rename(store, 'a', 'one')
    rename(store, 'b', 'two')
    store.undo()
    expect([titleOf(store, 'a'), titleOf(store, 'b')]).toEqual(['one', 'b'])
    expect(store.state.said).toBe('Undid: Renamed to “two”')
    expect(store.state.canRedo).toBe('Renamed to “two”')
    store.undo()
    store.redo()
    store.redo()
    expect([titleOf(store, 'a'), titleOf(store, 'b')]).toEqual(['one', 'two'])
    expect(store.state.canRedo).toBeNull()
  })

  test('takes typing in one field as one step until it is left', () => {
    const store = open()
    rename(store, 'a', 'o', 'title a')
    rename(store, 'a', 'on', 'title a')
    rename(store, 'a', 'one', 'title a')
    store.seal()
    rename(store, 'a', 'one more', 'title a')
    store.undo()
    expect(titleOf(store, 'a')).toBe('one')
    store.undo()
    expect(titleOf(store, 'a')).toBe('a')
  })

  test('forgets what was undone when something new is done', () => {
    const store = open()
    rename(store, 'a', 'one')
    store.undo()
    rename(store, 'a', 'two')
    store.redo()
    expect(titleOf(store, 'a')).toBe('two')
  })
})

test('a read-only builder refuses every edit, undo included, with its reason', () => {
  const store = open('Archived.')
  expect(rename(store, 'a', 'one')).toBe('Archived.')
  store.undo()
  store.redo()
  expect(wireOf(store.state.draft)).toEqual(graph)
})

/** A server of our own that answers when told, and refuses a stale version as the real one does. */
function server() {
  let kept: WireWorkflow = graph
  let version = 1
  const log: string[] = []
  let fail: ApiProblem | null = null
  let gate: Promise<void> = Promise.resolve()
  let reads = 0
  let readGate: Promise<void> = Promise.resolve()
  const transport: SaveTransport = {
    async save(workflow, seen) {
      await gate
      log.push('save')
      if (fail) throw fail
      if (seen !== version) throw new ApiProblem(412, 'stale_version', 'stale')
      kept = structuredClone(workflow)
      version += 1
      return { version, problems: [] }
    },
    async saveLayout(layout) {
      log.push('layout')
      kept = { ...kept, layout }
    },
    async load() {
      reads += 1
      await readGate
      return { ...structuredClone(kept), version }
    },
  }
  return {
    transport,
    log,
    get kept() {
      return kept
    },
    refuse: (problem: ApiProblem | null) => {
      fail = problem
    },
    get reads() {
      return reads
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
    holdReads() {
      const { promise, resolve } = Promise.withResolvers<void>()
      readGate = promise
      return resolve
    },
    change(change: (workflow: WireWorkflow) => WireWorkflow) {
      kept = change(structuredClone(kept))
      version += 1
    },
  }
}

function editing(on = server()) {
  const store = open()
  const journal: { entry: unknown } = { entry: null }
  const autosave = new Autosave(store, store.state.draft, 1, on.transport, {
    read: async () => null,
    isKept: true,
    write: (entry) => {
      journal.entry = entry
    },
  })
  return { store, autosave, on, journal }
}

describe('autosave', () => {
  test('says saved only after the server has everything', async () => {
    const { store, autosave, on, journal } = editing()
    rename(store, 'a', 'one')
    expect(autosave.state.is).toBe('waiting')
    expect(journal.entry).not.toBeNull()
    await autosave.flush()
    expect(autosave.state.is).toBe('saved')
    expect(on.kept.nodes[0]?.title).toBe('one')
    expect(journal.entry).toBeNull()
  })

  test('keeps what was typed while a save was on its way, and saves it next', async () => {
    const { store, autosave, on } = editing()
    const release = on.hold()
    rename(store, 'a', 'one')
    const first = autosave.flush()
    rename(store, 'a', 'two')
    release()
    await first
    expect(titleOf(store, 'a')).toBe('two')
    expect(autosave.state.is).toBe('waiting')
    await autosave.flush()
    expect(on.kept.nodes[0]?.title).toBe('two')
    expect(on.log).toEqual(['save', 'save'])
  })

  test('sends positions alone where nothing else changed: they are no part of the version', async () => {
    const { store, autosave, on } = editing()
    store.run(moveNodes(new Map([['a', { x: 40, y: 0 }]])))
    await autosave.flush()
    expect(on.log).toEqual(['layout'])
    expect(autosave.version).toBe(1)
  })

  test('keeps everything on this device when the server is away, and says so', async () => {
    const { store, autosave, on, journal } = editing()
    on.refuse(new ApiProblem(0, 'offline', 'The server did not answer.'))
    rename(store, 'a', 'one')
    await autosave.flush()
    expect(autosave.state).toMatchObject({ is: 'failed', reason: 'The server did not answer.' })
    expect(journal.entry).not.toBeNull()
    on.refuse(null)
    await autosave.flush()
    expect(autosave.state.is).toBe('saved')
    autosave.close()
  })

  test('joins what somebody else changed at other steps', async () => {
    const { store, autosave, on } = editing()
    on.change((workflow) => ({ ...workflow, nodes: [node('a'), { ...node('b'), title: 'theirs' }, node('c')] }))
    rename(store, 'a', 'mine')
    await autosave.flush()
    await autosave.flush()
    expect(autosave.state.is).toBe('saved')
    expect(on.kept.nodes.map(({ title }) => title).sort()).toEqual(['c', 'mine', 'theirs'])
    expect(titleOf(store, 'b')).toBe('theirs')
  })

  test('joins two people’s changes of different fields of one step without asking', async () => {
    const { store, autosave, on } = editing()
    on.change((workflow) => ({ ...workflow, nodes: [{ ...node('a'), config: { durationMs: 5 } }, node('b')] }))
    rename(store, 'a', 'mine')
    await autosave.flush()
    await autosave.flush()
    expect(autosave.state.is).toBe('saved')
    expect(on.kept.nodes[0]).toMatchObject({ title: 'mine', config: { durationMs: 5 } })
    store.undo()
    expect(store.state.draft.nodes.get('a')).toMatchObject({ title: 'a', config: { durationMs: 5 } })
    autosave.close()
  })

  test('asks when both changed the same field, goes on with everything else, and does what is chosen', async () => {
    for (const choice of ['mine', 'theirs'] as const) {
      const { store, autosave, on } = editing()
      on.change((workflow) => ({
        ...workflow,
        nodes: [
          { ...node('a'), title: 'theirs' },
          { ...node('b'), title: 'other' },
        ],
      }))
      rename(store, 'a', 'mine')
      await autosave.flush()
      expect(autosave.state).toMatchObject({ is: 'conflict', conflicts: [{ id: 'a', field: 'title' }] })
      expect([titleOf(store, 'a'), titleOf(store, 'b')]).toEqual(['mine', 'other'])
      autosave.resolve(choice === 'theirs' ? ['node a title'] : [])
      await autosave.flush()
      expect(titleOf(store, 'a')).toBe(choice)
      expect(on.kept.nodes[0]?.title).toBe(choice)
      if (choice === 'theirs') {
        store.undo()
        expect(titleOf(store, 'a')).toBe('mine')
      }
      autosave.close()
    }
  })

  test('asks also when it hears of a colleague’s save while it is already joining it', async () => {
    const { store, autosave, on } = editing()
    on.change((workflow) => ({ ...workflow, nodes: [{ ...node('a'), title: 'theirs' }, node('b')] }))
    rename(store, 'a', 'mine')
    const release = on.holdReads()
    const refused = autosave.flush()
    // The save was refused, and what stands there instead is being read.
    await expect.poll(() => on.reads).toBe(1)
    const hearing = autosave.heard(2)
    const saving = autosave.flush()
    release()
    await Promise.all([refused, hearing, saving])
    await autosave.flush()
    expect(autosave.state).toMatchObject({ is: 'conflict', conflicts: [{ id: 'a', field: 'title' }] })
    expect(on.kept.nodes[0]?.title).toBe('theirs')
    autosave.close()
  })

  test('takes a colleague’s save at once when it hears of it, with nothing of its own to save', async () => {
    const { store, autosave, on } = editing()
    on.change((workflow) => ({ ...workflow, nodes: [{ ...node('a'), title: 'theirs' }, node('b')] }))
    await autosave.heard(2)
    expect(titleOf(store, 'a')).toBe('theirs')
    expect(autosave.state.is).toBe('saved')
    expect(on.log).toEqual([])
    expect(store.state.canUndo).toBeNull()
    autosave.close()
  })

  test('forgets a step of the history whose field a colleague changed since', async () => {
    const { store, autosave, on } = editing()
    rename(store, 'a', 'one')
    await autosave.flush()
    on.change((workflow) => ({ ...workflow, nodes: [{ ...node('a'), title: 'theirs' }, node('b')] }))
    await autosave.heard(3)
    expect(titleOf(store, 'a')).toBe('theirs')
    expect(store.state.canUndo).toBeNull()
    expect(store.state.said).toContain('Undo no longer reaches')
    autosave.close()
  })

  test('takes up what was not saved on an earlier visit, also when the server has moved on', async () => {
    const first = editing()
    first.on.refuse(new ApiProblem(0, 'offline', 'The server did not answer.'))
    rename(first.store, 'a', 'kept')
    await first.autosave.flush()
    first.autosave.close()
    first.on.refuse(null)
    first.on.change((workflow) => ({ ...workflow, nodes: [node('a'), { ...node('b'), title: 'theirs' }] }))
    const now = await first.on.transport.load()
    const store = new BuilderStore({} as Catalogue, draftOf(now), null)
    const autosave = new Autosave(store, store.state.draft, now.version, first.on.transport, {
      read: async () => null,
      isKept: true,
      write: () => {},
    })
    autosave.resume(first.journal.entry as Unsaved)
    await autosave.flush()
    expect(autosave.state.is).toBe('saved')
    expect(first.on.kept.nodes.map(({ title }) => title)).toEqual(['kept', 'theirs'])
    store.undo()
    expect(titleOf(store, 'a')).toBe('a')
    autosave.close()
  })
})
