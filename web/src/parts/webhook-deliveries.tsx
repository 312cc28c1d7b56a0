import { Button, Code, Group, Modal, Select, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { exact, plural } from '../format.ts'
import { useAct, useApi, usePages } from '../query.ts'
import { Pill, Time } from './bits.tsx'
import { Empty, Show } from './page.tsx'
import { DataTable } from './table.tsx'

type Webhook = Item<'GET /webhooks'>
type Delivery = Item<'GET /webhooks/:id/deliveries'>

/** What a webhook can be told of, in words. */
export const eventNames: Record<Webhook['events'][number], string> = {
  'run.finished': 'A customer finished a campaign',
  'customer.handoff': 'A customer was handed off to sales',
  'message.replied': 'A customer replied',
  'message.unsubscribed': 'A customer unsubscribed',
  'message.bounced': 'A message bounced',
  'campaign.status': 'A campaign changed its status',
}

const nameOfEvent = (name: string): string =>
  (eventNames as Record<string, string>)[name] ?? (name === 'webhook.test' ? 'Test' : name)

const states = {
  queued: ['flat', 'waiting'],
  handing: ['info', 'on its way'],
  delivered: ['good', 'delivered'],
  failed: ['bad', 'failed'],
} as const

const reasons: Record<string, string> = {
  status: 'refused',
  redirect: 'redirect, not followed',
  timeout: 'no answer in 15 seconds',
  no_connection: 'no connection',
  broken_off: 'connection broke off',
  unknown_host: 'host name unknown',
  private_host: 'private address',
  invalid_url: 'address not valid',
  erased: 'person erased',
}

const outcome = ({ status, reason }: { status: number | null; reason: string | null }): string =>
  [status, reason && (reasons[reason] ?? reason)].filter(Boolean).join(' · ')

/** The log of a webhook: what it was told, and how each delivery stands. */
export function DeliveriesDialog({ webhook, onClose }: { webhook: Webhook; onClose(): void }) {
  const [state, setState] = useState<Delivery['state'] | null>(null)
  const [open, setOpen] = useState<string | null>(null)
  const list = usePages(
    'GET /webhooks/:id/deliveries',
    { params: { id: webhook.id }, query: { limit: 50, ...(state && { state }) } },
    { live: true },
  )
  return (
    <Modal opened onClose={onClose} title={`Deliveries to “${webhook.name}”`} size="xl">
      <Stack>
        <Select
          aria-label="State"
          placeholder="All states"
          w={180}
          clearable
          data={Object.entries(states).map(([value, [, label]]) => ({ value, label }))}
          value={state}
          onChange={(value) => setState(value as Delivery['state'] | null)}
        />
        <DataTable
          label="Deliveries"
          list={list}
          idOf={(delivery) => delivery.id}
          onOpen={(delivery) => setOpen(delivery.id)}
          columns={[
            { title: 'What', phone: 'bare', cell: (delivery) => nameOfEvent(delivery.event) },
            { title: 'State', phone: 'bare', cell: (delivery) => <StatePill delivery={delivery} /> },
            { title: 'Answer', cell: (delivery) => outcome(delivery) || '—' },
            { title: 'Tries', align: 'right', cell: (delivery) => delivery.attempts },
            { title: 'Next try', phone: 'hide', cell: (delivery) => <Time at={delivery.nextAt} /> },
            { title: 'When', cell: (delivery) => <Time at={delivery.createdAt} /> },
          ]}
          empty={<Empty title="Nothing delivered yet">What happens from now on shows here, for 30 days.</Empty>}
        />
      </Stack>
      {open && <DeliveryDialog id={open} onClose={() => setOpen(null)} />}
    </Modal>
  )
}

function StatePill({ delivery }: { delivery: Pick<Delivery, 'state'> }) {
  const [tone, word] = states[delivery.state]
  return <Pill tone={tone}>{word}</Pill>
}

/** One delivery: what was sent, and what came of each try. */
export function DeliveryDialog({ id, onClose }: { id: string; onClose(): void }) {
  const delivery = useApi('GET /deliveries/:id', { params: { id } })
  const resend = useAct('POST /deliveries/:id/resend', { done: 'On its way again' })
  return (
    <Modal opened onClose={onClose} title="Delivery" size="lg">
      <Show of={delivery}>
        {(found) => (
          <Stack>
            <Group gap={8}>
              <StatePill delivery={found} />
              <Text>{nameOfEvent(found.event)}</Text>
              <Text c="dimmed" size="sm">
                {exact(found.createdAt)}
              </Text>
            </Group>
            <section>
              <Title order={3} mb={4}>
                Sent
              </Title>
              <Code
                block
                style={{ maxHeight: 260, overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
              >
                {found.body === null ? 'Not kept any more: the person was erased.' : pretty(found.body)}
              </Code>
            </section>
            <section>
              <Title order={3} mb={4}>
                {plural(found.tries.length, 'try', 'tries')}
              </Title>
              <Stack gap={10}>
                {found.tries.length === 0 && <Text c="dimmed">None yet.</Text>}
                {found.tries.map((one) => (
                  <div key={one.at}>
                    <Text size="sm">
                      <b>{outcome(one) || 'delivered'}</b> · {exact(one.at)} · {one.tookMs} ms
                    </Text>
                    {one.response && (
                      <Code
                        block
                        mt={4}
                        style={{ maxHeight: 160, overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
                      >
                        {one.response}
                      </Code>
                    )}
                  </div>
                ))}
              </Stack>
            </section>
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              {(found.state === 'delivered' || found.state === 'failed') && found.body !== null && (
                <Button loading={resend.isPending} onClick={() => resend.mutate({ params: { id } })}>
                  Send again
                </Button>
              )}
            </Group>
          </Stack>
        )}
      </Show>
    </Modal>
  )
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
