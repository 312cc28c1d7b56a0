import type { Db } from '../db/database.ts'
import { addUp } from './funnel.ts'
import { countAtNode, findNodes, type NodeCount, type NodeMessages, type Scope } from './queries.ts'
import { measured, type Stage, stages } from './stages.ts'

/** What happened at a node to some of the customers. `null`: no channel of its messages can tell. */
export interface NodeStages {
  /** Who came to it: those who left it and those who stand or ended there. */
  came: number
  passed: number
  here: number
  errors: number
  sent: number | null
  delivered: number | null
  opened: number | null
  clicked: number | null
  replied: number | null
}

/** One node looked at closely. */
export interface NodeDetail {
  nodeId: string
  title: string
  type: string
  /** False for a node that the current version does not have any more. */
  current: boolean
  whole: NodeStages
  /** By the day of enrolling. */
  series: ({ day: string } & NodeStages)[]
  /** By the branch that they took at each split, anywhere in the campaign; branches by which nobody came here are left out. */
  branches: ({ key: string; label: string } & NodeStages)[]
}

const messageStages = ['sent', 'delivered', 'opened', 'clicked', 'replied'] as const
const nothing: Record<(typeof messageStages)[number], number> = {
  ...{ sent: 0, delivered: 0, opened: 0, clicked: 0, replied: 0 },
}

/** The numbers of one node of a campaign; undefined when no version ever had it. */
export async function analyzeNode(
  db: Db,
  campaignId: string,
  scope: Scope,
  nodeId: string,
): Promise<NodeDetail | undefined> {
  const nodes = await findNodes(db, campaignId)
  const node = nodes.find(({ id }) => id === nodeId)
  if (!node) return undefined
  const [days, branches] = await Promise.all([
    countAtNode(db, scope, nodeId, 'day'),
    scope.branch === null ? countAtNode(db, scope, nodeId, 'branch') : { messages: [], others: [] },
  ])
  // A branch or a day is measured where the step is.
  const channels = [...new Set(days.messages.map(({ channel }) => channel))]
  const labels = new Map<string, string>(
    nodes.flatMap((split) =>
      split.branches.map(
        ({ id, label }) => [`${split.id}:${id}`, `${split.title || split.id} · ${label ?? id}`] as const,
      ),
    ),
  )
  return {
    nodeId,
    title: node.title || node.id,
    type: node.type,
    current: node.current,
    whole: stagesOf(days.messages, days.others, channels),
    series: keysOf(days).map((day) => ({ day, ...of(days, day, channels) })),
    branches: keysOf(branches).map((key) => ({ key, label: labels.get(key) ?? key, ...of(branches, key, channels) })),
  }
}

type Counted = Awaited<ReturnType<typeof countAtNode>>

const keysOf = ({ messages, others }: Counted): string[] =>
  [...new Set([...messages.map(({ key }) => key), ...others.map(({ group }) => group)])].sort()

const of = ({ messages, others }: Counted, key: string, channels: readonly string[]): NodeStages =>
  stagesOf(
    messages.filter((row) => row.key === key),
    others.filter((row) => row.group === key),
    channels,
  )

function stagesOf(
  messages: readonly NodeMessages[],
  others: readonly NodeCount[],
  channels: readonly string[],
): NodeStages {
  const sum = (kind: NodeCount['kind']) => others.reduce((all, row) => all + (row.kind === kind ? row.n : 0), 0)
  const sent = addUp<typeof nothing>(messages, nothing)
  const tells = (stage: Stage) => channels.some((channel) => (measured[channel] ?? stages).includes(stage))
  const passed = sum('passed')
  return {
    came: passed + sum('stayed'),
    passed,
    here: sum('here'),
    errors: sum('failing'),
    ...(Object.fromEntries(messageStages.map((stage) => [stage, tells(stage) ? sent[stage] : null])) as Pick<
      NodeStages,
      (typeof messageStages)[number]
    >),
  }
}
