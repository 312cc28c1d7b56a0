import { Button, Checkbox, SegmentedControl, Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useProducts } from '../parts/choices.ts'
import { useApi } from '../query.ts'
import { DayFields } from './day-fields.tsx'
import { rangeChoices, rangeOf } from './range.ts'

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

/** The query of a route for these filters. */
export function queryOf({ range, from, to, version, ...rest }: Filters): Record<string, string | number> {
  return {
    ...rangeOf({ range, from, to }, '30d'),
    ...(version && { version: Number(version) }),
    ...rest,
  }
}

/** Numbers are asked for this often while somebody looks, in ms: with the counting they are at most two seconds old. */
export const freshMs = 1_000
/** Above this the numbers are called old, in ms. */
const oldMs = 10_000

/** Whether a range has one of the same length before it. */
export const hasBefore = ({ range, from }: Filters): boolean =>
  range !== 'all' && (range !== 'custom' || from !== undefined)

/** How old the numbers are: “Updated 3 s ago”, green while they come in. */
function Updated({ at }: { at: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  if (at === 0) return null
  const age = Math.max(0, now - at)
  const seconds = Math.round(age / 1_000)
  return (
    <span className="tl-updated tl-muted" data-old={age > oldMs || undefined}>
      Updated {seconds < 1 ? 'now' : seconds < 90 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`}
      <i aria-hidden />
    </span>
  )
}

/** The bar that stays in view: range, channel, product, and for one campaign version and entry. `updatedAt` in ms, null when nothing moves any more. */
export function FilterBar({
  campaign,
  updatedAt,
}: {
  /** Of one campaign: it has versions and branches to choose. */
  campaign?: { id: string; workflowVersion: number | null }
  updatedAt: number | null
}) {
  const { filters, search, set } = useFilters()
  const versions = campaign?.workflowVersion ?? 1
  const split = useApi(
    'GET /campaigns/:id/analytics',
    { params: { id: campaign?.id ?? '' }, query: { range: 'all', groupBy: 'branch' } },
    { enabled: campaign !== undefined, staleTime: 60_000 },
  )
  const branches = (split.data?.groups ?? []).filter(({ key }) => !key.endsWith(':'))
  const products = useProducts()
  const any = names.some((name) => name !== 'range' && filters[name] !== undefined)
  return (
    <search className="tl-filters" aria-label="Filters">
      <SegmentedControl
        size="xs"
        aria-label="Enrolled"
        value={filters.range ?? '30d'}
        onChange={(range) => set({ range, from: null, to: null })}
        data={rangeChoices}
      />
      {filters.range === 'custom' && <DayFields from={filters.from} to={filters.to} onChange={set} />}
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
      {versions > 1 && (
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
      {branches.length > 0 && (
        <Select
          size="xs"
          w={170}
          aria-label="Branch"
          placeholder="All branches"
          clearable
          searchable
          data={branches.map(({ key, label }) => ({ value: key, label }))}
          value={filters.branch ?? null}
          onChange={(branch) => set({ branch })}
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
      {hasBefore(filters) && (
        <Checkbox
          size="xs"
          label="Compare with the period before"
          checked={search.before === '1'}
          onChange={(event) => set({ before: event.currentTarget.checked ? '1' : null })}
          style={{ alignSelf: 'center' }}
        />
      )}
      {any && (
        <Button size="xs" variant="subtle" onClick={() => set(Object.fromEntries(names.map((name) => [name, null])))}>
          Clear filters
        </Button>
      )}
      {updatedAt !== null && <Updated at={updatedAt} />}
    </search>
  )
}
