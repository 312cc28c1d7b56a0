import { Checkbox, Radio, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Empty, Show } from '../parts/page.tsx'
import { useAct, useApi } from '../query.ts'
import type { Campaign } from './campaign.tsx'

/** The products that a campaign sells; one is primary. Saved at once. */
export function ProductsTab({ campaign }: { campaign: Campaign }) {
  const products = useApi('GET /products', { query: { limit: 200 } })
  const linked = useApi('GET /campaigns/:id/products', { params: { id: campaign.id } })
  const save = useAct('PUT /campaigns/:id/products', { done: 'Products saved' })
  const fixed = campaign.status === 'archived'
  const put = (next: { productId: string; primary: boolean }[]) => {
    const primary = next.find((one) => one.primary) ?? next[0]
    save.mutate({
      params: { id: campaign.id },
      body: { products: next.map((one) => ({ productId: one.productId, primary: one === primary })) },
    })
  }
  return (
    <div className="tl-card" style={{ padding: 20, maxWidth: 680 }}>
      <Show of={products}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No products yet" action={<Link to="/products">Make a product</Link>}>
              A linked product fills {'{{product.*}}'} in messages.
            </Empty>
          ) : (
            <Show of={linked}>
              {({ products: chosen }) => (
                <Stack gap={12}>
                  <Text c="dimmed">
                    {'{{product.*}}'} in messages stands for the primary one, unless a step names another.
                  </Text>
                  {items.map((product) => {
                    const mine = chosen.find((one) => one.productId === product.id)
                    return (
                      <div
                        key={product.id}
                        style={{ display: 'flex', alignItems: 'center', gap: 16, flexWrap: 'wrap' }}
                      >
                        <Checkbox
                          label={product.name}
                          checked={mine !== undefined}
                          disabled={fixed || save.isPending}
                          onChange={(event) =>
                            put(
                              event.currentTarget.checked
                                ? [...chosen, { productId: product.id, primary: false }]
                                : chosen.filter((one) => one.productId !== product.id),
                            )
                          }
                          style={{ flex: '1 1 200px' }}
                        />
                        {mine && (
                          <Radio
                            name="primary-product"
                            label="Primary"
                            aria-label={`${product.name} is primary`}
                            checked={mine.primary}
                            disabled={fixed || save.isPending}
                            onChange={() =>
                              put(chosen.map((one) => ({ ...one, primary: one.productId === product.id })))
                            }
                          />
                        )}
                      </div>
                    )
                  })}
                </Stack>
              )}
            </Show>
          )
        }
      </Show>
    </div>
  )
}
