import {
  ActionIcon,
  Alert,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Stack,
  Table,
  Text,
} from '@mantine/core'
import { IconCheck, IconCopy, IconKey } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Answer } from '../api.ts'
import { fieldLabel } from '../customer/timeline-words.ts'
import { count, exact } from '../format.ts'
import { Copyable, Pill, Time } from '../parts/bits.tsx'
import { liveMs, useAct, useApi } from '../query.ts'
import { type Language, languages, sampleBody, sampleCall } from './sample-call.ts'
import { skippedText } from './skipped-text.ts'
import type { Trigger } from './trigger-form.tsx'

/** A webhook's address, its secret once, a signed sample call, and the calls that came. */
export function WebhookPanel({
  trigger,
  secret,
  onSecret,
  fixed,
}: {
  trigger: Trigger
  /** Known only right after it was made. */
  secret: string | null
  onSecret(secret: string): void
  fixed: boolean
}) {
  const [rotating, setRotating] = useState(false)
  const [open, setOpen] = useState(secret !== null)
  const config = trigger.config as { customerPath: string; matchBy: string; mapping: Record<string, string> }
  return (
    <Stack gap={10}>
      <div>
        <Text size="sm" c="dimmed">
          Send calls to
        </Text>
        <Copyable value={trigger.url ?? ''} label="address" />
      </div>
      {secret && (
        <Alert color="indigo" icon={<IconKey size={18} />} title="The secret, shown this once">
          <Copyable value={secret} label="secret" />
          <Text size="sm">Put it where the calling system keeps its secrets. Lost? Make a new one here.</Text>
        </Alert>
      )}
      {trigger.previousSecretUntil && (
        <Text size="sm" c="var(--tl-warn)">
          The secret before this one works until {exact(trigger.previousSecretUntil)}.
        </Text>
      )}
      <Group gap={8}>
        <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide the sample call' : 'Show a sample call'}
        </Button>
        {!fixed && (
          <Button size="xs" variant="default" onClick={() => setRotating(true)}>
            New secret…
          </Button>
        )}
      </Group>
      {open && <SampleCall url={trigger.url ?? ''} secret={secret} {...config} />}
      <Deliveries triggerId={trigger.id} />
      {rotating && <RotateDialog trigger={trigger} onClose={() => setRotating(false)} onSecret={onSecret} />}
    </Stack>
  )
}

function SampleCall({
  url,
  secret,
  customerPath,
  matchBy,
  mapping,
}: {
  url: string
  secret: string | null
  customerPath: string
  matchBy: string
  mapping: Record<string, string>
}) {
  const [language, setLanguage] = useState<Language>('shell')
  const who = { email: 'ann@example.com', externalId: 'crm-1', id: '00000000-0000-0000-0000-000000000000' }
  const body = sampleBody([
    { path: customerPath, value: who[matchBy as keyof typeof who] },
    ...Object.entries(mapping).map(([field, path]) => ({ path, value: field === 'timezone' ? 'UTC' : 'text' })),
  ])
  const text = sampleCall(language, { url, secret, body })
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <SegmentedControl
          size="xs"
          aria-label="Language of the sample call"
          value={language}
          onChange={(next) => setLanguage(next as Language)}
          data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
        />
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <ActionIcon aria-label={copied ? 'Copied' : 'Copy the sample call'} onClick={copy}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} style={{ maxHeight: 300, overflow: 'auto' }}>
        {text}
      </Code>
      {secret === null && (
        <Text size="sm" c="dimmed" mt={4}>
          Put the secret in the place of whsec_…; it was shown when it was made.
        </Text>
      )}
    </div>
  )
}

const refusedWords: Record<string, string> = {
  unsigned: 'Not signed',
  stale: 'Signed too long ago',
  wrong_signature: 'Wrong signature',
  too_large: 'Too large',
  malformed: 'No JSON',
  not_active: 'Campaign not active',
  switched_off: 'Switched off',
  no_customer: 'No such customer',
  invalid: 'Values do not fit',
}

