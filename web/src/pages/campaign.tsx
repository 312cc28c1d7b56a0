import { ActionIcon, Group, Text, Title, Tooltip } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense } from 'react'
import type { Answer } from '../api.ts'
import { ago } from '../format.ts'
import { useCampaignCounts } from '../live.ts'
import { audienceText } from '../parts/audience-text.ts'
import { BeginningBar } from '../parts/beginning.tsx'
import { MoreMenu, StatusPill } from '../parts/bits.tsx'
import { useCampaignActions } from '../parts/campaign-actions.tsx'
import { useMembers, useSegments } from '../parts/choices.ts'
import { EnrollMode } from '../parts/enroll-mode.tsx'
import { Loading, Page, Show } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { useTabInView } from '../parts/tab-in-view.ts'
import { liveMs, useApi } from '../query.ts'
import { AudienceTab } from './campaign-audience.tsx'
import { OverviewTab } from './campaign-overview.tsx'
import { ProductsTab } from './campaign-products.tsx'
import { RunsTab } from './campaign-runs.tsx'
import { MessageTable } from './messages.tsx'

const TriggersTab = lazy(() =>
  import('../triggers/triggers-tab.tsx').then(({ TriggersTab: Tab }) => ({ default: Tab })),
)
const AnalyticsTab = lazy(() => import('./campaign-analytics.tsx').then(({ AnalyticsTab: Tab }) => ({ default: Tab })))

const VersionsTab = lazy(() => import('./campaign-versions.tsx').then(({ VersionsTab: Tab }) => ({ default: Tab })))
const SettingsTab = lazy(() => import('./campaign-settings.tsx').then(({ SettingsTab: Tab }) => ({ default: Tab })))

/** A campaign as its page reads it. */
export type Campaign = Answer<'GET /campaigns/:id'>

const tabs = {
  overview: 'Overview',
  audience: 'Audience',
  triggers: 'Triggers',
  products: 'Products',
  analytics: 'Analytics',
  runs: 'Runs',
  messages: 'Messages',
  versions: 'Versions',
  settings: 'Settings',
} as const

/** One campaign: what state it is in, what can be done, and its tabs. */
export function CampaignPage() {
  const { id = '', tab, runId } = useParams({ strict: false })
  const shown = runId === undefined ? tab : 'runs'
  const campaign = useApi('GET /campaigns/:id', { params: { id } }, { refetchInterval: liveMs })
  return (
    <Show of={campaign} back={{ to: '/campaigns', label: 'All campaigns' }}>
      {(found) => (
        <Loaded key={id} campaign={found} tab={shown && shown in tabs ? (shown as keyof typeof tabs) : 'overview'} />
      )}
    </Show>
  )
}

function Loaded({ campaign, tab }: { campaign: Campaign; tab: keyof typeof tabs }) {
  const { entries, buttons, dialog, ask } = useCampaignActions()
  const segments = useSegments()
  const members = useMembers()
  const live = useCampaignCounts(campaign.id, campaign.status !== 'draft' && campaign.status !== 'archived')
  const owner = members.find((member) => member.value === campaign.ownerId)?.label
  const since = campaign.moves[0]?.at ?? campaign.createdAt
  const nav = useTabInView(tab)
  const contents: Record<keyof typeof tabs, () => ReactNode> = {
    overview: () => <OverviewTab campaign={campaign} live={live} />,
    audience: () => <AudienceTab campaign={campaign} />,
    triggers: () => (
      <Suspense fallback={<Loading />}>
        <TriggersTab campaign={campaign} />
      </Suspense>
    ),
    products: () => <ProductsTab campaign={campaign} />,
    analytics: () => (
      <Suspense fallback={<Loading />}>
        <AnalyticsTab campaign={campaign} />
      </Suspense>
    ),
    runs: () => <RunsTab campaign={campaign} />,
    messages: () => <MessageTable choice={{ campaignId: campaign.id }} />,
    versions: () => (
      <Suspense fallback={<Loading />}>
        <VersionsTab campaign={campaign} />
      </Suspense>
    ),
    settings: () => (
      <Suspense fallback={<Loading />}>
        <SettingsTab campaign={campaign} />
      </Suspense>
    ),
  }
  return (
    <>
      <BeginningBar campaign={campaign} />
      <Page
        title={campaign.name}
        part={tabs[tab]}
        back={{ to: '/campaigns', label: 'Campaigns' }}
        heading={
          <div>
            <Group gap={8} wrap="nowrap">
              <Title order={1} style={{ overflowWrap: 'anywhere' }}>
                {campaign.name}
              </Title>
              <StatusPill status={campaign.status} />
              {campaign.status !== 'archived' && (
                <Tooltip label="Rename">
                  <ActionIcon aria-label="Edit name, description and owner" onClick={() => ask('rename', campaign)}>
                    <IconPencil size={16} />
                  </ActionIcon>
                </Tooltip>
              )}
            </Group>
            <Text size="sm" c="dimmed">
              since {ago(since)} · {audienceText(campaign.audience, segments)}
              {owner && ` · ${owner}`}
              {(campaign.status === 'active' || campaign.status === 'paused') && (
                <>
                  {' · '}
                  <EnrollMode campaign={campaign} />
                </>
              )}
            </Text>
          </div>
        }
        actions={
          <Group gap={8}>
            {buttons(campaign)}
            <MoreMenu label="More actions" entries={entries(campaign, { open: false })} />
          </Group>
        }
      >
        <nav ref={nav} className="tl-tabs" aria-label="Campaign">
          {Object.entries(tabs).map(([name, label]) => (
            <Link
              key={name}
              to="/campaigns/$id/$tab"
              params={{ id: campaign.id, tab: name }}
              aria-current={tab === name ? 'page' : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
        <Panel of={tab}>
          <Contents draw={contents[tab]} />
        </Panel>
        {dialog}
      </Page>
    </>
  )
}

/** Draws inside its own component, so that a fault in it is caught by the panel around. */
const Contents = ({ draw }: { draw(): ReactNode }) => draw()
