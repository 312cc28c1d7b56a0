import { Button, Group, Text, Textarea } from '@mantine/core'
import { IconArrowDownRight, IconArrowUpRight, IconClock, IconUser } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, type RefObject, useState } from 'react'
import { nameOf } from '../format.ts'
import { MessageTable } from '../pages/messages.tsx'
import { Pill, TagPill } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import type { Customer } from '../parts/customer-fields.ts'
import { isPlainClick } from '../parts/link.ts'
import { fieldErrors, useAct, useApi } from '../query.ts'
import { CustomerActions } from './actions.tsx'
import { Campaigns } from './campaigns.tsx'
import { Contacts } from './contacts.tsx'
import { Data } from './data.tsx'
import { Fit, signed } from './fit.tsx'
import { NowCard } from './now-card.tsx'
import { OpenTasks } from './open-tasks.tsx'
import './customer.css'
import { clockIn } from './their-time.ts'
import { Timeline } from './timeline.tsx'

const tabs = { timeline: 'Timeline', campaigns: 'Campaigns', messages: 'Messages', fit: 'Fit', data: 'Data' } as const
type Tab = keyof typeof tabs

/** What of a customer is shown, as the address says it. */
export interface CustomerView {
  tab?: string | undefined
  kind?: string | undefined
}

/** One customer: who they are, what can be done, where they stand, what happened. The drawer and the page show the same. */
export function CustomerPanel({
  customer,
  view,
  onView,
  onGone,
  scroller,
  heading: Heading,
  corner,
}: {
  customer: Customer
  view: CustomerView
  onView(view: CustomerView): void
  onGone(): void
  /** What scrolls the panel. */
  scroller: RefObject<HTMLElement | null>
  heading: 'h1' | 'h2'
  /** Beside the actions: what closes a drawer. */
  corner?: ReactNode
}) {
  const [noting, setNoting] = useState(false)
  const tab: Tab = view.tab !== undefined && view.tab in tabs ? (view.tab as Tab) : 'timeline'
  const contents: Record<Tab, () => ReactNode> = {
    timeline: () => (
      <Timeline
        customerId={customer.id}
        kind={view.kind}
        onKind={(kind) => onView({ ...view, kind })}
        scroller={scroller}
      />
    ),
    campaigns: () => <Campaigns customer={customer} />,
    messages: () => <MessageTable choice={{ customerId: customer.id }} />,
    fit: () => <Fit customer={customer} />,
    data: () => <Data customer={customer} />,
  }
  return (
    <>
      <header className="tl-customer-head">
        <div className="tl-customer-top">
          <Heading className="tl-customer-name">
            <bdi>{nameOf(customer)}</bdi>
          </Heading>
          <CustomerActions
            customer={customer}
            onGone={onGone}
            onNote={() => {
              setNoting(true)
              onView({ ...view, tab: undefined })
            }}
          />
          {corner}
        </div>
        <About customer={customer} />
      </header>
      <NowCard customer={customer} />
      <OpenTasks customer={customer} />
      {noting && <NoteField customer={customer} onClose={() => setNoting(false)} />}
      <nav className="tl-tabs" aria-label="Customer">
        {Object.entries(tabs).map(([name, label]) => {
          const search = name === 'timeline' ? {} : { tab: name }
          return (
            <Link
              key={name}
              to="/customers/$id"
              params={{ id: customer.id }}
              search={search}
              activeOptions={{ exact: true, includeSearch: true }}
              aria-current={tab === name ? 'page' : undefined}
              onClick={(event) => {
                if (!isPlainClick(event)) return
                event.preventDefault()
                onView(search)
              }}
            >
              {label}
            </Link>
          )
        })}
      </nav>
      {contents[tab]()}
    </>
  )
}

/** Contacts and reachability, company, local time, owner, score, tags. */
function About({ customer }: { customer: Customer }) {
  const members = useMembers()
  const suppressions = useApi('GET /suppressions', { query: { customerId: customer.id, limit: 50 } })
  const owner = members.find(({ value }) => value === customer.claimedBy)?.label
  const clock = clockIn(customer.timezone)
  return (
    <>
      <Group gap={6} mb={4}>
        {customer.erasedAt ? <Pill tone="bad">erased</Pill> : customer.archivedAt && <Pill tone="flat">archived</Pill>}
        {customer.mergedInto && (
          <Link to="/customers/$id" params={{ id: customer.mergedInto }} className="tl-link">
            Merged into another customer
          </Link>
        )}
      </Group>
      <Contacts customer={customer} suppressions={suppressions.data?.items ?? []} />
      <div className="tl-customer-facts">
        {customer.company && (
          <Link to="/companies/$id" params={{ id: customer.company.id }} className="tl-link">
            {customer.company.name}
          </Link>
        )}
        {customer.country && <span>{customer.country}</span>}
        {clock && (
          <span title={customer.timezone ?? ''}>
            <IconClock size={14} stroke={1.7} aria-hidden /> {clock} their time
          </span>
        )}
        <span>
          <IconUser size={14} stroke={1.7} aria-hidden /> {owner ?? 'No owner'}
        </span>
        <Scores customer={customer} />
      </div>
      {customer.tags.length > 0 && (
        <Group gap={4} mt={6}>
          {customer.tags.map((tag) => (
            <TagPill key={tag} tag={tag} />
          ))}
        </Group>
      )}
    </>
  )
}

/** The score on each product, with the way it last went. */
function Scores({ customer }: { customer: Customer }) {
  const params = { id: customer.id }
  const scores = useApi('GET /customers/:id/scores', { params }).data?.products ?? []
  const history = useApi('GET /customers/:id/scores/history', { params, query: { limit: 50 } }).data?.items ?? []
  return scores.slice(0, 3).map(({ productId, product, score }) => {
    const last = history.find((one) => one.productId === productId && one.delta !== null && one.delta !== 0)
    const up = (last?.delta ?? 0) > 0
    return (
      <span key={productId} title={last ? `Last: ${signed(last.delta ?? 0)}, ${last.text}` : undefined}>
        {product} <b className="tl-number">{signed(score)}</b>
        {last &&
          (up ? (
            <IconArrowUpRight size={14} aria-label="rising" role="img" color="var(--tl-good)" />
          ) : (
            <IconArrowDownRight size={14} aria-label="falling" role="img" color="var(--tl-bad)" />
          ))}
      </span>
    )
  })
}

function NoteField({ customer, onClose }: { customer: Customer; onClose(): void }) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const add = useAct('POST /customers/:id/notes', { done: 'Note added', after: onClose, quiet: true })
  const submit = () => {
    if (text.trim() === '') return setFault('Write something.')
    add.mutate(
      { params: { id: customer.id }, body: { text } },
      { onError: (problem) => setFault(Object.values(fieldErrors(problem, [])).join(' ')) },
    )
  }
  return (
    <form
      className="tl-card tl-note-field"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        label={`Note on ${nameOf(customer)}`}
        autosize
        minRows={2}
        maxRows={10}
        autoFocus
        value={text}
        error={fault}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setFault(undefined)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
            event.preventDefault()
            submit()
          }
          if (event.key === 'Escape') {
            event.stopPropagation()
            // Words are not thrown away by a key.
            if (text.trim() === '') onClose()
          }
        }}
      />
      <Group gap={8} mt={8} justify="flex-end">
        <Text size="xs" c="dimmed" style={{ flex: 1 }}>
          Seen by everybody in the workspace, never sent.
        </Text>
        <Button size="xs" variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button size="xs" type="submit" loading={add.isPending}>
          Add note
        </Button>
      </Group>
    </form>
  )
}
