import { Button, Group, Modal, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPencil, IconPlus } from '@tabler/icons-react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { type Answer, api } from '../api.ts'
import { customerColumns } from '../customer/columns.tsx'
import { FormProblem, Time } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty, Page, Show } from '../parts/page.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { DataTable } from '../parts/table.tsx'
import { queryClient, showRefusal, toast, useApi, usePages } from '../query.ts'

type Company = Answer<'GET /companies/:id'>

/** The companies that customers work for. */
export function CompaniesPage() {
  const search = useSearch({ from: '/signed-in/shell/companies' })
  const { q } = search
  const navigate = useNavigate({ from: '/companies' })
  const [adding, setAdding] = useState(false)
  const order = sortIn(search.sort, ['name', 'domain', 'industry', 'customers', 'updatedAt'])
  const list = usePages('GET /companies', { query: { limit: 100, total: 'true', ...(q && { q }), ...order } })
  const go = (change: Partial<typeof search>) =>
    void navigate({ search: (was) => ({ ...was, ...change }), replace: true })
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New company
    </Button>
  )
  return (
    <Page
      title="Companies"
      back={{ to: '/customers', label: 'Customers' }}
      actions={
        <Group gap={8}>
          <SearchField label="Search companies" value={q ?? ''} onChange={(text) => go({ q: text || undefined })} />
          {add}
        </Group>
      }
    >
      <div className="tl-card">
        <DataTable
          label="Companies"
          chooser="companies"
          list={list}
          sorting={{ by: order.sort, onChange: (sort) => go({ sort }) }}
          idOf={(company) => company.id}
          href={(company) => `/companies/${company.id}`}
          columns={[
            { title: 'Name', sort: 'name', phone: 'bare', cell: (company) => company.name },
            {
              title: 'Domain',
              sort: 'domain',
              phone: 'bare',
              cell: (company) => company.domain ?? <span className="tl-muted tl-none">—</span>,
            },
            {
              title: 'Industry',
              sort: 'industry',
              phone: 'bare',
              cell: (company) => company.industry ?? <span className="tl-muted tl-none">—</span>,
            },
            {
              title: 'Customers',
              sort: 'customers',
              align: 'right',
              cell: ({ id, name, customers }) => (
                <PeopleCount n={customers} who={`of ${name}`} to={`/customers?companyId=${id}`} />
              ),
            },
            { title: 'Updated', sort: 'updatedAt', phone: 'hide', cell: (company) => <Time at={company.updatedAt} /> },
          ]}
          empty={
            q ? (
              <Empty
                title={`Nothing matches “${q}”`}
                action={
                  <Button variant="default" onClick={() => go({ q: undefined })}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty title="No companies yet" action={add}>
                Customers bring them along: an import’s company column makes them.
              </Empty>
            )
          }
        />
      </div>
      {adding && (
        <CompanyDialog
          company={null}
          onClose={() => setAdding(false)}
          onSaved={(company) => void navigate({ to: '/companies/$id', params: { id: company.id } })}
        />
      )}
    </Page>
  )
}

const names = ['name', 'domain', 'industry'] as const

function CompanyDialog({
  company,
  onClose,
  onSaved,
}: {
  company: Company | null
  onClose(): void
  onSaved(company: Company): void
}) {
  const key = useRef(crypto.randomUUID())
  const valuesOf = (one: Company | null) => ({
    name: one?.name ?? '',
    domain: one?.domain ?? '',
    industry: one?.industry ?? '',
    '': '',
  })
  const form = useForm({ initialValues: valuesOf(company) })
  const save = async (version: number) => {
    const { name, domain, industry } = form.getValues()
    const body = { name, domain: domain.trim() || null, industry: industry.trim() || null }
    try {
      const saved = company
        ? await api('PATCH /companies/:id', { params: { id: company.id }, body, ifMatch: version })
        : await api('POST /companies', { body, idempotencyKey: key.current })
      void queryClient.invalidateQueries()
      toast(company ? 'Company saved' : 'Company added')
      onSaved(saved)
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      if (!edited.refused(problem)) showRefusal(form, problem, names)
    }
  }
  const edited = useEdited(company?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /companies/:id', { params: { id: company?.id ?? '' } })
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  return (
    <Modal opened onClose={onClose} title={company ? 'Edit company' : 'New company'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <TextInput label="Domain" placeholder="acme.com" {...form.getInputProps('domain')} />
          <TextInput label="Industry" {...form.getInputProps('industry')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {company ? 'Save' : 'Add company'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** One company and its people. */
export function CompanyPage() {
  const { id } = useParams({ from: '/signed-in/shell/companies/$id' })
  const company = useApi('GET /companies/:id', { params: { id } })
  return (
    <Show of={company} back={{ to: '/companies', label: 'All companies' }}>
      {(found) => <Loaded key={id} company={found} />}
    </Show>
  )
}

function Loaded({ company }: { company: Company }) {
  const members = useMembers()
  const [editing, setEditing] = useState(false)
  const people = usePages('GET /customers', { query: { limit: 100, companyId: company.id } })
  const facts = Object.entries(company.attributes)
  return (
    <Page
      title={company.name}
      back={{ to: '/companies', label: 'Companies' }}
      heading={
        <div>
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {company.name}
          </Title>
          <Text size="sm" c="dimmed">
            {[company.domain, company.industry].filter(Boolean).join(' · ') || 'Domain and industry are not known.'}
          </Text>
        </div>
      }
      actions={
        <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setEditing(true)}>
          Edit
        </Button>
      }
    >
      <Stack>
        {facts.length > 0 && (
          <section className="tl-card" style={{ padding: 16 }}>
            <Title order={2} mb={8}>
              Attributes
            </Title>
            {facts.map(([name, value]) => (
              <Text key={name} size="sm">
                <span className="tl-muted">{name}</span> {typeof value === 'string' ? value : JSON.stringify(value)}
              </Text>
            ))}
          </section>
        )}
        <section className="tl-card">
          <Title order={2} p="12px 16px 4px">
            Customers
          </Title>
          <DataTable
            label="Customers of the company"
            list={people}
            columns={customerColumns((id) => members.find((member) => member.value === id)?.label ?? '—')}
            idOf={(customer) => customer.id}
            href={(customer) => `/customers/${customer.id}`}
            empty={<Empty title="Nobody here">Set a customer’s company to this one and they show here.</Empty>}
          />
        </section>
      </Stack>
      {editing && (
        <CompanyDialog company={company} onClose={() => setEditing(false)} onSaved={() => setEditing(false)} />
      )}
    </Page>
  )
}
