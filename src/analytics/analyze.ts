import type { Db } from '../db/database.ts'
import { addUp, type FunnelStage, funnelOf, noCounts } from './funnel.ts'
import {
  countFunnel,
  countMessages,
  countOthers,
  type DrawnNode,
  type FunnelCounts,
  findNodes,
  findProductNames,
  type MeasuredCampaign,
  type MessageCounts,
  type OtherCount,
  type Scope,
} from './queries.ts'
import { none, secondsOfBucket } from './stages.ts'

/** What the numbers can be split by. */
export const groupings = ['product', 'node', 'branch', 'day', 'version', 'entry'] as const
/** The same for several campaigns together. */
export const sharedGroupings = ['campaign', 'product', 'day', 'entry'] as const
export type GroupBy = (typeof groupings)[number] | (typeof sharedGroupings)[number]

/** What happened at one node. */
export interface NodeFigures {
  type: string
  /** False for a node that the current version does not have any more. */
  current: boolean
  here: number
  passed: number
  /** Of those who passed: whose run ended here, for want of a way on or because the step is an end. */
  ended: number
  errors: number
  sent: number
  delivered: number
  opened: number
  clicked: number
  replied: number
  /** Ways out that were taken: `when` null is the default, and where it led in the newest version. */
  edges: { when: string | null; target: string | null; count: number; share: number | null }[]
}

export interface AnalyticsGroup {
  key: string
  label: string
  funnel: FunnelStage[]
  machine: { opened: number; clicked: number }
  node?: NodeFigures
}

/** Message counts with the product or node that they belong to. */
export interface MessageFigures {
  messages: number
  sent: number
  delivered: number
  opened: number
  clicked: number
  replied: number
  bounced: number
  unconfirmed: number
  machineOpened: number
  machineClicked: number
  unsubscribed: number
  complained: number
}

export interface Analytics {
  funnel: FunnelStage[]
  machine: { opened: number; clicked: number }
  unconfirmed: number
  skipped: Record<string, number>
  holdout: number
  inside: number
  exits: Record<string, number>
  messages: MessageFigures & { byProduct: (MessageFigures & { productId: string | null; label: string })[] }
  links: { nodeId: string; title: string; url: string; customers: number; machines: number }[]
  timeToReply: { replies: number; quantiles: { share: number; seconds: number }[] } | null
  series: { day: string; funnel: Record<string, number> }[]
  groups?: AnalyticsGroup[]
}

/** The numbers of the period before. */
export type Earlier = Pick<Analytics, 'funnel'> & { messages: MessageFigures }

/** How far those got who were enrolled in an earlier range, for comparison. */
export async function analyzeEarlier(db: Db, scope: Scope): Promise<Earlier> {
  const [whole, messages] = await Promise.all([countFunnel(db, scope, null), countMessages(db, scope)])
  return {
    funnel: funnelOf(whole[0] ?? noCounts, channelsOf(scope, messages)),
    messages: addUp(messages, noMessages),
  }
}

/** On which channels the numbers are measured: those that were written on, or the one that is asked for. */
const channelsOf = (scope: Scope, messages: readonly MessageCounts[]): string[] =>
  scope.channel === null ? [...new Set(messages.map((row) => row.channel))] : [scope.channel]

const noMessages: MessageFigures = {
  messages: 0,
  sent: 0,
  delivered: 0,
  opened: 0,
  clicked: 0,
  replied: 0,
  bounced: 0,
  unconfirmed: 0,
  machineOpened: 0,
  machineClicked: 0,
  unsubscribed: 0,
  complained: 0,
}

/** All numbers of a scope: of one campaign, of some beside one another, or of the workspace. Nodes are looked at in one campaign only. */
export async function analyze(
  db: Db,
  scope: Scope,
  groupBy: GroupBy | undefined,
  campaigns: readonly MeasuredCampaign[],
): Promise<Analytics> {
  const [only] = scope.campaignIds?.length === 1 ? scope.campaignIds : []
  const [days, messages, others, nodes] = await Promise.all([
    countFunnel(db, scope, 'day'),
    countMessages(db, scope),
    countOthers(db, scope, [
      'here',
      'failing',
      'end',
      'link',
      'machine-link',
      'reply',
      ...(groupBy === 'node' ? stepKinds : []),
    ]),
    only === undefined ? [] : findNodes(db, only),
  ])
  // Days partition the runs.
  const counts = addUp(days, noCounts)
  const channels = channelsOf(scope, messages)
  const products = await findProductNames(
    db,
    scope.workspaceId,
    messages.map((row) => row.productId),
  )
  const given = { db, scope, counts, channels, messages, others, nodes, campaigns }
  return {
    funnel: funnelOf(counts, channels),
    machine: { opened: counts.machineOpened, clicked: counts.machineClicked },
    unconfirmed: messages.reduce((sum, row) => sum + row.unconfirmed, 0),
    skipped: skippedOf(messages),
    holdout: others.find((row) => row.kind === 'end' && row.label === 'holdout')?.n ?? 0,
    inside: sumOf(others, 'here'),
    exits: exitsOf(others),
    messages: {
      ...addUp(messages, noMessages),
      byProduct: [...Map.groupBy(messages, (row) => row.productId)].map(([productId, rows]) => ({
        productId: productId === none ? null : productId,
        label: productId === none ? 'No product' : (products.get(productId) ?? 'A product that is gone'),
        ...addUp(rows, noMessages),
      })),
    },
    links: linksOf(others, nodes),
    timeToReply: timeToReply(others.filter((row) => scope.channel === null || row.key === scope.channel)),
    series: days.map(({ key, ...row }) => ({ day: key, funnel: stageCounts(row) })),
    ...(groupBy && { groups: await groupsOf(given, groupBy, days) }),
  }
}

