import { Button, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useProducts } from '../parts/choices.ts'

/** The filters as the address holds them. */
export interface Filters {
  range?: string
  from?: string
  to?: string
  channel?: string
  productId?: string
  version?: string
  entry?: string
  branch?: string
}

const names = ['range', 'from', 'to', 'channel', 'productId', 'version', 'entry', 'branch'] as const

/** The filters of the address, and how to change them: what is looked at can be reloaded and shared. */
export function useFilters() {
  const search = useSearch({ strict: false }) as Record<string, string | undefined>
  const navigate = useNavigate()
  const filters: Filters = Object.fromEntries(names.flatMap((name) => (search[name] ? [[name, search[name]]] : [])))
  const set = (change: Record<string, string | null | undefined>) =>
    void navigate({
      to: '.',
      search: (was: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries({ ...was, ...change }).filter(
            ([, value]) => value !== null && value !== undefined && value !== '',
          ),
        ),
      replace: true,
    } as never)
  return { filters, search, set }
}

/** The query of a route for these filters; a custom range without ends is all time. */
export function queryOf({ range, from, to, version, ...rest }: Filters): Record<string, string | number> {
  return {
    ...(range === 'custom' ? { ...(from && { from }), ...(to && { to }) } : { range: range ?? '30d' }),
    ...(version && { version: Number(version) }),
    ...rest,
  }
}

/** The bar that stays in view: range, channel, product, and for one campaign version and entry. */
export function FilterBar({ versions, updated }: { versions: number | null; updated: string }) {
  const { filters, set } = useFilters()
  const products = useProducts()
  const custom = filters.range === 'custom'
  const any = names.some((name) => name !== 'range' && filters[name] !== undefined)
  return (
    <search className="tl-filters" aria-label="Filters">
      <SegmentedControl
        size="xs"
        aria-label="Enrolled"
        value={filters.range ?? '30d'}
        onChange={(range) => set({ range, from: null, to: null })}
        data={[
          { value: 'today', label: 'Today' },
          { value: '7d', label: '7 days' },
          { value: '30d', label: '30 days' },
          { value: 'all', label: 'All time' },
          { value: 'custom', label: 'Custom' },
        ]}
      />
      {custom && (
        <>
          <TextInput
            size="xs"
            type="date"
            label="From"
            value={filters.from ?? ''}
            max={filters.to ?? undefined}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <TextInput
            size="xs"
            type="date"
            label="To"
            value={filters.to ?? ''}
            min={filters.from ?? undefined}
            onChange={(event) => set({ to: event.currentTarget.value })}
          />
        </>
      )}
      <Select
        size="xs"
        w={130}
        aria-label="Channel"
        placeholder="All channels"
        clearable
        data={[
          { value: 'email', label: 'Email' },
          { value: 'telegram', label: 'Telegram' },
          { value: 'linkedin', label: 'LinkedIn' },
        ]}
        value={filters.channel ?? null}
        onChange={(channel) => set({ channel })}
      />
      {products.length > 0 && (
        <Select
          size="xs"
          w={150}
          aria-label="Product"
          placeholder="All products"
          clearable
          data={[...products, { value: 'none', label: 'No product' }]}
          value={filters.productId ?? null}
          onChange={(productId) => set({ productId })}
        />
      )}
      {versions !== null && versions > 1 && (
        <Select
          size="xs"
          w={130}
          aria-label="Version"
          placeholder="All versions"
          clearable
          data={Array.from({ length: versions }, (_, index) => ({
            value: String(index + 1),
            label: `Version ${index + 1}`,
          }))}
          value={filters.version ?? null}
          onChange={(version) => set({ version })}
        />
      )}
      <Select
        size="xs"
        w={140}
        aria-label="Entry"
        placeholder="All entries"
        clearable
        data={[
          { value: 'first', label: 'First entries' },
          { value: 'again', label: 'Re-entries' },
        ]}
        value={filters.entry ?? null}
        onChange={(entry) => set({ entry })}
      />
      {any && (
        <Button size="xs" variant="subtle" onClick={() => set(Object.fromEntries(names.map((name) => [name, null])))}>
          Clear filters
        </Button>
      )}
      <span className="tl-muted" style={{ marginLeft: 'auto', fontSize: 12 }} role="status">
        {updated}
      </span>
    </search>
  )
}
