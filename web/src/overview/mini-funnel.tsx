import './overview.css'
import { Anchor, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { CSSProperties } from 'react'
import { stageWords } from '../analytics/funnel.tsx'
import { PeopleDrawer, useShown } from '../analytics/people.tsx'
import { percent } from '../format.ts'
import { linkTo } from '../parts/link.ts'
import { Show } from '../parts/page.tsx'
import { People } from '../parts/people-count.tsx'
import { useApi } from '../query.ts'

/** How far those who were enrolled got, each stage as a share of them; Analytics says more. */
export function MiniFunnel({ campaignId }: { campaignId: string }) {
  const analytics = useApi(
    'GET /campaigns/:id/analytics',
    { params: { id: campaignId }, query: { range: 'all' } },
    { placeholderData: (before) => before },
  )
  const { shown, open, close } = useShown()
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label="Funnel">
      <div className="tl-overview-head">
        <Title order={2}>Funnel</Title>
        <Anchor component={Link} {...linkTo(`/campaigns/${campaignId}/analytics?range=all`)} size="sm">
          Open Analytics
        </Anchor>
      </div>
      <Show of={analytics} rows={2}>
        {({ funnel }) => (
          <ol className="tl-stages">
            {funnel.map(({ stage, count: n, ofEnrolled, measured }) => (
              <li key={stage}>
                <i
                  aria-hidden
                  style={{ '--tl-share': `${measured ? (ofEnrolled ?? 0) * 100 : 0}%` } as CSSProperties}
                />
                <Text size="sm" c="dimmed">
                  {stageWords[stage] ?? stage}
                </Text>
                <b>
                  {measured ? (
                    <People
                      n={n}
                      label={(stageWords[stage] ?? stage).toLowerCase()}
                      onOpen={() => open({ show: stage, title: stageWords[stage] ?? stage })}
                    />
                  ) : (
                    '—'
                  )}
                </b>
                <Text size="xs" c="dimmed">
                  {!measured ? 'not measured' : stage === 'enrolled' ? 'customers' : percent(ofEnrolled ?? 0, 1)}
                </Text>
              </li>
            ))}
          </ol>
        )}
      </Show>
      {shown && <PeopleDrawer campaignId={campaignId} query={{ range: 'all' }} shown={shown} onClose={close} />}
    </section>
  )
}
