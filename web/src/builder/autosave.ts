import type { GraphProblem } from '../../../src/workflow/graph.ts'
import { ApiProblem } from '../api.ts'
import {
  applyPatch,
  type Draft,
  diffDrafts,
  draftOf,
  invertPatch,
  isEmpty,
  type WireWorkflow,
  wireOf,
} from './draft.ts'
import type { Journal, Unsaved } from './journal.ts'
import { type Conflict, mergeDrafts, takeTheirs } from './merge.ts'
import type { BuilderStore } from './store.ts'

/**
 * saved     the server has everything
 * waiting   changed; a save follows within 0.8 s
 * saving    a save is on its way
 * failed    the server did not take it; what was typed is on this device; `retryAt` says when it is tried again, null = after the next change
 * conflict  a colleague changed the same field; the person chooses. Everything else was joined, and editing goes on
 */
export type SaveState =
  | { is: 'saved'; at: Date }
  | { is: 'waiting' }
  | { is: 'saving' }
  | { is: 'failed'; reason: string; retryAt: Date | null }
  | { is: 'conflict'; theirs: Draft; version: number; conflicts: Conflict[] }

/** How the autosave reaches the server. */
export interface SaveTransport {
  /** @throws ApiProblem; 412 when `version` is stale */
  save(workflow: WireWorkflow, version: number): Promise<{ version: number; problems: GraphProblem[] }>
  saveLayout(layout: Record<string, unknown>): Promise<void>
  load(): Promise<WireWorkflow & { version: number }>
}

const afterMs = 800
const atMostMs = 5_000
const retryMs = [8_000, 15_000, 30_000]

/** Saves the builder's draft: one request in flight, later changes queue, an answer never replaces what is on the screen. */
export class Autosave {
  readonly #store: BuilderStore
  readonly #transport: SaveTransport
  readonly #journal: Journal
  #saved: Draft
  #version: number
  #state: SaveState
  #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #dirtySince: number | null = null
  #inFlight: Promise<void> | null = null
  #failures = 0
  #unsubscribe: () => void
  #seen: Draft
  /** The newest version of which was heard, by whoever made it. */
  #heard = 0
  #told: (version: number) => void = () => undefined

  constructor(store: BuilderStore, saved: Draft, version: number, transport: SaveTransport, journal: Journal) {
    this.#store = store
    this.#saved = saved
    this.#seen = saved
    this.#version = version
    this.#transport = transport
    this.#journal = journal
    this.#state = { is: 'saved', at: new Date() }
    this.#unsubscribe = store.subscribe(() => this.#changed())
  }

  get state(): SaveState {
    return this.#state
  }

  /** Whether leaving now loses nothing: the server or this device has everything. */
  get isSafe(): boolean {
    return this.#state.is === 'saved' || this.#journal.isKept
  }

  /** Hears the version of each save of this tab: for the other tabs. */
  onSaved(told: (version: number) => void): void {
    this.#told = told
  }

