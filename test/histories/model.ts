/** What a random history of a campaign is, and its numbers counted by hand: what the API's must equal. */
import { Temporal } from 'temporal-polyfill'

/** The steps that a run may pass. */
export const nodeIds = ['start', 'split', 'mail-1', 'mail-2', 'note', 'end']
/** On what messages go; most by email. */
export const channels = ['email', 'email', 'telegram', 'linkedin']
/** The workflow, in both of its versions. */
export const graph = {
  start: 'start',
  nodes: Object.fromEntries(
    nodeIds.map((id) => [
      id,
      {
        id,
        type: 'x',
        title: `Node ${id}`,
        config:
          id === 'split'
            ? {
                branches: [
                  { id: 'a', weight: 1 },
                  { id: 'b', weight: 1 },
                ],
              }
            : {},
        out: {},
      },
    ]),
  ),
  listeners: [],
  listens: [],
}

/** One passage. Times in ms since 1970. */
export interface Run {
  id: number
  campaignId: string
  customerId: string
  entry: number
  productId: string | null
  startedAt: number
  status: string
  reason: string | null
  nodeId: string
  failing: boolean
  goals: string[]
  messages: Message[]
  steps: { seq: number; nodeId: string; label: string | null }[]
}
/** One message of a passage, and what became of it. */
export interface Message {
  nodeId: string
  channel: string
  productId: string | null
  state: string
  sentAt: number | null
  reason: string | null
  opened: boolean
  clicked: boolean
  replied: boolean
  bounced: boolean
  machineOpened: boolean
  machineClicked: boolean
  unsubscribed: boolean
  complained: boolean
  /** Links that somebody followed, with who it was. */
  hits: { link: number; human: boolean }[]
}
/** The links of each message. */
export const urls = ['https://shop.example/a', 'https://shop.example/b']

/** The zone whose days are counted; around its midnights most runs begin. */
export const zone = 'America/Sao_Paulo'
export const dayMs = 86_400_000

/** The stages of the funnel. */
export const stages = ['enrolled', 'sent', 'delivered', 'opened', 'clicked', 'replied', 'handoff'] as const

/** The stages that a message reached, by the definitions. */
export const reached = (message: Message): Set<string> => {
  const set = new Set<string>()
  if (!['sent', 'unconfirmed'].includes(message.state)) return set
  set.add('sent')
  if (message.bounced) return set
  set.add('delivered')
  if (message.opened || message.clicked || message.replied) set.add('opened')
  if (message.clicked) set.add('clicked')
  if (message.replied) set.add('replied')
  return set
}

/** The branch that a run took at a split, the first time. */
export const branchOf = (run: Run, node: string) =>
  run.steps
    .toSorted((a, b) => a.seq - b.seq)
    .find((step) => step.nodeId === node && (step.label === 'a' || step.label === 'b'))?.label ?? null

/** The funnel by hand. */
export function countByHand(runs: readonly Run[], channel: string | null): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(stages.map((stage) => [stage, 0]))
  const add = (stage: string) => {
    counts[stage] = (counts[stage] ?? 0) + 1
  }
  for (const run of runs.filter(({ reason }) => reason !== 'holdout')) {
    const seen = new Set(
      run.messages
        .filter((message) => channel === null || message.channel === channel)
        .flatMap((message) => [...reached(message)]),
    )
    add('enrolled')
    for (const stage of seen) add(stage)
    if (run.reason === 'handoff' && run.status === 'succeeded' && (channel === null || seen.has('sent'))) add('handoff')
  }
  return counts
}

/** An answered funnel by stage. */
export const shownFunnel = (funnel: { stage: string; count: number }[]) =>
  Object.fromEntries(funnel.map(({ stage, count }) => [stage, count]))
/** How often each comes. */
export const tallied = (keys: readonly string[]): Record<string, number> => {
  const tally: Record<string, number> = {}
  for (const key of keys) tally[key] = (tally[key] ?? 0) + 1
  return tally
}
/** The day in the zone of an instant, in ms. */
export const localDay = (at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString()

/** A link that was followed. */
export interface Link {
  nodeId: string
  title: string
  url: string
  customers: number
  machines: number
}

/** Messages on a channel; null is all. */
export const inChannel = (run: Run, channel: string | null) =>
  run.messages.filter((message) => channel === null || message.channel === channel)

/** Each link once for a passage and step, by a person if ever one followed it. */
export function linksByHand(runs: readonly Run[]): Map<string, Link> {
  const links = new Map<string, Link>()
  for (const { nodeId, hits } of runs.flatMap((run) => run.messages)) {
    for (const [index, url] of urls.entries()) {
      const followed = hits.filter(({ link }) => link === index)
      if (followed.length === 0) continue
      const key = `${nodeId} ${url}`
      const link = links.get(key) ?? { nodeId, title: `Node ${nodeId}`, url, customers: 0, machines: 0 }
      link[followed.some(({ human }) => human) ? 'customers' : 'machines'] += 1
      links.set(key, link)
    }
  }
  return links
}
