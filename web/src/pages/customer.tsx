import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { CustomerPanel } from '../customer/panel.tsx'
import { nameOf } from '../format.ts'
import { Page, Show } from '../parts/page.tsx'
import { useApi } from '../query.ts'

/** What scrolls the page. Asked for when it is needed: on the way in, the page is drawn before its frame is there. */
const main = {
  get current() {
    return document.getElementById('main')
  },
}

/** One customer: what is known, what happened, what was sent. */
export function CustomerPage() {
  const { id } = useParams({ from: '/signed-in/shell/customers/$id' })
  const { tab, kind } = useSearch({ from: '/signed-in/shell/customers/$id' })
  const navigate = useNavigate({ from: '/customers/$id' })
  const customer = useApi('GET /customers/:id', { params: { id } })
  return (
    <Show of={customer} back={{ to: '/customers', label: 'All customers' }}>
      {(found) => (
        <Page title={nameOf(found)} back={{ to: '/customers', label: 'Customers' }} heading={null}>
          <CustomerPanel
            key={id}
            customer={found}
            view={{ tab, kind }}
            onView={(view) => void navigate({ search: view, replace: true })}
            onGone={() => void navigate({ to: '/customers' })}
            scroller={main}
            heading="h1"
          />
        </Page>
      )}
    </Show>
  )
}
