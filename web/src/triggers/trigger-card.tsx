import { Button, Group, Modal, Stack, Switch, Text, Textarea, Title } from '@mantine/core'
import { IconBolt, IconCalendarClock, IconHandClick, IconPencil, IconTrash, IconWebhook } from '@tabler/icons-react'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { count, duration, exact } from '../format.ts'
import { MoreMenu, Pill, Time, type Tone } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { CustomerSelect } from '../parts/customer-select.tsx'
import { toast, useAct, usePages } from '../query.ts'
import { useCan } from '../session.tsx'
import { NextFirings } from './schedule-fields.tsx'
import { skippedText } from './skipped-text.ts'
import { kinds, type Trigger } from './trigger-form.tsx'
import { WebhookPanel } from './webhook-panel.tsx'

const icons = { manual: IconHandClick, schedule: IconCalendarClock, webhook: IconWebhook, event: IconBolt }

/** One trigger: switch, what it does, when it fires next, what it did, and what can be done with it. */
export function TriggerCard({
  trigger,
  campaign,
  secret,
  onSecret,
  onEdit,
}: {
  trigger: Trigger
  campaign: { id: string; status: string }
  secret: string | null
  onSecret(secret: string): void
  onEdit(): void
}) {
  const can = useCan()
  const [asking, setAsking] = useState<'fire' | 'delete' | null>(null)
  const change = useAct('PATCH /triggers/:id', {
    done: ({ enabled }) => (enabled ? 'Switched on' : 'Switched off'),
  })
  const remove = useAct('DELETE /triggers/:id', { done: 'Trigger deleted', after: () => setAsking(null) })
  const { id, type, enabled, sentence, version } = trigger
  const fixed = campaign.status === 'archived' || !can('campaigns.write')
  const Icon = icons[type]
  const zone = String(trigger.config.timezone ?? 'UTC')
  const params = { id }
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label={`${kinds[type].title}: ${sentence}`}>
      <Group justify="space-between" wrap="nowrap" align="start">
        <Group gap={12} wrap="nowrap" align="start" style={{ minWidth: 0 }}>
          <Icon size={20} aria-hidden style={{ flex: 'none', marginTop: 2, color: 'var(--tl-accent)' }} />
          <div style={{ minWidth: 0 }}>
            <Title order={2} style={{ overflowWrap: 'anywhere' }}>
              {sentence}
            </Title>
            <Text size="sm" c="dimmed">
              {kinds[type].title}
              {stateText(trigger, campaign.status)}
            </Text>
          </div>
        </Group>
        <Group gap={8} wrap="nowrap">
          <Switch
            aria-label={`${enabled ? 'Switch off' : 'Switch on'}: ${sentence}`}
            checked={enabled}
            disabled={fixed || change.isPending}
            onChange={() => change.mutate({ params, body: { enabled: !enabled }, ifMatch: version })}
          />
          <MoreMenu
            label={`More for ${sentence}`}
            entries={[
              !fixed && type !== 'manual' && { label: 'Edit…', icon: <IconPencil size={16} />, run: onEdit },
              !fixed && {
                label: 'Delete…',
                icon: <IconTrash size={16} />,
                run: () => setAsking('delete'),
                danger: true,
              },
            ]}
          />
        </Group>
      </Group>
      <Stack gap={14} mt={14}>
        {type === 'schedule' && campaign.status !== 'archived' && campaign.status !== 'completed' && (
          <div>
            <Text fw={600} size="sm" mb={2}>
              Next firings, in {zone}
            </Text>
            <NextFirings at={trigger.nextFirings} timezone={zone} />
          </div>
        )}
        {type === 'webhook' && <WebhookPanel trigger={trigger} secret={secret} onSecret={onSecret} fixed={fixed} />}
        <LastFirings triggerId={id} />
        {campaign.status === 'active' && can('campaigns.run') && (
          <div>
            <Button size="xs" variant="default" onClick={() => setAsking('fire')}>
              Fire once for…
            </Button>
          </div>
        )}
      </Stack>
      {asking === 'fire' && <FireDialog trigger={trigger} onClose={() => setAsking(null)} />}
      {asking === 'delete' && (
        <Confirm
          opened
          danger
          title="Delete this trigger?"
          deed="Delete the trigger"
          busy={remove.isPending}
          onClose={() => setAsking(null)}
          onConfirm={() => remove.mutate({ params, ifMatch: version })}
        >
          “{sentence}” enrolls nobody any more. Whoever is inside stays, and what it did stays on record.
          {type === 'webhook' && ' Its address stops working for good.'}
        </Confirm>
      )}
    </section>
  )
}

