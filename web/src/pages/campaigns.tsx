import { Button, Group, Select, Text, Tooltip } from '@mantine/core'
import { IconAlertTriangle, IconPlus, IconTargetArrow } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { Item, Query } from '../api.ts'
import { count, percent, plural } from '../format.ts'
import { audienceText } from '../parts/audience-text.ts'
import { MoreMenu, StatusPill, Time } from '../parts/bits.tsx'
import { useCampaignActions } from '../parts/campaign-actions.tsx'
import { CampaignBulkBar } from '../parts/campaign-bulk.tsx'
import { useMembers, useProducts, useSegments } from '../parts/choices.ts'
import { linkTo } from '../parts/link.ts'
import { Empty, Page } from '../parts/page.tsx'
import { MessageCount, PeopleCount } from '../parts/people-count.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { Spark } from '../parts/spark.tsx'
import { type Column, DataTable } from '../parts/table.tsx'
import { liveMs, useApi, usePages } from '../query.ts'
import { useMe } from '../session.tsx'

type Campaign = Item<'GET /campaigns'>

const NewCampaign = lazy(() => import('./new-campaign.tsx').then((module) => ({ default: module.NewCampaign })))

const tabs = [
  ['', 'All'],
  ['draft', 'Draft'],
  ['active', 'Active'],
  ['paused', 'Paused'],
  ['completed', 'Completed'],
  ['archived', 'Archived'],
] as const

type Sort = NonNullable<Query<'GET /campaigns'>['sort']>

/** What the list is ordered by, as a choice; headers turn each of them round. */
const sorts: { value: Sort; label: string }[] = [
  { value: '-createdAt', label: 'Newest first' },
  { value: '-updatedAt', label: 'Changed last' },
  { value: 'name', label: 'By name' },
  { value: '-inside', label: 'Most inside' },
  { value: '-sent', label: 'Most sent' },
  { value: '-replied', label: 'Most replies' },
  { value: '-handoff', label: 'Most handoffs' },
]
const plainSort = (sort: string): string => sort.replace(/^-/, '')

