import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { api } from '../api.ts'
import { nameOf } from '../format.ts'
import { queryClient, showRefusal, toast } from '../query.ts'
import { FormProblem } from './bits.tsx'
import { useMembers } from './choices.ts'
import type { Customer } from './customer-fields.ts'
import { showInvalid } from './invalid.ts'
import { MomentField } from './time-fields.tsx'

/** Adds a task for a person, about a customer where one is given. */
export function TaskDialog({ customer, onClose }: { customer?: Customer; onClose(): void }) {
  const members = useMembers()
  const form = useForm({ initialValues: { title: '', note: '', assigneeId: null as string | null, dueAt: '', '': '' } })
  const submit = form.onSubmit(async ({ title, note, assigneeId, dueAt }) => {
    try {
      await api('POST /tasks', {
        body: {
          title,
          note: note.trim() || null,
          assigneeId,
          ...(customer && { customerId: customer.id }),
          dueAt: dueAt || null,
        },
      })
      void queryClient.invalidateQueries()
      toast('Task added')
      onClose()
    } catch (problem) {
      showRefusal(form, problem, ['title', 'note', 'assigneeId', 'dueAt'])
    }
  })
  return (
    <Modal opened onClose={onClose} title={customer ? `Task about ${nameOf(customer)}` : 'New task'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Title" required data-autofocus {...form.getInputProps('title')} />
          <Textarea label="Note" autosize minRows={2} {...form.getInputProps('note')} />
          <Select
            label="For"
            data={members}
            clearable
            searchable
            placeholder="Anyone"
            {...form.getInputProps('assigneeId')}
          />
          <MomentField
            label="Due"
            value={form.values.dueAt}
            onChange={(dueAt) => form.setFieldValue('dueAt', dueAt)}
            error={form.errors.dueAt}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              Add task
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