const stepKinds = ['step', 'stop', 'passed', 'stayed', 'handoff'] as const

const sumOf = (rows: readonly OtherCount[], kind: OtherCount['kind']): number =>
  rows.reduce((sum, row) => sum + (row.kind === kind ? row.n : 0), 0)

function exitsOf(others: readonly OtherCount[]): Record<string, number> {
  const exits: Record<string, number> = {}
  for (const { kind, label, n } of others) if (kind === 'end') exits[label] = (exits[label] ?? 0) + n
  return exits
}

function skippedOf(messages: readonly MessageCounts[]): Record<string, number> {
  const skipped: Record<string, number> = {}
  for (const { outcome, messages: n } of messages) {
    if (!outcome.startsWith('skipped:')) continue
    const reason = outcome.slice('skipped:'.length) || 'unknown'
    skipped[reason] = (skipped[reason] ?? 0) + n
  }
  return skipped
}

function linksOf(others: readonly OtherCount[], nodes: readonly DrawnNode[]): Analytics['links'] {
  const titles = new Map(nodes.map((node) => [node.id, node.title || node.id]))
  const links = new Map<string, Analytics['links'][number]>()
  for (const { kind, key, label, n } of others) {
    if (kind !== 'link' && kind !== 'machine-link') continue
    const id = `${key}\n${label}`
    const link = links.get(id) ?? { nodeId: key, title: titles.get(key) ?? key, url: label, customers: 0, machines: 0 }
    link[kind === 'link' ? 'customers' : 'machines'] += n
    links.set(id, link)
  }
  return [...links.values()].sort((a, b) => b.customers - a.customers || b.machines - a.machines).slice(0, 200)
}

/** Quantiles of the time a reply took, from its buckets; null when nobody replied. */
export function timeToReply(others: readonly OtherCount[]): Analytics['timeToReply'] {
  const buckets = new Map<number, number>()
  for (const { kind, label, n } of others) {
    if (kind === 'reply') buckets.set(Number(label), (buckets.get(Number(label)) ?? 0) + n)
  }
  const replies = [...buckets.values()].reduce((sum, n) => sum + n, 0)
  if (replies === 0) return null
  const ordered = [...buckets].sort(([a], [b]) => a - b)
  const at = (share: number): number => {
    let below = 0
    for (const [bucket, n] of ordered) {
      below += n
      if (below >= share * replies) return Math.round(secondsOfBucket(bucket))
    }
    return 0
  }
  return { replies, quantiles: [0.1, 0.25, 0.5, 0.75, 0.9].map((share) => ({ share, seconds: at(share) })) }
}

const stageCounts = ({
  machineOpened: _opened,
  machineClicked: _clicked,
  ...row
}: FunnelCounts): Record<string, number> => row

interface Given {
  db: Db
  scope: Scope
  counts: FunnelCounts
  channels: readonly string[]
  messages: readonly MessageCounts[]
  others: readonly OtherCount[]
  nodes: readonly DrawnNode[]
  campaigns: readonly MeasuredCampaign[]
}

async function groupsOf(
  given: Given,
  groupBy: GroupBy,
  days: readonly (FunnelCounts & { key: string })[],
): Promise<AnalyticsGroup[]> {
  const { db, scope, channels, messages, campaigns } = given
  if (groupBy === 'node') return nodeGroups(given)
  if (groupBy === 'branch') return await branchGroups(given)
  const rows = groupBy === 'day' ? days : await countFunnel(db, scope, groupBy)
  const names =
    groupBy === 'product'
      ? await findProductNames(
          db,
          scope.workspaceId,
          rows.map(({ key }) => key),
        )
      : null
  const labelOf: Record<typeof groupBy, (key: string) => string> = {
    product: (key) => (key === none ? 'No product' : (names?.get(key) ?? 'A product that is gone')),
    day: (key) => key,
    campaign: (key) => campaigns.find(({ id }) => id === key)?.name ?? key,
    version: (key) => (key === '0' ? 'No version' : `Version ${key}`),
    entry: (key) => (key === 'again' ? 'Re-entries' : 'First entries'),
  }
  return rows.map(({ key, ...row }) => {
    // A campaign that writes on LinkedIn only has no opens, whatever others write on.
    const own =
      groupBy === 'campaign'
        ? channelsOf(
            scope,
            messages.filter((one) => one.campaignId === key),
          )
        : channels
    return groupOf(groupBy === 'product' && key === none ? 'none' : key, labelOf[groupBy](key), row, own)
  })
}

