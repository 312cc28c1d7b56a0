import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Catalogue, GraphProblem } from '../../../src/workflow/graph.ts'
import {
  applyPatch,
  type Draft,
  invertPatch,
  isEmpty,
  joinPatches,
  type Patch,
  problemsByNode,
  sameJson,
} from './draft.ts'
import type { Edit, Refusal, Scene } from './edits.ts'
import { rebaseStep } from './merge.ts'
import { type Judged, sameGraph, type Unchecked } from './problems.ts'
import type { Names } from './sentence.ts'

interface Step {
  label: string
  redo: Patch
  undo: Patch
  focus: string | undefined
  /** Steps with the same key join while they follow one another within two seconds. */
  key: string | undefined
  at: number
  /** The drafts before and after an exact edit. */
  exact?: { before: Draft; after: Draft } | undefined
  glide: boolean
}

/** Everything the builder shows, immutable; a change makes a new one that shares what did not change. */
export interface BuilderState {
  draft: Draft
  selected: ReadonlySet<string>
  edge: string | null
  problems: readonly GraphProblem[]
  problemsOf: ReadonlyMap<string, GraphProblem[]>
  /** What the server found last, and in which draft. */
  answered: { draft: Draft; problems: readonly GraphProblem[] } | null
  /** Somebody has looked: no problems means that there are none. */
  isJudged: boolean
  /** Steps with fields of which the server has not judged yet what they name: a sender, a segment, a template. */
  unchecked: Unchecked
  /** The drawer is open on the selected step, or the popover on the selected connection. */
  drawer: boolean
  /** A field that the drawer shall focus; `at` tells one wish from the next. */
  wish: { field: string | null; at: number } | null
  /** The node that the camera shall show. */
  look: { id: string; at: number } | null
  /** Counts the changes by which many cards got other places. */
  glide: number
  canUndo: string | null
  canRedo: string | null
  /** Steps that were just added: what is missing in them is not held against anybody yet. */
  fresh: ReadonlySet<string>
  /** What the live region says. */
  said: string
  /** The sentence that says why nothing can be changed now, or null. */
  readOnly: string | null
}

const historyLimit = 300
const joinWithinMs = 2_000
const nothing: ReadonlySet<string> = new Set()
const allChecked: Unchecked = new Map()

/** The graph with undo. Every change goes through `run`, so that a read-only builder cannot leak one. */
export class BuilderStore {
  readonly catalogue: Catalogue
  readonly #always: string | null
  /** Names of what configs refer to, for the clipboard; kept current by the page. */
  names: Names = {}
  #state: BuilderState
  #past: Step[] = []
  #future: Step[] = []
  #listeners = new Set<() => void>()
  #heights = new Map<string, number>()
  #stamp = 0
  /** The draft is checked here, too. */
  #isChecked = false