function stateText({ type, enabled, nextAt }: Trigger, status: string): string {
  if (!enabled) return ' · switched off'
  if (status === 'draft') return ' · works once the campaign is active'
  if (status === 'paused') return ' · refused while the campaign is paused'
  if (status === 'completed' || status === 'archived') return ` · the campaign is ${status}`
  return type === 'schedule' && nextAt ? ` · next ${exact(nextAt)}` : ''
}

const tones: Record<string, Tone> = {
  scheduled: 'flat',
  running: 'accent',
  held: 'warn',
  done: 'good',
  stopped: 'warn',
  refused: 'bad',
  failed: 'bad',
  missed: 'warn',
}

function LastFirings({ triggerId }: { triggerId: string }) {
  const [all, setAll] = useState(false)
  const list = usePages(
    'GET /triggers/:id/firings',
    { params: { id: triggerId }, query: { limit: 20 } },
    { live: true },
  )
  const shown = all ? list.items : list.items.slice(0, 3)
  if (list.loading) return null
  return (
    <section aria-label="Last firings">
      <Text fw={600} size="sm" mb={4}>
        Last firings
      </Text>
      {shown.length === 0 && (
        <Text size="sm" c="dimmed">
          It has not fired yet.
        </Text>
      )}
      <Stack gap={6}>
        {shown.map((firing) => (
          <FiringLine key={firing.id} firing={firing} />
        ))}
      </Stack>
      {(list.items.length > 3 || list.hasMore) && (
        <Group gap={8} mt={6}>
          {list.items.length > 3 && (
            <Button size="compact-xs" variant="subtle" onClick={() => setAll(!all)}>
              {all ? 'Show fewer' : `Show all ${count(list.items.length)}${list.hasMore ? '+' : ''}`}
            </Button>
          )}
          {all && list.hasMore && (
            <Button size="compact-xs" variant="subtle" loading={list.loadingMore} onClick={() => list.more()}>
              Load more
            </Button>
          )}
        </Group>
      )}
    </section>
  )
}

function FiringLine({ firing }: { firing: Item<'GET /triggers/:id/firings'> }) {
  const { status, times, matched, enrolled, skipped, startedAt, finishedAt, error, type } = firing
  const took = finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null
  // A row that sums up several has no duration of its own.
  const tookText =
    took === null || times > 1 || status === 'missed' ? '' : ` · took ${took < 1_000 ? `${took} ms` : duration(took)}`
  const passedOver = skippedText(skipped)
  return (
    <Group gap={8} align="start" wrap="nowrap">
      <Pill tone={tones[status] ?? 'flat'}>{status}</Pill>
      <Text size="sm" component="div">
        {type === 'test' && 'Fired by hand. '}
        {times > 1 && `${count(times)} times. `}
        {status !== 'missed' && status !== 'refused' && (
          <span className="tl-number">
            {count(matched)} matched, {count(enrolled)} enrolled{passedOver && `; passed over: ${passedOver}`}
            {tookText}.{' '}
          </span>
        )}
        {error && <span>{error} </span>}
        <Time at={startedAt} />
      </Text>
    </Group>
  )
}

/** Fires a trigger for one customer, for real. */
function FireDialog({ trigger, onClose }: { trigger: Trigger; onClose(): void }) {
  const [customerId, setCustomerId] = useState<string | null>(null)
  const [payload, setPayload] = useState('{}')
  const [errors, setErrors] = useState<{ customer?: string; payload?: string }>({})
  const fire = useAct('POST /triggers/:id/test', {
    after: ({ enrolled, skipped }) => {
      toast(enrolled > 0 ? 'Enrolled. They are on their way' : `Nobody enrolled: ${skippedText(skipped)}`)
      onClose()
    },
  })
  const send = () => {
    const parsed = parse(payload)
    const next = {
      ...(customerId === null && { customer: 'Choose a customer.' }),
      ...(parsed === undefined && { payload: 'This is no JSON.' }),
    }
    setErrors(next)
    if (customerId === null || parsed === undefined) return
    fire.mutate({ params: { id: trigger.id }, body: { customerId, payload: parsed as never } })
  }
  return (
    <Modal opened onClose={onClose} title="Fire once for a customer">
      <Stack>
        <Text>For real: if they are in the audience and were not in this campaign before, they enroll now.</Text>
        <CustomerSelect
          label="Customer"
          value={customerId}
          onChange={(id) => {
            setCustomerId(id)
            setErrors({})
          }}
          error={errors.customer}
        />
        {trigger.type !== 'manual' && (
          <Textarea
            label="Payload"
            description="JSON that {{trigger.payload}} stands for"
            autosize
            minRows={2}
            maxRows={10}
            value={payload}
            error={errors.payload}
            onChange={(event) => setPayload(event.currentTarget.value)}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={fire.isPending} onClick={send}>
            Fire for this customer
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function parse(text: string): unknown {
  try {
    return text.trim() === '' ? null : JSON.parse(text)
  } catch {
    return undefined
  }
}
