import type { GraphProblem } from '../../../src/workflow/graph.ts'
import { ApiProblem } from '../api.ts'
import { conflicts, type Draft, diffDrafts, draftOf, isEmpty, type Patch, type WireWorkflow, wireOf } from './draft.ts'
import type { BuilderStore } from './store.ts'

/**
 * saved     the server has everything
 * waiting   changed; a save follows within 0.8 s
 * saving    a save is on its way
 * failed    the server did not take it; what was typed is on this device; `retryAt` says when it is tried again, null = after the next change
 * conflict  a colleague changed the same step; the person chooses
 */
export type SaveState =
  | { is: 'saved'; at: Date }
  | { is: 'waiting' }
  | { is: 'saving' }
  | { is: 'failed'; reason: string; retryAt: Date | null }
  | { is: 'conflict'; theirs: Draft; version: number; ids: string[] }

/** How the autosave reaches the server. */
export interface SaveTransport {
  /** @throws ApiProblem; 412 when `version` is stale */
  save(workflow: WireWorkflow, version: number): Promise<{ version: number; problems: GraphProblem[] }>
  saveLayout(layout: Record<string, unknown>): Promise<void>
  load(): Promise<WireWorkflow & { version: number }>
}

/** What a tab keeps on this device until the server has it. */
export interface Journal {
  read(): { version: number; workflow: WireWorkflow } | null
  write(entry: { version: number; workflow: WireWorkflow } | null): void
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
    this.#journal.write({ version: this.#version, workflow: wireOf(draft) })
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
    if (this.#inFlight) {
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
        this.#store.setProblems(answer.problems)
      }
      this.#saved = draft
      this.#failures = 0
      this.#inFlight = null
      if (isEmpty(diffDrafts(draft, this.#store.state.draft))) {
        this.#journal.write(null)
        this.#to({ is: 'saved', at: new Date() })
      } else this.#schedule()
    } catch (error) {
      this.#inFlight = null
      if (error instanceof ApiProblem && error.status === 412) await this.#merge()
      else this.#fail(error)
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

  /** Somebody saved first: changes of different steps are joined without a word, the same step is the person's choice. */
  async #merge(): Promise<void> {
    try {
      const workflow = await this.#transport.load()
      const theirs = draftOf(workflow)
      const theirChange = diffDrafts(this.#saved, theirs)
      const ids = conflicts(diffDrafts(this.#saved, this.#store.state.draft), theirChange)
      if (ids.length > 0) this.#to({ is: 'conflict', theirs, version: workflow.version, ids })
      else this.#adopt(theirs, workflow.version, withoutLayout(theirChange))
    } catch (error) {
      this.#fail(error)
    }
  }

  #adopt(theirs: Draft, version: number, patch: Patch): void {
    this.#saved = theirs
    this.#version = version
    this.#to({ is: 'waiting' })
    this.#store.merge(patch, 'Somebody else changed other steps; both are kept')
    this.#schedule()
  }

  /** Ends a conflict: `mine` keeps what is on this screen for the steps that both changed, `theirs` takes the server's for them. */
  resolve(choice: 'mine' | 'theirs'): void {
    if (this.#state.is !== 'conflict') return
    const { theirs, version, ids } = this.#state
    const change = withoutLayout(diffDrafts(this.#saved, theirs))
    const pick = <Value>(map: ReadonlyMap<string, Value>) =>
      new Map([...map].filter(([id]) => choice === 'theirs' || !ids.includes(id)))
    this.#adopt(theirs, version, { nodes: pick(change.nodes), edges: pick(change.edges) })
  }

  /** Stops for good; the journal keeps what is not saved. */
  close(): void {
    clearTimeout(this.#timer)
    this.#unsubscribe()
  }
}

const withoutLayout = (patch: Required<Patch>): Required<Patch> => ({
  ...patch,
  layout: new Map([...patch.layout].filter(([id, at]) => at !== null && patch.nodes.has(id))),
})

/** A journal in the browser's storage, one entry a campaign. Storage that is full or blocked keeps nothing; saving goes on. */
export function deviceJournal(campaignId: string): Journal {
  const key = `throughline-unsaved-${campaignId}`
  return {
    read() {
      try {
        const text = localStorage.getItem(key)
        return text ? (JSON.parse(text) as { version: number; workflow: WireWorkflow }) : null
      } catch {
        return null
      }
    },
    write(entry) {
      try {
        if (entry) localStorage.setItem(key, JSON.stringify(entry))
        else localStorage.removeItem(key)
      } catch {
        // full or blocked: the tab itself still has it
      }
    },
  }
}