  /** `readOnly`: the sentence that says why nothing can ever be changed here, or null. */
  constructor(catalogue: Catalogue, draft: Draft, readOnly: string | null) {
    this.catalogue = catalogue
    this.#always = readOnly
    this.#state = {
      draft,
      selected: nothing,
      edge: null,
      problems: [],
      problemsOf: new Map(),
      answered: null,
      isJudged: false,
      unchecked: allChecked,
      drawer: false,
      wish: null,
      look: null,
      glide: 0,
      canUndo: null,
      canRedo: null,
      fresh: nothing,
      said: '',
      readOnly,
    }
  }

  /** The sentence that says why nothing can be changed now, or null. */
  get readOnly(): string | null {
    return this.#state.readOnly
  }

  /** Keeps every change out while something else has the canvas (a test, a version that is looked at); null lets them in again. */
  lock(reason: string | null): void {
    if (this.#state.readOnly !== (this.#always ?? reason)) this.#set({ readOnly: this.#always ?? reason })
  }

  get state(): BuilderState {
    return this.#state
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #set(change: Partial<BuilderState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }

  /** What edits need. */
  get scene(): Scene {
    return { draft: this.#state.draft, catalogue: this.catalogue, heightOf: (id) => this.#heights.get(id) ?? 84 }
  }

  /** The canvas reports how high a card came out, in pixels. */
  measured(id: string, height: number): void {
    this.#heights.set(id, height)
  }

  /** Does an edit and remembers how to take it back. Answers the reason when it is refused. */
  run(edit: Edit | Refusal, options: { key?: string; quiet?: boolean } = {}): string | null {
    const refused = 'refused' in edit ? edit.refused : this.readOnly
    if (refused !== null || 'refused' in edit) {
      this.#set({ said: refused ?? '' })
      return refused
    }
    const now = Date.now()
    const undo = invertPatch(this.#state.draft, edit.patch)
    const last = this.#past.at(-1)
    const joins = options.key !== undefined && last?.key === options.key && now - last.at < joinWithinMs
    const step: Step = joins
      ? { ...last, redo: joinPatches(last.redo, edit.patch), undo: joinPatches(undo, last.undo), at: now }
      : {
          label: edit.label,
          redo: edit.patch,
          undo,
          focus: edit.focus,
          key: options.key,
          at: now,
          glide: edit.glide === true,
        }
    const after = applyPatch(this.#state.draft, edit.patch)
    if (edit.exact) step.exact = { before: this.#state.draft, after }
    this.#past = [...(joins ? this.#past.slice(0, -1) : this.#past), step].slice(-historyLimit)
    this.#future = []
    if (edit.fresh) this.#state = { ...this.#state, fresh: new Set([...this.#state.fresh, ...edit.fresh]) }
    this.#place(after, {
      ...(!options.quiet && { said: edit.note ? `${edit.label}. ${edit.note}` : edit.label }),
      ...(step.glide && { glide: this.#state.glide + 1 }),
    })
    return null
  }

  /** The next edit with the same key starts a step of its own: a field was left, a drag ended. */
  seal(): void {
    const last = this.#past.at(-1)
    if (last) this.#past = [...this.#past.slice(0, -1), { ...last, key: undefined }]
  }

  #place(draft: Draft, change: Partial<BuilderState>): void {
    const selected = [...this.#state.selected].every((id) => draft.nodes.has(id))
      ? this.#state.selected
      : new Set([...this.#state.selected].filter((id) => draft.nodes.has(id)))
    this.#set({
      draft,
      selected,
      edge: this.#isEdgeIn(draft) ? this.#state.edge : null,
      drawer: this.#state.drawer && (selected.size === 1 || this.#isEdgeIn(draft)),
      problemsOf: problemsByNode(draft, this.#state.problems, this.#state.problemsOf),
      canUndo: this.#past.at(-1)?.label ?? null,
      canRedo: this.#future.at(-1)?.label ?? null,
      ...change,
    })
  }

  undo(): void {
    const step = this.#past.at(-1)
    if (!step || this.readOnly !== null) return
    this.#past = this.#past.slice(0, -1)
    this.#future = [...this.#future, step]
    const untouched = step.exact?.after === this.#state.draft ? step.exact.before : null
    this.#travel(untouched ?? applyPatch(this.#state.draft, step.undo), step, 'Undid')
  }

  redo(): void {
    const step = this.#future.at(-1)
    if (!step || this.readOnly !== null) return
    this.#future = this.#future.slice(0, -1)
    this.#past = [...this.#past, { ...step, key: undefined }]
    this.#travel(applyPatch(this.#state.draft, step.redo), step, 'Redid')
  }

  #travel(draft: Draft, step: Step, verb: string): void {
    const id = [step.focus, ...(step.redo.nodes?.keys() ?? []), ...(step.redo.layout?.keys() ?? [])].find(
      (one) => one !== undefined && draft.nodes.has(one),
    )
    this.#place(draft, {
      said: `${verb}: ${step.label}`,
      ...(id !== undefined && { look: { id, at: ++this.#stamp } }),
      ...(step.glide && { glide: this.#state.glide + 1 }),
    })
  }

  /** Takes over a colleague's changes: not a step of this tab's history, which keeps theirs when it goes back. */
  merge(patch: Patch, said: string): void {
    if (isEmpty(patch)) return
    const before = this.#state.draft
    const rebase = (steps: Step[]) => steps.flatMap((step) => rebaseStep(step, before, patch) ?? [])
    const steps = this.#past.length
    this.#past = rebase(this.#past)
    this.#future = rebase(this.#future)
    const lost = steps - this.#past.length
    this.#place(applyPatch(before, patch), {
      said:
        lost > 0
          ? `${said}. Undo no longer reaches ${lost === 1 ? 'a change' : `${lost} changes`} of the same field`
          : said,
    })
  }

  /** From now on everything that is missing is shown. */
  reveal(): void {
    if (this.#state.fresh.size > 0) this.#set({ fresh: nothing })
  }

  /** What the server found wrong in a draft. Of an older one than this it waits for the check here, which joins the two. */
  setProblems(problems: readonly GraphProblem[], draft: Draft = this.#state.draft): void {
    const answered = { draft, problems }
    if (this.#isChecked && !sameGraph(draft, this.#state.draft)) this.#set({ answered })
    else this.#set({ answered, isJudged: true, ...this.#listed(problems), unchecked: allChecked })
  }

  /** What is known of the draft's problems after it was checked here. */
  judge({ problems, unchecked }: Judged): void {
    this.#isChecked = true
    const { problems: before, unchecked: open } = this.#state
    const listOf = (all: Unchecked) => [...all].map(([id, fields]) => [id, ...fields])
    this.#set({
      isJudged: true,
      ...(!sameJson(before, problems) && this.#listed(problems)),
      ...(!sameJson(listOf(open), listOf(unchecked)) && { unchecked }),
    })
  }

  #listed(problems: readonly GraphProblem[]) {
    return { problems, problemsOf: problemsByNode(this.#state.draft, problems, this.#state.problemsOf) }
  }

  /** Selects steps; `open` opens the drawer on a single one, `field` is what it shall focus there. */
  select(ids: Iterable<string>, options: { open?: boolean; field?: string | null; look?: boolean } = {}): void {
    const selected = new Set([...ids].filter((id) => this.#state.draft.nodes.has(id)))
    const first = [...selected][0]
    const left = [...this.#state.selected].filter((id) => !selected.has(id))
    this.#set({
      selected,
      ...(left.some((id) => this.#state.fresh.has(id)) && {
        fresh: new Set([...this.#state.fresh].filter((id) => !left.includes(id))),
      }),
      edge: null,
      drawer: selected.size === 1 && (options.open ?? this.#state.drawer),
      ...(options.field !== undefined && { wish: { field: options.field, at: ++this.#stamp } }),
      ...(options.look && first !== undefined && { look: { id: first, at: ++this.#stamp } }),
    })
  }

  #isEdgeIn(draft: Draft): boolean {
    return this.#state.edge !== null && draft.edges.has(this.#state.edge)
  }

  /** Selects a connection; `open` opens its popover. Null selects none. */
  selectEdge(id: string | null, open = false): void {
    const wasEdge = this.#state.edge !== null
    this.#set({
      edge: id,
      ...(id !== null && { selected: nothing, drawer: open }),
      ...(id === null && wasEdge && { drawer: false }),
    })
  }

  openDrawer(open: boolean): void {
    this.#set({ drawer: open && (this.#state.selected.size === 1 || this.#state.edge !== null), wish: null })
  }

  /** Has the camera show a node, whatever is selected. */
  look(id: string): void {
    if (this.#state.draft.nodes.has(id)) this.#set({ look: { id, at: ++this.#stamp } })
  }

  say(said: string): void {
    this.#set({ said })
  }
}

const BuilderContext = createContext<BuilderStore | null>(null)
/** Gives the builder's parts their store. */
export const BuilderProvider = BuilderContext.Provider

/** The builder's store. @throws when there is none around */
export function useStore(): BuilderStore {
  const store = useContext(BuilderContext)
  if (!store) throw new Error('useStore() outside the builder')
  return store
}

/** Reads a part of the builder's state; the component renders again only when that part changes (by identity). */
export function useBuilder<Part>(select: (state: BuilderState) => Part): Part {
  const store = useStore()
  return useSyncExternalStore(store.subscribe, () => select(store.state))
}
