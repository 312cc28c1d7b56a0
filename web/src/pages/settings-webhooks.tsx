import { Alert, Button, Checkbox, Group, Modal, Stack, Switch, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import {
  IconAlertTriangle,
  IconKey,
  IconListDetails,
  IconPencil,
  IconPlus,
  IconSend,
  IconTrash,
} from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { api, type Item } from '../api.ts'
import { ago, count, plural } from '../format.ts'
import { Copyable, FormProblem, MoreMenu, Pill } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty, Failure, Loading } from '../parts/page.tsx'
import { DeliveriesDialog, DeliveryDialog, eventNames } from '../parts/webhook-deliveries.tsx'
import { queryClient, showRefusal, toast, useAct, usePages } from '../query.ts'

type Webhook = Item<'GET /webhooks'>
type EventName = Webhook['events'][number]

const offReasons = {
  gone: 'It was switched off because the receiver answered 410 Gone: it never wants to hear again.',
  failing: 'It was switched off because the receiver has taken nothing for five days.',
} as const

/** Addresses of other systems that are called when something happens. */
export function WebhooksSection() {
  const list = usePages('GET /webhooks', { query: { limit: 100 } }, { live: true })
  const [editing, setEditing] = useState<Webhook | 'new' | null>(null)
  const [removing, setRemoving] = useState<Webhook | null>(null)
  const [rotating, setRotating] = useState<Webhook | null>(null)
  const [looking, setLooking] = useState<Webhook | null>(null)
  const [tried, setTried] = useState<string | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const change = useAct('PATCH /webhooks/:id', {
    done: (webhook) =>
      webhook.enabled ? `“${webhook.name}” is told of what happens from now on` : `“${webhook.name}” switched off`,
  })
  const test = useAct('POST /webhooks/:id/test', { after: (delivery) => setTried(delivery.id) })
  const remove = useAct('DELETE /webhooks/:id', { done: 'Webhook deleted', after: () => setRemoving(null) })
  const rotate = useAct('POST /webhooks/:id/rotate-secret', {
    after: (made) => {
      setRotating(null)
      setSecret(made.secret)
    },
  })
  if (list.loading) return <Loading />
  if (list.error && list.items.length === 0) return <Failure error={list.error} retry={list.retry} />
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed">Tell your own systems what happens here. Calls are signed as Standard Webhooks.</Text>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('new')}>
          New webhook
        </Button>
      </Group>
      {list.items.length === 0 && (
        <section className="tl-card">
          <Empty title="No webhooks yet">
            Add the address of your CRM or another system. It is called when a customer replies, is handed over or
            finishes a campaign.
          </Empty>
        </section>
      )}
      {list.items.map((webhook) => (
        <section key={webhook.id} className="tl-card" style={{ padding: 16 }} aria-label={webhook.name}>
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <div style={{ minWidth: 0 }}>
              <Group gap={8}>
                <Title order={2} style={{ overflowWrap: 'anywhere' }}>
                  {webhook.name}
                </Title>
                <StatePill webhook={webhook} />
              </Group>
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {webhook.url}
              </Text>
            </div>
            <Group gap={6} wrap="nowrap">
              <Switch
                aria-label={`${webhook.name} is on`}
                checked={webhook.enabled}
                onChange={(event) =>
                  change.mutate({ params: { id: webhook.id }, body: { enabled: event.currentTarget.checked } })
                }
              />
              <MoreMenu
                label={`Actions for ${webhook.name}`}
                entries={[
                  { label: 'Deliveries', icon: <IconListDetails size={16} />, run: () => setLooking(webhook) },
                  { label: 'Edit', icon: <IconPencil size={16} />, run: () => setEditing(webhook) },
                  {
                    label: 'Send a test',
                    icon: <IconSend size={16} />,
                    run: () => test.mutate({ params: { id: webhook.id } }),
                  },
                  { label: 'New secret…', icon: <IconKey size={16} />, run: () => setRotating(webhook) },
                  { label: 'Delete…', icon: <IconTrash size={16} />, run: () => setRemoving(webhook), danger: true },
                ]}
              />
            </Group>
          </Group>
          {webhook.offReason && (
            <Alert color="red" icon={<IconAlertTriangle size={18} />} mt={10}>
              {offReasons[webhook.offReason]} Mend the receiver, then switch it on again.
            </Alert>
          )}
          <Text size="sm" mt={8}>
            {webhook.events.map((name) => eventNames[name]).join(' · ')}
          </Text>
          <Group gap={8} mt={8}>
            <Button size="xs" variant="default" onClick={() => setLooking(webhook)}>
              Deliveries
            </Button>
            <Text size="sm" c="dimmed">
              Last 7 days: {count(webhook.deliveries.delivered)} delivered, {count(webhook.deliveries.failed)} failed
              {webhook.deliveries.waiting > 0 &&
                `, ${plural(webhook.deliveries.waiting, 'delivery', 'deliveries')} waiting`}
              {webhook.failingSince && ` · failing since ${ago(webhook.failingSince)}`}
              {webhook.previousSecretUntil && ` · the old secret signs along until ${ago(webhook.previousSecretUntil)}`}
            </Text>
          </Group>
        </section>
      ))}
      {editing && (
        <WebhookDialog
          webhook={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onMade={setSecret}
        />
      )}
      {looking && <DeliveriesDialog webhook={looking} onClose={() => setLooking(null)} />}
      {tried && <DeliveryDialog id={tried} onClose={() => setTried(null)} />}
      {secret && (
        <Modal opened onClose={() => setSecret(null)} title="Signing secret" size="lg">
          <Stack>
            <Text>Copy it now: it is not shown again. The receiver checks signatures with it.</Text>
            <Copyable value={secret} label="signing secret" />
            <Group justify="flex-end">
              <Button onClick={() => setSecret(null)}>Done</Button>
            </Group>
          </Stack>
        </Modal>
      )}
      <Confirm
        opened={rotating !== null}
        title={`Make a new secret for “${rotating?.name}”?`}
        deed="Make a new secret"
        busy={rotate.isPending}
        onClose={() => setRotating(null)}
        onConfirm={() => rotating && rotate.mutate({ params: { id: rotating.id } })}
      >
        For one day calls carry signatures of both secrets, so that the receiver can change over. Then the old one ends.
      </Confirm>
      <Confirm
        opened={removing !== null}
        title={`Delete “${removing?.name}”?`}
        deed="Delete webhook"
        danger
        busy={remove.isPending}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate({ params: { id: removing.id } })}
      >
        It is called no more, and its deliveries are forgotten, those that wait for another try, too.
      </Confirm>
    </Stack>
  )
}

