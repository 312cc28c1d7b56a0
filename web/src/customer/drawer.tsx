import { ActionIcon, Tooltip } from '@mantine/core'
import { IconArrowsMaximize, IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import { nameOf } from '../format.ts'
import { Show, useTitle } from '../parts/page.tsx'
import { SideDrawer } from '../parts/side-drawer.tsx'
import { useApi } from '../query.ts'
import { CustomerPanel, type CustomerView } from './panel.tsx'

/** A customer beside the list that they were opened from; the same as their page. */
export function CustomerSideDrawer({
  id,
  view,
  onView,
  onClose,
}: {
  id: string
  view: CustomerView
  onView(view: CustomerView): void
  onClose(): void
}) {
  const customer = useApi('GET /customers/:id', { params: { id } })
  const body = useRef<HTMLDivElement>(null)
  const name = customer.data ? nameOf(customer.data) : 'Customer'
  useTitle(`${name} · Customers`)
  const close = (
    <Tooltip label="Close  Esc">
      <ActionIcon aria-label="Close" onClick={onClose}>
        <IconX size={18} />
      </ActionIcon>
    </Tooltip>
  )
  const corner = (
    <span style={{ display: 'inline-flex' }}>
      <Tooltip label="Open as a page">
        <ActionIcon
          aria-label="Open as a page"
          renderRoot={(props) => <Link {...props} to="/customers/$id" params={{ id }} search={view} />}
        >
          <IconArrowsMaximize size={16} />
        </ActionIcon>
      </Tooltip>
      {close}
    </span>
  )
  return (
    <SideDrawer label={name} onClose={onClose} body={body}>
      {!customer.data && <div style={{ textAlign: 'right' }}>{close}</div>}
      <Show of={customer}>
        {(found) => (
          <CustomerPanel
            key={id}
            customer={found}
            view={view}
            onView={onView}
            onGone={onClose}
            scroller={body}
            heading="h2"
            corner={corner}
          />
        )}
      </Show>
    </SideDrawer>
  )
}
