import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPencil, IconPlus, IconTrash, IconUserMinus } from '@tabler/icons-react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { type Answer, api } from '../api.ts'
import { count, nameOf, plural } from '../format.ts'
import { CustomersPicker } from '../parts/audience.tsx'
import { Confirm, FormProblem, MoreMenu, Time } from '../parts/bits.tsx'
import { Empty, Page, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { fieldErrors, queryClient, toast, toastProblem, useAct, useApi, usePages } from '../query.ts'
import { customerColumns } from './customers.tsx'

type Segment = Answer<'GET /segments/:id'>

/** All segments: lists of customers kept by hand or by campaign steps. */
export function SegmentsPage() {
  const navigate = useNavigate()
  const [adding, setAdding] = useState(false)
  const list = usePages('GET /segments', { query: { limit: 100 } })
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New segment
    </Button>
  )
  return (
    <Page title="Segments" actions={add}>
      <div className="tl-card">
        <DataTable
          label="Segments"
          list={list}
          idOf={(segment) => segment.id}
          href={(segment) => `/segments/${segment.id}`}
          columns={[
            { title: 'Name', phone: 'bare', cell: (segment) => segment.name },
            {
              title: 'Description',
              phone: 'bare',
              cell: (segment) => segment.description ?? <span className="tl-muted">—</span>,
            },
            {
              title: 'Customers',
              align: 'right',
              cell: (segment) => (segment.customers === null ? '—' : count(segment.customers)),
            },
            { title: 'Updated', phone: 'hide', cell: (segment) => <Time at={segment.updatedAt} /> },
          ]}
          empty={
            <Empty title="No segments yet" action={add}>
              A segment is a list of customers that a campaign can have as its audience.
            </Empty>
          }
        />
      </div>
      {adding && (
        <SegmentDialog
          segment={null}
          onClose={() => setAdding(false)}
          onSaved={(segment) => void navigate({ to: '/segments/$id', params: { id: segment.id } })}
        />
      )}
    </Page>
  )
}

function SegmentDialog({
  segment,
  onClose,
  onSaved,
}: {
  segment: Segment | null
  onClose(): void
  onSaved(segment: Segment): void
}) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: { name: segment?.name ?? '', description: segment?.description ?? '', '': '' },
  })
  const submit = form.onSubmit(async ({ name, description }) => {
    const body = { name, description: description.trim() || null }
    try {
      const saved = segment
        ? await api('PATCH /segments/:id', { params: { id: segment.id }, body, ifMatch: segment.version })
        : await api('POST /segments', { body, idempotencyKey: key.current })
      void queryClient.invalidateQueries()
      toast(segment ? 'Segment saved' : 'Segment created')
      onSaved(saved)
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      form.setErrors(fieldErrors(problem, ['name', 'description']))
    }
  })
  return (
    <Modal opened onClose={onClose} title={segment ? 'Edit segment' : 'New segment'}>
      <form onSubmit={submit}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {segment ? 'Save' : 'Create segment'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** One segment and its customers. */
export function SegmentPage() {
  const { id } = useParams({ from: '/signed-in/shell/segments/$id' })
  const segment = useApi('GET /segments/:id', { params: { id } })
  return (
    <Show of={segment} back={{ to: '/segments', label: 'All segments' }}>
      {(found) => <Loaded key={id} segment={found} />}
    </Show>
  )
}

function Loaded({ segment }: { segment: Segment }) {
  const navigate = useNavigate()
  const [asking, setAsking] = useState<'edit' | 'add' | 'delete' | null>(null)
  const close = () => setAsking(null)
  const params = { id: segment.id }
  const members = usePages('GET /customers', { query: { segmentId: segment.id, limit: 100 } })
  const takeOut = useAct('DELETE /segments/:id/customers', { done: 'Taken out of the segment' })
  const remove = useAct('DELETE /segments/:id', {
    done: `“${segment.name}” deleted`,
    after: () => {
      close()
      void navigate({ to: '/segments' })
    },
  })
  return (
    <Page
      title={segment.name}
      back={{ to: '/segments', label: 'Segments' }}
      actions={
        <Group gap={8}>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setAsking('add')}>
            Add customers
          </Button>
          <MoreMenu
            label="More actions"
            entries={[
              { label: 'Edit', icon: <IconPencil size={16} />, run: () => setAsking('edit') },
              { label: 'Delete…', icon: <IconTrash size={16} />, run: () => setAsking('delete'), danger: true },
            ]}
          />
        </Group>
      }
    >
      <Text c="dimmed" mb={12}>
        {plural(segment.customers ?? 0, 'customer')}
        {segment.description && ` · ${segment.description}`}
      </Text>
      <div className="tl-card">
        <DataTable
          label={`Customers in ${segment.name}`}
          list={members}
          columns={customerColumns()}
          idOf={(customer) => customer.id}
          href={(customer) => `/customers/${customer.id}`}
          menu={(customer) => (
            <MoreMenu
              label={`Actions for ${nameOf(customer)}`}
              entries={[
                {
                  label: 'Take out of the segment',
                  icon: <IconUserMinus size={16} />,
                  run: () => takeOut.mutate({ params, body: { customerIds: [customer.id] } }),
                },
              ]}
            />
          )}
          empty={
            <Empty title="Nobody is in it yet" action={<Button onClick={() => setAsking('add')}>Add customers</Button>}>
              Add people here, or let a campaign’s step do it.
            </Empty>
          }
        />
      </div>
      {asking === 'edit' && <SegmentDialog segment={segment} onClose={close} onSaved={close} />}
      {asking === 'add' && <AddDialog segment={segment} onClose={close} />}
      <Confirm
        opened={asking === 'delete'}
        title={`Delete “${segment.name}”?`}
        deed="Delete segment"
        danger
        busy={remove.isPending}
        onClose={close}
        onConfirm={() => remove.mutate({ params })}
      >
        Its {plural(segment.customers ?? 0, 'customer')} stay. A segment that a campaign uses is not deleted.
      </Confirm>
    </Page>
  )
}

function AddDialog({ segment, onClose }: { segment: Segment; onClose(): void }) {
  const [ids, setIds] = useState<string[]>([])
  const add = useAct('POST /segments/:id/customers', {
    done: ({ changed }) => `${plural(changed, 'customer')} added`,
    after: onClose,
  })
  const everyone = useAct('POST /customers/bulk', {
    done: ({ changed }) => `${plural(changed, 'customer')} added`,
    after: onClose,
  })
  return (
    <Modal opened onClose={onClose} title={`Add to “${segment.name}”`}>
      <Stack>
        <CustomersPicker label="Customers" value={ids} onChange={setIds} />
        <Group justify="space-between">
          <Button
            variant="subtle"
            loading={everyone.isPending}
            onClick={() => everyone.mutate({ body: { filter: {}, action: 'addToSegment', segmentId: segment.id } })}
          >
            Add all customers
          </Button>
          <Group>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              loading={add.isPending}
              onClick={() =>
                ids.length > 0
                  ? add.mutate({ params: { id: segment.id }, body: { customerIds: ids } })
                  : toastProblem('Choose at least one customer.')
              }
            >
              {ids.length > 0 ? `Add ${plural(ids.length, 'customer')}` : 'Add'}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  )
}