function Deliveries({ triggerId }: { triggerId: string }) {
  const calls = useApi(
    'GET /triggers/:id/deliveries',
    { params: { id: triggerId }, query: { limit: 10 } },
    { refetchInterval: liveMs },
  )
  if (!calls.data) return null
  const rows = [
    ...calls.data.accepted.map((call) => ({ ...call, key: call.firingId, refused: null })),
    ...calls.data.refused.map((call) => ({ ...call, key: `${call.reason} ${call.at}`, refused: call })),
  ]
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, 10)
  return (
    <section aria-label="Last calls">
      <Text fw={600} size="sm" mb={4}>
        Last calls
      </Text>
      {rows.length === 0 && (
        <Text size="sm" c="dimmed" role="status">
          Waiting for the first call…
        </Text>
      )}
      <Stack gap={6}>
        {rows.map((row) =>
          row.refused ? (
            <Group key={row.key} gap={8} wrap="nowrap" align="start">
              <Pill tone="bad">{refusedWords[row.refused.reason] ?? row.refused.reason}</Pill>
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {row.refused.times > 1 && `${count(row.refused.times)} times. `}
                {row.refused.detail} <Time at={row.at} />
              </Text>
            </Group>
          ) : (
            <AcceptedCall key={row.key} call={row} isFirst={calls.data.accepted.length === 1} />
          ),
        )}
      </Stack>
    </section>
  )
}

type Accepted = Answer<'GET /triggers/:id/deliveries'>['accepted'][number]

function AcceptedCall({
  call,
  isFirst,
}: {
  call: Accepted
  /** The one that was waited for is shown with how it was read. */
  isFirst: boolean
}) {
  const [open, setOpen] = useState(isFirst)
  return (
    <div>
      <Group gap={8}>
        <Pill tone={call.enrolled > 0 ? 'good' : 'warn'}>
          {call.enrolled > 0 ? 'enrolled' : skippedText(call.skipped) || 'accepted'}
        </Pill>
        {call.customer ? (
          <Link
            className="tl-link"
            to="/customers/$id"
            params={{ id: call.customer.id }}
            style={{ padding: '2px 0', minHeight: 24 }}
          >
            {call.customer.name}
          </Link>
        ) : (
          'A customer who is gone'
        )}
        <Time at={call.at} />
        <Button size="compact-xs" variant="subtle" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide what it said' : 'What it said'}
        </Button>
      </Group>
      {open && (
        <Stack gap={6} mt={6}>
          <MappedTable mapped={call.mapped} />
          <Code block tabIndex={0} style={{ maxHeight: 220, overflow: 'auto' }}>
            {JSON.stringify(call.payload, null, 2)}
          </Code>
        </Stack>
      )}
    </div>
  )
}

/** What the trigger's paths find in a call: what names the customer, and what fills their fields. */
function MappedTable({ mapped }: { mapped: Accepted['mapped'] }) {
  return (
    <Table aria-label="How it was read">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Field</Table.Th>
          <Table.Th>Found at</Table.Th>
          <Table.Th>Value</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {mapped.map(({ field, path, value }) => (
          <Table.Tr key={field}>
            <Table.Td>{field === 'customer' ? 'Who it is' : fieldLabel(field)}</Table.Td>
            <Table.Td>
              <Code>{path}</Code>
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              {value === undefined || value === null ? (
                <Text span size="sm" c="dimmed">
                  {value === null ? 'empty: the field stays as it is' : 'nothing there: the field stays as it is'}
                </Text>
              ) : typeof value === 'object' ? (
                JSON.stringify(value)
              ) : (
                String(value)
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function RotateDialog({
  trigger,
  onClose,
  onSecret,
}: {
  trigger: Trigger
  onClose(): void
  onSecret(secret: string): void
}) {
  const [hours, setHours] = useState(24)
  const rotate = useAct('POST /triggers/:id/rotate-secret', {
    done: 'A new secret is in place',
    after: ({ secret }) => {
      onSecret(secret)
      onClose()
    },
  })
  return (
    <Modal opened onClose={onClose} title="New secret">
      <Stack>
        <Text>The new secret works at once and is shown this once. The present one goes on working for a while.</Text>
        <NumberInput
          label="Keep the present one for, in hours"
          description="0 ends it at once; at most 168, a week"
          min={0}
          max={168}
          allowDecimal={false}
          clampBehavior="strict"
          value={hours}
          onChange={(value) => setHours(Number(value) || 0)}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={rotate.isPending}
            onClick={() => rotate.mutate({ params: { id: trigger.id }, body: { overlapHours: hours } })}
          >
            Make a new secret
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