function StatePill({ webhook }: { webhook: Webhook }) {
  if (webhook.offReason) return <Pill tone="bad">switched off</Pill>
  if (!webhook.enabled) return <Pill tone="flat">off</Pill>
  return webhook.failingSince ? <Pill tone="warn">failing</Pill> : <Pill tone="good">on</Pill>
}

function WebhookDialog({
  webhook,
  onClose,
  onMade,
}: {
  webhook: Webhook | null
  onClose(): void
  onMade(secret: string): void
}) {
  const key = useRef(crypto.randomUUID())
  const valuesOf = (one: Webhook | null) => ({
    name: one?.name ?? '',
    url: one?.url ?? '',
    events: one?.events ?? (['customer.handoff', 'message.replied'] as EventName[]),
    '': '',
  })
  const form = useForm({ initialValues: valuesOf(webhook) })
  const save = async (version: number) => {
    const { name, url, events } = form.getValues()
    try {
      if (webhook) {
        await api('PATCH /webhooks/:id', {
          params: { id: webhook.id },
          body: { name, url, events },
          ifMatch: version,
        })
        toast('Webhook changed')
      } else {
        const made = await api('POST /webhooks', { body: { name, url, events }, idempotencyKey: key.current })
        onMade(made.secret)
      }
      void queryClient.invalidateQueries()
      onClose()
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      if (!edited.refused(problem)) showRefusal(form, problem, ['name', 'url', 'events'])
    }
  }
  const edited = useEdited(webhook?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /webhooks/:id', { params: { id: webhook?.id ?? '' } })
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  return (
    <Modal opened onClose={onClose} title={webhook ? 'Edit webhook' : 'New webhook'} size="lg">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <TextInput
            label="Address"
            placeholder="https://crm.example.com/throughline"
            required
            data-autofocus
            {...form.getInputProps('url')}
          />
          <TextInput label="Name" placeholder="Our CRM" required={webhook !== null} {...form.getInputProps('name')} />
          <Checkbox.Group label="Tell it when" {...form.getInputProps('events')}>
            <Stack gap={8} mt={6}>
              {Object.entries(eventNames).map(([name, label]) => (
                <Checkbox key={name} value={name} label={label} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {webhook ? 'Save' : 'Add webhook'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
