import { stableRandom } from '../engine/stable-random.ts'

/** What the reader of a message may do in a simulation. */
export const reactions = ['open', 'click', 'reply', 'bounce', 'unsubscribe'] as const
export type Reaction = (typeof reactions)[number]

/** A custom event, so many ms after the question's instant. */
export interface Happening {
  afterMs: number
  properties: Record<string, unknown>
}

/** How people behave in a simulation. Pure: the same questions have the same answers. */
export interface Behaviour {
  /** What the customer does with the message of a node, in ms after it was handed over. */
  toMessage(customerId: string, nodeId: string): { does: Reaction; afterMs: number }[]
  /** When a custom event happens to a customer who waits for it at a node, in ms after they came there; null = it does not. */
  whileWaiting(customerId: string, nodeId: string, event: string, windowMs: number): Happening | null
  /** When a custom event happens to a customer, in ms after the run's start. `listener`: something listens for it at any point. */
  sinceStart(customerId: string, event: string, listener: boolean): Happening[]
}

/** Assumed shares of those to whom a message is handed over, each from 0 to 1. */
export interface Rates {
  open: number
  click: number
  reply: number
  bounce: number
  unsubscribe: number
  /** Of custom events, by name: the share of those waiting for it (or, for a listener, of all) to whom it happens. */
  events: Readonly<Record<string, { rate: number; properties?: Record<string, unknown> | undefined }>>
}

/** Mean times until people act, in ms: most opens come within a day, and a reply takes longer than a click. */
const meanMs = { open: 6 * 3_600_000, click: 5 * 60_000, reply: 12 * 3_600_000, event: 2 * 86_400_000 } as const
const bounceAfterMs = 60_000

/** An exponential delay of this mean, at most ten times as long. */
const delay = (mean: number, u: number): number => Math.round(Math.min(-Math.log(1 - u), 10) * mean)

/**
 * People who behave by rates, always in the same way for a seed. Who clicks or replies has read the message, so the three go together:
 * of all messages the given shares are opened, clicked and replied to.
 */
export function behaveByRates(rates: Rates, seed: string): Behaviour {
  const reads = Math.max(rates.open, rates.click, rates.reply, rates.unsubscribe)
  const ofReaders = (rate: number): number => (reads === 0 ? 0 : rate / reads)
  const eventOf = (name: string) => (Object.hasOwn(rates.events, name) ? rates.events[name] : undefined)
  return {
    toMessage(customerId, nodeId) {
      const u = (what: string): number => stableRandom(seed, customerId, nodeId, what)
      if (rates.bounce > 0 && u('bounce') < rates.bounce) return [{ does: 'bounce', afterMs: bounceAfterMs }]
      if (reads === 0 || u('read') >= reads) return []
      const readAfterMs = delay(meanMs.open, u('when read'))
      const acts: { does: Reaction; afterMs: number }[] = []
      // Somebody may read and click without the pixel ever being loaded.
      if (u('open') < ofReaders(rates.open)) acts.push({ does: 'open', afterMs: readAfterMs })
      if (u('click') < ofReaders(rates.click)) {
        acts.push({ does: 'click', afterMs: readAfterMs + delay(meanMs.click, u('when clicked')) })
      }
      if (u('reply') < ofReaders(rates.reply)) {
        acts.push({ does: 'reply', afterMs: readAfterMs + delay(meanMs.reply, u('when replied')) })
      }
      if (u('unsubscribe') < ofReaders(rates.unsubscribe)) {
        acts.push({ does: 'unsubscribe', afterMs: readAfterMs + delay(meanMs.click, u('when unsubscribed')) })
      }
      return acts
    },
    whileWaiting(customerId, nodeId, event, windowMs) {
      const assumed = eventOf(event)
      if (!assumed || stableRandom(seed, customerId, nodeId, event) >= assumed.rate) return null
      const afterMs = Math.floor(stableRandom(seed, customerId, nodeId, event, 'when') * windowMs)
      return { afterMs, properties: assumed.properties ?? {} }
    },
    sinceStart(customerId, event, listener) {
      const assumed = listener ? eventOf(event) : undefined
      if (!assumed || stableRandom(seed, customerId, event) >= assumed.rate) return []
      const afterMs = delay(meanMs.event, stableRandom(seed, customerId, event, 'when'))
      return [{ afterMs, properties: assumed.properties ?? {} }]
    },
  }
}

/** What a person chose for the step-through: one thing for each message node, and custom events in ms after the start. */
export interface Script {
  actions: Readonly<Record<string, { do: Reaction | 'ignore'; afterMs: number }>>
  events: readonly { name: string; afterMs: number; properties?: Record<string, unknown> | undefined }[]
}

/** One customer who does what the script says. A click or a reply opens the message, too. */
export function behaveByScript({ actions, events }: Script): Behaviour {
  return {
    toMessage(_, nodeId) {
      const action = Object.hasOwn(actions, nodeId) ? actions[nodeId] : undefined
      if (!action || action.do === 'ignore') return []
      const act = { does: action.do, afterMs: action.afterMs }
      return action.do === 'click' || action.do === 'reply' ? [{ does: 'open', afterMs: action.afterMs }, act] : [act]
    },
    whileWaiting: () => null,
    sinceStart: (_, name) =>
      events
        .filter((event) => event.name === name)
        .map(({ afterMs, properties }) => ({ afterMs, properties: properties ?? {} })),
  }
}
