import { Anchor, Button, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ComponentProps } from 'react'
import type { Item } from '../api.ts'
import { percent } from '../format.ts'
import { audienceText } from '../parts/audience-text.ts'
import { StatusPill } from '../parts/bits.tsx'
import { useSegments } from '../parts/choices.ts'
import { linkTo } from '../parts/link.ts'
import { Empty } from '../parts/page.tsx'
import { MessageCount, PeopleCount } from '../parts/people-count.tsx'
import { Spark } from '../parts/spark.tsx'
import { DataTable } from '../parts/table.tsx'

type Campaign = Item<'GET /campaigns'>

/** The campaigns that are active or paused, with who is in them and what came back. */
export function Running({ list }: { list: ComponentProps<typeof DataTable<Campaign>>['list'] }) {
  const segments = useSegments()
  return (
    <section className="tl-card" aria-label="Running campaigns">
      <div className="tl-home-head">
        <Title order={2}>Running campaigns</Title>
        <Anchor component={Link} to="/campaigns" size="sm">
          All campaigns
        </Anchor>
      </div>
      <DataTable
        label="Running campaigns"
        list={list}
        idOf={(campaign) => campaign.id}
        href={(campaign) => `/campaigns/${campaign.id}/overview`}
        columns={[
          {
            title: 'Name',
            phone: 'bare',
            cell: ({ name }) => (
              <span className="tl-clip" title={name}>
                {name}
              </span>
            ),
          },
          {
            title: 'Audience',
            phone: 'hide',
            cell: ({ audience }) => {
              const text = audienceText(audience, segments)
              return (
                <span className="tl-clip tl-muted" title={text}>
                  {text}
                </span>
              )
            },
          },
          { title: 'Status', phone: 'bare', cell: (campaign) => <StatusPill status={campaign.status} /> },
          {
            title: 'Inside',
            align: 'right',
            cell: ({ id, name, counts, entries }) => (
              <span className="tl-with-spark">
                <Spark values={entries} label="entered in the last 7 days" />
                <PeopleCount n={counts.inside} who={`inside ${name}`} to={`/campaigns/${id}/runs?state=here`} />
              </span>
            ),
          },
          {
            title: 'Sent',
            align: 'right',
            cell: ({ id, name, counts }) => (
              <MessageCount n={counts.sent} what={`sent by ${name}`} to={`/messages?campaignId=${id}&state=sent`} />
            ),
          },
          {
            title: 'Replied',
            align: 'right',
            cell: ({ id, name, counts: { replied, delivered } }) => (
              <>
                <MessageCount
                  n={replied}
                  what={`of ${name} that were replied to`}
                  to={`/messages?campaignId=${id}&happened=replied`}
                />
                {delivered > 0 && (
                  <Text span inherit c="dimmed" ml={6}>
                    {percent(replied, delivered)}
                  </Text>
                )}
              </>
            ),
          },
        ]}
        empty={
          <Empty
            title="Nothing is running"
            action={
              <Button component={Link} {...linkTo('/campaigns?status=draft')} variant="default">
                See the drafts
              </Button>
            }
          >
            Active and paused campaigns show here with their numbers.
          </Empty>
        }
      />
    </section>
  )
}
