import { Button, Group, Menu, Select, Text } from '@mantine/core'
import { IconChevronDown, IconPlus, IconUpload } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { nameOf } from '../format.ts'
import { Pill, Time } from '../parts/bits.tsx'
import { useMembers, useSegments, useTags } from '../parts/choices.ts'
import { CustomerBulkBar } from '../parts/customer-bulk.tsx'
import { CustomerDrawer } from '../parts/customer-form.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { type Column, DataTable, SearchField } from '../parts/table.tsx'
import { usePages } from '../query.ts'

type Customer = Item<'GET /customers'>

/** The columns of a list of customers. */
export const customerColumns = (owner?: (id: string | null) => string): Column<Customer>[] => [
  {
    title: 'Name',
    phone: 'bare',
    cell: (customer) => (
      <>
        {nameOf(customer)}
        {customer.email && nameOf(customer) !== customer.email && (
          <Text span size="xs" c="dimmed" display="block" fw={400}>
            {customer.email}
          </Text>
        )}
      </>
    ),
  },
  {
    title: 'Company',
    phone: 'bare',
    cell: (customer) => customer.company?.name ?? <span className="tl-muted">—</span>,
  },
  {
    title: 'Tags',
    phone: 'bare',
    cell: (customer) => (
      <Group gap={4}>
        {customer.tags.slice(0, 4).map((tag) => (
          <Pill key={tag} tone="flat">
            {tag}
          </Pill>
        ))}
        {customer.tags.length > 4 && <span className="tl-muted">+{customer.tags.length - 4}</span>}
      </Group>
    ),
  },
  { title: 'Country', phone: 'hide', cell: (customer) => customer.country ?? <span className="tl-muted">—</span> },
  ...(owner
    ? [{ title: 'Owner', phone: 'hide' as const, cell: (customer: Customer) => owner(customer.claimedBy) }]
    : []),
  { title: 'Added', phone: 'hide', cell: (customer) => <Time at={customer.createdAt} /> },
]

/** All customers: search, tag and segment filters, more rows as one scrolls. */
export function CustomersPage() {
  const search = useSearch({ from: '/signed-in/shell/customers' })
  const navigate = useNavigate({ from: '/customers' })
  const tags = useTags()
  const segments = useSegments()
  const members = useMembers()
  const archived = search.archived === 'true'
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const filter = {
    ...(search.q && { q: search.q }),
    ...(search.tag && { tag: search.tag }),
    ...(search.segmentId && { segmentId: search.segmentId }),
  }
  const list = usePages('GET /customers', {
    query: { limit: 100, ...filter, ...(archived && { archived: 'true' as const }) },
  })
  const go = (change: Partial<typeof search>) => void navigate({ search: { ...search, ...change }, replace: true })
  const filtered = Object.keys(filter).length > 0 || archived
  return (
    <Page
      title="Customers"
      actions={
        <Group gap={8}>
          <Button.Group>
            <Button variant="default" component={Link} to="/customers/import" leftSection={<IconUpload size={16} />}>
              Import CSV
            </Button>
            <Menu>
              <Menu.Target>
                <Button variant="default" px={8} aria-label="More about lists">
                  <IconChevronDown size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item component={Link} to="/companies">
                  Companies
                </Menu.Item>
                <Menu.Item component="a" href="/api/v1/customers/export.csv" download>
                  Export all as CSV
                </Menu.Item>
                <Menu.Item onClick={() => go({ archived: archived ? undefined : 'true' })}>
                  {archived ? 'Hide archived' : 'Show archived'}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Button.Group>
          <Button leftSection={<IconPlus size={16} />} onClick={() => go({ edit: 'new' })}>
            New customer
          </Button>
        </Group>
      }
    >
      <Group gap={8} mb={12}>
        <SearchField label="Search customers" value={search.q ?? ''} onChange={(q) => go({ q: q || undefined })} />
        {tags.length > 0 && (
          <Select
            aria-label="Tag"
            placeholder="Any tag"
            data={tags}
            value={search.tag ?? null}
            clearable
            searchable
            onChange={(tag) => go({ tag: tag ?? undefined })}
            w={170}
          />
        )}
        {segments.length > 0 && (
          <Select
            aria-label="Segment"
            placeholder="Any segment"
            data={segments}
            value={search.segmentId ?? null}
            clearable
            searchable
            onChange={(segmentId) => go({ segmentId: segmentId ?? undefined })}
            w={190}
          />
        )}
        {archived && <Pill tone="flat">archived only</Pill>}
      </Group>
      <div className="tl-card">
        <DataTable
          label="Customers"
          list={list}
          columns={customerColumns((id) => members.find((member) => member.value === id)?.label ?? '—')}
          idOf={(customer) => customer.id}
          href={(customer) => `/customers/${customer.id}`}
          {...(!archived && { selection: { chosen, onChange: setChosen } })}
          empty={
            filtered ? (
              <Empty
                title={search.q ? `Nothing matches “${search.q}”` : 'Nobody matches'}
                action={
                  <Button
                    variant="default"
                    onClick={() => go({ q: undefined, tag: undefined, segmentId: undefined, archived: undefined })}
                  >
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty
                title="No customers yet"
                action={
                  <Group justify="center">
                    <Button component={Link} to="/customers/import">
                      Import CSV
                    </Button>
                    <Button variant="default" onClick={() => go({ edit: 'new' })}>
                      Add one by hand
                    </Button>
                  </Group>
                }
              >
                A file with an email column is enough to start. Programs add them with POST /api/v1/customers.
              </Empty>
            )
          }
        />
      </div>
      {!archived && <CustomerBulkBar chosen={chosen} clear={() => setChosen(new Set())} />}
      {search.edit === 'new' && (
        <CustomerDrawer
          customer={null}
          onClose={() => go({ edit: undefined })}
          onSaved={(saved) => void navigate({ to: '/customers/$id', params: { id: saved.id } })}
        />
      )}
    </Page>
  )
}
