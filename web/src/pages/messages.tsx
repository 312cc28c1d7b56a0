import { Button, Group, Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { DayFields } from '../analytics/day-fields.tsx'
import type { Query } from '../api.ts'
import { dayOf, dayStart } from '../format.ts'
import { Chips } from '../parts/chips.tsx'
import { Filters } from '../parts/filters.tsx'
import { MessageList } from '../parts/message-list.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { useApi, usePages } from '../query.ts'

const states = ['queued', 'sent', 'refused', 'failed', 'unconfirmed', 'skipped'] as const
const happenings = { opened: 'opened', clicked: 'clicked', replied: 'replied to', bounced: 'bounced' } as const
const channels = { email: 'Email', telegram: 'Telegram', linkedin: 'LinkedIn' } as const

type Choice = Pick<
  Partial<Query<'GET /messages'>>,
  'campaignId' | 'customerId' | 'state' | 'happened' | 'channel' | 'q' | 'from' | 'to'
>

const noChoice = {
  state: undefined,
  happened: undefined,
  campaignId: undefined,
  channel: undefined,
  q: undefined,
  from: undefined,
  to: undefined,
}

/** A day as an address may say it. */
const dayIn = (text: string | undefined): string | undefined =>
  text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined

/** The log of everything that campaigns wrote. */
export function MessagesPage() {
  const search = useSearch({ from: '/signed-in/shell/messages' })
  const navigate = useNavigate({ from: '/messages' })
  const go = (change: Partial<typeof search>) =>
    void navigate({ search: (was) => ({ ...was, ...change }), replace: true })
  const campaigns = useApi('GET /campaigns', { query: { limit: 200, sort: 'name' } }, { staleTime: 15_000 }).data?.items
  const { campaignId, q } = search
  const state = states.find((one) => one === search.state)
  const happened = (Object.keys(happenings) as (keyof typeof happenings)[]).find((one) => one === search.happened)
  const channel = (Object.keys(channels) as (keyof typeof channels)[]).find((one) => one === search.channel)
  const [from, to] = [dayIn(search.from), dayIn(search.to)]
  // A campaign that is not among the first two hundred by name still has one.
  const named = useApi(
    'GET /campaigns/:id',
    { params: { id: campaignId ?? '' } },
    { enabled: campaignId !== undefined },
  )
  const choices = (campaigns ?? []).map(({ id, name }) => ({ value: id, label: name }))
  if (named.data && !choices.some(({ value }) => value === named.data.id))
    choices.unshift({ value: named.data.id, label: named.data.name })
  const chips = [
    q && { label: `to “${q}”`, off: () => go({ q: undefined }) },
    state && { label: state, off: () => go({ state: undefined }) },
    happened && { label: happenings[happened], off: () => go({ happened: undefined }) },
    campaignId && { label: `of ${named.data?.name ?? 'a campaign'}`, off: () => go({ campaignId: undefined }) },
    channel && { label: `by ${channels[channel]}`, off: () => go({ channel: undefined }) },
    from && { label: `from ${dayOf(dayStart(from))}`, off: () => go({ from: undefined }) },
    to && { label: `until ${dayOf(dayStart(to))}`, off: () => go({ to: undefined }) },
  ].filter((chip) => typeof chip === 'object')
  return (
    <Page title="Messages">
      <Group gap={8} mb={10} align="end">
        <SearchField label="Search customers" value={q ?? ''} onChange={(text) => go({ q: text || undefined })} />
        <Filters count={chips.filter(({ label }) => !label.startsWith('to “')).length}>
          <Select
            aria-label="State"
            placeholder="Any state"
            data={[...states]}
            value={state ?? null}
            clearable
            onChange={(next) => go({ state: next ?? undefined })}
            w={140}
          />
          <Select
            aria-label="What came of it"
            placeholder="Any reaction"
            data={Object.entries(happenings).map(([value, label]) => ({ value, label }))}
            value={happened ?? null}
            clearable
            onChange={(next) => go({ happened: next ?? undefined })}
            w={140}
          />
          <Select
            aria-label="Campaign"
            placeholder="Any campaign"
            data={choices}
            value={campaignId ?? null}
            clearable
            searchable
            nothingFoundMessage="There is none"
            onChange={(next) => go({ campaignId: next ?? undefined })}
            w={200}
          />
          <Select
            aria-label="Channel"
            placeholder="Any channel"
            data={Object.entries(channels).map(([value, label]) => ({ value, label }))}
            value={channel ?? null}
            clearable
            onChange={(next) => go({ channel: next ?? undefined })}
            w={140}
          />
          <DayFields from={from} to={to} onChange={go} />
        </Filters>
      </Group>
      <Chips chips={chips} clear={() => go(noChoice)} />
      <MessageTable
        choice={{
          ...(state && { state }),
          ...(happened && { happened }),
          ...(campaignId && { campaignId }),
          ...(channel && { channel }),
          ...(q && { q }),
          ...(from && { from }),
          ...(to && { to }),
        }}
        sort={search.sort}
        onSort={(sort) => go({ sort })}
        {...(chips.length > 0 && {
          none: (
            <Empty
              title={q ? `Nothing matches “${q}”` : 'Nothing matches'}
              action={
                <Button variant="default" onClick={() => go(noChoice)}>
                  Clear filters
                </Button>
              }
            />
          ),
        })}
      />
    </Page>
  )
}

/** Messages, of all or of one campaign or customer; a row opens the message as it was sent. */
export function MessageTable({
  choice,
  sort,
  onSort,
  none,
}: {
  choice: Choice
  sort?: string | undefined
  /** The order is the address's. Else it is kept here. */
  onSort?(sort: string | undefined): void
  /** What stands where nothing matches. */
  none?: ReactNode
}) {
  const [ownSort, setOwnSort] = useState<string>()
  const order = sortIn(onSort ? sort : ownSort, ['state', 'queuedAt'])
  const list = usePages('GET /messages', { query: { limit: 100, total: 'true', ...choice, ...order } }, { live: true })
  return (
    <div className="tl-card">
      <MessageList
        label="Messages"
        chooser="messages"
        list={list}
        sorting={{ by: order.sort, onChange: onSort ?? setOwnSort }}
        withCampaign={!choice.campaignId}
        empty={
          none ?? <Empty title="No messages">What campaigns send shows here, also what was passed over and why.</Empty>
        }
      />
    </div>
  )
}
