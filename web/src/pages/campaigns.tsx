import { Button, Group, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { Item } from '../api.ts'
import { count, percent } from '../format.ts'
import { audienceText } from '../parts/audience-text.ts'
import { MoreMenu, StatusPill, Time } from '../parts/bits.tsx'
import { useCampaignActions } from '../parts/campaign-actions.tsx'
import { useMembers, useSegments } from '../parts/choices.ts'
import { Empty, Page } from '../parts/page.tsx'
import { type Column, DataTable, SearchField } from '../parts/table.tsx'
import { usePages } from '../query.ts'

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

/** All campaigns: tabs by status, search, and what can be done to each. */
export function CampaignsPage() {
  const search = useSearch({ from: '/signed-in/shell/campaigns' })
  const navigate = useNavigate({ from: '/campaigns' })
  const segments = useSegments()
  const members = useMembers()
  const { entries, dialog } = useCampaignActions()
  const status = search.status ?? ''
  const list = usePages(
    'GET /campaigns',
    { query: { limit: 200, ...(search.q && { q: search.q }), ...(search.ownerId && { ownerId: search.ownerId }) } },
    { live: true },
  )
  const counted = !list.hasMore
  const of = (tab: string) =>
    list.items.filter((campaign) => (tab === '' ? campaign.status !== 'archived' : campaign.status === tab))
  const go = (change: Partial<typeof search>) => void navigate({ search: { ...search, ...change }, replace: true })
  const rows = of(status)
  const filtered = Boolean(search.q || search.ownerId || status)
  const columns: Column<Campaign>[] = [
    { title: 'Name', phone: 'bare', cell: (campaign) => <NameCell campaign={campaign} /> },
    { title: 'Status', phone: 'bare', cell: (campaign) => <StatusPill status={campaign.status} /> },
    { title: 'Audience', phone: 'hide', cell: (campaign) => audienceText(campaign.audience, segments) },
    { title: 'Inside', align: 'right', cell: (campaign) => count(campaign.counts.inside) },
    { title: 'Finished', align: 'right', phone: 'hide', cell: (campaign) => count(campaign.counts.finished) },
    { title: 'Sent', align: 'right', cell: (campaign) => count(campaign.counts.sent) },
    {
      title: 'Replied',
      align: 'right',
      cell: ({ counts }) => (
        <>
          {count(counts.replied)}
          {counts.sent > 0 && <span className="tl-muted"> · {percent(counts.replied, counts.sent)}</span>}
        </>
      ),
    },
    {
      title: 'Owner',
      phone: 'hide',
      cell: (campaign) => (
        <span className="tl-person">{members.find((member) => member.value === campaign.ownerId)?.label ?? '—'}</span>
      ),
    },
    { title: 'Updated', phone: 'hide', cell: (campaign) => <Time at={campaign.updatedAt} /> },
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
            {counted && <span className="tl-count">{of(tab).length}</span>}
          </button>
        ))}
      </nav>
      <div className="tl-card">
        <DataTable
          label="Campaigns"
          list={{ ...list, items: rows }}
          columns={columns}
          idOf={(campaign) => campaign.id}
          href={(campaign) => `/campaigns/${campaign.id}/overview`}
          menu={(campaign) => <MoreMenu label={`Actions for ${campaign.name}`} entries={entries(campaign)} />}
          empty={
            filtered ? (
              <Empty
                title={search.q ? `Nothing matches “${search.q}”` : 'No campaign here'}
                action={
                  <Button variant="default" onClick={() => go({ q: undefined, ownerId: undefined, status: undefined })}>
                    Show all campaigns
                  </Button>
                }
              />
            ) : (
              <Empty title="No campaigns yet" action={<Button onClick={() => go({ new: '1' })}>New campaign</Button>}>
                A campaign carries customers through a workflow you draw.
              </Empty>
            )
          }
        />
      </div>
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
      {campaign.name}
      {campaign.description && (
        <Text span size="xs" c="dimmed" lineClamp={1} fw={400} title={campaign.description}>
          {campaign.description}
        </Text>
      )}
    </>
  )
}
