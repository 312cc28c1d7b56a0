import { Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import '../analytics/analytics.css'
import { Comparisons } from '../analytics/comparison.tsx'
import { FilterBar, queryOf, useFilters } from '../analytics/filters.tsx'
import { FunnelBars, stageWords } from '../analytics/funnel.tsx'
import { OverTime } from '../analytics/over-time.tsx'
import { PeopleDrawer, type Shown } from '../analytics/people.tsx'
import { Grid, People, Section, Term, WithDefinitions } from '../analytics/pieces.tsx'
import type { Answer } from '../api.ts'
import { clockTime, count, duration, percent } from '../format.ts'
import { Empty, Show } from '../parts/page.tsx'
import { useApi } from '../query.ts'
import type { Campaign } from './campaign.tsx'

type Analytics = Answer<'GET /campaigns/:id/analytics'>

/** Numbers are counted within a second or so; asked for this often while the campaign can still move, in ms. */
const freshMs = 2_000

const splits = {
  node: 'Steps',
  branch: 'Branches',
  product: 'Products',
  day: 'Days',
  version: 'Versions',
  entry: 'Entries',
}

/** How far a campaign's customers got, what became of its messages, and which branch does better. */
export function AnalyticsTab({ campaign }: { campaign: Campaign }) {
  const { filters, search, set } = useFilters()
  const query = queryOf(filters)
  const by = (search.by ?? 'node') as keyof typeof splits
  const [shown, setShown] = useState<Shown | null>(null)
  const groupBy = by === 'branch' && filters.branch ? 'node' : by
  const numbers = useApi(
    'GET /campaigns/:id/analytics',
    { params: { id: campaign.id }, query: { ...query, groupBy } as never },
    { refetchInterval: campaign.status === 'archived' ? false : freshMs, placeholderData: (previous) => previous },
  )
  const csv = (table: string, extra: Record<string, string> = {}) =>
    `/api/v1/campaigns/${campaign.id}/analytics.csv?${new URLSearchParams({ ...Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)])), table, ...extra })}`
  if (campaign.status === 'draft') {
    return (
      <Empty title="Nothing sent yet">
        First numbers appear within a second of the first send. A simulation in the builder says what to expect.
      </Empty>
    )
  }
  return (
    <WithDefinitions>
      <FilterBar
        versions={campaign.workflowVersion}
        updated={numbers.dataUpdatedAt ? `Updated ${clockTime(new Date(numbers.dataUpdatedAt))}` : ''}
      />
      <Show of={numbers}>
        {(found) => (
          <Stack gap={16} mt={14}>
            <Section title="Funnel" csv={csv('funnel')}>
              <FunnelBars
                funnel={found.funnel}
                onOpen={(show) => setShown({ show, title: stageWords[show] ?? show })}
              />
              <Apart found={found} onOpen={setShown} />
            </Section>
            <Comparisons campaignId={campaign.id} query={query} csv={csv} />
            <Section title={<Term of="series">Over time</Term>} csv={csv('series')}>
              <OverTime series={found.series} />
            </Section>
            <Section title="Side by side" csv={groupBy === 'node' ? csv('nodes') : csv('groups', { groupBy })}>
              <Group mb={10}>
                <SegmentedControl
                  size="xs"
                  aria-label="Split by"
                  value={groupBy}
                  onChange={(next) => set({ by: next })}
                  data={Object.entries(splits).map(([value, label]) => ({
                    value,
                    label,
                    disabled: value === 'branch' && filters.branch !== undefined,
                  }))}
                />
                {groupBy === 'node' && (
                  <Link className="tl-link" to="/campaigns/$id/builder" params={{ id: campaign.id }}>
                    On the canvas
                  </Link>
                )}
              </Group>
              {groupBy === 'node' ? (
                <Steps found={found} onOpen={setShown} csv={csv('edges')} />
              ) : (
                <Groups found={found} label={splits[groupBy]} />
              )}
            </Section>
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing={16}>
              <Section title={<Term of="exits">How they ended</Term>} csv={csv('exits')}>
                <Reasons
                  of={found.exits}
                  head={['Reason', 'Customers', 'Share']}
                  who={(reason, n) => (
                    <People
                      n={n}
                      label={reason}
                      onOpen={() => setShown({ show: 'exit', reason, title: `Ended: ${words(reason)}` })}
                    />
                  )}
                />
              </Section>
              <Section title={<Term of="skipped">Not sent</Term>} csv={csv('skipped')}>
                <Reasons
                  of={found.skipped}
                  head={['Reason', 'Messages', 'Share']}
                  who={(reason, n) => (
                    <People
                      n={n}
                      label={reason}
                      onOpen={() => setShown({ show: 'skipped', reason, title: `Not sent: ${words(reason)}` })}
                    />
                  )}
                />
              </Section>
              <Section title={<Term of="links">Links clicked</Term>} csv={csv('links')}>
                {found.links.length === 0 ? (
                  <Text c="dimmed">Nobody has followed a link.</Text>
                ) : (
                  <Grid
                    label="Links clicked"
                    head={['Link', 'Customers', 'Machines']}
                    rows={found.links.map((link) => ({
                      key: `${link.nodeId} ${link.url}`,
                      cells: [
                        <span key="u" style={{ overflowWrap: 'anywhere' }}>
                          {link.url || 'A link that was erased'} <span className="tl-muted">{link.title}</span>
                        </span>,
                        <People
                          key="n"
                          n={link.customers}
                          label="followed the link"
                          onOpen={() => setShown({ show: 'link', nodeId: link.nodeId, url: link.url, title: link.url })}
                        />,
                        count(link.machines),
                      ],
                    }))}
                  />
                )}
              </Section>
              <Section title={<Term of="timeToReply">Time to reply</Term>}>
                {found.timeToReply ? (
                  <Grid
                    label="Time to reply"
                    head={['Share of the replies', 'came within']}
                    rows={found.timeToReply.quantiles.map(({ share, seconds }) => ({
                      key: String(share),
                      cells: [
                        share === 0.5 ? 'Half (median)' : percent(share, 1),
                        `about ${duration(seconds * 1_000)}`,
                      ],
                    }))}
                  />
                ) : (
                  <Text c="dimmed">Nobody has replied.</Text>
                )}
              </Section>
            </SimpleGrid>
            <Section title={<Term of="messages">Messages</Term>} csv={csv('messages')}>
              <Grid
                label="Messages by product"
                head={[
                  'Product',
                  'Messages',
                  'Sent',
                  'Delivered',
                  'Opened',
                  'Clicked',
                  'Replied',
                  'Bounced',
                  'Unsubscribed',
                ]}
                rows={[...found.messages.byProduct, { ...found.messages, productId: '', label: 'All' }].map((row) => ({
                  key: String(row.productId),
                  cells: [
                    row.label,
                    ...[
                      row.messages,
                      row.sent,
                      row.delivered,
                      row.opened,
                      row.clicked,
                      row.replied,
                      row.bounced,
                      row.unsubscribed,
                    ].map(count),
                  ],
                }))}
              />
              <Text size="sm" mt={8}>
                <a className="tl-link" href={csv('events')} download>
                  All events as CSV
                </a>
              </Text>
            </Section>
          </Stack>
        )}
      </Show>
      {shown && <PeopleDrawer campaignId={campaign.id} query={query} shown={shown} onClose={() => setShown(null)} />}
    </WithDefinitions>
  )
}

const words = (reason: string) => reason.replaceAll(/[-_]/g, ' ')

function Apart({ found, onOpen }: { found: Analytics; onOpen(shown: Shown): void }) {
  const rows: [term: string, text: string, n: number][] = [
    ['inside', 'inside now', found.inside],
    ['holdout', 'held out', found.holdout],
    ['unconfirmed', 'messages unconfirmed', found.unconfirmed],
    ['machineOpened', 'opened by machines', found.machine.opened],
    ['machineClicked', 'clicked by machines', found.machine.clicked],
  ]
  return (
    <Group gap={18} mt={12}>
      {rows.map(([term, text, n]) => (
        <Text key={term} size="sm">
          <People n={n} label={text} onOpen={() => onOpen({ show: term, title: text })} /> <Term of={term}>{text}</Term>
        </Text>
      ))}
    </Group>
  )
}

function Reasons({
  of,
  head,
  who,
}: {
  of: Record<string, number>
  head: string[]
  who(reason: string, n: number): ReactNode
}) {
  const rows = Object.entries(of).sort(([, a], [, b]) => b - a)
  const all = rows.reduce((sum, [, n]) => sum + n, 0)
  if (rows.length === 0) return <Text c="dimmed">None.</Text>
  return (
    <Grid
      label={head.join(', ')}
      head={head}
      rows={rows.map(([reason, n]) => ({ key: reason, cells: [words(reason), who(reason, n), percent(n, all)] }))}
    />
  )
}

function Groups({ found, label }: { found: Analytics; label: string }) {
  const groups = found.groups ?? []
  if (groups.length === 0) return <Text c="dimmed">Nothing to split here.</Text>
  return (
    <Grid
      label={label}
      head={[label, ...Object.values(stageWords), 'Replied of delivered', 'Handoff of enrolled']}
      rows={groups.map((group) => {
        const of = (stage: string) => group.funnel.find((row) => row.stage === stage)
        return {
          key: group.key,
          cells: [
            group.label,
            ...group.funnel.map((row) => (row.measured ? count(row.count) : 'not measured')),
            percent(of('replied')?.count ?? 0, of('delivered')?.count ?? 0),
            percent(of('handoff')?.count ?? 0, of('enrolled')?.count ?? 0),
          ],
        }
      })}
    />
  )
}

function Steps({ found, onOpen, csv }: { found: Analytics; onOpen(shown: Shown): void; csv: string }) {
  const nodes = (found.groups ?? []).flatMap(({ key, label, node, funnel }) =>
    node ? [{ key, label, node, funnel }] : [],
  )
  const titles = new Map(nodes.map(({ key, label }) => [key, label]))
  return (
    <>
      <Grid
        label="Steps"
        head={['Step', 'Here now', 'Passed', 'Errors', 'Sent', 'Opened', 'Clicked', 'Replied']}
        rows={nodes.map(({ key, label, node, funnel }) => {
          const who = (show: string, n: number, text: string) => (
            <People
              n={n}
              label={`${text} at ${label}`}
              onOpen={() => onOpen({ show, nodeId: key, title: `${label}: ${text}` })}
            />
          )
          const measures = (stage: string) => funnel.find((row) => row.stage === stage)?.measured !== false
          const sends = funnel.some((row) => row.stage === 'sent' && row.count > 0)
          return {
            key,
            cells: [
              node.current ? label : `${label} (removed)`,
              who('here', node.here, 'here now'),
              who('passed', node.passed, 'passed'),
              who('errors', node.errors, 'errors'),
              ...(['sent', 'opened', 'clicked', 'replied'] as const).map((stage) =>
                !sends ? '—' : measures(stage) ? who(stage, node[stage], stage) : 'not measured',
              ),
            ],
          }
        })}
      />
      <details style={{ marginTop: 10 }}>
        <summary>Which way they took</summary>
        <Grid
          label="Ways"
          head={['Step', 'Way', 'Leads to', 'Customers', 'Share']}
          rows={nodes.flatMap(({ key, label, node }) =>
            node.edges.map((edge) => ({
              key: `${key} ${edge.when}`,
              cells: [
                label,
                edge.when ?? 'default',
                edge.target === null ? 'the end' : (titles.get(edge.target) ?? edge.target),
                <People
                  key="n"
                  n={edge.count}
                  label={`took ${edge.when ?? 'default'}`}
                  onOpen={() =>
                    onOpen({
                      show: 'edge',
                      nodeId: key,
                      when: edge.when ?? '',
                      title: `${label}: ${edge.when ?? 'default'}`,
                    })
                  }
                />,
                edge.share === null ? '—' : percent(edge.share, 1),
              ],
            })),
          )}
        />
        <a className="tl-link" href={csv} download>
          CSV
        </a>
      </details>
    </>
  )
}