/** All campaigns: tabs by status, filters in the address, and what can be done to each. */
export function CampaignsPage() {
  const search = useSearch({ from: '/signed-in/shell/campaigns' })
  const navigate = useNavigate({ from: '/campaigns' })
  const segments = useSegments()
  const members = useMembers()
  const products = useProducts()
  const me = useMe()
  const go = (change: Partial<typeof search>) => void navigate({ search: { ...search, ...change }, replace: true })
  const { entries, dialog, made } = useCampaignActions({ onMade: () => go({ status: undefined }) })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const status = tabs.find(([tab]) => tab === search.status)?.[0] ?? ''
  const known = sorts.some(({ value }) => plainSort(value) === plainSort(search.sort ?? ''))
  const sort = (known && (search.sort as Sort)) || '-createdAt'
  const choice = {
    ...(search.q && { q: search.q }),
    ...(search.owner && { ownerId: search.owner }),
    ...(search.product && { productId: search.product }),
    ...(search.attention && { attention: 'true' as const }),
  }
  const list = usePages(
    'GET /campaigns',
    { query: { limit: 100, sort, ...choice, ...(status === '' ? { current: 'true' as const } : { status }) } },
    { live: true },
  )
  const counts = useApi(
    'GET /campaigns/counts',
    { query: choice },
    { refetchInterval: liveMs, placeholderData: keepPreviousData },
  )
  const countOf = (tab: (typeof tabs)[number][0]): number | null => {
    const found = counts.data
    if (!found) return null
    return tab === '' ? found.draft + found.active + found.paused + found.completed : found[tab]
  }
  const total = countOf(status)
  const cleared = { q: undefined, owner: undefined, product: undefined, attention: undefined, status: undefined }
  const filtered = Object.keys(choice).length > 0 || status !== ''
  const mine = members.find(({ value }) => value === me.memberId)
  const owners = mine
    ? [{ value: mine.value, label: 'Mine' }, ...members.filter(({ value }) => value !== mine.value)]
    : members
  const columns: Column<Campaign>[] = [
    { title: 'Name', sort: 'name', phone: 'bare', cell: (campaign) => <NameCell campaign={campaign} /> },
    { title: 'Status', phone: 'bare', cell: (campaign) => <StatusCell campaign={campaign} /> },
    {
      title: 'Audience',
      phone: 'hide',
      cell: (campaign) => {
        const text = audienceText(campaign.audience, segments)
        return (
          <span className="tl-clip" title={text}>
            {text}
          </span>
        )
      },
    },
    {
      title: 'Inside',
      sort: 'inside',
      align: 'right',
      cell: (campaign) => (
        <Group gap={8} wrap="nowrap" justify="flex-end">
          <Spark values={campaign.entries} label="entered in the last seven days" />
          <People campaign={campaign} n={campaign.counts.inside} />
        </Group>
      ),
    },
    {
      title: 'Sent',
      sort: 'sent',
      align: 'right',
      cell: ({ id, name, counts }) => (
        <MessageCount n={counts.sent} what={`sent by ${name}`} to={`/messages?campaignId=${id}&state=sent`} />
      ),
    },
    {
      title: 'Replied',
      sort: 'replied',
      align: 'right',
      cell: ({ id, name, counts: { replied, delivered } }) => (
        <>
          <MessageCount
            n={replied}
            what={`of ${name} that were replied to`}
            to={`/messages?campaignId=${id}&happened=replied`}
          />
          {delivered > 0 && (
            <Text component="div" size="xs" c="dimmed">
              {percent(replied, delivered)} of delivered
            </Text>
          )}
        </>
      ),
    },
    {
      title: 'Handoff',
      sort: 'handoff',
      align: 'right',
      phone: 'hide',
      cell: ({ id, name, counts }) => (
        <PeopleCount n={counts.handoff} who={`handed to sales by ${name}`} to={`/campaigns/${id}/runs?state=handoff`} />
      ),
    },
    {
      title: 'Owner',
      phone: 'hide',
      cell: (campaign) => (
        <span className="tl-person">{members.find((member) => member.value === campaign.ownerId)?.label ?? '—'}</span>
      ),
    },
    { title: 'Updated', sort: 'updatedAt', phone: 'hide', cell: (campaign) => <Time at={campaign.updatedAt} /> },
    { title: 'Created', sort: 'createdAt', phone: 'hide', off: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      title: 'Finished',
      align: 'right',
      phone: 'hide',
      off: true,
      cell: ({ counts: { finished } }) => count(finished),
    },
  ]
  return (
    <Page
      title="Campaigns"
      actions={
        <Group gap={8}>
          <SearchField label="Search campaigns" value={search.q ?? ''} onChange={(q) => go({ q: q || undefined })} />
          <Button leftSection={<IconPlus size={16} />} onClick={() => go({ new: '1' })}>
            New campaign
          </Button>
        </Group>
      }
    >
      <nav className="tl-tabs" aria-label="Status">
        {tabs.map(([tab, label]) => (
          <button
            key={tab}
            type="button"
            aria-pressed={status === tab}
            onClick={() => go({ status: tab || undefined })}
          >
            {label}
            {countOf(tab) !== null && <span className="tl-count">{count(countOf(tab))}</span>}
          </button>
        ))}
      </nav>
      <Group gap={8} mb={10}>
        <Select
          aria-label="Owner"
          placeholder="Any owner"
          size="xs"
          w={150}
          data={owners}
          value={search.owner ?? null}
          onChange={(owner) => go({ owner: owner ?? undefined })}
          clearable
          searchable
        />
        {products.length > 0 && (
          <Select
            aria-label="Product"
            placeholder="Any product"
            size="xs"
            w={150}
            data={products}
            value={search.product ?? null}
            onChange={(product) => go({ product: product ?? undefined })}
            clearable
            searchable
          />
        )}
        <Button
          size="xs"
          variant={search.attention ? 'light' : 'default'}
          aria-pressed={search.attention !== undefined}
          leftSection={<IconAlertTriangle size={14} />}
          onClick={() => go({ attention: search.attention ? undefined : '1' })}
        >
          Needs attention
        </Button>
        <Select
          aria-label="Order"
          size="xs"
          w={140}
          ml="auto"
          data={sorts}
          placeholder="By a column"
          value={sorts.some(({ value }) => value === sort) ? sort : null}
          allowDeselect={false}
          onChange={(value) => go({ sort: value === '-createdAt' ? undefined : (value ?? undefined) })}
        />
      </Group>
      <div className="tl-card">
        <DataTable
          label="Campaigns"
          chooser="campaigns"
          list={list}
          total={total === null ? null : { count: total, exact: true }}
          selection={{ chosen, onChange: setChosen }}
          sorting={{ by: sort === '-createdAt' ? undefined : sort, onChange: (by) => go({ sort: by }) }}
          columns={columns}
          idOf={(campaign) => campaign.id}
          isNew={(campaign) => campaign.id === made}
          href={(campaign) => `/campaigns/${campaign.id}/overview`}
          menu={(campaign) => <MoreMenu label={`Actions for ${campaign.name}`} entries={entries(campaign)} />}
          empty={
            filtered ? (
              <Empty
                title={search.q ? `Nothing matches “${search.q}”` : 'No campaign here'}
                action={
                  <Button variant="default" onClick={() => go(cleared)}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty
                title="No campaigns yet"
                icon={<IconTargetArrow size={24} stroke={1.7} />}
                action={<Button onClick={() => go({ new: '1' })}>New campaign</Button>}
              >
                A campaign carries customers through a workflow you draw.
              </Empty>
            )
          }
        />
      </div>
      <CampaignBulkBar chosen={list.items.filter(({ id }) => chosen.has(id))} clear={() => setChosen(new Set())} />
      {search.new && (
        <Suspense>
          <NewCampaign onClose={() => go({ new: undefined })} names={list.items.map((campaign) => campaign.name)} />
        </Suspense>
      )}
      {dialog}
    </Page>
  )
}

function NameCell({ campaign }: { campaign: Campaign }) {
  return (
    <>
      <Text span inherit lineClamp={2} title={campaign.name}>
        {campaign.name}
      </Text>
      {campaign.description && (
        <Text span size="xs" c="dimmed" lineClamp={1} fw={400} title={campaign.description}>
          {campaign.description}
        </Text>
      )}
    </>
  )
}

const needs: Record<Campaign['attention'][number]['code'], (n: number) => string> = {
  failing: (n) => `${plural(n, 'customer')} cannot go on`,
  credential: (n) => (n === 1 ? 'a sender is dead' : `${n} senders are dead`),
  webhook: (n) => `${plural(n, 'webhook call')} refused in the last day`,
}

/** The status; that the draft differs from what is live; and what needs a person. */
function StatusCell({ campaign }: { campaign: Campaign }) {
  const [first] = campaign.attention
  const reasons = campaign.attention.map(({ code, count: n }) => needs[code](n)).join(', ')
  return (
    <>
      <Group gap={6} wrap="nowrap">
        <StatusPill status={campaign.status} />
        {reasons && (
          <Tooltip label={reasons}>
            <Text span size="xs" c="var(--tl-warn)" className="tl-over" style={{ whiteSpace: 'nowrap' }}>
              <IconAlertTriangle size={14} style={{ verticalAlign: '-2px' }} aria-hidden />{' '}
              {first?.code === 'failing' ? (
                <Link
                  {...linkTo(`/campaigns/${campaign.id}/runs?state=failing`)}
                  className="tl-people"
                  data-people={first.count}
                >
                  {needs.failing(first.count)}
                </Link>
              ) : (
                first && needs[first.code](first.count)
              )}
            </Text>
          </Tooltip>
        )}
      </Group>
      {campaign.unpublishedChanges > 0 && (
        <Text component="div" size="xs" c="dimmed" mt={2} style={{ whiteSpace: 'nowrap' }}>
          <span aria-hidden>● </span>
          {plural(campaign.unpublishedChanges, 'unpublished change')}
        </Text>
      )}
    </>
  )
}

/** How many are inside, which leads to them. */
function People({ campaign, n }: { campaign: Campaign; n: number }) {
  return <PeopleCount n={n} who={`inside ${campaign.name}`} to={`/campaigns/${campaign.id}/runs?state=here`} />
}
