import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useRef } from 'react'
import { type Answer, api } from '../api.ts'
import { queryClient, showRefusal } from '../query.ts'
import { FormProblem } from './bits.tsx'
import { showInvalid } from './invalid.ts'

type Template = Answer<'GET /templates/:id'>

/** Makes a template. Where its channel is given, its text is asked for right away: nobody goes to its page next. */
export function NewTemplate({
  channel,
  onClose,
  onMade,
}: {
  channel?: Template['channel']
  onClose(): void
  onMade(template: Template): void
}) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: { name: '', channel: channel ?? ('email' as Template['channel']), subject: '', body: '', '': '' },
  })
  const submit = form.onSubmit(async ({ '': _, ...body }) => {
    try {
      const made = await api('POST /templates', { body, idempotencyKey: key.current })
      void queryClient.invalidateQueries()
      onMade(made)
    } catch (problem) {
      key.current = crypto.randomUUID()
      showRefusal(form, problem, ['name', 'subject', 'body'])
    }
  })
  return (
    <Modal opened onClose={onClose} title="New template" size={channel ? 'lg' : 'md'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput
            label="Name"
            description="Campaign steps find it by this name."
            required
            data-autofocus
            {...form.getInputProps('name')}
          />
          {channel === undefined && (
            <Select
              label="For"
              data={[
                { value: 'email', label: 'Email' },
                { value: 'telegram', label: 'Telegram' },
                { value: 'linkedin', label: 'LinkedIn' },
              ]}
              allowDeselect={false}
              {...form.getInputProps('channel')}
            />
          )}
          {channel === 'email' && (
            <TextInput
              label="Subject"
              placeholder="Quick question, {{customer.firstName}}"
              {...form.getInputProps('subject')}
            />
          )}
          {channel !== undefined && (
            <Textarea
              label={channel === 'email' ? 'Body' : 'Text'}
              description={channel === 'email' ? 'HTML or plain text, with Liquid.' : 'Plain text, with Liquid.'}
              autosize
              minRows={6}
              maxRows={16}
              {...form.getInputProps('body')}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              Create template
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
