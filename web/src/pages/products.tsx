import {
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconArchive, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { type Answer, api, type Item } from '../api.ts'
import { nameOf } from '../format.ts'
import { Confirm, FormProblem, MoreMenu, Time } from '../parts/bits.tsx'
import { Empty, Page, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { fieldErrors, queryClient, toast, useAct, useApi, usePages } from '../query.ts'

type Product = Answer<'GET /products/:id'>
type Criterion = Item<'GET /products/:id/criteria'>

/** What is being sold. */
export function ProductsPage() {
  const navigate = useNavigate()
  const [adding, setAdding] = useState(false)
  const list = usePages('GET /products', { query: { limit: 100 } })
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New product
    </Button>
  )
  return (
    <Page title="Products" actions={add}>
      <div className="tl-card">
        <DataTable
          label="Products"
          list={list}
          idOf={(product) => product.id}
          href={(product) => `/products/${product.id}`}
          columns={[
            { title: 'Name', phone: 'bare', cell: (product) => product.name },
            {
              title: 'Description',
              phone: 'bare',
              cell: (product) => (
                <Text span size="sm" lineClamp={1}>
                  {product.description ?? '—'}
                </Text>
              ),
            },
            { title: 'Updated', phone: 'hide', cell: (product) => <Time at={product.updatedAt} /> },
          ]}
          empty={
            <Empty title="No products yet" action={add}>
              A product fills {'{{product.*}}'} in messages, and its fit criteria score your customers.
            </Empty>
          }
        />
      </div>
      {adding && (
        <ProductDialog
          product={null}
          onClose={() => setAdding(false)}
          onSaved={(product) => void navigate({ to: '/products/$id', params: { id: product.id } })}
        />
      )}
    </Page>
  )
}

function ProductDialog({
  product,
  onClose,
  onSaved,
}: {
  product: Product | null
  onClose(): void
  onSaved(product: Product): void
}) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: {
      name: product?.name ?? '',
      description: product?.description ?? '',
      url: product?.url ?? '',
      '': '',
    },
  })
  const submit = form.onSubmit(async ({ name, description, url }) => {
    const body = { name, description: description.trim() || null, url: url.trim() || null }
    try {
      const saved = product
        ? await api('PATCH /products/:id', { params: { id: product.id }, body, ifMatch: product.version })
        : await api('POST /products', { body, idempotencyKey: key.current })
      void queryClient.invalidateQueries()
      toast(product ? 'Product saved' : 'Product created')
      onSaved(saved)
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      form.setErrors(fieldErrors(problem, ['name', 'description', 'url']))
    }
  })
  return (
    <Modal opened onClose={onClose} title={product ? 'Edit product' : 'New product'}>
      <form onSubmit={submit}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
          <TextInput label="Web address" placeholder="https://" {...form.getInputProps('url')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {product ? 'Save' : 'Create product'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** One product: facts, fit criteria, who fits best. */
export function ProductPage() {
  const { id } = useParams({ from: '/signed-in/shell/products/$id' })
  const product = useApi('GET /products/:id', { params: { id } })
  return (
    <Show of={product} back={{ to: '/products', label: 'All products' }}>
      {(found) => <Loaded key={id} product={found} />}
    </Show>
  )
}

function Loaded({ product }: { product: Product }) {
  const navigate = useNavigate()
  const [asking, setAsking] = useState<'edit' | 'archive' | null>(null)
  const archive = useAct('DELETE /products/:id', {
    done: `“${product.name}” archived`,
    after: () => void navigate({ to: '/products' }),
  })
  return (
    <Page
      title={product.name}
      back={{ to: '/products', label: 'Products' }}
      actions={
        <Group gap={8}>
          <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setAsking('edit')}>
            Edit
          </Button>
          <MoreMenu
            label="More actions"
            entries={[
              product.status !== 'archived' && {
                label: 'Archive…',
                icon: <IconArchive size={16} />,
                run: () => setAsking('archive'),
                danger: true,
              },
            ]}
          />
        </Group>
      }
    >
      <Stack>
        <Text>
          {product.description ?? <span className="tl-muted">No description.</span>}{' '}
          {product.url && (
            <a href={product.url} target="_blank" rel="noreferrer">
              {product.url}
            </a>
          )}
        </Text>
        <Criteria productId={product.id} />
        <Customers productId={product.id} />
      </Stack>
      {asking === 'edit' && (
        <ProductDialog product={product} onClose={() => setAsking(null)} onSaved={() => setAsking(null)} />
      )}
      <Confirm
        opened={asking === 'archive'}
        title={`Archive “${product.name}”?`}
        deed="Archive product"
        danger
        busy={archive.isPending}
        onClose={() => setAsking(null)}
        onConfirm={() => archive.mutate({ params: { id: product.id } })}
      >
        Scores and figures stay. A product that a campaign is linked to is not archived.
      </Confirm>
    </Page>
  )
}

const types = [
  { value: 'profile', label: 'Profile' },
  { value: 'engagement', label: 'Engagement' },
  { value: 'conversation', label: 'Conversation' },
]

function Criteria({ productId }: { productId: string }) {
  const criteria = useApi('GET /products/:id/criteria', { params: { id: productId } })
  const [editing, setEditing] = useState<Criterion | 'new' | null>(null)
  const remove = useAct('DELETE /products/:id/criteria/:criterionId', { done: 'Criterion removed' })
  return (
    <section className="tl-card">
      <Group justify="space-between" p="12px 16px 4px">
        <Title order={2}>Fit criteria</Title>
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>
          Add criterion
        </Button>
      </Group>
      <Show of={criteria} rows={2}>
        {({ items, hint, defaultCriterionId }) => (
          <>
            {hint && (
              <Text size="sm" c="dimmed" px={16} pb={6}>
                {hint}
              </Text>
            )}
            <DataTable
              label="Fit criteria"
              list={{ items, loading: false, error: null }}
              idOf={(criterion) => criterion.id}
              columns={[
                { title: 'Name', phone: 'bare', cell: (criterion) => criterion.name },
                { title: 'Type', phone: 'bare', cell: (criterion) => criterion.type },
                { title: 'Weight', align: 'right', cell: (criterion) => criterion.weight },
                {
                  title: 'Role',
                  cell: (criterion) =>
                    criterion.id === defaultCriterionId ? (
                      'stands for the product in steps without a criterion'
                    ) : (
                      <span className="tl-muted">—</span>
                    ),
                },
              ]}
              menu={(criterion) => (
                <MoreMenu
                  label={`Actions for ${criterion.name}`}
                  entries={[
                    { label: 'Edit', icon: <IconPencil size={16} />, run: () => setEditing(criterion) },
                    {
                      label: 'Remove',
                      icon: <IconTrash size={16} />,
                      run: () => remove.mutate({ params: { id: productId, criterionId: criterion.id } }),
                      danger: true,
                    },
                  ]}
                />
              )}
              empty={
                <Empty title="No criteria yet">
                  A customer’s score is the weighted mean over the criteria that have one.
                </Empty>
              }
            />
          </>
        )}
      </Show>
      {editing && (
        <CriterionDialog
          productId={productId}
          criterion={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </section>
  )
}

function CriterionDialog({
  productId,
  criterion,
  onClose,
}: {
  productId: string
  criterion: Criterion | null
  onClose(): void
}) {
  const form = useForm({
    initialValues: {
      name: criterion?.name ?? '',
      type: criterion?.type ?? ('engagement' as Criterion['type']),
      weight: criterion?.weight ?? 0.5,
      '': '',
    },
  })
  const submit = form.onSubmit(async ({ name, type, weight }) => {
    const body = { name, type, weight: Number(weight) }
    try {
      if (criterion)
        await api('PATCH /products/:id/criteria/:criterionId', {
          params: { id: productId, criterionId: criterion.id },
          body,
          ifMatch: criterion.version,
        })
      else await api('POST /products/:id/criteria', { params: { id: productId }, body })
      void queryClient.invalidateQueries()
      toast(criterion ? 'Criterion saved' : 'Criterion added')
      onClose()
    } catch (problem) {
      void queryClient.invalidateQueries()
      form.setErrors(fieldErrors(problem, ['name', 'type', 'weight']))
    }
  })
  return (
    <Modal opened onClose={onClose} title={criterion ? 'Edit criterion' : 'New criterion'}>
      <form onSubmit={submit}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <SimpleGrid cols={2}>
            <Select label="Type" data={types} allowDeselect={false} {...form.getInputProps('type')} />
            <NumberInput
              label="Weight"
              description="From 0 to 1."
              min={0}
              max={1}
              step={0.1}
              decimalScale={3}
              {...form.getInputProps('weight')}
            />
          </SimpleGrid>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {criterion ? 'Save' : 'Add criterion'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Customers({ productId }: { productId: string }) {
  const list = usePages('GET /products/:id/customers', { params: { id: productId }, query: { limit: 50 } })
  return (
    <section className="tl-card">
      <Title order={2} p="12px 16px 4px">
        Customers by score
      </Title>
      <DataTable
        label="Customers by score"
        list={list}
        idOf={(row) => row.customer.id}
        href={(row) => `/customers/${row.customer.id}`}
        columns={[
          { title: 'Customer', phone: 'bare', cell: (row) => nameOf(row.customer) },
          { title: 'Score', align: 'right', cell: (row) => row.score.toFixed(2) },
        ]}
        empty={<Empty title="No customer has a score yet">Campaign steps and imports write them.</Empty>}
      />
    </section>
  )
}
