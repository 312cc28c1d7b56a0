import { Button, Group, Text } from '@mantine/core'
import { IconBox, IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Time } from '../parts/bits.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { ProductDialog } from '../parts/product-dialog.tsx'
import { ProductPill } from '../parts/product-pill.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { DataTable } from '../parts/table.tsx'
import { usePages } from '../query.ts'

const views = { '': 'Current', draft: 'Draft', archived: 'Archived' } as const

/** What is being sold. */
export function ProductsPage() {
  const navigate = useNavigate({ from: '/products' })
  const search = useSearch({ from: '/signed-in/shell/products' })
  const status = (['draft', 'archived'] as const).find((one) => one === search.status)
  const [adding, setAdding] = useState(false)
  const order = sortIn(search.sort, ['name', 'status', 'updatedAt'])
  const filter = { ...(search.q && { q: search.q }), ...(status && { status }) }
  const list = usePages('GET /products', { query: { limit: 100, total: 'true', ...filter, ...order } })
  const go = (change: Partial<typeof search>) =>
    void navigate({ search: (was) => ({ ...was, ...change }), replace: true })
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New product
    </Button>
  )
  return (
    <Page
      title="Products"
      actions={
        <Group gap={8}>
          <SearchField label="Search products" value={search.q ?? ''} onChange={(q) => go({ q: q || undefined })} />
          {add}
        </Group>
      }
    >
      <nav className="tl-tabs" aria-label="Which products">
        {Object.entries(views).map(([value, label]) => (
          <button
            key={label}
            type="button"
            aria-pressed={(status ?? '') === value}
            onClick={() => go({ status: value || undefined })}
          >
            {label}
          </button>
        ))}
      </nav>
      <div className="tl-card">
        <DataTable
          label="Products"
          list={list}
          chooser="products"
          sorting={{ by: order.sort, onChange: (sort) => go({ sort }) }}
          idOf={(product) => product.id}
          href={(product) => `/products/${product.id}`}
          columns={[
            { title: 'Name', sort: 'name', phone: 'bare', cell: (product) => product.name },
            {
              title: 'Status',
              sort: 'status',
              phone: 'bare',
              cell: (product) => <ProductPill status={product.status} />,
            },
            {
              title: 'Description',
              phone: 'bare',
              cell: (product) => (
                <Text span size="sm" lineClamp={1}>
                  {product.description ?? '—'}
                </Text>
              ),
            },
            { title: 'Updated', sort: 'updatedAt', phone: 'hide', cell: (product) => <Time at={product.updatedAt} /> },
          ]}
          empty={
            Object.keys(filter).length > 0 ? (
              <Empty
                title={search.q ? `Nothing matches “${search.q}”` : `No ${status} product`}
                action={
                  <Button variant="default" onClick={() => go({ q: undefined, status: undefined })}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty title="No products yet" icon={<IconBox size={24} stroke={1.7} />} action={add}>
                A product fills {'{{product.*}}'} in messages, and its fit criteria score your customers.
              </Empty>
            )
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
