import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useSessionStorage } from '@mantine/hooks'
import { IconSparkles } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { api } from '../api.ts'
import { AudienceField } from '../parts/audience.tsx'
import { type Audience, isComplete } from '../parts/audience-text.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { queryClient, showRefusal } from '../query.ts'
import { useMe } from '../session.tsx'

/** Name, description, audience with its count, owner; leads into the builder. What was typed is kept when it is closed. */
export function NewCampaign({ onClose, names }: { onClose(): void; names: string[] }) {
  const me = useMe()
  const members = useMembers()
  const navigate = useNavigate()
  const [kept, keep, forget] = useSessionStorage({
    key: 'throughline-new-campaign',
    defaultValue: { name: '', description: '' },
    getInitialValueInEffect: false,
  })
  const [audience, setAudience] = useState<Audience>(null)
  const key = useRef(crypto.randomUUID())
  const describes = useRef(false)
  const form = useForm({ initialValues: { ...kept, ownerId: me.memberId, '': '', audience: '' } })
  const close = () => {
    keep({ name: form.values.name, description: form.values.description })
    onClose()
  }
  const submit = form.onSubmit(async ({ name, description, ownerId }) => {
    const given = isComplete(audience) ? audience : null
    try {
      const made = await api('POST /campaigns', {
        body: { name, description, audience: given, ...(ownerId && { ownerId }) },
        idempotencyKey: key.current,
      })
      forget()
      void queryClient.invalidateQueries()
      const search = describes.current ? { side: 'ai' } : {}
      await navigate({ to: '/campaigns/$id/builder', params: { id: made.id }, search })
    } catch (problem) {
      key.current = crypto.randomUUID()
      showRefusal(form, problem, ['name', 'description', 'ownerId', 'audience'])
    }
  })
  const taken = names.includes(form.values.name.trim())
  return (
    <Modal opened onClose={close} title="New campaign" size={520}>
      <form
        onSubmit={submit}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
            submit(event as unknown as React.FormEvent<HTMLFormElement>)
        }}
      >
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput
            label="Name"
            required
            data-autofocus
            placeholder="Q3 outreach"
            description={taken ? 'Another campaign has this name; that is allowed.' : undefined}
            {...form.getInputProps('name')}
          />
          <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
          <AudienceField value={audience} onChange={setAudience} later />
          {form.errors.audience && (
            <Text size="sm" c="var(--mantine-color-error)">
              {form.errors.audience}
            </Text>
          )}
          <Select label="Owner" data={members} searchable clearable {...form.getInputProps('ownerId')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              type="submit"
              variant="light"
              leftSection={<IconSparkles size={14} />}
              loading={form.submitting}
              onClick={() => {
                describes.current = true
              }}
            >
              Create and describe it
            </Button>
            <Button
              type="submit"
              loading={form.submitting}
              onClick={() => {
                describes.current = false
              }}
            >
              Create campaign
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
