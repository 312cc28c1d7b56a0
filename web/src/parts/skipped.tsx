import { Anchor, List, Modal, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { count, nameOf } from '../format.ts'
import { useApi } from '../query.ts'
import { Show } from './page.tsx'

type Firing = Item<'GET /campaigns/:id/firings'>

const textOf = (reason: string) => reason.replaceAll(/[-_]/g, ' ')

/** Whom a firing passed over: the numbers by reason; where a person named the customers, also who they are. */
export function Skipped({ firing }: { firing: Firing }) {
  const [open, setOpen] = useState(false)
  const text = Object.entries(firing.skipped)
    .map(([reason, n]) => `${count(n)} ${textOf(reason)}`)
    .join(', ')
  if (text === '') return '—'
  if (firing.type !== 'enroll' && firing.type !== 're-enroll') return text
  return (
    <>
      <Anchor component="button" type="button" size="sm" onClick={() => setOpen(true)}>
        {text}
      </Anchor>
      {open && <SkippedDialog firing={firing} onClose={() => setOpen(false)} />}
    </>
  )
}

function SkippedDialog({ firing, onClose }: { firing: Firing; onClose(): void }) {
  const list = useApi('GET /firings/:id/skipped', { params: { id: firing.id } })
  return (
    <Modal opened onClose={onClose} title="Who was passed over">
      <Show of={list} rows={3}>
        {({ items }) => (
          <List size="sm">
            {items.map(({ customer, reason }) => (
              <List.Item key={customer.id}>
                <Link className="tl-link" to="/customers/$id" params={{ id: customer.id }}>
                  {nameOf(customer)}
                </Link>{' '}
                <Text span size="sm" c="dimmed">
                  {textOf(reason)}
                </Text>
              </List.Item>
            ))}
            {items.length === 0 && <Text c="dimmed">They are not listed any more.</Text>}
          </List>
        )}
      </Show>
    </Modal>
  )
}
