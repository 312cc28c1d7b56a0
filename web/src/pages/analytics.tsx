import { Button, Checkbox, Group, Popover, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import '../analytics/analytics.css'
import { FilterBar, freshMs, hasBefore, queryOf, useFilters } from '../analytics/filters.tsx'
import { FunnelBars, stageWords } from '../analytics/funnel.tsx'
import { dayRows, daysOf, OverTime } from '../analytics/over-time.tsx'
import { PeopleDrawer, useShown } from '../analytics/people.tsx'
import { Grid, Section, Term, WithDefinitions } from '../analytics/pieces.tsx'
import { count, percent } from '../format.ts'
import { Empty, Page, Show } from '../parts/page.tsx'
import { People } from '../parts/people-count.tsx'
import { useApi } from '../query.ts'

/** The workspace's numbers, and campaigns beside one another. */
export function AnalyticsPage() {
  const { filters, search, set } = useFilters()
  const { shown, open, close } = useShown()
  const { version: _version, branch: _branch, ...query } = queryOf(filters)
  const chosen = (search.campaigns ?? '').split(',').filter((id) => id !== '')
  const comparing = search.compare === '1' && chosen.length > 0
  const before = search.before === '1' && hasBefore(filters)
  const numbers = useApi(
    'GET /analytics',
    {
      query: {
        ...query,
        groupBy: 'campaign',
        ...(comparing && { campaigns: chosen.join(',') }),
        ...(before && { compare: 'previous' }),
      } as never,
    },
    { refetchInterval: freshMs, placeholderData: (previous) => previous },
  )
  const csv = (table: string) =>
    `/api/v1/analytics.csv?${new URLSearchParams({ ...Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)])), ...(comparing && { campaigns: chosen.join(',') }), table })}`
  const choose = (id: string, wanted: boolean) =>
    set({ campaigns: (wanted ? [...chosen, id] : chosen.filter((one) => one !== id)).join(',') })
  return (
    <Page
      title={comparing ? 'Compare campaigns' : 'Analytics'}
      wide
      actions={
        comparing ? (
          <Button variant="default" onClick={() => set({ compare: null })}>
            All campaigns
          </Button>
        ) : (
          <CompareButton chosen={chosen.length} onCompare={() => set({ compare: '1' })} />
        )
      }
    >
      <WithDefinitions>
        <FilterBar updatedAt={numbers.dataUpdatedAt} />
        <Show of={numbers}>
          {(found) => {
            const groups = found.groups ?? []
            if (groups.length === 0) {
              return (
                <Empty title="Nothing sent yet">
                  First numbers appear within a second of the first send. Other ranges may have some.
                </Empty>
              )
            }
            return (
              <Stack gap={16} mt={14}>
                {comparing ? (
                  <Group align="stretch" gap={16}>
                    {groups.map((group) => (
                      <div key={group.key} style={{ flex: '1 1 420px', minWidth: 0 }}>
                        <Section title={group.label}>
                          <FunnelBars
                            found={group}
                            onOpen={(show) =>
                              open({
                                show,
                                campaignId: group.key,
                                title: `${stageWords[show] ?? show}: ${group.label}`,
                              })
                            }
                          />
                        </Section>
                      </div>
                    ))}
                  </Group>
                ) : (
                  <Section title="All campaigns together" csv={csv('funnel')}>
                    <FunnelBars found={found} onOpen={(show) => open({ show, title: stageWords[show] ?? show })} />
                    <Text size="sm" mt={10}>
                      <People
                        n={found.inside}
                        label="inside now"
                        onOpen={() => open({ show: 'inside', title: 'Inside now' })}
                      />{' '}
                      <Term of="inside">inside now</Term> ·{' '}
                      <People
                        n={found.holdout}
                        label="held out"
                        onOpen={() => open({ show: 'holdout', title: 'Held out' })}
                      />{' '}
                      <Term of="holdout">held out</Term> · <b className="tl-number">{count(found.unconfirmed)}</b>{' '}
                      <Term of="unconfirmed">messages unconfirmed</Term>
                    </Text>
                  </Section>
                )}
                <Section title={<Term of="series">Over time</Term>} csv={csv('series')}>
                  <OverTime rows={dayRows(found)} range={daysOf(found.range)} />
                </Section>
                <Section title="By campaign" csv={csv('groups')}>
                  <Grid
                    label="By campaign"
                    head={['Campaign', ...Object.values(stageWords), 'Replied of delivered', 'Handoff of enrolled']}
                    rows={groups.map((group) => {
                      const of = (stage: string) => group.funnel.find((row) => row.stage === stage)?.count ?? 0
                      return {
                        key: group.key,
                        cells: [
                          <Group key="c" gap={8} wrap="nowrap">
                            <Checkbox
                              size="xs"
                              aria-label={`Compare ${group.label}`}
                              checked={chosen.includes(group.key)}
                              onChange={(event) => choose(group.key, event.currentTarget.checked)}
                            />
                            <Link
                              className="tl-link"
                              to="/campaigns/$id/$tab"
                              params={{ id: group.key, tab: 'analytics' }}
                            >
                              {group.label}
                            </Link>
                          </Group>,
                          ...group.funnel.map(({ stage, count: n, measured }) =>
                            measured ? (
                              <People
                                key={stage}
                                n={n}
                                label={`${(stageWords[stage] ?? stage).toLowerCase()}: ${group.label}`}
                                onOpen={() =>
                                  open({
                                    show: stage,
                                    campaignId: group.key,
                                    title: `${stageWords[stage] ?? stage}: ${group.label}`,
                                  })
                                }
                              />
                            ) : (
                              'not measured'
                            ),
                          ),
                          percent(of('replied'), of('delivered')),
                          percent(of('handoff'), of('enrolled')),
                        ],
                      }
                    })}
                  />
                </Section>
              </Stack>
            )
          }}
        </Show>
        {shown && (
          <PeopleDrawer
            query={{ ...query, ...(comparing && !shown.campaignId && { campaigns: chosen.join(',') }) }}
            shown={shown}
            onClose={close}
          />
        )}
      </WithDefinitions>
    </Page>
  )
}

/** Compares the ticked campaigns; with fewer than two it says what is missing. */
function CompareButton({ chosen, onCompare }: { chosen: number; onCompare(): void }) {
  const [asked, setAsked] = useState(false)
  const missing =
    chosen === 0 ? 'Tick two or more campaigns in the table below.' : 'Tick one more campaign in the table below.'
  const isShort = chosen < 2
  return (
    <Popover opened={asked && isShort} onChange={setAsked} position="bottom-end" withArrow>
      <Popover.Target>
        <Button variant={isShort ? 'default' : 'filled'} onClick={() => (isShort ? setAsked(true) : onCompare())}>
          Compare {chosen > 0 ? chosen : ''}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" role="status">
          {missing}
        </Text>
      </Popover.Dropdown>
    </Popover>
  )
}
