import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { IconPencil, IconPlus, IconTrash, IconUserMinus } from '@tabler/icons-react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Answer } from '../api.ts'
import { customerColumns } from '../customer/columns.tsx'
import { count, nameOf, plural } from '../format.ts'
import { CustomersPicker } from '../parts/audience.tsx'
import { Confirm, MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { Empty, Page, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { toastProblem, useAct, useApi, usePages } from '../query.ts'
import { SegmentDialog } from '../segments/segment-dialog.tsx'
import { UsedBy } from '../segments/used-by.tsx'
import { RulesPage } from './segment-rules.tsx'

type Segment = Answer<'GET /segments/:id'>

const kindWords = { static: 'By hand', dynamic: 'By rules' } as const

/** All segments: lists kept by hand or by campaign steps, and those of rules. */
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
              title: 'Kind',
              cell: (segment) => (
                <Pill tone={segment.kind === 'dynamic' ? 'accent' : 'flat'}>{kindWords[segment.kind]}</Pill>
              ),
            },
            {
              title: 'Customers',
              align: 'right',
              cell: (segment) => (segment.customers === null ? '—' : count(segment.customers)),
            },
            {
              title: 'Used by',
              align: 'right',
              phone: 'hide',
              cell: (segment) => (segment.usedBy === 0 ? <span className="tl-muted">—</span> : count(segment.usedBy)),
            },
            { title: 'Updated', phone: 'hide', cell: (segment) => <Time at={segment.updatedAt} /> },
          ]}
          empty={
            <Empty title="No segments yet" action={add}>
              A segment is who a campaign is for: a list kept by hand or by steps, or whoever matches rules.
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

/** One segment: its customers, and the rules where it has some. */
export function SegmentPage() {
  const { id } = useParams({ from: '/signed-in/shell/segments/$id' })
  const segment = useApi('GET /segments/:id', { params: { id } })
  return (
    <Show of={segment} back={{ to: '/segments', label: 'All segments' }}>
      {(found) =>
        found.kind === 'dynamic' ? <RulesPage key={id} segment={found} /> : <Loaded key={id} segment={found} />
      }
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
      <UsedBy segment={segment} />
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
        Its {plural(segment.customers ?? 0, 'customer')} stay. A segment that is in use is not deleted.
      </Confirm>
    </Page>
  )
}

function AddDialog({ segment, onClose }: { segment: Segment; onClose(): void }) {
  const [ids, setIds] = useState<string[]>([])
  const [pasted, setPasted] = useState('')
  const emails = [...new Set(pasted.split(/[\s,;<>"]+/).filter((word) => word.includes('@')))]
  const byEmail = useAct('POST /segments/:id/customers', {
    done: ({ changed }) => `${plural(changed, 'customer')} added`,
    after: ({ unknownEmails = [] }) => {
      // Whom nobody knows stays in the field, to be put right.
      setPasted(unknownEmails.join('\n'))
      if (unknownEmails.length === 0) onClose()
    },
  })
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
        <Textarea
          label="Or paste email addresses"
          description="One a line, or with commas between them."
          autosize
          minRows={2}
          maxRows={8}
          value={pasted}
          onChange={(event) => setPasted(event.currentTarget.value)}
          error={
            byEmail.data?.unknownEmails && byEmail.data.unknownEmails.length > 0 && pasted !== ''
              ? 'Nobody here has these addresses. The others were added.'
              : undefined
          }
        />
        {emails.length > 0 && (
          <Button
            variant="light"
            loading={byEmail.isPending}
            onClick={() => byEmail.mutate({ params: { id: segment.id }, body: { emails: emails.slice(0, 10_000) } })}
          >
            Add {plural(emails.length, 'address', 'addresses')}
          </Button>
        )}
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
