import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api.ts'
import { nameOf } from '../format.ts'

/** A customer that was picked: the id, and what a person reads. */
export interface Picked {
  id: string
  name: string
}

/** Finds one customer by name, address or id. */
export function CustomerPicker({
  label,
  value,
  onPick,
}: {
  label: string
  value: Picked | null
  onPick(customer: Picked | null): void
}) {
  const [search, setSearch] = useState('')
  const [wanted] = useDebouncedValue(search, 150)
  const q = value && wanted === value.name ? '' : wanted.trim()
  const found = useQuery({
    queryKey: ['GET /customers', {}, { q, limit: 20 }],
    queryFn: ({ signal }) => api('GET /customers', { query: { ...(q && { q }), limit: 20 }, signal }),
    placeholderData: keepPreviousData,
  })
  const data = (found.data?.items ?? []).map((customer) => ({
    value: customer.id,
    label:
      customer.email && nameOf(customer) !== customer.email
        ? `${nameOf(customer)} · ${customer.email}`
        : nameOf(customer),
  }))
  const all =
    value && !data.some((one) => one.value === value.id) ? [{ value: value.id, label: value.name }, ...data] : data
  return (
    <Select
      label={label}
      size="xs"
      placeholder="Name or address"
      data={all}
      filter={({ options }) => options}
      searchable
      clearable
      nothingFoundMessage={found.isFetching ? 'Searching…' : `Nobody matches “${q}”`}
      value={value?.id ?? null}
      onSearchChange={setSearch}
      onChange={(id) => onPick(id === null ? null : { id, name: all.find((one) => one.value === id)?.label ?? id })}
    />
  )
}
