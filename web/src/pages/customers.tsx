import { Button, Group, Menu } from '@mantine/core'
import { IconChevronDown, IconPlus, IconUpload } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { allColumns } from '../customer/columns.tsx'
import { type ListFilter, rulesIn } from '../customer/filter.ts'
import { FirstCustomers } from '../customer/first-customers.tsx'
import { FilterButton, FilterChips } from '../customer/list-filters.tsx'
import { useMembers, useProducts } from '../parts/choices.ts'
import { CustomerBulkBar } from '../parts/customer-bulk.tsx'
import { exportFile } from '../parts/jobs.ts'
import { Empty, Page } from '../parts/page.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { DataTable } from '../parts/table.tsx'
import { useApi, usePages } from '../query.ts'
import { asGroup } from '../segments/tree.ts'

const CustomerSideDrawer = lazy(() =>
  import('../customer/drawer.tsx').then((module) => ({ default: module.CustomerSideDrawer })),
)
const RuleFilter = lazy(() => import('../customer/rule-filter.tsx').then((module) => ({ default: module.RuleFilter })))
const CustomerDrawer = lazy(() =>
  import('../parts/customer-form.tsx').then((module) => ({ default: module.CustomerDrawer })),
)

const noFilter: ListFilter = {
  q: undefined,
  tag: undefined,
  segmentId: undefined,
  companyId: undefined,
  rules: undefined,
  archived: undefined,
}

/** All customers: narrowed by rules, sorted by any column, many at once, one beside the list. */
export function CustomersPage() {
  const search = useSearch({ from: '/signed-in/shell/customers' })
  const navigate = useNavigate({ from: '/customers' })
  const members = useMembers()
  const products = useProducts()
  const attributes = useApi('GET /customers/attributes', {}, { staleTime: 60_000 }).data?.items
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [filtering, setFiltering] = useState(search.rules !== undefined)
  const archived = search.archived === 'true'
  const filter = {
    ...(search.q && { q: search.q }),
    ...(search.tag && { tag: search.tag }),
    ...(search.segmentId && { segmentId: search.segmentId }),
    ...(search.companyId && { companyId: search.companyId }),
    ...(search.rules && { rules: search.rules }),
    ...(archived && { archived: 'true' as const }),
  }
  const sort = search.sort ? { sort: search.sort } : {}
  const list = usePages('GET /customers', { query: { limit: 200, extras: 'true', ...filter, ...sort } })
  const total = useApi('GET /customers/count', { query: filter }, { staleTime: 10_000 })
  const go = (change: Partial<typeof search>, replace = true) =>
    void navigate({ search: (was) => ({ ...was, ...change }), replace })
  const narrow = (change: ListFilter) => {
    setChosen(new Set())
    go(change)
  }
  const filtered = Object.keys(filter).length > 0
  const rules = rulesIn(search.rules)
  const columns = useMemo(
    () =>
      allColumns({
        owner: (id) => members.find((member) => member.value === id)?.label ?? '—',
        products,
        attributes: (attributes ?? []).flatMap(({ path }) =>
          path.startsWith('attributes.') ? [path.slice('attributes.'.length)] : [],
        ),
      }),
    [members, products, attributes],
  )
  return (
    <Page
      title="Customers"
      fill
      actions={
        <Group gap={8}>
          <Button.Group>
            <Button variant="default" component={Link} to="/customers/import" leftSection={<IconUpload size={16} />}>
              Import
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
                <Menu.Item
                  onClick={() => {
                    const { rules: _, archived: __, ...rest } = filter
                    const whole = { ...rest, ...(rules && { rules }), ...(archived && { archived }) }
                    void exportFile({ kind: 'export', what: 'customers', filter: whole })
                  }}
                >
                  {filtered ? 'Export these as CSV' : 'Export all as CSV'}
                </Menu.Item>
                <Menu.Item onClick={() => narrow({ archived: archived ? undefined : 'true' })}>
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
      <Group gap={8} mb={10}>
        <SearchField label="Search customers" value={search.q ?? ''} onChange={(q) => narrow({ q: q || undefined })} />
        <FilterButton
          open={filtering}
          count={rules ? asGroup(rules).parts.length : 0}
          onClick={() => setFiltering(!filtering)}
        />
      </Group>
      {filtering && (
        <Suspense>
          <RuleFilter rules={search.rules} onChange={(next) => narrow({ rules: next })} />
        </Suspense>
      )}
      <FilterChips filter={search} change={narrow} />
      <div className="tl-card">
        <DataTable
          label="Customers"
          fill
          chooser="customers"
          list={list}
          total={total.data ?? null}
          columns={columns}
          idOf={(customer) => customer.id}
          href={(customer) => `/customers/${customer.id}`}
          onOpen={({ id }) => go({ open: id, tab: undefined, kind: undefined }, search.open !== undefined)}
          activeId={search.open}
          sorting={{ by: search.sort, onChange: (by) => go({ sort: by }) }}
          {...(!archived && { selection: { chosen, onChange: setChosen } })}
          empty={
            filtered ? (
              <Empty
                title={search.q ? `Nothing matches “${search.q}”` : 'Nobody matches'}
                action={
                  <Button variant="default" onClick={() => narrow(noFilter)}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <FirstCustomers onNew={() => go({ edit: 'new' })} />
            )
          }
        />
      </div>
      {!archived && (
        <CustomerBulkBar
          chosen={chosen}
          clear={() => setChosen(new Set())}
          shown={list.items.length}
          total={total.data}
          filter={filter}
        />
      )}
      <Suspense>
        {search.open && (
          <CustomerSideDrawer
            id={search.open}
            view={{ tab: search.tab, kind: search.kind }}
            onView={({ tab, kind }) => go({ tab, kind })}
            onClose={() => go({ open: undefined, tab: undefined, kind: undefined })}
          />
        )}
        {search.edit === 'new' && (
          <CustomerDrawer
            customer={null}
            onClose={() => go({ edit: undefined })}
            onSaved={(saved) => go({ edit: undefined, open: saved.id })}
          />
        )}
      </Suspense>
    </Page>
  )
}
