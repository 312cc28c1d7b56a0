import { Button, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { plural } from '../format.ts'
import { Pill, Time } from '../parts/bits.tsx'
import { Empty } from '../parts/page.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { DataTable } from '../parts/table.tsx'
import { liveMs, useApi } from '../query.ts'
import type { Campaign } from './campaign.tsx'

/** What was published of the workflow, by whom, and who follows each version now. */
export function VersionsTab({ campaign }: { campaign: Campaign }) {
  const versions = useApi('GET /campaigns/:id/versions', { params: { id: campaign.id } }, { refetchInterval: liveMs })
  const { unpublishedChanges, status } = campaign
  return (
    <>
      {status !== 'draft' && status !== 'archived' && (
        <Group mb={12} gap={12}>
          <Text>
            {unpublishedChanges > 0
              ? `The draft has ${plural(unpublishedChanges, 'unpublished change')}.`
              : 'The draft is what is live.'}
          </Text>
          {unpublishedChanges > 0 && (
            <Button
              component={Link}
              to={`/campaigns/${campaign.id}/builder?side=history&tab=versions`}
              size="xs"
              variant="default"
            >
              Compare in the builder
            </Button>
          )}
        </Group>
      )}
      <div className="tl-card">
        <DataTable
          label="Versions"
          list={{
            items: versions.data?.items ?? [],
            loading: versions.isPending,
            error: versions.error,
            retry: () => void versions.refetch(),
          }}
          idOf={(version) => version.number}
          columns={[
            {
              title: 'Version',
              phone: 'bare',
              cell: (version) => (
                <Group gap={8} wrap="nowrap">
                  <b>v{version.number}</b>
                  {version.current && <Pill tone="good">live</Pill>}
                </Group>
              ),
            },
            { title: 'Note', cell: (version) => version.note ?? '—' },
            { title: 'Published by', cell: (version) => version.publishedByName ?? 'Somebody who left' },
            { title: 'When', cell: (version) => <Time at={version.publishedAt} /> },
            {
              title: 'People on it',
              align: 'right',
              cell: (version) => (
                <PeopleCount
                  n={version.inside}
                  who={`on v${version.number}`}
                  to={`/campaigns/${campaign.id}/runs?state=here&version=${version.number}`}
                />
              ),
            },
          ]}
          empty={
            <Empty title="Nothing was published yet">
              Activating the campaign publishes v1; each “Publish changes” makes the next.
            </Empty>
          }
        />
      </div>
      {(versions.data?.items.length ?? 0) > 0 && (
        <Text size="sm" c="dimmed" mt={10}>
          <Link to="/campaigns/$id/builder" params={{ id: campaign.id }} search={{ side: 'history', tab: 'versions' }}>
            The builder’s history
          </Link>{' '}
          shows each on the canvas, compares it with the draft and brings it back.
        </Text>
      )}
    </>
  )
}
