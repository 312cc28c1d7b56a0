import { Input, MultiSelect, Radio, SegmentedControl, Select, Stack } from '@mantine/core'
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks'
import { IconListCheck, IconUsers, IconUsersGroup } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { nameOf, plural } from '../format.ts'
import { useApi } from '../query.ts'
import type { Audience } from './audience-text.ts'
import { useSegments } from './choices.ts'

const kinds = [
  { value: 'segment', label: 'Segment', Icon: IconUsersGroup, what: 'A list kept by hand, or whoever matches rules.' },
  { value: 'all', label: 'All customers', Icon: IconUsers, what: 'Everybody in the workspace, also who comes later.' },
  { value: 'list', label: 'Picked list', Icon: IconListCheck, what: 'Customers that you name one by one.' },
]

/** Chooses an audience: a segment, all customers, picked ones, or later; and whom to leave out of it. */
export function AudienceField({
  value,
  onChange,
  exclude,
  onExclude,
  cards,
  error,
}: {
  value: Audience
  onChange(audience: Audience): void
  exclude?: string | null
  onExclude?: (segmentId: string | null) => void
  /** Three cards that say what each is, instead of one line that also lets one decide later. */
  cards?: boolean
  error?: ReactNode
}) {
  const segments = useSegments()
  const kind = value?.type ?? 'later'
  const narrow = useMediaQuery('(max-width: 480px)') ?? false
  const choose = (next: string) => {
    if (next === 'all') onChange({ type: 'all' })
    else if (next === 'segment') onChange({ type: 'segment', segmentId: '' })
    else if (next === 'list') onChange({ type: 'list', customerIds: [] })
    else onChange(null)
  }
  return (
    <Stack gap={12}>
      {cards ? (
        <Radio.Group label="Audience" value={kind} onChange={choose}>
          <div className="tl-kinds">
            {kinds.map(({ value: one, label, Icon, what }) => (
              <Radio.Card key={one} value={one} className="tl-start" aria-label={label}>
                <Icon size={18} aria-hidden />
                <span>
                  <b>{label}</b>
                  <span className="tl-muted">{what}</span>
                </span>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
      ) : (
        <Input.Wrapper label="Audience" labelElement="div">
          <SegmentedControl
            aria-label="Audience"
            fullWidth
            orientation={narrow ? 'vertical' : 'horizontal'}
            size="xs"
            mt={4}
            data={[
              ...kinds.map(({ value: one, label }) => ({ value: one, label })),
              { value: 'later', label: 'Decide later' },
            ]}
            value={kind}
            onChange={choose}
          />
        </Input.Wrapper>
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
