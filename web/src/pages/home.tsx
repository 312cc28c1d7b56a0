import { Anchor, Button, Stack, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { Answer } from '../api.ts'
import { count, nameOf, plural } from '../format.ts'
import { StatusPill, Time } from '../parts/bits.tsx'
import { linkTo } from '../parts/link.ts'
import { Empty, Page } from '../parts/page.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { DataTable } from '../parts/table.tsx'
import { liveMs, useAct, useApi } from '../query.ts'
import { useMe } from '../session.tsx'

const FirstRun = lazy(() => import('./first-run.tsx').then((module) => ({ default: module.FirstRun })))

/** Where one starts: the first steps while there are any, then what waits for a person and what runs. */
export function HomePage() {
  const me = useMe()
  const live = { refetchInterval: liveMs }
  const home = useApi('GET /home', {}, live)
  const campaigns = useApi('GET /campaigns', { query: { limit: 50 } }, live)
  const running = (campaigns.data?.items ?? []).filter(({ status }) => status === 'active' || status === 'paused')
  const steps = home.data?.steps
  const isNew = steps !== undefined && !(steps.customers && steps.sender && steps.campaign && steps.test)
  return (
    <Page
      title="Home"
      heading={<Title order={1}>{`Hello${me.account?.name ? `, ${me.account.name.split(' ')[0]}` : ''}`}</Title>}
    >
      <Stack gap={20}>
        {!me.workspace.isDemo && steps && (
          <Suspense>
            <FirstRun steps={isNew ? steps : null} running={running.length > 0} />
          </Suspense>
        )}
        {home.data && <NeedsAttention items={home.data.attention} />}
        {(!isNew || running.length > 0) && (
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
                {
                  title: 'Inside',
                  align: 'right',
                  cell: ({ id, name, counts }) => (
                    <PeopleCount n={counts.inside} who={`inside ${name}`} to={`/campaigns/${id}/runs?state=here`} />
                  ),
                },
                { title: 'Sent', align: 'right', cell: (campaign) => count(campaign.counts.sent) },
                { title: 'Replied', align: 'right', cell: (campaign) => count(campaign.counts.replied) },
              ]}
              empty={
                <Empty title="Nothing is running">Active and paused campaigns show here with their numbers.</Empty>
              }
            />
          </section>
        )}
        <MyTasks quiet={isNew} />
      </Stack>
    </Page>
  )
}

type Attention = Answer<'GET /home'>['attention'][number]

/** What each thing says, and where it is put right. */
function wordsOf({ kind, id, name, count: n, detail }: Attention): { text: string; to: string; action: string } {
  if (kind === 'sending-stopped')
    return {
      text: 'All sending is stopped: no message leaves this workspace.',
      to: '/settings/workspace',
      action: 'Open the switch',
    }
  if (kind === 'dead-sender')
    return {
      text: `The sender “${name}” does not work${detail ? `: ${detail}` : ''}. Its messages wait.`,
      to: '/settings/credentials',
      action: 'Repair the sender',
    }
  if (kind === 'failing-runs')
    return {
      text: `${plural(n, 'customer')} ${n === 1 ? 'stands' : 'stand'} at an error in “${name}”.`,
      to: `/campaigns/${id}/runs?state=failing`,
      action: n === 1 ? 'See the run' : `See the ${count(n)} runs`,
    }
  if (kind === 'webhook-off')
    return {
      text: `The webhook “${name}” was switched off: its receiver ${detail === 'gone' ? 'says that it is gone' : 'answered nothing but failures'}.`,
      to: '/settings/webhooks',
      action: 'Open webhooks',
    }
  return {
    text: `${plural(n, 'task')} of yours ${n === 1 ? 'is' : 'are'} overdue.`,
    to: '/tasks',
    action: 'Open tasks',
  }
}

function NeedsAttention({ items }: { items: Attention[] }) {
  if (items.length === 0) return null
  return (
    <section className="tl-card" aria-label="Needs attention">
      <Title order={2} p="14px 16px 6px">
        Needs attention
      </Title>
      <ul className="tl-attention">
        {items.map((item) => {
          const { text, to, action } = wordsOf(item)
          return (
            <li key={item.kind + item.id}>
              <IconAlertTriangle size={18} color="var(--tl-warn)" aria-hidden />
              <span>{text}</span>
              <Anchor component={Link} {...linkTo(to)} size="sm">
                {action}
              </Anchor>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** The tasks of the person at the screen; nothing while somebody new has none. */
function MyTasks({ quiet }: { quiet: boolean }) {
  const me = useMe()
  const mine = me.memberId === null ? {} : { assigneeId: 'me' as const }
  const tasks = useApi('GET /tasks', { query: { status: 'open', limit: 10, ...mine } }, { refetchInterval: liveMs })
  const done = useAct('POST /tasks/:id/done', { done: (task) => `“${task.title}” done` })
  if (quiet && (tasks.data?.items.length ?? 0) === 0) return null
  return (
    <section className="tl-card">
      <Title order={2} p="14px 16px 6px">
        My tasks
      </Title>
      <DataTable
        label="My tasks"
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
