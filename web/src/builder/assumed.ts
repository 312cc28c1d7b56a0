import type { Catalogue } from '../../../src/workflow/graph.ts'

/** What a test of the audience assumes, as the form has it: shares in percent. */
export interface Assumed {
  sample: string
  rates: Record<'open' | 'click' | 'reply' | 'bounce' | 'unsubscribe', number>
  events: Record<string, number>
  seed: string
}

/** The rates in the order of the form. */
export const rateNames = [
  ['open', 'Open'],
  ['click', 'Click'],
  ['reply', 'Reply'],
  ['bounce', 'Bounce'],
  ['unsubscribe', 'Leave the list'],
] as const

/** What is assumed until somebody changes it. */
export const usual: Assumed = {
  sample: '10000',
  rates: { open: 40, click: 5, reply: 3, bounce: 1, unsubscribe: 0.2 },
  events: {},
  seed: '1',
}
/** To so many in a hundred a custom event happens, unless said. */
export const usualEvent = 20

/** Under which name this browser remembers what was assumed for a campaign. */
export const assumedKey = (campaignId: string): string => `throughline-test-${campaignId}`

/** Names of the custom events that a graph waits or listens for; what happens to its messages is assumed by the rates. */
export function heardEvents(
  nodes: Iterable<{ type: string; config: Record<string, unknown> }>,
  catalogue: Catalogue,
): string[] {
  const found = [...nodes].flatMap((node) => {
    const listens = catalogue[node.type]?.listens
    const name = typeof listens === 'object' && listens && 'field' in listens ? node.config[listens.field] : null
    return typeof name === 'string' && name !== '' && !messageEvents.test(name) ? [name] : []
  })
  return [...new Set(found)]
}

const messageEvents = /^(message\.)?(replied|clicked|opened|delivered|bounced|unsubscribed|complained|sent)$/

const share = (value: number) => Math.min(1, Math.max(0, value / 100))

/** What is assumed, as the API takes it. */
export function assumedBody({ rates, events, seed }: Assumed, heard: readonly string[]) {
  return {
    seed: seed.trim() || '1',
    rates: {
      ...Object.fromEntries(rateNames.map(([name]) => [name, share(rates[name] ?? 0)])),
      events: Object.fromEntries(heard.map((name) => [name, { rate: share(events[name] ?? usualEvent) }])),
    },
  }
}
