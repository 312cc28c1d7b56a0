import { Background } from './background.ts'
import type { CheckAnswer, CheckAsk } from './check-worker.ts'
import type { Draft } from './draft.ts'
import { type Checked, judge, sameGraph } from './problems.ts'
import type { BuilderStore } from './store.ts'

/** How long after a change the draft is checked, and how long at most while changes follow one another, in ms (UX §4.6). */
const afterMs = 250
const atMostMs = 1_000
/** Drafts whose check is remembered: what is on the screen, and what the server was sent. */
const remembered = 6

function changes<Value>(
  from: ReadonlyMap<string, Value>,
  to: ReadonlyMap<string, Value>,
): [id: string, value: Value | null][] {
  const found: [string, Value | null][] = []
  if (from === to) return found
  for (const [id, value] of to) if (from.get(id) !== value) found.push([id, value])
  for (const id of from.keys()) if (!to.has(id)) found.push([id, null])
  return found
}

/**
 * Keeps the problems in view current while one edits: checks the draft on this device by the module that the server runs, a quarter of
 * a second after a change, also without a network. What only the server can know it adds when it answers a save.
 */
export class LiveCheck {
  readonly #store: BuilderStore
  readonly #ask: (ask: CheckAsk) => Promise<CheckAnswer>
  #sent: Pick<Draft, 'nodes' | 'edges'> = { nodes: new Map(), edges: new Map() }
  #known: { draft: Draft; checked: Promise<Checked> }[] = []
  #seen: Pick<BuilderStore['state'], 'draft' | 'answered'>
  #timer: ReturnType<typeof setTimeout> | undefined
  #since: number | null = null
  readonly #unsubscribe: () => void

  constructor(store: BuilderStore, ask: (ask: CheckAsk) => Promise<CheckAnswer>) {
    this.#store = store
    this.#ask = ask
    this.#seen = store.state
    this.#unsubscribe = store.subscribe(() => this.#changed())
    void this.#update()
  }

  #changed(): void {
    const { draft, answered } = this.#store.state
    const isAnswer = answered !== this.#seen.answered
    if (!isAnswer && sameGraph(draft, this.#seen.draft)) return
    this.#seen = { draft, answered }
    this.#since ??= performance.now()
    clearTimeout(this.#timer)
    const left = Math.max(0, this.#since + atMostMs - performance.now())
    this.#timer = setTimeout(() => void this.#update(), isAnswer ? 0 : Math.min(afterMs, left))
  }

  /** The check of a draft, remembered for a while. */
  #check(draft: Draft): Promise<Checked> {
    const known = this.#known.find((one) => sameGraph(one.draft, draft))
    if (known) return known.checked
    const ask = { nodes: changes(this.#sent.nodes, draft.nodes), edges: changes(this.#sent.edges, draft.edges) }
    this.#sent = draft
    const checked = this.#ask(ask).then(({ problems, references }) => ({
      draft,
      problems,
      references: new Map(references),
    }))
    this.#known = [{ draft, checked }, ...this.#known].slice(0, remembered)
    return checked
  }

  async #update(): Promise<void> {
    this.#since = null
    const { draft, answered } = this.#store.state
    try {
      const [now, here] = await Promise.all([this.#check(draft), answered && this.#check(answered.draft)])
      // Something newer came meanwhile: its own check is on its way.
      if (!sameGraph(this.#seen.draft, draft) || this.#seen.answered !== answered) return
      this.#store.judge(judge(now, answered && here ? { problems: answered.problems, here } : null))
    } catch {
      // Not loaded, or it died: it begins anew, and until then the server's answers are what is shown.
      this.#sent = { nodes: new Map(), edges: new Map() }
      this.#known = []
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#unsubscribe()
  }
}

/** Checks a builder's draft beside the page, once the page has time for it, which `begun` hears. Answers what ends it. */
export function startLiveCheck(store: BuilderStore, begun: () => void): () => void {
  const worker = new Background<CheckAsk, CheckAnswer>(
    () => new Worker(new URL('./check-worker.ts', import.meta.url), { type: 'module', name: 'check' }),
  )
  let live: LiveCheck | null = null
  const begin = () => {
    live = new LiveCheck(store, (ask) => worker.ask(ask))
    begun()
  }
  // The check is as large as a page of its own, so the canvas comes first.
  const idle = 'requestIdleCallback' in window
  const handle = idle ? requestIdleCallback(begin, { timeout: 3_000 }) : window.setTimeout(begin, 500)
  return () => {
    idle ? cancelIdleCallback(handle) : clearTimeout(handle)
    live?.close()
    worker.close()
  }
}
