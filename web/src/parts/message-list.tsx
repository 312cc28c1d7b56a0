import { Drawer } from '@mantine/core'
import { type ComponentProps, type ReactNode, useState } from 'react'
import type { Item } from '../api.ts'
import { MessagePill, Time } from './bits.tsx'
import { MessageBody, Reaction, untitled } from './message-body.tsx'
import { DataTable, type Sorting } from './table.tsx'

type Message = Item<'GET /messages'>

/** A list of messages; a row opens the message as it was sent. */
export function MessageList({
  list,
  label,
  chooser,
  withCampaign = false,
  sorting,
  empty,
}: {
  list: ComponentProps<typeof DataTable<Message>>['list']
  label: string
  chooser?: string
  withCampaign?: boolean
  sorting?: Sorting
  empty: ReactNode
}) {
  const [open, setOpen] = useState<number | null>(null)
  return (
    <>
      <DataTable<Message>
        label={label}
        {...(chooser && { chooser })}
        list={list}
        {...(sorting && { sorting })}
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
            ...(sorting && { sort: 'state' }),
            phone: 'bare',
            cell: (message) => <MessagePill state={message.state} reason={message.reason} />,
          },
          { title: 'Reaction', phone: 'bare', cell: (message) => <Reaction message={message} /> },
          ...(withCampaign
            ? [{ title: 'Campaign', phone: 'hide' as const, cell: (message: Message) => message.campaignName }]
            : []),
          {
            title: 'Queued',
            ...(sorting && { sort: 'queuedAt' }),
            phone: 'bare',
            cell: (message) => <Time at={message.queuedAt} />,
          },
          { title: 'Sent', phone: 'hide', cell: (message) => <Time at={message.sentAt} /> },
        ]}
        empty={empty}
      />
      {open !== null && <MessageDrawer id={open} onClose={() => setOpen(null)} />}
    </>
  )
}

function MessageDrawer({ id, onClose }: { id: number; onClose(): void }) {
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title="Message">
      <MessageBody id={id} onSentAgain={onClose} />
    </Drawer>
  )
}
