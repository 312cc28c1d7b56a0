import { type Answer, api } from '../api.ts'
import { prefetchNames } from '../parts/choices.ts'
import { prefetch } from '../query.ts'

type Workflow = Answer<'GET /campaigns/:id/workflow'>

/** A draft that was asked for before the builder was there, and when, in ms of `performance.now()`. */
let asked: { id: string; at: number; draft: Promise<Workflow> } | null = null
/** An older one is asked for again: somebody may have changed it since. */
const goodForMs = 5_000

/** Asks for all that the builder needs while its own code is still on its way. Belongs to the address, so it is small. */
export function askAhead(id: string): void {
  prefetch('GET /campaigns/:id', { params: { id } })
  prefetch('GET /node-types', {}, { staleTime: Number.POSITIVE_INFINITY })
  prefetchNames()
  const draft = api('GET /campaigns/:id/workflow', { params: { id } })
  // Whoever takes it hears of a failure.
  draft.catch(() => {})
  asked = { id, at: performance.now(), draft }
}

/** The draft of a campaign, read once and not through the cache: what comes later must never replace what is being edited. */
export function takeDraft(id: string): Promise<Workflow> {
  const ahead = asked?.id === id && performance.now() - asked.at < goodForMs ? asked.draft : null
  asked = null
  return ahead ?? api('GET /campaigns/:id/workflow', { params: { id } })
}
