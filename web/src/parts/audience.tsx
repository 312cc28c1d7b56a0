import { Group, Input, MultiSelect, Radio, SegmentedControl, Select, Skeleton, Stack, Text } from '@mantine/core'
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../api.ts'
import { nameOf, plural } from '../format.ts'
import { useApi } from '../query.ts'
import { type Audience, isComplete } from './audience-text.ts'
import { useSegments } from './choices.ts'
import { Waterfall } from './waterfall.tsx'

/** Whom an audience would enroll, counted by the server; what was counted before dims while it counts anew. */
export function useAudiencePreview(audience: Audience, excludeSegmentId: string | null) {
  const given = isComplete(audience) ? JSON.stringify({ audience, excludeSegmentId }) : null
  const [asked] = useDebouncedValue(given, 300)
  return useQuery({
    queryKey: ['audience preview', asked],
    queryFn: ({ signal }) => api('POST /audience/preview', { body: JSON.parse(asked ?? ''), signal }),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
  })
}

const kinds = [
  { value: 'segment', label: 'Segment' },
  { value: 'all', label: 'All customers' },
  { value: 'list', label: 'Picked list' },
]

/** Chooses an audience: all customers, a segment, picked customers, or later. */
export function AudienceField({
  value,
  onChange,
  exclude,
  onExclude,
  later,
  error,
}: {
  value: Audience
  onChange(audience: Audience): void
  exclude?: string | null
  onExclude?: (segmentId: string | null) => void
  later?: boolean
  error?: ReactNode
}) {
  const segments = useSegments()
  const kind = value?.type ?? 'later'
  const narrow = useMediaQuery('(max-width: 480px)') ?? false
  const preview = useAudiencePreview(value, exclude ?? null)
  const choose = (next: string) => {
    if (next === 'all') onChange({ type: 'all' })
    else if (next === 'segment') onChange({ type: 'segment', segmentId: '' })
    else if (next === 'list') onChange({ type: 'list', customerIds: [] })
    else onChange(null)
  }
  return (
    <Stack gap={12}>
      {later ? (
        <Input.Wrapper label="Audience" labelElement="div">
          <SegmentedControl
            aria-label="Audience"
            fullWidth
            orientation={narrow ? 'vertical' : 'horizontal'}
            size="xs"
            mt={4}
            data={[...kinds, { value: 'later', label: 'Decide later' }]}
            value={kind}
            onChange={choose}
          />
        </Input.Wrapper>
      ) : (
        <Radio.Group label="Audience" value={kind} onChange={choose}>
          <Group gap={16} mt={6}>
            {kinds.map(({ value: one, label }) => (
              <Radio key={one} value={one} label={label} />
            ))}
          </Group>
        </Radio.Group>
      )}
      {value?.type === 'segment' && (
        <Select
          label="Segment"
          data={segments}
          value={value.segmentId || null}
          searchable
          placeholder={segments.length === 0 ? 'No segment yet: make one under Segments' : 'Choose a segment'}
          nothingFoundMessage="No segment matches"
          error={error}
          onChange={(segmentId) => onChange({ type: 'segment', segmentId: segmentId ?? '' })}
        />
      )}
      {value?.type === 'list' && (
        <CustomersPicker
          label="Customers"
          value={value.customerIds}
          error={error}
          onChange={(customerIds) => onChange({ type: 'list', customerIds })}
        />
      )}
      {onExclude && value && (
        <Select
          label="Minus everyone in"
          data={segments}
          value={exclude ?? null}
          clearable
          searchable
          placeholder="Nobody"
          onChange={onExclude}
        />
      )}
      {value && <Preview preview={preview} />}
    </Stack>
  )
}

function Preview({ preview }: { preview: ReturnType<typeof useAudiencePreview> }) {
  const { data } = preview
  if (preview.isLoading) return <Skeleton height={22} width={220} />
  if (!data) return null
  return (
    <Stack gap={8} style={{ opacity: preview.isPlaceholderData ? 0.5 : 1 }} aria-live="polite">
      <Waterfall {...data} />
      {data.sample.length > 0 && (
        <details>
          <summary>See {data.sample.length} of them</summary>
          <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
            {data.sample.map((customer) => (
              <li key={customer.id}>
                {nameOf(customer)} <span className="tl-muted">{customer.email}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Stack>
  )
}

/** Answers whether one customer is in an audience, and by which rule not. */
export function AudienceChecker({ audience, exclude }: { audience: NonNullable<Audience>; exclude: string | null }) {
  const [customerId, setCustomerId] = useState<string | null>(null)
  const answer = useQuery({
    queryKey: ['audience checker', audience, exclude, customerId],
    queryFn: ({ signal }) =>
      api('POST /audience/preview', {
        body: { audience, excludeSegmentId: exclude, customerId: customerId ?? '' },
        signal,
      }),
    enabled: customerId !== null,
  })
  const found = answer.data?.customer
  return (
    <Stack gap={6}>
      <CustomersPicker
        label="Is this customer in?"
        value={customerId === null ? [] : [customerId]}
        onChange={(ids) => setCustomerId(ids.at(-1) ?? null)}
      />
      <Text size="sm" aria-live="polite">
        {customerId !== null && answer.isFetching && 'Checking…'}
        {found && !answer.isFetching && `${found.in ? 'Yes.' : 'No.'} ${found.text}`}
        {answer.error && !answer.isFetching && answer.error.message}
      </Text>
    </Stack>
  )
}

/** Picks customers by name or address; the server searches. */
export function CustomersPicker({
  label,
  value,
  onChange,
  error,
}: {
  label: string
  value: string[]
  onChange(ids: string[]): void
  error?: ReactNode
}) {
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search.trim(), 200)
  const found = useApi(
    'GET /customers',
    { query: { limit: 20, ...(asked !== '' && { q: asked }) } },
    { placeholderData: keepPreviousData },
  )
  const [known, setKnown] = useState<Record<string, string>>({})
  const options = (found.data?.items ?? []).map((customer) => ({
    value: customer.id,
    label: customer.email ? `${nameOf(customer)} (${customer.email})` : nameOf(customer),
  }))
  const chosen = value
    .filter((id) => !options.some((option) => option.value === id))
    .map((id) => ({ value: id, label: known[id] ?? id }))
  return (
    <MultiSelect
      error={error}
      label={label}
      data={[...options, ...chosen]}
      value={value}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options: all }) => all}
      placeholder={value.length === 0 ? 'Search by name or email' : undefined}
      nothingFoundMessage="Nobody matches"
      description={value.length > 0 ? plural(value.length, 'customer') : undefined}
      onChange={(ids) => {
        setKnown((was) => ({ ...was, ...Object.fromEntries(options.map((option) => [option.value, option.label])) }))
        setSearch('')
        onChange(ids)
      }}
    />
  )
}
