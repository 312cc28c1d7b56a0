import { Drawer, Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { MessagePill, Time } from '../parts/bits.tsx'
import { MessageBody, Reaction, untitled } from '../parts/message-body.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { usePages } from '../query.ts'

type Message = Item<'GET /messages'>

const states = ['queued', 'sent', 'refused', 'failed', 'unconfirmed', 'skipped'] as const
type State = (typeof states)[number]

/** The log of everything that campaigns wrote. */
export function MessagesPage() {
  const search = useSearch({ from: '/signed-in/shell/messages' })
  const navigate = useNavigate({ from: '/messages' })
  const state = states.find((one) => one === search.state) ?? null
  return (
    <Page title="Messages">
      <Select
        aria-label="State"
        placeholder="Any state"
        data={[...states]}
        value={state}
        clearable
        onChange={(next) => void navigate({ search: { ...search, state: next ?? undefined }, replace: true })}
        w={180}
        mb={12}
      />
      <MessageTable {...(state && { state })} />
    </Page>
  )
}

/** Messages, of all or of one campaign or customer; a row opens the message as it was sent. */
export function MessageTable({
  campaignId,
  customerId,
  state,
}: {
  campaignId?: string
  customerId?: string
  state?: State
}) {
  const [open, setOpen] = useState<number | null>(null)
  const list = usePages(
    'GET /messages',
    {
      query: {
        limit: 100,
        ...(campaignId && { campaignId }),
        ...(customerId && { customerId }),
        ...(state && { state }),
      },
    },
    { live: true },
  )
  return (
    <div className="tl-card">
      <DataTable<Message>
        label="Messages"
        chooser="messages"
        list={list}
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
            phone: 'bare',
            cell: (message) => <MessagePill state={message.state} reason={message.reason} />,
          },
          { title: 'Reaction', phone: 'bare', cell: (message) => <Reaction message={message} /> },
          ...(campaignId
            ? []
            : [{ title: 'Campaign', phone: 'hide' as const, cell: (message: Message) => message.campaignName }]),
          { title: 'When', cell: (message) => <Time at={message.sentAt ?? message.queuedAt} /> },
        ]}
        empty={
          <Empty title="No messages">
            {state ? `None is ${state}.` : 'What campaigns send shows here, also what was passed over and why.'}
          </Empty>
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
