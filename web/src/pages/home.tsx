import { Button, Stack, Text, Title } from '@mantine/core'
import { IconCircle, IconCircleCheckFilled } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { count, nameOf } from '../format.ts'
import { StatusPill, Time } from '../parts/bits.tsx'
import { linkTo } from '../parts/link.ts'
import { Empty, Page } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { liveMs, useAct, useApi } from '../query.ts'
import { useMe } from '../session.tsx'

/** Where one starts: the first steps while there are any, then what runs and what waits for a person. */
export function HomePage() {
  const me = useMe()
  const live = { refetchInterval: liveMs }
  const customers = useApi('GET /customers', { query: { limit: 1 } }, live)
  const campaigns = useApi('GET /campaigns', { query: { limit: 50 } }, live)
  const sandbox = useApi('GET /sandbox/messages', { query: { limit: 1 } }, live)
  const credentials = useApi('GET /credentials', { query: { limit: 50 } }, live)
  const all = campaigns.data?.items ?? []
  const running = all.filter((campaign) => campaign.status === 'active' || campaign.status === 'paused')
  const ran = all.find((campaign) => campaign.status !== 'draft')
  const first = all[all.length - 1]
  const steps = [
    {
      done: (customers.data?.items.length ?? 0) > 0,
      title: 'Add customers',
      text: 'Import a CSV with an email column, or add people by hand.',
      to: '/customers/import',
      action: 'Import a CSV',
    },
    {
      done:
        (credentials.data?.items.some((credential) => credential.type !== 'sandbox') ?? false) ||
        (sandbox.data?.items.length ?? 0) > 0,
      title: 'Connect a sender, or use the sandbox',
      text: 'The sandbox mailbox is ready: what is “sent” lands here, and you answer for your customers. A real SMTP account can come later.',
      to: '/settings/credentials',
      action: 'Connect a sender',
    },
    {
      done: all.length > 0,
      title: 'Build a campaign',
      text: 'Draw what happens: a message, a wait, a branch.',
      to: first ? `/campaigns/${first.id}/builder` : '/campaigns?new=1',
      action: 'New campaign',
    },
    {
      done: ran !== undefined,
      title: 'Run it',
      text: 'Activate says how many people it reaches before anything leaves.',
      to: first ? `/campaigns/${first.id}/overview` : '/campaigns',
      action: 'Open the campaign',
    },
  ]
  const loaded = customers.data && campaigns.data && sandbox.data && credentials.data
  const next = steps.findIndex((step) => !step.done)
  return (
    <Page
      title="Home"
      heading={<Title order={1}>{`Hello${me.account?.name ? `, ${me.account.name.split(' ')[0]}` : ''}`}</Title>}
    >
      <Stack gap={20}>
        {loaded && next !== -1 && (
          <section className="tl-card" style={{ padding: 20 }} aria-label="Getting started">
            <Title order={2} mb={4}>
              Reach your first customer in ten minutes
            </Title>
            <ol style={{ listStyle: 'none', margin: 0, padding: 0 }}>
              {steps.map((step, index) => (
                <li
                  key={step.title}
                  style={{ display: 'flex', gap: 12, padding: '10px 0', alignItems: 'flex-start', flexWrap: 'wrap' }}
                >
                  {step.done ? (
                    <IconCircleCheckFilled size={22} color="var(--tl-good)" aria-label="Done" />
                  ) : (
                    <IconCircle size={22} color="var(--tl-edge)" aria-label="To do" />
                  )}
                  <div style={{ flex: '1 1 240px' }}>
                    <Text fw={600} td={step.done ? 'line-through' : undefined} c={step.done ? 'dimmed' : undefined}>
                      {step.title}
                    </Text>
                    {!step.done && (
                      <Text size="sm" c="dimmed">
                        {step.text}
                      </Text>
                    )}
                  </div>
                  {!step.done && (
                    <Button
                      component={Link}
                      {...linkTo(step.to)}
                      variant={index === next ? 'filled' : 'default'}
                      size="xs"
                    >
                      {step.action}
                    </Button>
                  )}
                </li>
              ))}
            </ol>
          </section>
        )}
        <section className="tl-card">
          <Title order={2} p="14px 16px 6px">
            Running campaigns
          </Title>
          <DataTable
            label="Running campaigns"
            list={{
              items: running,
              loading: campaigns.isPending,
              error: campaigns.error,
              retry: () => void campaigns.refetch(),
            }}
            idOf={(campaign) => campaign.id}
            href={(campaign) => `/campaigns/${campaign.id}/overview`}
            columns={[
              { title: 'Name', phone: 'bare', cell: (campaign) => campaign.name },
              { title: 'Status', phone: 'bare', cell: (campaign) => <StatusPill status={campaign.status} /> },
              { title: 'Inside', align: 'right', cell: (campaign) => count(campaign.counts.inside) },
              { title: 'Sent', align: 'right', cell: (campaign) => count(campaign.counts.sent) },
              { title: 'Replied', align: 'right', cell: (campaign) => count(campaign.counts.replied) },
            ]}
            empty={<Empty title="Nothing is running">Active and paused campaigns show here with their numbers.</Empty>}
          />
        </section>
        <MyTasks />
      </Stack>
    </Page>
  )
}

function MyTasks() {
  const tasks = useApi('GET /tasks', { query: { status: 'open', limit: 10 } }, { refetchInterval: liveMs })
  const done = useAct('POST /tasks/:id/done', { done: (task) => `“${task.title}” done` })
  return (
    <section className="tl-card">
      <Title order={2} p="14px 16px 6px">
        Open tasks
      </Title>
      <DataTable
        label="Open tasks"
        list={{
          items: tasks.data?.items ?? [],
          loading: tasks.isPending,
          error: tasks.error,
          retry: () => void tasks.refetch(),
        }}
        idOf={(task) => task.id}
        columns={[
          { title: 'Task', phone: 'bare', cell: (task) => task.title },
          {
            title: 'Customer',
            phone: 'bare',
            cell: ({ customer }) =>
              customer ? (
                <Link to="/customers/$id" params={{ id: customer.id }}>
                  {nameOf(customer)}
                </Link>
              ) : (
                '—'
              ),
          },
          { title: 'Due', cell: (task) => <Time at={task.dueAt} /> },
          {
            title: 'Finish',
            phone: 'bare',
            cell: (task) => (
              <Button
                size="compact-sm"
                variant="light"
                aria-label={`Mark “${task.title}” as done`}
                onClick={() => done.mutate({ params: { id: task.id } })}
              >
                Done
              </Button>
            ),
          },
        ]}
        empty={<Empty title="No open tasks">Handoffs from campaigns land here.</Empty>}
      />
    </section>
  )
}
