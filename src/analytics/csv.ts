import { csvCell } from '../customers/csv-cell.ts'
import type { Db } from '../db/database.ts'
import type { Analytics, AnalyticsGroup } from './analyze.ts'
import type { SendCalendar } from './calendar.ts'
import type { Comparison, Lift } from './comparison.ts'
import { pageOfEvents } from './events-sql.ts'
import type { FunnelStage } from './funnel.ts'
import type { Scope } from './queries.ts'
import { stages } from './stages.ts'

/** Tables that can be had as CSV: each one that a page shows, and the raw events. */
export const csvTables = [
  'funnel',
  'groups',
  'nodes',
  'edges',
  'series',
  'exits',
  'skipped',
  'messages',
  'links',
  'replies',
  'comparison',
  'lift',
  'calendar',
  'events',
] as const
export type CsvTable = (typeof csvTables)[number]

/** Those that are not made of the numbers of a page. */
type OfItsOwn = 'events' | 'comparison' | 'lift' | 'calendar'

type Cell = string | number | boolean | null

/** Lines of CSV (RFC 4180, formulas marked); a share is a number from 0 to 1. */
function* lines(header: readonly string[], rows: Iterable<readonly Cell[]>): Generator<string> {
  yield `${header.join(',')}\r\n`
  for (const row of rows) yield `${row.map((cell) => csvCell(cell === null ? '' : String(cell))).join(',')}\r\n`
}

const stageCells = (funnel: readonly FunnelStage[]): Cell[] =>
  stages.map((stage) => {
    const row = funnel.find((one) => one.stage === stage)
    return row?.measured ? row.count : null
  })

const nodesOf = (groups: readonly AnalyticsGroup[]) =>
  groups.flatMap(({ key, label, node }) => (node ? [{ key, label, node }] : []))

const messageColumns = [
  ...['messages', 'sent', 'delivered', 'opened', 'clicked', 'replied', 'bounced', 'unconfirmed'],
  ...['machineOpened', 'machineClicked', 'unsubscribed', 'complained'],
] as const

const tables: Record<Exclude<CsvTable, OfItsOwn>, (numbers: Analytics) => Generator<string>> = {
  funnel: ({ funnel }) =>
    lines(
      ['stage', 'count', 'ofPrevious', 'ofEnrolled', 'measured'],
      funnel.map((row) => [row.stage, row.count, row.ofPrevious, row.ofEnrolled, row.measured]),
    ),
  groups: ({ groups = [] }) =>
    lines(
      ['key', 'label', ...stages, 'machineOpened', 'machineClicked'],
      groups.map(({ key, label, funnel, machine }) => [
        key,
        label,
        ...stageCells(funnel),
        machine.opened,
        machine.clicked,
      ]),
    ),
  nodes: ({ groups = [] }) =>
    lines(
      [
        'nodeId',
        'title',
        'type',
        'here',
        'passed',
        'errors',
        'sent',
        'delivered',
        'opened',
        'clicked',
        'replied',
        'ended',
      ],
      nodesOf(groups).map(({ key, label, node }) => [
        ...[key, label, node.type, node.here, node.passed, node.errors],
        ...[node.sent, node.delivered, node.opened, node.clicked, node.replied, node.ended],
      ]),
    ),
  edges: ({ groups = [] }) =>
    lines(
      ['nodeId', 'title', 'when', 'target', 'count', 'share'],
      nodesOf(groups).flatMap(({ key, label, node }) =>
        node.edges.map((edge): Cell[] => [key, label, edge.when, edge.target, edge.count, edge.share]),
      ),
    ),
  series: ({ series }) =>
    lines(
      ['day', ...stages],
      series.map(({ day, funnel }) => [day, ...stages.map((stage) => funnel[stage] ?? 0)]),
    ),
  exits: ({ exits }) => lines(['reason', 'customers'], Object.entries(exits)),
  skipped: ({ skipped }) => lines(['reason', 'messages'], Object.entries(skipped)),
  messages: ({ messages }) =>
    lines(
      ['productId', 'product', ...messageColumns],
      messages.byProduct.map((row) => [row.productId, row.label, ...messageColumns.map((column) => row[column])]),
    ),
  replies: ({ timeToReply }) =>
    lines(
      ['shareOfReplies', 'withinSeconds'],
      (timeToReply?.quantiles ?? []).map((row) => [row.share, row.seconds]),
    ),
  links: ({ links }) =>
    lines(
      ['nodeId', 'title', 'url', 'customers', 'machines'],
      links.map((row) => [row.nodeId, row.title, row.url, row.customers, row.machines]),
    ),
}

