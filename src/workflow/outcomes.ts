/**
 * Which way a customer leaves a message node: the rules of PRODUCT §4, “Edges and when”, as data in, data out. The engine, Simulate and
 * the sentence on an edge all ask here.
 *
 * Strength: replied > clicked > opened. A reply or a bounce is taken at once. A click or an open is taken at once when no stronger
 * outcome has an edge; otherwise, when the window ends, the strongest that happened. What has no edge is ignored until the window
 * ends, except a bounce and a message that was not sent, which take the default way at once.
 */
export const messageOutcomes = ['replied', 'clicked', 'opened', 'bounced'] as const
export type MessageOutcomeLabel = (typeof messageOutcomes)[number]

/** How long the outcome edges of a message are open unless the node says otherwise: 3 days (PRODUCT §4). */
export const usualWindowMs = 3 * 86_400_000

/** What can become known of a message, by its channel (PRODUCT §4): the labels that a message node's edges may carry there. */
export const outcomesOf: Readonly<Record<'email' | 'telegram' | 'linkedin', readonly MessageOutcomeLabel[]>> = {
  email: messageOutcomes,
  telegram: ['replied', 'clicked', 'bounced'],
  linkedin: ['replied'],
}

/** The outcomes that a window is kept open for, the strongest first. */
const byStrength = ['replied', 'clicked', 'opened'] as const

/** What is known of a message when its customer's way is judged. */
export interface MessageSoFar {
  /** Handed over, or its fate unknown, which counts as handed over. */
  sent: boolean
  /** When each outcome happened that counts, on the campaign's clock. A click counts once it is a person's. */
  heard: Partial<Record<MessageOutcomeLabel, Date>>
  /** The end of the window on the campaign's clock. What happened after it does not count; at that very instant it does. */
  windowEndsAt: Date
}

/** The answer: leave by a label ('' = the default way), or rest until the window ends. */
export type Judgement = { is: 'leave'; when: MessageOutcomeLabel | ''; code: string } | { is: 'rest' }

/** The outcomes for which a node has edges, of all its labels. */
export const outcomesAmong = (labels: Iterable<string>): Set<MessageOutcomeLabel> =>
  new Set(
    [...labels].filter((label): label is MessageOutcomeLabel => (messageOutcomes as readonly string[]).includes(label)),
  )

/** Judges where a customer goes from a message node with these outcome edges, at an instant of the campaign's clock. */
export function judgeMessage(message: MessageSoFar, edges: ReadonlySet<MessageOutcomeLabel>, clock: Date): Judgement {
  const { sent, heard, windowEndsAt } = message
  const counts = (label: MessageOutcomeLabel): boolean => {
    const at = heard[label]
    return at !== undefined && at <= windowEndsAt
  }
  if (counts('bounced')) return { is: 'leave', when: edges.has('bounced') ? 'bounced' : '', code: 'bounced' }
  if (!sent) return { is: 'leave', when: '', code: 'not_sent' }
  if (edges.size === 0) return { is: 'leave', when: '', code: 'sent' }
  for (const [index, label] of byStrength.entries()) {
    if (!edges.has(label) || !counts(label)) continue
    const strongerMayCome = byStrength.slice(0, index).some((stronger) => edges.has(stronger))
    if (!strongerMayCome || clock >= windowEndsAt) return { is: 'leave', when: label, code: label }
    return { is: 'rest' }
  }
  return clock >= windowEndsAt ? { is: 'leave', when: '', code: 'window_ended' } : { is: 'rest' }
}
