import { Checkbox, Radio, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { stageWords } from '../analytics/funnel.tsx'
import { PeopleDrawer, useShown } from '../analytics/people.tsx'
import type { Answer } from '../api.ts'
import { Empty, Show } from '../parts/page.tsx'
import { People } from '../parts/people-count.tsx'
import { DataTable } from '../parts/table.tsx'
import { useAct, useApi } from '../query.ts'
import type { Campaign } from './campaign.tsx'

type Group = NonNullable<Answer<'GET /campaigns/:id/analytics'>['groups']>[number]

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
    <Stack gap={16} maw={860}>
      <div className="tl-card" style={{ padding: 20 }}>
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
                      if (product.status === 'archived' && !mine) return null
                      return (
                        <div
                          key={product.id}
                          style={{ display: 'flex', alignItems: 'flex-start', gap: 16, flexWrap: 'wrap' }}
                        >
                          <Checkbox
                            label={product.name}
                            description={product.description}
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
      {campaign.status !== 'draft' && <SplitOfPeople campaignId={campaign.id} />}
    </Stack>
  )
}

const stages = ['enrolled', 'replied', 'handoff'] as const

/** On which product customers count, and how far those of each got. Everybody counts on the one that they score highest on. */
function SplitOfPeople({ campaignId }: { campaignId: string }) {
  const { shown, open, close } = useShown()
  const analytics = useApi('GET /campaigns/:id/analytics', {
    params: { id: campaignId },
    query: { range: 'all', groupBy: 'product' },
  })
  return (
    <section className="tl-card" aria-label="People by product">
      <Title order={2} p="14px 16px 6px">
        People by product
      </Title>
      <DataTable
        label="People by product"
        list={{
          items: analytics.data?.groups ?? [],
          loading: analytics.isPending,
          error: analytics.error,
          retry: () => void analytics.refetch(),
        }}
        idOf={(group) => group.key}
        columns={[
          { title: 'Product', phone: 'bare', cell: (group) => group.label },
          ...stages.map((stage) => ({
            title: stageWords[stage] ?? stage,
            align: 'right' as const,
            cell: (group: Group) => {
              const word = stageWords[stage] ?? stage
              return (
                <People
                  n={group.funnel.find((row) => row.stage === stage)?.count ?? 0}
                  label={`${word.toLowerCase()}: ${group.label}`}
                  onOpen={() =>
                    open({ show: stage, within: { productId: group.key }, title: `${word}: ${group.label}` })
                  }
                />
              )
            },
          })),
        ]}
        empty={
          <Empty title="Nobody went in yet">Each customer counts on the product that they score highest on.</Empty>
        }
      />
      {shown && <PeopleDrawer campaignId={campaignId} query={{ range: 'all' }} shown={shown} onClose={close} />}
    </section>
  )
}
