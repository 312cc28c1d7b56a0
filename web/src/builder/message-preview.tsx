import { Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, ApiProblem, api } from '../api.ts'
import { MailFrame } from '../parts/mail-frame.tsx'
import { Failure, Loading } from '../parts/page.tsx'
import { useMe } from '../session.tsx'
import { CustomerPicker } from './customer-picker.tsx'
import { usePreviewCustomer } from './preview-customer.ts'
import { useCanvasFacts } from './step-node.tsx'
import { useBuilder } from './store.ts'

/** A message step as a customer would get it, rendered by the code that sends; and a test of it to any address. */
export default function MessagePreview({ nodeId }: { nodeId: string }) {
  const { campaign, save } = useCanvasFacts()
  const config = useBuilder((state) => state.draft.nodes.get(nodeId)?.config)
  const [customer, setCustomer] = usePreviewCustomer(campaign.id)
  const [view, setView] = useState('desktop')
  const preview = useQuery({
    queryKey: ['preview', campaign.id, nodeId, customer?.id ?? null, config],
    queryFn: async ({ signal }) => {
      await save()
      return await api('POST /campaigns/:id/workflow/preview', {
        params: { id: campaign.id },
        body: { nodeId, customerId: customer?.id ?? null },
        signal,
      })
    },
    placeholderData: (before) => before,
    retry: false,
    gcTime: 0,
  })
  const found = preview.data
  return (
    <Stack gap={12}>
      <CustomerPicker label="Preview as" value={customer} onPick={setCustomer} />
      {!customer && (
        <Text size="xs" c="dimmed">
          Nobody is chosen: shown for somebody made up.
        </Text>
      )}
      {preview.error ? (
        <Failure error={preview.error} retry={() => void preview.refetch()} />
      ) : !found ? (
        <Loading rows={4} />
      ) : found.error ? (
        <Text c="var(--tl-bad)" role="alert">
          {found.error}
        </Text>
      ) : (
        <>
          {found.channel === 'email' && (
            <Group justify="space-between" wrap="nowrap" gap={8}>
              <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                {found.subject || <span className="tl-muted">No subject</span>}
              </Text>
              <SegmentedControl
                size="xs"
                aria-label="Show as"
                data={[
                  { value: 'desktop', label: 'Wide' },
                  { value: 'phone', label: 'Phone' },
                  { value: 'text', label: 'Text' },
                ]}
                value={view}
                onChange={setView}
                style={{ flex: 'none' }}
              />
            </Group>
          )}
          {found.channel !== 'email' || view === 'text' ? (
            <pre className="tl-plain-text">{found.text}</pre>
          ) : (
            <MailFrame title="Preview" html={found.html} width={view === 'phone' ? 320 : undefined} />
          )}
        </>
      )}
      <TestSend nodeId={nodeId} channel={found?.channel ?? 'email'} customerId={customer?.id ?? null} />
    </Stack>
  )
}

type Sent = Answer<'POST /campaigns/:id/test-send'>

/** Sends the step once to an address of one's choice. It is marked as a test and never counted. */
function TestSend({ nodeId, channel, customerId }: { nodeId: string; channel: string; customerId: string | null }) {
  const { campaign, save } = useCanvasFacts()
  const me = useMe()
  const [to, setTo] = useState(channel === 'email' ? (me.account?.email ?? '') : '')
  const send = useMutation<Sent, Error>({
    mutationFn: async () => {
      if (!(await save())) throw new Error('The draft could not be saved, so the test was not sent.')
      return await api('POST /campaigns/:id/test-send', {
        params: { id: campaign.id },
        body: { nodeId, customerId: customerId ?? '', to },
      })
    },
  })
  const faults = send.error instanceof ApiProblem ? send.error.errors : []
  const fault = faults.find((one) => one.path === 'to')?.message
  return (
    <form
      className="tl-card"
      style={{ padding: 12 }}
      onSubmit={(event) => {
        event.preventDefault()
        send.mutate()
      }}
    >
      <Stack gap={8}>
        <TextInput
          label="Send a test to"
          description="Marked [Test], never counted, to anybody you like."
          size="xs"
          value={to}
          error={fault}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        {send.error && !fault && (
          <Text size="sm" c="var(--tl-bad)" role="alert">
            {faults.length > 0 ? faults.map((one) => one.message).join(' ') : send.error.message}
          </Text>
        )}
        {send.data && (
          <Text size="sm" c={send.data.sent ? 'var(--tl-good)' : 'var(--tl-bad)'} role="status">
            {send.data.sent ? `“${send.data.subject || 'The message'}” was sent to ${send.data.to}.` : send.data.detail}
          </Text>
        )}
        {customerId === null ? (
          <Text size="xs" c="dimmed">
            Choose a customer above: the test is written as if for them.
          </Text>
        ) : (
          <Button type="submit" size="xs" loading={send.isPending} style={{ alignSelf: 'start' }}>
            Send test
          </Button>
        )}
      </Stack>
    </form>
  )
}