const groupOf = (key: string, label: string, row: FunnelCounts, channels: readonly string[]): AnalyticsGroup => ({
  key,
  label,
  funnel: funnelOf(row, channels),
  machine: { opened: row.machineOpened, clicked: row.machineClicked },
})

/** For each split its branches, and who did not come there: together they are the whole. */
async function branchGroups({ db, scope, counts, channels, nodes }: Given): Promise<AnalyticsGroup[]> {
  const rows = new Map((await countFunnel(db, scope, 'branch')).map(({ key, ...row }) => [key, row]))
  const splits = nodes.filter((node) => node.branches.length > 0)
  const taken = new Set([...rows.keys()].map((key) => key.slice(0, key.lastIndexOf(':'))))
  return splits
    .filter((node) => node.current || taken.has(node.id))
    .flatMap((node) => {
      const title = node.title || node.id
      const ids = new Set([
        ...node.branches.map(({ id }) => id),
        ...[...rows.keys()].filter((key) => key.startsWith(`${node.id}:`)).map((key) => key.slice(node.id.length + 1)),
      ])
      const branches = [...ids].map((id) => {
        const label = node.branches.find((branch) => branch.id === id)?.label ?? id
        return { key: `${node.id}:${id}`, label: `${title} · ${label}`, row: rows.get(`${node.id}:${id}`) ?? noCounts }
      })
      const elsewhere = addUp([counts, ...branches.map(({ row }) => negative(row))], noCounts)
      const groups = branches.map(({ key, label, row }) => groupOf(key, label, row, channels))
      return [...groups, groupOf(`${node.id}:`, `${title} · did not come here`, elsewhere, channels)]
    })
}

const negative = (row: FunnelCounts): FunnelCounts =>
  Object.fromEntries(Object.entries(row).map(([key, n]) => [key, -n])) as unknown as FunnelCounts

/**
 * Each node: who stands there and who passed, and what became of its messages. Its funnel counts customers as enrolled who came to it,
 * and then its messages, which are one a customer; the nodes' messages add up to the messages of the whole.
 */
function nodeGroups({ messages, others, nodes }: Given): AnalyticsGroup[] {
  const ends = Map.groupBy(others, (row) => row.key)
  const known = new Set(nodes.map((node) => node.id))
  const ids = new Set(
    others.flatMap((row) => (stepKinds.includes(row.kind as 'step') || row.kind === 'here' ? [row.key] : [])),
  )
  const gone = [...ids]
    .filter((id) => !known.has(id))
    .map((id): DrawnNode => ({ id, type: '', title: id, branches: [], out: {}, current: false }))
  return [...nodes, ...gone]
    .filter((node) => node.current || ids.has(node.id))
    .map((node) => {
      const rows = ends.get(node.id) ?? []
      const of = (kind: OtherCount['kind']) => sumOf(rows, kind)
      const here = of('here')
      const passed = of('passed')
      const sent = addUp(
        messages.filter((row) => row.nodeId === node.id),
        noMessages,
      )
      const channels = messages.filter((row) => row.nodeId === node.id).map((row) => row.channel)
      const { delivered, opened, clicked, replied } = sent
      const figures: NodeFigures = {
        type: node.type,
        current: node.current,
        here,
        passed,
        ended: of('stop'),
        errors: of('failing'),
        ...{ sent: sent.sent, delivered, opened, clicked, replied },
        edges: rows
          .filter((row) => row.kind === 'step')
          .map(({ label, n }) => ({
            when: label === '' ? null : label,
            target: targetOf(node, label),
            count: n,
            share: passed > 0 ? n / passed : null,
          })),
      }
      return {
        key: node.id,
        label: node.title || node.id,
        funnel: funnelOf(
          {
            enrolled: passed + of('stayed'),
            sent: sent.sent,
            delivered,
            opened,
            clicked,
            replied,
            handoff: of('handoff'),
          },
          channels,
        ),
        machine: { opened: sent.machineOpened, clicked: sent.machineClicked },
        node: figures,
      }
    })
}

/** Where a way out leads: along its edge, or to the listener that took the customer. */
const targetOf = (node: DrawnNode, label: string): string | null =>
  label.startsWith('at:') ? label.slice(3) : (node.out[label] ?? null)
