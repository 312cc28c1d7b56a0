import { Button, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Item } from '../api.ts'
import { exact } from '../format.ts'
import { RunPill, StatusPill, Time } from '../parts/bits.tsx'
import type { Customer } from '../parts/customer-fields.ts'
import { Empty, Failure, Loading } from '../parts/page.tsx'
import { RunLink } from '../parts/run-link.tsx'
import { usePages } from '../query.ts'
import { momentFor } from './their-time.ts'

type Campaign = Item<'GET /customers/:id/campaigns'>

/** Each campaign that ran: by what they came in and where they stand, how it ended, or why they are not in it. */
export function Campaigns({ customer }: { customer: Customer }) {
  const list = usePages('GET /customers/:id/campaigns', { params: { id: customer.id }, query: { limit: 20 } })
  if (list.loading) return <Loading />
  if (list.error && list.items.length === 0) return <Failure error={list.error} retry={list.retry} />
  if (list.items.length === 0)
    return <Empty title="No campaign ran yet">Campaigns show here once they were activated.</Empty>
  const was = list.items.filter(({ passages }) => passages.length > 0)
  const never = list.items.filter(({ passages }) => passages.length === 0)
  return (
    <Stack gap={10}>
      {was.map((one) => (
        <Passages key={one.campaign.id} customer={customer} found={one} />
      ))}
      {never.length > 0 && (
        <section aria-label="Not in">
          <h3 className="tl-timeline-day">Not in, and why</h3>
          <Stack gap={10}>
            {never.map((one) => (
              <Frame key={one.campaign.id} found={one}>
                <Reasons found={one} />
              </Frame>
            ))}
          </Stack>
        </section>
      )}
      {list.hasMore && (
        <Button variant="default" loading={list.loadingMore} onClick={list.more} style={{ alignSelf: 'center' }}>
          More campaigns
        </Button>
      )}
    </Stack>
  )
}

function Frame({ found, children }: { found: Campaign; children: React.ReactNode }) {
  const { campaign } = found
  return (
    <article className="tl-card tl-passages">
      <div className="tl-passages-head">
        <Link to="/campaigns/$id/$tab" params={{ id: campaign.id, tab: 'overview' }} className="tl-link">
          <b>{campaign.name}</b>
        </Link>
        <StatusPill status={campaign.status} />
      </div>
      {children}
    </article>
  )
}

function Passages({ customer, found }: { customer: Customer; found: Campaign }) {
  const { campaign, passages, now } = found
  return (
    <Frame found={found}>
      {passages.map((passage) => (
        <div key={passage.id} className="tl-passage">
          <div className="tl-passages-head">
            <RunPill status={passage.status} reason={passage.reason} />
            <RunLink campaignId={campaign.id} runId={passage.id}>
              {passage.entry > 1 ? `Entry ${passage.entry}, step by step` : 'Step by step'}
            </RunLink>
            <span className="tl-muted" title={exact(passage.startedAt)}>
              since <Time at={passage.startedAt} />
            </span>
          </div>
          {passage.broughtIn && (
            <Text size="sm">
              {passage.broughtIn}{' '}
              {passage.rules.length > 0 && <span className="tl-muted">{passage.rules.join(' · ')}</span>}
            </Text>
          )}
          {passage.status === 'running' && now && (
            <Text size="sm">
              {now.text} {now.until && <b>Next {momentFor(customer.timezone, now.until)}.</b>}
            </Text>
          )}
        </div>
      ))}
      <Reasons found={{ ...found, because: found.because.filter(({ code }) => code !== 'inside') }} />
    </Frame>
  )
}

const Reasons = ({ found }: { found: Campaign }) =>
  found.because.map(({ code, text }) => (
    <Text key={code} size="sm" c="dimmed">
      {text}
    </Text>
  ))
