import { Button, FileButton, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { IconPencil, IconPlus, IconTrash, IconUserMinus, IconUsersGroup } from '@tabler/icons-react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Answer } from '../api.ts'
import { customerColumns } from '../customer/columns.tsx'
import { count, nameOf, plural } from '../format.ts'
import { CustomersPicker } from '../parts/audience.tsx'
import { MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { Empty, Page, Show } from '../parts/page.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { DataTable } from '../parts/table.tsx'
import { toastProblem, useAct, useApi, usePages } from '../query.ts'
import { DeleteSegment } from '../segments/delete-segment.tsx'
import { SegmentDialog } from '../segments/segment-dialog.tsx'
import { UsedBy } from '../segments/used-by.tsx'
import { RulesPage } from './segment-rules.tsx'

type Segment = Answer<'GET /segments/:id'>

const kindWords = { static: 'By hand', dynamic: 'By rules' } as const

/** All segments: lists kept by hand or by campaign steps, and those of rules. */
export function SegmentsPage() {
  const search = useSearch({ from: '/signed-in/shell/segments' })
  const navigate = useNavigate({ from: '/segments' })
  const [adding, setAdding] = useState(false)
  const kind = (['static', 'dynamic'] as const).find((one) => one === search.kind)
  const order = sortIn(search.sort, ['name', 'kind', 'updatedAt'])
  const filter = { ...(search.q && { q: search.q }), ...(kind && { kind }) }
  const list = usePages('GET /segments', { query: { limit: 100, total: 'true', ...filter, ...order } })
  const go = (change: Partial<typeof search>) =>
    void navigate({ search: (was) => ({ ...was, ...change }), replace: true })
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New segment
    </Button>
  )
  return (
    <Page
      title="Segments"
      actions={
        <Group gap={8}>
          <SearchField label="Search segments" value={search.q ?? ''} onChange={(q) => go({ q: q || undefined })} />
          {add}
        </Group>
      }
    >
      <nav className="tl-tabs" aria-label="Which segments">
        {([undefined, 'static', 'dynamic'] as const).map((value) => (
          <button key={value ?? ''} type="button" aria-pressed={kind === value} onClick={() => go({ kind: value })}>
            {value ? kindWords[value] : 'All'}
          </button>
        ))}
      </nav>
      <div className="tl-card">
        <DataTable
          label="Segments"
          chooser="segments"
          list={list}
          sorting={{ by: order.sort, onChange: (sort) => go({ sort }) }}
          idOf={(segment) => segment.id}
          href={(segment) => `/segments/${segment.id}`}
          columns={[
            { title: 'Name', sort: 'name', phone: 'bare', cell: (segment) => segment.name },
            {
              title: 'Description',
              phone: 'bare',
              cell: (segment) => segment.description ?? <span className="tl-muted tl-none">—</span>,
            },
            {
              title: 'Kind',
              sort: 'kind',
              phone: 'bare',
              cell: (segment) => (
                <Pill tone={segment.kind === 'dynamic' ? 'accent' : 'flat'}>{kindWords[segment.kind]}</Pill>
              ),
            },
            {
              title: 'Customers',
              align: 'right',
              cell: ({ id, name, customers }) => (
                <PeopleCount n={customers} who={`in ${name}`} to={`/customers?segmentId=${id}`} />
              ),
            },
            {
              title: 'Used by',
              align: 'right',
              phone: 'hide',
              cell: (segment) =>
                segment.usedBy === 0 ? <span className="tl-muted tl-none">—</span> : count(segment.usedBy),
            },
            { title: 'Updated', sort: 'updatedAt', phone: 'hide', cell: (segment) => <Time at={segment.updatedAt} /> },
          ]}
          empty={
            Object.keys(filter).length > 0 ? (
              <Empty
                title={search.q ? `Nothing matches “${search.q}”` : 'No such segment'}
                action={
                  <Button variant="default" onClick={() => go({ q: undefined, kind: undefined })}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty title="No segments yet" icon={<IconUsersGroup size={24} stroke={1.7} />} action={add}>
                A segment is who a campaign is for: a list kept by hand or by steps, or whoever matches rules.
              </Empty>
            )
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
  const [asking, setAsking] = useState<'edit' | 'add' | 'delete' | null>(null)
  const close = () => setAsking(null)
  const params = { id: segment.id }
  const members = usePages('GET /customers', { query: { segmentId: segment.id, limit: 100 } })
  const takeOut = useAct('DELETE /segments/:id/customers', { done: 'Taken out of the segment' })
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
        <PeopleCount n={segment.customers} who={`in ${segment.name}`} to={`/customers?segmentId=${segment.id}`} words />
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
      {asking === 'delete' && (
        <DeleteSegment
          segment={segment}
          effect={`Its ${plural(segment.customers ?? 0, 'customer')} stay.`}
          onClose={close}
        />
      )}
    </Page>
  )
}

/** Addresses that one call takes. */
const mostAtOnce = 10_000

/** The email addresses in a text, whatever stands around them: a list, or the rows of a CSV. */
const addressesIn = (text: string): string[] => [...new Set(text.match(/[^\s,;<>"'()]+@[^\s,;<>"'()]+/g) ?? [])]

function AddDialog({ segment, onClose }: { segment: Segment; onClose(): void }) {
  const [ids, setIds] = useState<string[]>([])
  const [pasted, setPasted] = useState('')
  const emails = addressesIn(pasted)
  const byEmail = useAct('POST /segments/:id/customers', {
    done: ({ changed }) => `${plural(changed, 'customer')} added`,
  })
  const read = async (file: File | null) => {
    if (!file) return
    const found = addressesIn(await file.text())
    if (found.length === 0) return toastProblem(`There is no email address in “${file.name}”.`)
    setPasted(found.join('\n'))
  }
  const sendAll = async () => {
    const unknown: string[] = []
    for (let start = 0; start < emails.length; start += mostAtOnce) {
      const chunk = emails.slice(start, start + mostAtOnce)
      const { unknownEmails = [] } = await byEmail.mutateAsync({ params: { id: segment.id }, body: { emails: chunk } })
      unknown.push(...unknownEmails)
    }
    // Whom nobody knows stays in the field, to be put right.
    setPasted(unknown.join('\n'))
    if (unknown.length === 0) onClose()
  }
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
        <FileButton onChange={(file) => void read(file)} accept=".csv,.txt,text/csv,text/plain">
          {(props) => (
            <Button {...props} variant="default" size="xs" style={{ alignSelf: 'flex-start' }}>
              Take the addresses from a CSV file
            </Button>
          )}
        </FileButton>
        {emails.length > 0 && (
          <Button variant="light" loading={byEmail.isPending} onClick={() => void sendAll().catch(() => undefined)}>
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
