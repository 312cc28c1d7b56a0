import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { nameOf } from '../format.ts'
import { useApi } from '../query.ts'

/** Picks one customer by searching name or address on the server. */
export function CustomerSelect({
  label,
  value,
  onChange,
  placeholder = 'Search by name or email',
  description,
  error,
}: {
  label: string
  value: string | null
  onChange(id: string | null): void
  placeholder?: string
  description?: string
  error?: string | undefined
}) {
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search.trim(), 200)
  const known = useApi('GET /customers/:id', { params: { id: value ?? '' } }, { enabled: value !== null })
  const found = useApi(
    'GET /customers',
    { query: { limit: 20, ...(asked !== '' && { q: asked }) } },
    { placeholderData: keepPreviousData },
  )
  const rows = [...(found.data?.items ?? [])]
  if (known.data && !rows.some(({ id }) => id === known.data.id)) rows.unshift(known.data)
  return (
    <Select
      label={label}
      {...(description !== undefined && { description })}
      error={error}
      data={rows.map((customer) => ({
        value: customer.id,
        label:
          customer.email && nameOf(customer) !== customer.email
            ? `${nameOf(customer)} (${customer.email})`
            : nameOf(customer),
      }))}
      value={value}
      onChange={onChange}
      searchable
      clearable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options}
      placeholder={placeholder}
      nothingFoundMessage="Nobody matches"
    />
  )
}
