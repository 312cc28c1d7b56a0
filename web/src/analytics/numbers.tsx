import { Anchor, Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { count, duration, percent } from '../format.ts'
import { exportFile } from '../parts/jobs.ts'
import { People } from '../parts/people-count.tsx'
import { SendCalendar } from './calendar.tsx'
import { Comparisons } from './comparison.tsx'
import { FunnelBars, stageWords } from './funnel.tsx'
import { dayRows, daysOf, OverTime } from './over-time.tsx'
import type { Shown } from './people.tsx'
import { Grid, Section, Term } from './pieces.tsx'
import { Steps } from './steps.tsx'

type Analytics = Answer<'GET /campaigns/:id/analytics'>

/** What a campaign's numbers can be split by. */
export const splits = {
  node: 'Steps',
  branch: 'Branches',
  product: 'Products',
  day: 'Days',
  version: 'Versions',
  entry: 'Entries',
}

/** A campaign's numbers, part by part: funnel, comparison, over time, side by side, ends, links, replies, messages. */
export function Numbers({
  campaign,
  found,
  query,
  groupBy,
  unit,
  csv,
  set,
  onOpen,
  onStep,
}: {
  campaign: { id: string; status: string }
  found: Analytics
  query: Record<string, string | number>
  groupBy: keyof typeof splits
  unit: 'customers' | 'messages'
  /** Where a table is had as CSV. */
  csv(table: string, extra?: Record<string, string>): string
  /** Changes the address. */
  set(change: Record<string, string | null>): void
  onOpen(shown: Shown): void
  onStep(nodeId: string): void
}) {
  const measured = (stage: string) => found.funnel.find((row) => row.stage === stage)?.measured !== false
  return (
    <Stack gap={16} mt={14}>
      <Section title="Funnel" csv={csv(unit === 'messages' ? 'messages' : 'funnel')}>
        <SegmentedControl
          size="xs"
          mb={8}
          aria-label="Count"
          value={unit}
          onChange={(next) => set({ unit: next === 'messages' ? next : null })}
          data={[
            { value: 'customers', label: 'Customers' },
            { value: 'messages', label: 'Messages' },
          ]}
        />
        <FunnelBars
          found={found}
          unit={unit}
          onOpen={(show) =>
            onOpen({ show, title: stageWords[show] ?? show, ...(unit === 'messages' && { messages: true }) })
          }
        />
        <Apart found={found} onOpen={onOpen} />
      </Section>
      <Comparisons campaignId={campaign.id} query={query} csv={csv} onOpen={onOpen} />
      <Section title={<Term of="series">Over time</Term>} csv={csv('series')}>
        <OverTime rows={dayRows(found)} range={daysOf(found.range)} />
      </Section>
      <SendCalendar campaign={campaign} query={query} csv={csv('calendar')} />
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
              disabled: value === 'branch' && query.branch !== undefined,
            }))}
          />
        </Group>
        {groupBy === 'node' ? (
          <Steps found={found} onOpen={onOpen} onStep={onStep} csv={csv('edges')} />
        ) : (
          <Groups found={found} by={groupBy} onOpen={onOpen} />
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
                onOpen={() => onOpen({ show: 'exit', reason, title: `Ended: ${words(reason)}` })}
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
                onOpen={() => onOpen({ show: 'skipped', reason, messages: true, title: `Not sent: ${words(reason)}` })}
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
                    onOpen={() => onOpen({ show: 'link', nodeId: link.nodeId, url: link.url, title: link.url })}
                  />,
                  count(link.machines),
                ],
              }))}
            />
          )}
        </Section>
        <Section title={<Term of="timeToReply">Time to reply</Term>} csv={csv('replies')}>
          {found.timeToReply ? (
            <Grid
              label="Time to reply"
              head={['Share of the replies', 'came within']}
              rows={found.timeToReply.quantiles.map(({ share, seconds }) => ({
                key: String(share),
                cells: [share === 0.5 ? 'Half (median)' : percent(share, 1), `about ${duration(seconds * 1_000)}`],
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
          head={['Product', 'Messages', 'Sent', 'Delivered', 'Opened', 'Clicked', 'Replied', 'Bounced', 'Unsubscribed']}
          rows={[...found.messages.byProduct, { ...found.messages, productId: '', label: 'All' }].map((row) => ({
            key: String(row.productId),
            cells: [
              row.label,
              count(row.messages),
              ...(['sent', 'delivered', 'opened', 'clicked', 'replied'] as const).map((stage) =>
                measured(stage) ? count(row[stage]) : 'not measured',
              ),
              count(row.bounced),
              count(row.unsubscribed),
            ],
          }))}
        />
        <Text size="sm" mt={8}>
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() =>
              void exportFile({ kind: 'export', what: 'events', campaignId: campaign.id, filter: query as never })
            }
          >
            All events as CSV
          </Anchor>
        </Text>
      </Section>
    </Stack>
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
          <People
            n={n}
            label={text}
            onOpen={() => onOpen({ show: term, title: text, ...(term === 'unconfirmed' && { messages: true }) })}
          />{' '}
          <Term of={term}>{text}</Term>
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

type Split = keyof typeof splits

/** The filters that make up a group; null for those whom no filter names: who did not come to a split. */
function filterOf(by: Split, key: string): Record<string, string | number> | null {
  if (by === 'product') return { productId: key }
  if (by === 'version') return { version: Number(key) }
  if (by === 'entry') return { entry: key }
  if (by === 'day') return { from: key, to: key }
  return by === 'branch' && !key.endsWith(':') ? { branch: key } : null
}

function Groups({ found, by, onOpen }: { found: Analytics; by: Split; onOpen(shown: Shown): void }) {
  const groups = found.groups ?? []
  const label = splits[by]
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
            ...group.funnel.map(({ stage, count: n, measured }) => {
              if (!measured) return 'not measured'
              const within = filterOf(by, group.key)
              const what = `${(stageWords[stage] ?? stage).toLowerCase()}: ${group.label}`
              if (!within) return count(n)
              return (
                <People
                  key={stage}
                  n={n}
                  label={what}
                  onOpen={() => onOpen({ show: stage, within, title: `${stageWords[stage] ?? stage}: ${group.label}` })}
                />
              )
            }),
            percent(of('replied')?.count ?? 0, of('delivered')?.count ?? 0),
            percent(of('handoff')?.count ?? 0, of('enrolled')?.count ?? 0),
          ],
        }
      })}
    />
  )
}
