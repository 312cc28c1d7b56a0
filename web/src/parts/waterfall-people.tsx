import { Anchor, Drawer, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Query } from '../api.ts'
import { nameOf } from '../format.ts'
import { usePages } from '../query.ts'
import { Empty } from './page.tsx'
import { DataTable } from './table.tsx'

type Of = Pick<Query<'GET /campaigns/:id/preflight/people'>, 'line' | 'missing' | 'alsoIn'>

/** A number of a pre-flight that opens the customers behind it. */
export function PeopleBehind({
  campaignId,
  of,
  n,
  text,
  label,
  onPeople,
}: {
  campaignId: string
  of: Of
  /** How many they are, where that is known. */
  n?: number
  text: string
  label: string
  onPeople(open: boolean): void
}) {
  const [open, show] = useState(false)
  const setOpen = (wanted: boolean) => {
    show(wanted)
    onPeople(wanted)
  }
  return (
    <>
      <Anchor
        component="button"
        type="button"
        inherit
        miw={24}
        mih={24}
        data-people={n}
        aria-label={`${text} ${label}`}
        onClick={() => setOpen(true)}
      >
        {text}
      </Anchor>
      <Drawer opened={open} onClose={() => setOpen(false)} position="right" title={`Who: ${label}`} zIndex={400}>
        {open && <People campaignId={campaignId} of={of} />}
      </Drawer>
    </>
  )
}

function People({ campaignId, of }: { campaignId: string; of: Of }) {
  const list = usePages('GET /campaigns/:id/preflight/people', {
    params: { id: campaignId },
    query: { ...of, limit: 100 },
  })
  return (
    <DataTable
      label="Customers"
      list={list}
      idOf={(customer) => customer.id}
      columns={[
        {
          title: 'Customer',
          phone: 'bare',
          cell: (customer) => (
            <Stack gap={0}>
              <Link className="tl-link" to="/customers/$id" params={{ id: customer.id }} target="_blank">
                {nameOf(customer)}
              </Link>
              {customer.email && (
                <Text size="xs" c="dimmed">
                  {customer.email}
                </Text>
              )}
            </Stack>
          ),
        },
      ]}
      empty={<Empty title="Nobody" />}
    />
  )
}
