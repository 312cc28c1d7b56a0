import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconArchive, IconArchiveOff, IconPencil } from '@tabler/icons-react'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { signed } from '../customer/fit.tsx'
import { nameOf } from '../format.ts'
import { MoreMenu } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { CustomerSelect } from '../parts/customer-select.tsx'
import { Empty, Page, Show } from '../parts/page.tsx'
import { type Product, ProductDialog } from '../parts/product-dialog.tsx'
import { ProductPill } from '../parts/product-pill.tsx'
import { DataTable } from '../parts/table.tsx'
import { useAct, useApi, usePages } from '../query.ts'
import { Criteria } from './product-criteria.tsx'

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
  const archived = product.status === 'archived'
  const archive = useAct('DELETE /products/:id', {
    done: `“${product.name}” archived`,
    after: () => void navigate({ to: '/products' }),
  })
  const restore = useAct('PATCH /products/:id', { done: `“${product.name}” is active again` })
  const params = { id: product.id }
  return (
    <Page
      title={product.name}
      back={{ to: '/products', label: 'Products' }}
      heading={
        <Group gap={8}>
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {product.name}
          </Title>
          <ProductPill status={product.status} />
        </Group>
      }
      actions={
        <Group gap={8}>
          {archived ? (
            <Button
              variant="default"
              leftSection={<IconArchiveOff size={16} />}
              loading={restore.isPending}
              onClick={() => restore.mutate({ params, body: { status: 'active' }, ifMatch: product.version })}
            >
              Bring back
            </Button>
          ) : (
            <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setAsking('edit')}>
              Edit
            </Button>
          )}
          <MoreMenu
            label="More actions"
            entries={[
              !archived && {
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
        <Facts product={product} />
        <Criteria productId={product.id} archived={archived} />
        <Tester productId={product.id} />
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
        onConfirm={() => archive.mutate({ params })}
      >
        Its criteria score nobody any more; scores and figures stay. A product that a campaign is linked to is not
        archived.
      </Confirm>
    </Page>
  )
}

function Facts({ product }: { product: Product }) {
  const facts: [string, string][] = [
    ['name', product.name],
    ['description', product.description ?? ''],
    ['url', product.url ?? ''],
    ...Object.entries(product.attributes).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ]
  return (
    <section className="tl-card" style={{ padding: 16 }}>
      <Title order={2} mb={8}>
        What messages say of it
      </Title>
      <dl
        style={{
          display: 'grid',
          gridTemplateColumns: 'minmax(100px, max-content) minmax(0, 1fr)',
          gap: '6px 20px',
          margin: 0,
        }}
      >
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>
              <code className="tl-muted">{`{{product.${name}}}`}</code>
            </dt>
            <dd style={{ margin: 0, overflowWrap: 'anywhere' }}>
              {value === '' ? <span className="tl-muted">empty</span> : value}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** What each criterion and rule makes of one customer, now. */
function Tester({ productId }: { productId: string }) {
  const [customerId, setCustomerId] = useState<string | null>(null)
  const answer = useApi(
    'GET /products/:id/score-of/:customerId',
    { params: { id: productId, customerId: customerId ?? '' } },
    { enabled: customerId !== null },
  )
  return (
    <section className="tl-card" style={{ padding: 16 }}>
      <Title order={2} mb={8}>
        Why does somebody score as they do?
      </Title>
      <CustomerSelect label="Customer" value={customerId} onChange={setCustomerId} />
      {customerId !== null && (
        <Show of={answer} rows={2}>
          {({ score, criteria }) => (
            <Stack gap={10} mt={12}>
              <Text>
                {score === null ? (
                  'No score on this product yet.'
                ) : (
                  <>
                    Score on this product: <b className="tl-number">{signed(score)}</b>
                  </>
                )}
              </Text>
              {criteria.map((criterion) => (
                <div key={criterion.id}>
                  <Text size="sm">
                    <b>{criterion.name}</b>{' '}
                    <span className="tl-muted">
                      ({criterion.type}, weight {criterion.weight})
                    </span>{' '}
                    <b className="tl-number">{criterion.score === null ? 'no score' : signed(criterion.score)}</b>
                  </Text>
                  {criterion.contributions.map((one) => (
                    <Text key={one.text} size="sm" pl={16} c={one.held ? undefined : 'dimmed'}>
                      {one.held ? `✓ ${one.text}: ${signed(one.points)}` : `– ${one.text}: not so`}
                    </Text>
                  ))}
                </div>
              ))}
            </Stack>
          )}
        </Show>
      )}
    </section>
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
          { title: 'Score', align: 'right', cell: (row) => <span className="tl-number">{signed(row.score)}</span> },
        ]}
        empty={<Empty title="No customer has a score yet">Rules, campaign steps, people and imports write them.</Empty>}
      />
    </section>
  )
}
