import { Button, Text } from '@mantine/core'
import { IconBox, IconPlus } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { Time } from '../parts/bits.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { ProductDialog } from '../parts/product-dialog.tsx'
import { ProductPill } from '../parts/product-pill.tsx'
import { DataTable } from '../parts/table.tsx'
import { usePages } from '../query.ts'

const views = { '': 'Current', draft: 'Draft', archived: 'Archived' } as const

/** What is being sold. */
export function ProductsPage() {
  const navigate = useNavigate()
  const search = useSearch({ from: '/signed-in/shell/products' })
  const status = search.status === 'draft' || search.status === 'archived' ? search.status : undefined
  const [adding, setAdding] = useState(false)
  const list = usePages('GET /products', { query: { limit: 100, ...(status && { status }) } })
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New product
    </Button>
  )
  return (
    <Page title="Products" actions={add}>
      <nav className="tl-tabs" aria-label="Which products">
        {Object.entries(views).map(([value, label]) => (
          <Link
            key={label}
            to="/products"
            search={value === '' ? {} : { status: value }}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <div className="tl-card">
        <DataTable
          label="Products"
          list={list}
          idOf={(product) => product.id}
          href={(product) => `/products/${product.id}`}
          columns={[
            { title: 'Name', phone: 'bare', cell: (product) => product.name },
            { title: 'Status', phone: 'bare', cell: (product) => <ProductPill status={product.status} /> },
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
            status ? (
              <Empty title={`No ${status} product`} />
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