/** One table of the numbers as CSV. */
export const tableCsv = (numbers: Analytics, table: Exclude<CsvTable, OfItsOwn>): string =>
  [...tables[table](numbers)].join('')

/** The calendar of sends as CSV, a line a day with any. */
export const calendarCsv = ({ sent, ahead }: SendCalendar): string =>
  [
    ...lines(
      ['day', 'sent', 'waitsEnding', 'messagesQueued'],
      [
        ...sent.map((row): Cell[] => [row.day, row.sent, null, null]),
        ...ahead.map((row): Cell[] => [row.day, null, row.waitsEnding, row.messagesQueued]),
      ],
    ),
  ].join('')

/** The comparisons of random splits as CSV, a line a branch. */
export const comparisonCsv = (comparisons: readonly Comparison[]): string =>
  [
    ...lines(
      [
        'nodeId',
        'title',
        'metric',
        'branch',
        'label',
        'customers',
        'expected',
        'reached',
        'share',
        'bestMinusThis',
        'low',
        'high',
        'sentence',
      ],
      comparisons.flatMap((one) =>
        one.branches.map((branch): Cell[] => {
          const against = one.against.find(({ key }) => key === branch.key)
          return [
            ...[
              one.nodeId,
              one.title,
              one.metric,
              branch.key,
              branch.label,
              branch.n,
              branch.expected,
              branch.reached,
              branch.share,
            ],
            ...[against?.difference ?? null, against?.low ?? null, against?.high ?? null, one.sentence],
          ]
        }),
      ),
    ),
  ].join('')

/** Those written to beside those held out as CSV, a line a goal. */
export const liftCsv = (lifts: readonly Lift[]): string =>
  [
    ...lines(
      ['goalId', 'label', 'written', 'writtenReached', 'held', 'heldReached', 'difference', 'low', 'high', 'sentence'],
      lifts.map(({ goalId, label, written, held, difference, sentence }): Cell[] => [
        ...[goalId, label, written.n, written.reached, held.n, held.reached],
        ...[difference?.difference ?? null, difference?.low ?? null, difference?.high ?? null, sentence],
      ]),
    ),
  ].join('')

const runsAtOnce = 500

/** All events of the passages in a scope, a page of passages at a time: memory stays flat, however many there are. */
export async function* eventPages(
  db: Db,
  campaignId: string,
  scope: Scope,
): AsyncGenerator<{ text: string; rows: number }> {
  const header = ['at', 'event', 'customerId', 'email', 'runId', 'entry', 'nodeId', 'messageId', 'properties']
  yield { text: `${header.join(',')}\r\n`, rows: 0 }
  let after: number | null = null
  for (;;) {
    const page = await pageOfEvents(db, campaignId, scope, after, runsAtOnce)
    const cells = page.events.map((row): Cell[] => [
      ...[row.at.toISOString(), row.name, row.customerId, row.email, row.runId, row.entry, row.nodeId, row.messageId],
      Object.keys(row.properties).length === 0 ? null : JSON.stringify(row.properties),
    ])
    const text = cells.map((row) => `${row.map((cell) => csvCell(cell === null ? '' : String(cell))).join(',')}\r\n`)
    if (cells.length > 0) yield { text: text.join(''), rows: cells.length }
    if (page.last === null) return
    after = page.last
  }
}

/** {@link eventPages} as a stream of text. */
export async function* eventsCsv(db: Db, campaignId: string, scope: Scope): AsyncGenerator<string> {
  for await (const { text } of eventPages(db, campaignId, scope)) yield text
}