  get version(): number {
    return this.#version
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #to(state: SaveState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }

  #changed(): void {
    const draft = this.#store.state.draft
    if (draft === this.#seen) return
    this.#seen = draft
    if (isEmpty(diffDrafts(this.#saved, draft)) && !this.#inFlight) {
      this.#journal.write(null)
      this.#dirtySince = null
      clearTimeout(this.#timer)
      if (this.#state.is !== 'conflict')
        this.#to({ is: 'saved', at: this.#state.is === 'saved' ? this.#state.at : new Date() })
      return
    }
    const change = diffDrafts(this.#saved, draft)
    this.#journal.write({ version: this.#version, change, back: invertPatch(this.#saved, change) })
    if (this.#state.is === 'conflict') return
    this.#schedule()
  }

  #schedule(): void {
    this.#dirtySince ??= Date.now()
    clearTimeout(this.#timer)
    const left = Math.max(0, this.#dirtySince + atMostMs - Date.now())
    this.#timer = setTimeout(() => void this.flush(), Math.min(afterMs, left))
    if (!this.#inFlight) this.#to({ is: 'waiting' })
  }

  /** Saves now what is not saved. Resolves when the server answered, whatever it said; read `state`. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    // Others may have waited for the same, and one of them gone on.
    while (this.#inFlight) {
      await this.#inFlight
      if (this.#state.is === 'failed' || this.#state.is === 'conflict') return
    }
    if (this.#state.is === 'conflict') return
    const draft = this.#store.state.draft
    const change = diffDrafts(this.#saved, draft)
    if (isEmpty(change)) return
    this.#inFlight = this.#send(draft, isEmpty(change, { ignoreLayout: true }))
    await this.#inFlight
  }

  async #send(draft: Draft, onlyLayout: boolean): Promise<void> {
    this.#to({ is: 'saving' })
    this.#dirtySince = null
    try {
      if (onlyLayout) await this.#transport.saveLayout(wireOf(draft).layout)
      else {
        const answer = await this.#transport.save(wireOf(draft), this.#version)
        this.#version = answer.version
        this.#store.setProblems(answer.problems, draft)
        this.#told(answer.version)
      }
      this.#saved = draft
      this.#failures = 0
      this.#inFlight = null
      if (isEmpty(diffDrafts(draft, this.#store.state.draft))) {
        this.#journal.write(null)
        this.#to({ is: 'saved', at: new Date() })
      } else this.#schedule()
      if (this.#heard > this.#version) void this.heard(this.#heard)
    } catch (error) {
      // Still in flight until theirs is joined: joined twice, theirs would be what both began with, and mine saved over it unasked.
      if (error instanceof ApiProblem && error.status === 412) await this.#merge()
      else this.#fail(error)
      this.#inFlight = null
      if (this.#heard > this.#version) void this.heard(this.#heard)
    }
  }

  #fail(error: unknown): void {
    const passing =
      !(error instanceof ApiProblem) || error.code === 'offline' || error.status >= 500 || error.status === 429
    const delay = retryMs[Math.min(this.#failures++, retryMs.length - 1)] ?? 30_000
    const retryAt = passing ? new Date(Date.now() + delay) : null
    if (retryAt) this.#timer = setTimeout(() => void this.flush(), delay)
    this.#to({ is: 'failed', reason: error instanceof Error ? error.message : String(error), retryAt })
  }

  /** Somebody saved a version: theirs is joined at once, before this tab saves over an old one. */
  async heard(version: number): Promise<void> {
    this.#heard = Math.max(this.#heard, version)
    if (version <= this.#version || this.#inFlight || this.#state.is === 'conflict' || this.#state.is === 'failed')
      return
    this.#inFlight = this.#merge().finally(() => {
      this.#inFlight = null
    })
    await this.#inFlight
    if (this.#state.is === 'waiting') this.#schedule()
  }

  /** Takes up what this device kept of an earlier visit. */
  resume(unsaved: Unsaved): void {
    const theirs = this.#saved
    const base = applyPatch(theirs, unsaved.back)
    const mine = applyPatch(base, unsaved.change)
    const { patch, conflicts } = mergeDrafts(base, mine, theirs)
    const change = diffDrafts(theirs, applyPatch(mine, patch))
    if (isEmpty(change)) {
      this.#journal.write(null)
      return
    }
    if (conflicts.length > 0) this.#to({ is: 'conflict', theirs, version: this.#version, conflicts })
    this.#store.run({ label: 'Changes that were not saved are back', patch: change })
  }

  /** Joins what somebody else saved, by step and field; where both changed the same field the person chooses. */
  async #merge(): Promise<void> {
    try {
      const workflow = await this.#transport.load()
      const theirs = draftOf(workflow)
      const mine = this.#store.state.draft
      const { patch, conflicts } = mergeDrafts(this.#saved, mine, theirs)
      this.#saved = theirs
      this.#version = workflow.version
      if (conflicts.length > 0) {
        this.#to({ is: 'conflict', theirs, version: workflow.version, conflicts })
      } else this.#to({ is: 'waiting' })
      this.#store.merge(patch, 'Somebody else changed the workflow; both changes are kept')
      if (conflicts.length === 0) this.#settle()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** After a merge: there is something of mine to save, or all of it came from there. */
  #settle(): void {
    if (isEmpty(diffDrafts(this.#saved, this.#store.state.draft))) {
      this.#journal.write(null)
      this.#dirtySince = null
      clearTimeout(this.#timer)
      this.#to({ is: 'saved', at: new Date() })
    } else this.#schedule()
  }

  /** Ends a conflict. For the fields named, theirs is taken, as a step that undo takes back; mine stays in all others. */
  resolve(takeFromThem: readonly string[]): void {
    if (this.#state.is !== 'conflict') return
    const { conflicts } = this.#state
    this.#to({ is: 'waiting' })
    const taken = conflicts.filter(({ key }) => takeFromThem.includes(key))
    const patch = takeTheirs(this.#store.state.draft, taken)
    if (!isEmpty(patch)) this.#store.run({ label: 'Took the other version', patch })
    this.#settle()
  }

  /** Stops for good; the journal keeps what is not saved. */
  close(): void {
    clearTimeout(this.#timer)
    this.#unsubscribe()
  }
}
