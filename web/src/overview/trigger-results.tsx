import './overview.css'
import { Anchor, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Item } from '../api.ts'
import { count, plural } from '../format.ts'
import { Pill, Time } from '../parts/bits.tsx'
import { linkTo } from '../parts/link.ts'
import { PeopleCount } from '../parts/people-count.tsx'
import { useApi } from '../query.ts'
import { skippedText } from '../triggers/skipped-text.ts'

type Trigger = Item<'GET /campaigns/:id/triggers'>

/** So many are shown here; the Triggers tab has all. */
const mostShown = 5

/** What each trigger did when it fired last, and when it does so next. Nothing where there are none. */
export function TriggerResults({ campaign }: { campaign: { id: string; status: string } }) {
  const list = useApi(
    'GET /campaigns/:id/triggers',
    { params: { id: campaign.id }, query: { limit: 200 } },
    { staleTime: 5_000 },
  )
  const triggers = list.data?.items ?? []
  if (triggers.length === 0) return null
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label="Triggers">
      <div className="tl-overview-head">
        <Title order={2}>Triggers</Title>
        <Anchor component={Link} {...linkTo(`/campaigns/${campaign.id}/triggers`)} size="sm">
          {triggers.length > mostShown ? `All ${count(triggers.length)} triggers` : 'Open Triggers'}
        </Anchor>
      </div>
      <ul className="tl-attention" style={{ padding: 0 }}>
        {triggers.slice(0, mostShown).map((trigger) => (
          <Result key={trigger.id} campaignId={campaign.id} trigger={trigger} isActive={campaign.status === 'active'} />
        ))}
      </ul>
    </section>
  )
}

function Result({ campaignId, trigger, isActive }: { campaignId: string; trigger: Trigger; isActive: boolean }) {
  const firings = useApi(
    'GET /triggers/:id/firings',
    { params: { id: trigger.id }, query: { limit: 1 } },
    { refetchInterval: 15_000 },
  )
  const last = firings.data?.items[0]
  return (
    <li>
      <span>
        {trigger.sentence} {!trigger.enabled && <Pill tone="flat">off</Pill>}
        <Text size="sm" c="dimmed" component="span" display="block">
          {last ? (
            <>
              <Time at={last.startedAt} />: {last.status},
              <PeopleCount
                n={last.enrolled}
                who={`enrolled: ${trigger.sentence}`}
                to={`/campaigns/${campaignId}/runs?firing=${last.id}`}
              />{' '}
              of {plural(last.matched, 'customer')} enrolled
              {skippedText(last.skipped) && ` · passed over: ${skippedText(last.skipped)}`}
              {last.error && ` · ${last.error}`}
            </>
          ) : (
            firings.data && 'Has not fired yet'
          )}
          {isActive && trigger.enabled && trigger.nextAt && (
            <>
              {' · next '}
              <Time at={trigger.nextAt} />
            </>
          )}
        </Text>
      </span>
    </li>
  )
}
