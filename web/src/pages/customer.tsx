import { Button, Group, Modal, Select, Stack, Text, Title } from '@mantine/core'
import { IconArchive, IconArrowMerge, IconDownload, IconEraser, IconPencil } from '@tabler/icons-react'
import { useQueries } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { api } from '../api.ts'
import { clockTime, count, exact, nameOf } from '../format.ts'
import { Confirm, Copyable, MoreMenu, Pill, RunPill, StatusPill } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { type Customer, CustomerDrawer } from '../parts/customer-form.tsx'
import { MergeDialog } from '../parts/merge-dialog.tsx'
import { Empty, Page, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { toastProblem, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'
import { Fit } from './customer-fit.tsx'
import { Timeline } from './customer-timeline.tsx'
import { MessageTable } from './messages.tsx'

const tabs = { timeline: 'Timeline', campaigns: 'Campaigns', messages: 'Messages', fit: 'Fit', data: 'Data' } as const

/** One customer: what is known, what happened, what was sent. */
export function CustomerPage() {
  const { id } = useParams({ from: '/signed-in/shell/customers/$id' })
  const customer = useApi('GET /customers/:id', { params: { id } })
  return (
    <Show of={customer} back={{ to: '/customers', label: 'All customers' }}>
      {(found) => <Loaded key={id} customer={found} />}
    </Show>
  )
}

function Loaded({ customer }: { customer: Customer }) {
  const { tab = 'timeline' } = useSearch({ from: '/signed-in/shell/customers/$id' })
  const navigate = useNavigate()
  const can = useCan()
  const members = useMembers()
  const [asking, setAsking] = useState<'edit' | 'enroll' | 'merge' | 'archive' | 'erase' | null>(null)
  const close = () => setAsking(null)
  const params = { id: customer.id }
  const archive = useAct('DELETE /customers/:id', { done: `${nameOf(customer)} archived`, after: close })
  const erase = useAct('POST /customers/:id/erase', {
    done: 'Erased',
    after: () => {
      close()
      void navigate({ to: '/customers' })
    },
  })
  const contents: Record<string, () => ReactNode> = {
    timeline: () => <Timeline customer={customer} />,
    campaigns: () => <Campaigns customer={customer} />,
    messages: () => <MessageTable customerId={customer.id} />,
    fit: () => <Fit customer={customer} />,
    data: () => (
      <Data customer={customer} owner={members.find((member) => member.value === customer.claimedBy)?.label} />
    ),
  }
  const gone = customer.archivedAt !== null || customer.erasedAt !== null
  return (
    <Page
      title={nameOf(customer)}
      back={{ to: '/customers', label: 'Customers' }}
      heading={
        <div>
          <Group gap={8}>
            <Title order={1} style={{ overflowWrap: 'anywhere' }}>
              {nameOf(customer)}
            </Title>
            {customer.erasedAt ? (
              <Pill tone="bad">erased</Pill>
            ) : (
              customer.archivedAt && <Pill tone="flat">archived</Pill>
            )}
            {customer.mergedInto && (
              <Link to="/customers/$id" params={{ id: customer.mergedInto }} className="tl-link">
                Merged into another customer
              </Link>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {customer.company && (
              <>
                <Link to="/companies/$id" params={{ id: customer.company.id }} className="tl-link">
                  {customer.company.name}
                </Link>
                {(customer.country || customer.timezone) && ' · '}
              </>
            )}
            {[customer.country, customer.timezone && `${clockTimeIn(customer.timezone)} their time`]
              .filter(Boolean)
              .join(' · ')}
          </Text>
          <Group gap={4} mt={6}>
            {customer.tags.map((tag) => (
              <Pill key={tag} tone="flat">
                {tag}
              </Pill>
            ))}
          </Group>
        </div>
      }
      actions={
        <Group gap={8}>
          {!gone && (
            <>
              <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setAsking('edit')}>
                Edit
              </Button>
              <Button onClick={() => setAsking('enroll')}>Enroll in campaign</Button>
            </>
          )}
          <MoreMenu
            label="More actions"
            entries={[
              {
                label: 'Export what is kept',
                icon: <IconDownload size={16} />,
                run: () => window.open(`/api/v1/customers/${customer.id}/export`),
              },
              !gone && {
                label: 'Merge into another…',
                icon: <IconArrowMerge size={16} />,
                run: () => setAsking('merge'),
                danger: true,
              },
              !gone && {
                label: 'Archive…',
                icon: <IconArchive size={16} />,
                run: () => setAsking('archive'),
                danger: true,
              },
              can('customers.erase') &&
                customer.erasedAt === null && {
                  label: 'Erase the person…',
                  icon: <IconEraser size={16} />,
                  run: () => setAsking('erase'),
                  danger: true,
                },
            ]}
          />
        </Group>
      }
    >
      <nav className="tl-tabs" aria-label="Customer">
        {Object.entries(tabs).map(([name, label]) => (
          <Link
            key={name}
            to="/customers/$id"
            params={params}
            search={name === 'timeline' ? {} : { tab: name }}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {label}
          </Link>
        ))}
      </nav>
      {(contents[tab] ?? contents.timeline)?.()}
      {asking === 'edit' && <CustomerDrawer customer={customer} onClose={close} onSaved={close} />}
      {asking === 'enroll' && <EnrollDialog customer={customer} onClose={close} />}
      {asking === 'merge' && <MergeDialog customer={customer} onClose={close} />}
      <Confirm
        opened={asking === 'archive'}
        title={`Archive ${nameOf(customer)}?`}
        deed="Archive"
        danger
        busy={archive.isPending}
        onClose={close}
        onConfirm={() => archive.mutate({ params })}
      >
        No campaign writes to them any more. What happened stays in the history.
      </Confirm>
      <Confirm
        opened={asking === 'erase'}
        title={`Erase ${nameOf(customer)}?`}
        deed="Erase for good"
        danger
        busy={erase.isPending}
        onClose={close}
        onConfirm={() => erase.mutate({ params })}
      >
        Name, contacts, attributes and the texts of messages are removed everywhere. Counts stay, and so does their wish
        not to be written to. This can’t be undone.
      </Confirm>
    </Page>
  )
}

const clockTimeIn = (timeZone: string): string => {
  try {
    return new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hour12: false, timeZone }).format(
      new Date(),
    )
  } catch {
    return clockTime(new Date())
  }
}

function EnrollDialog({ customer, onClose }: { customer: Customer; onClose(): void }) {
  const campaigns = useApi('GET /campaigns', { query: { status: 'active', limit: 200 } })
  const [campaignId, setCampaignId] = useState<string | null>(null)
  const enroll = useAct('POST /campaigns/:id/enroll', { done: `${nameOf(customer)} is being enrolled`, after: onClose })
  const choices = (campaigns.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))
  return (
    <Modal opened onClose={onClose} title={`Enroll ${nameOf(customer)}`}>
      <Stack>
        <Text>
          The audience does not matter here. Whoever is inside, or went through before, is not enrolled a second time.
        </Text>
        <Select
          label="Active campaign"
          data={choices}
          value={campaignId}
          onChange={setCampaignId}
          searchable
          placeholder={choices.length === 0 ? 'No campaign is active' : 'Choose'}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={enroll.isPending}
            onClick={() =>
              campaignId
                ? enroll.mutate({ params: { id: campaignId }, body: { customerIds: [customer.id] } })
                : toastProblem('Choose a campaign first.')
            }
          >
            Enroll
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** Each campaign that ran: in or not, where they stand, and why. */
function Campaigns({ customer }: { customer: Customer }) {
  const campaigns = useApi('GET /campaigns', { query: { limit: 50 } })
  const ran = (campaigns.data?.items ?? []).filter((campaign) => campaign.status !== 'draft').slice(0, 20)
  const answers = useQueries({
    queries: ran.map((campaign) => ({
      queryKey: ['GET /customers/:id/why', { id: customer.id }, { campaignId: campaign.id }],
      queryFn: () => api('GET /customers/:id/why', { params: { id: customer.id }, query: { campaignId: campaign.id } }),
    })),
  })
  return (
    <Show of={campaigns}>
      {() => (
        <div className="tl-card">
          <DataTable
            label="Campaigns"
            list={{
              items: ran.map((campaign, at) => ({ campaign, why: answers[at]?.data })),
              loading: false,
              error: null,
            }}
            idOf={({ campaign }) => campaign.id}
            href={({ campaign, why }) =>
              `/campaigns/${campaign.id}/${why?.run ? `runs?run=${why.run.id}` : 'overview'}`
            }
            columns={[
              { title: 'Campaign', phone: 'bare', cell: ({ campaign }) => campaign.name },
              { title: 'State', phone: 'bare', cell: ({ campaign }) => <StatusPill status={campaign.status} /> },
              {
                title: 'Their run',
                phone: 'bare',
                cell: ({ why }) =>
                  why?.run ? (
                    <RunPill status={why.run.status} reason={why.run.reason} />
                  ) : (
                    <span className="tl-muted">never in</span>
                  ),
              },
              {
                title: 'Why',
                phone: 'bare',
                cell: ({ why }) =>
                  why ? [...why.because.map((one) => one.text), why.run?.now?.text].filter(Boolean).join(' ') : '…',
              },
            ]}
            empty={<Empty title="No campaign ran yet">Campaigns show here once they were activated.</Empty>}
          />
        </div>
      )}
    </Show>
  )
}

function Data({ customer, owner }: { customer: Customer; owner: string | undefined }) {
  const rows: [string, ReactNode][] = [
    ['Email', customer.email && <Copyable value={customer.email} label="email" />],
    ['Phone', customer.phone],
    ['LinkedIn', customer.linkedinUrl],
    ['Telegram', customer.telegramChatId],
    ['Language', customer.language],
    ['Country', customer.country],
    ['Time zone', customer.timezone],
    ['External id', customer.externalId],
    ['Owner', owner],
    [
      'Tracking',
      customer.trackingConsent === null
        ? 'as the workspace says'
        : customer.trackingConsent === 'yes'
          ? 'agreed'
          : 'refused',
    ],
    ['Id', <Copyable key="id" value={customer.id} label="id" />],
    ['Added', exact(customer.createdAt)],
    ...Object.entries(customer.attributes).map(([name, value]): [string, ReactNode] => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : typeof value === 'number' ? count(value) : String(value),
    ]),
  ]
  return (
    <div className="tl-card" style={{ padding: 16, maxWidth: 720 }}>
      <dl
        style={{
          display: 'grid',
          gridTemplateColumns: 'minmax(100px, max-content) minmax(0, 1fr)',
          gap: '8px 20px',
          margin: 0,
        }}
      >
        {rows
          .filter(([, value]) => value !== null && value !== undefined && value !== '')
          .map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt className="tl-muted">{name}</dt>
              <dd style={{ margin: 0, overflowWrap: 'anywhere' }}>{value}</dd>
            </div>
          ))}
      </dl>
    </div>
  )
}
