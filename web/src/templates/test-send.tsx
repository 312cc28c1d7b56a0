import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useCredentials } from '../parts/choices.ts'
import { CustomerSelect } from '../parts/customer-select.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { showRefusal, useApi } from '../query.ts'
import { useMe } from '../session.tsx'

type Template = Answer<'GET /templates/:id'>
type Sent = Answer<'POST /templates/:id/test-send'>

/** Sends the text in the editor, saved or not, to any address as one customer would get it. Marked as a test, and never counted. */
export function TestSend({
  template,
  channel,
  subject,
  body,
  customerId,
  onClose,
}: {
  template: Template
  channel: string
  subject: string
  body: string
  customerId: string | null
  onClose(): void
}) {
  const me = useMe()
  const senders = useCredentials(channel)
  const sandboxId = useApi('GET /credentials', { query: { limit: 200 } }).data?.items.find(
    ({ type }) => type === 'sandbox',
  )?.id
  const [asWhom, setAsWhom] = useState(customerId)
  const [sender, setSender] = useState<string | null>(null)
  // One's own sender first; the sandbox shows the test in the mailbox of the app.
  const chosen = sender ?? senders.find(({ value }) => value !== sandboxId)?.value ?? sandboxId ?? null
  const form = useForm({
    initialValues: {
      to: channel === 'email' ? (me.account?.email ?? '') : '',
      credentialId: '',
      customerId: '',
      '': '',
    },
  })
  const send = useMutation<Sent, Error, string>({
    mutationFn: (to) =>
      api('POST /templates/:id/test-send', {
        params: { id: template.id },
        body: { to, credentialId: chosen ?? '', customerId: asWhom, subject, body },
      }),
    onError: (error) => showRefusal(form, error, ['to', 'credentialId', 'customerId']),
  })
  return (
    <Modal opened onClose={onClose} title={`Send a test of “${template.name}”`}>
      <form
        onInvalid={showInvalid(form)}
        onSubmit={(event) => {
          event.preventDefault()
          form.clearErrors()
          send.mutate(form.values.to.trim())
        }}
      >
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput
            label={channel === 'telegram' ? 'Telegram chat' : 'To'}
            description="Anybody you like. It is marked [Test] and never counted."
            required
            data-autofocus
            {...form.getInputProps('to')}
          />
          <CustomerSelect
            label="Written as if for"
            value={asWhom}
            onChange={setAsWhom}
            placeholder="Somebody made up"
            error={form.errors.customerId as string | undefined}
          />
          <Select
            label="Sender"
            data={senders}
            value={chosen}
            onChange={setSender}
            allowDeselect={false}
            error={form.errors.credentialId}
            {...(chosen === sandboxId && { description: 'It arrives in the sandbox mailbox of this app.' })}
          />
          {send.data && (
            <Text size="sm" c={send.data.sent ? 'var(--tl-good)' : 'var(--tl-bad)'} role="status">
              {send.data.sent
                ? `“${send.data.subject || 'The message'}” was sent to ${send.data.to}.`
                : send.data.detail}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={send.isPending}>
              Send test
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
