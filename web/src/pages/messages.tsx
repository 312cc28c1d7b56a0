import { Button, Drawer, Group, Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { DayFields } from '../analytics/day-fields.tsx'
import type { Item, Query } from '../api.ts'
import { dayOf, dayStart } from '../format.ts'
import { MessagePill, Time } from '../parts/bits.tsx'
import { Chips } from '../parts/chips.tsx'
import { MessageBody, Reaction, untitled } from '../parts/message-body.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { DataTable } from '../parts/table.tsx'
import { useApi, usePages } from '../query.ts'

type Message = Item<'GET /messages'>

const states = ['queued', 'sent', 'refused', 'failed', 'unconfirmed', 'skipped'] as const
const channels = { email: 'Email', telegram: 'Telegram', linkedin: 'LinkedIn' } as const

type Choice = Pick<
  Partial<Query<'GET /messages'>>,
  'campaignId' | 'customerId' | 'state' | 'channel' | 'q' | 'from' | 'to'
>

const noChoice = {
  state: undefined,
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
    campaignId && { label: `of ${named.data?.name ?? 'a campaign'}`, off: () => go({ campaignId: undefined }) },
    channel && { label: `by ${channels[channel]}`, off: () => go({ channel: undefined }) },
    from && { label: `from ${dayOf(dayStart(from))}`, off: () => go({ from: undefined }) },
    to && { label: `until ${dayOf(dayStart(to))}`, off: () => go({ to: undefined }) },
  ].filter((chip) => typeof chip === 'object')
  return (
    <Page title="Messages">
      <Group gap={8} mb={10} align="end">
        <SearchField label="Search customers" value={q ?? ''} onChange={(text) => go({ q: text || undefined })} />
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
      </Group>
      <Chips chips={chips} clear={() => go(noChoice)} />
      <MessageTable
        choice={{
          ...(state && { state }),
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
  const [open, setOpen] = useState<number | null>(null)
  const [ownSort, setOwnSort] = useState<string>()
  const order = sortIn(onSort ? sort : ownSort, ['state', 'queuedAt'])
  const list = usePages('GET /messages', { query: { limit: 100, total: 'true', ...choice, ...order } }, { live: true })
  return (
    <div className="tl-card">
      <DataTable<Message>
        label="Messages"
        chooser="messages"
        list={list}
        sorting={{ by: order.sort, onChange: onSort ?? setOwnSort }}
        idOf={(message) => message.id}
        onOpen={(message) => setOpen(message.id)}
        columns={[
          { title: 'To', phone: 'bare', cell: (message) => message.customerName || message.to || 'An erased person' },
          {
            title: 'Subject',
            phone: 'bare',
            cell: (message) => message.subject || <span className="tl-muted">{untitled(message)}</span>,
          },
          {
            title: 'State',
            sort: 'state',
            phone: 'bare',
            cell: (message) => <MessagePill state={message.state} reason={message.reason} />,
          },
          { title: 'Reaction', phone: 'bare', cell: (message) => <Reaction message={message} /> },
          ...(choice.campaignId
            ? []
            : [{ title: 'Campaign', phone: 'hide' as const, cell: (message: Message) => message.campaignName }]),
          { title: 'When', cell: (message) => <Time at={message.sentAt ?? message.queuedAt} /> },
          { title: 'Queued', sort: 'queuedAt', phone: 'hide', cell: (message) => <Time at={message.queuedAt} /> },
        ]}
        empty={
          none ?? <Empty title="No messages">What campaigns send shows here, also what was passed over and why.</Empty>
        }
      />
      {open !== null && <MessageDrawer id={open} onClose={() => setOpen(null)} />}
    </div>
  )
}

function MessageDrawer({ id, onClose }: { id: number; onClose(): void }) {
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title="Message">
      <MessageBody id={id} onSentAgain={onClose} />
    </Drawer>
  )
}
