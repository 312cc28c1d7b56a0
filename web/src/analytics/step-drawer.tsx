import { Drawer, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Answer } from '../api.ts'
import { nameOf, percent, plural } from '../format.ts'
import { Show } from '../parts/page.tsx'
import { People } from '../parts/people-count.tsx'
import { useApi } from '../query.ts'
import { freshMs } from './filters.tsx'
import { stageWords } from './funnel.tsx'
import { type Days, OverTime } from './over-time.tsx'
import type { Shown } from './people.tsx'
import { Grid, Term } from './pieces.tsx'

type Detail = Answer<'GET /campaigns/:id/analytics/nodes/:nodeId'>
type Ways = NonNullable<NonNullable<Answer<'GET /campaigns/:id/analytics'>['groups']>[number]['node']>['edges']

const sent = ['sent', 'delivered', 'opened', 'clicked', 'replied'] as const
const stepWords: Record<string, string> = {
  came: 'Came here',
  ...Object.fromEntries(sent.map((stage) => [stage, stageWords[stage] ?? stage])),
}

/** A number of the step, or of those who came by a branch, that opens who they are. */
type Who = (show: string, n: number | null, text: string, branch?: { key: string; label: string }) => ReactNode

/** One step looked at closely: its numbers, over time, who cannot go on, which way people took, and by which branch they came. */
export function StepDrawer({
  campaign,
  query,
  nodeId,
  ways,
  titles,
  range,
  covered,
  onOpen,
  onClose,
}: {
  campaign: { id: string; status: string }
  query: Record<string, string | number>
  nodeId: string
  ways: Ways
  titles: ReadonlyMap<string, string>
  range: Days
  /** Something stands before it, which Escape closes first. */
  covered: boolean
  /** Lists those whom a number counts. */
  onOpen(shown: Shown): void
  onClose(): void
}) {
  const detail = useApi(
    'GET /campaigns/:id/analytics/nodes/:nodeId',
    { params: { id: campaign.id, nodeId }, query: query as never },
    {
      refetchInterval: campaign.status === 'archived' ? false : freshMs,
      placeholderData: (previous) => (previous?.nodeId === nodeId ? previous : undefined),
    },
  )
  const title = titles.get(nodeId) ?? nodeId
  const who: Who = (show, n, text, branch) =>
    n === null ? (
      'not measured'
    ) : (
      <People
        key={show}
        n={n}
        label={`${text} at ${title}${branch ? `, by ${branch.label}` : ''}`}
        onOpen={() =>
          onOpen({
            show,
            nodeId,
            title: [`${title}: ${text}`, branch?.label].filter(Boolean).join(' · '),
            ...(branch && { within: { branch: branch.key } }),
          })
        }
      />
    )
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title={title}
      withOverlay={false}
      lockScroll={false}
      closeOnClickOutside={false}
      closeOnEscape={!covered}
      trapFocus={false}
    >
      <Show of={detail}>
        {(found) => (
          <Stack gap={20}>
            {!found.current && (
              <Text size="sm" c="dimmed">
                The current version does not have this step any more.
              </Text>
            )}
            <Figures found={found} who={who} />
            {found.whole.errors > 0 && <Failing campaignId={campaign.id} query={query} nodeId={nodeId} />}
            <section>
              <Title order={3} mb={6}>
                <Term of="series">Over time</Term>
              </Title>
              <OverTime
                rows={found.series.map(({ day, ...values }) => ({ day, values }))}
                range={range}
                words={found.whole.sent === null ? { came: 'Came here' } : stepWords}
                first={found.whole.sent === null ? ['came'] : ['came', 'sent', 'replied']}
              />
            </section>
            {ways.length > 0 && (
              <section>
                <Title order={3} mb={6}>
                  Which way they took
                </Title>
                <Grid
                  label="Ways"
                  head={['Way', 'Leads to', 'Customers', { text: 'Share', of: 'share' }]}
                  rows={ways.map((way) => ({
                    key: way.when ?? '',
                    cells: [
                      way.when ?? 'default',
                      way.target === null ? 'the end' : (titles.get(way.target) ?? way.target),
                      <People
                        key="n"
                        n={way.count}
                        label={`took ${way.when ?? 'default'}`}
                        onOpen={() =>
                          onOpen({
                            show: 'edge',
                            nodeId,
                            when: way.when ?? '',
                            title: `${title}: ${way.when ?? 'default'}`,
                          })
                        }
                      />,
                      way.share === null ? '—' : percent(way.share, 1),
                    ],
                  }))}
                />
              </section>
            )}
            {found.branches.length > 0 && (
              <section>
                <Title order={3} mb={6}>
                  By branch
                </Title>
                <Grid
                  label="By branch"
                  head={
                    found.whole.sent === null
                      ? ['Branch', { text: 'Came', of: 'came' }, 'Here']
                      : ['Branch', { text: 'Came', of: 'came' }, 'Here', 'Sent', 'Replied', 'of delivered']
                  }
                  rows={found.branches.map((row) => ({
                    key: row.key,
                    cells: [
                      row.label,
                      who('came', row.came, 'came here', row),
                      who('here', row.here, 'here now', row),
                      ...(found.whole.sent === null
                        ? []
                        : [
                            who('sent', row.sent, 'sent', row),
                            who('replied', row.replied, 'replied', row),
                            row.replied === null ? '—' : percent(row.replied, row.delivered ?? 0),
                          ]),
                    ],
                  }))}
                />
              </section>
            )}
          </Stack>
        )}
      </Show>
    </Drawer>
  )
}

/** The step's numbers, each with what it means and who is behind it. */
function Figures({ found: { whole }, who }: { found: Detail; who: Who }) {
  const lost = whole.came - whole.passed - whole.here
  return (
    <Group gap={20} align="start" className="tl-figures">
      {(
        [
          ['came', 'came here', who('came', whole.came, 'came here')],
          ['passed', 'passed', who('passed', whole.passed, 'passed')],
          ['here', 'here now', who('here', whole.here, 'here now')],
          ...(lost > 0 ? [['ended', 'ended while here', who('ended', lost, 'ended while here')] as const] : []),
          ['errors', 'cannot go on', who('errors', whole.errors, 'cannot go on')],
          ...(whole.sent === null
            ? []
            : sent.map(
                (stage) =>
                  [stage, (stageWords[stage] ?? stage).toLowerCase(), who(stage, whole[stage], stage)] as const,
              )),
        ] as const
      ).map(([of, text, value]) => (
        <div key={of}>
          <div className="tl-number">{value}</div>
          <Text size="xs" c="dimmed">
            <Term of={of}>{text}</Term>
          </Text>
        </div>
      ))}
    </Group>
  )
}

/** The first of those who stand here with an error, and what it says. */
function Failing({
  campaignId,
  query,
  nodeId,
}: {
  campaignId: string
  query: Record<string, string | number>
  nodeId: string
}) {
  const list = useApi('GET /campaigns/:id/analytics/people', {
    params: { id: campaignId },
    query: { ...query, show: 'errors', nodeId, limit: 5 } as never,
  })
  const items = list.data?.items ?? []
  if (items.length === 0) return null
  return (
    <section>
      <Title order={3} mb={6}>
        What keeps {plural(items.length, 'customer')} here
      </Title>
      {items.map((run) => (
        <Text key={run.id} size="sm">
          <b>{nameOf(run.customer)}</b>: <span style={{ color: 'var(--tl-bad)' }}>{run.error?.message}</span>
        </Text>
      ))}
    </section>
  )
}
