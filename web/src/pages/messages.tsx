import { Button, Drawer, Group, Select, Stack, Text, Title } from '@mantine/core'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { exact } from '../format.ts'
import { MessagePill, Pill, Time } from '../parts/bits.tsx'
import { MailFrame } from '../parts/mail-frame.tsx'
import { Empty, Page, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { useAct, useApi, usePages } from '../query.ts'

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

/** What became of a message after it was sent, strongest first. */
function reaction(message: Message): string | null {
  if (message.complainedAt) return 'complained'
  if (message.bouncedAt) return 'bounced'
  if (message.unsubscribedAt) return 'unsubscribed'
  if (message.repliedAt) return 'replied'
  if (message.clickedAt) return 'clicked'
  if (message.openedAt) return 'opened'
  return null
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

const chats: Record<string, string> = { telegram: 'Telegram message', linkedin: 'LinkedIn message' }

/** What stands for the subject where there is none: a chat message has no subject at all. */
function untitled({ channel, state, subject }: Message): string {
  if (subject === '' || channel !== 'email') return chats[channel] ?? 'No subject'
  return state === 'skipped' ? 'Never written' : 'Not written yet'
}

function Reaction({ message }: { message: Message }) {
  const what = reaction(message)
  if (!what) return <span className="tl-muted">—</span>
  return (
    <Pill
      tone={
        what === 'replied'
          ? 'good'
          : what === 'bounced' || what === 'complained'
            ? 'bad'
            : what === 'unsubscribed'
              ? 'warn'
              : 'info'
      }
    >
      {what}
    </Pill>
  )
}

function MessageDrawer({ id, onClose }: { id: number; onClose(): void }) {
  const message = useApi('GET /messages/:id', { params: { id } })
  const again = useAct('POST /messages/:id/send-again', { done: 'Queued to be sent again', after: onClose })
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title="Message">
      <Show of={message}>
        {(found) => (
          <Stack>
            <div>
              <Title order={2}>{found.subject || untitled(found)}</Title>
              <Group gap={8} mt={4}>
                <MessagePill state={found.state} reason={found.reason} />
                <Reaction message={found} />
              </Group>
            </div>
            <Text size="sm">
              To{' '}
              <Link to="/customers/$id" params={{ id: found.customerId }}>
                {found.customerName || 'an erased person'}
              </Link>{' '}
              {found.to && <span className="tl-muted">{found.to}</span>}
              <br />
              {found.sentAt ? `Sent ${exact(found.sentAt)}` : `Queued ${exact(found.queuedAt)}`}
            </Text>
            {found.response && (
              <Text size="sm" c="dimmed">
                The server said: {found.response}
              </Text>
            )}
            {found.state === 'unconfirmed' && (
              <div className="tl-card" style={{ padding: 12 }}>
                <Text size="sm" mb={8}>
                  The connection broke after the whole message was handed over: whether it arrived is not known. It is
                  never sent again by itself.
                </Text>
                <Button size="xs" loading={again.isPending} onClick={() => again.mutate({ params: { id } })}>
                  Send again
                </Button>
              </div>
            )}
            {found.html ? (
              <MailFrame title="The message as sent" html={found.html} />
            ) : (
              found.text && <pre style={{ whiteSpace: 'pre-wrap' }}>{found.text}</pre>
            )}
          </Stack>
        )}
      </Show>
    </Drawer>
  )
}
