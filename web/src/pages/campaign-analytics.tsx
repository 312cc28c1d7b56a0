import { Loader, Tabs } from '@mantine/core'
import { lazy, Suspense } from 'react'
import '../analytics/analytics.css'
import { FilterBar, freshMs, hasBefore, queryOf, useFilters } from '../analytics/filters.tsx'
import { Numbers, splits } from '../analytics/numbers.tsx'
import { daysOf } from '../analytics/over-time.tsx'
import { PeopleDrawer, useShown } from '../analytics/people.tsx'
import { WithDefinitions } from '../analytics/pieces.tsx'
import { SimulatedFunnel } from '../analytics/simulated.tsx'
import { StepDrawer } from '../analytics/step-drawer.tsx'
import { Show } from '../parts/page.tsx'
import { useApi } from '../query.ts'
import type { Campaign } from './campaign.tsx'

const Graph = lazy(() => import('../analytics/graph.tsx'))

/** How far a campaign's customers got, what became of its messages, and which branch does better: in numbers and on its graph. */
export function AnalyticsTab({ campaign }: { campaign: Campaign }) {
  const { filters, search, set } = useFilters()
  const query = queryOf(filters)
  const by = (search.by !== undefined && search.by in splits ? search.by : 'node') as keyof typeof splits
  const isGraph = search.view === 'graph'
  const { shown, open, close } = useShown()
  const groupBy = isGraph || (by === 'branch' && filters.branch) ? 'node' : by
  const before = search.before === '1' && hasBefore(filters)
  const numbers = useApi(
    'GET /campaigns/:id/analytics',
    { params: { id: campaign.id }, query: { ...query, groupBy, ...(before && { compare: 'previous' }) } as never },
    {
      enabled: campaign.status !== 'draft',
      refetchInterval: campaign.status === 'archived' ? false : freshMs,
      placeholderData: (previous) => previous,
    },
  )
  const csv = (table: string, extra: Record<string, string> = {}) =>
    `/api/v1/campaigns/${campaign.id}/analytics.csv?${new URLSearchParams({ ...Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)])), table, ...extra })}`
  if (campaign.status === 'draft') return <SimulatedFunnel campaign={campaign} />
  return (
    <WithDefinitions>
      <FilterBar campaign={campaign} updatedAt={campaign.status === 'archived' ? null : numbers.dataUpdatedAt} />
      <Tabs
        value={isGraph ? 'graph' : 'numbers'}
        onChange={(view) => set({ view: view === 'graph' ? view : null })}
        mt={8}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="numbers">Numbers</Tabs.Tab>
          <Tabs.Tab value="graph">Graph</Tabs.Tab>
        </Tabs.List>
        <Show of={numbers}>
          {(found) => (
            <>
              <Tabs.Panel value="numbers">
                <Numbers
                  campaign={campaign}
                  found={found}
                  query={query}
                  groupBy={groupBy}
                  unit={search.unit === 'messages' ? 'messages' : 'customers'}
                  csv={csv}
                  set={set}
                  onOpen={open}
                  onStep={(step) => set({ step })}
                />
              </Tabs.Panel>
              <Tabs.Panel value="graph" pt={12}>
                <Suspense fallback={<Loader aria-label="Loading the graph" />}>
                  <Graph
                    campaign={campaign}
                    version={filters.version ? Number(filters.version) : campaign.workflowVersion}
                    groups={found.groups ?? []}
                    step={search.step}
                    onStep={(step) => set({ step })}
                    onPeople={open}
                  />
                </Suspense>
              </Tabs.Panel>
              {search.step && (
                <StepDrawer
                  campaign={campaign}
                  query={query}
                  nodeId={search.step}
                  ways={found.groups?.find(({ key }) => key === search.step)?.node?.edges ?? []}
                  range={daysOf(found.range)}
                  titles={new Map((found.groups ?? []).map(({ key, label }) => [key, label]))}
                  covered={shown !== null}
                  onOpen={open}
                  onClose={() => set({ step: null })}
                />
              )}
            </>
          )}
        </Show>
      </Tabs>
      {shown && <PeopleDrawer campaignId={campaign.id} query={query} shown={shown} onClose={close} />}
    </WithDefinitions>
  )
}
