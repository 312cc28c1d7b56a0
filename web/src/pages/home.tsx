import '../home/home.css'
import { Anchor, Button, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { Answer } from '../api.ts'
import { clockTime, count, plural, weekdayAndDay } from '../format.ts'
import { MyTasks } from '../home/my-tasks.tsx'
import { Running } from '../home/running.tsx'
import { ThisWeek } from '../home/week.tsx'
import { linkTo } from '../parts/link.ts'
import { Page } from '../parts/page.tsx'
import { liveMs, useApi } from '../query.ts'
import { useMe } from '../session.tsx'

const FirstRun = lazy(() => import('./first-run.tsx').then((module) => ({ default: module.FirstRun })))

/** Where one starts: the first steps while there are any, then the week, what waits for a person, and what runs. */
export function HomePage() {
  const me = useMe()
  const live = { refetchInterval: liveMs }
  const home = useApi('GET /home', {}, live)
  const campaigns = useApi('GET /campaigns', { query: { limit: 50 } }, live)
  const running = (campaigns.data?.items ?? []).filter(({ status }) => status === 'active' || status === 'paused')
  const steps = home.data?.steps
  const isNew = steps !== undefined && !(steps.customers && steps.sender && steps.campaign && steps.test)
  const anyRuns = running.length > 0
  return (
    <Page
      title="Home"
      heading={<Greeting name={me.account?.name.split(' ')[0]} />}
      actions={
        // While the first steps show, their next one is the one thing to press.
        steps &&
        !isNew && (
          <Button component={Link} {...linkTo('/campaigns?new=1')} leftSection={<IconPlus size={16} />}>
            New campaign
          </Button>
        )
      }
    >
      <Stack gap={16}>
        {!me.workspace.isDemo && steps && (
          <Suspense>
            <FirstRun steps={isNew ? steps : null} running={anyRuns} />
          </Suspense>
        )}
        {home.data && <NeedsAttention items={home.data.attention} />}
        {(!isNew || anyRuns) && <ThisWeek />}
        <div className="tl-home">
          {(!isNew || anyRuns) && (
            <Running
              list={{
                items: running,
                loading: campaigns.isPending,
                error: campaigns.data === undefined ? campaigns.error : null,
                retry: () => void campaigns.refetch(),
              }}
            />
          )}
          <MyTasks quiet={isNew} />
        </div>
      </Stack>
    </Page>
  )
}

function Greeting({ name }: { name: string | undefined }) {
  const now = new Date()
  const hour = Number(clockTime(now).slice(0, 2))
  const part = hour < 5 ? 'night' : hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening'
  const words = part === 'night' ? 'Hello' : `Good ${part}`
  return (
    <>
      <Title order={1}>{name ? `${words}, ${name}` : words}</Title>
      <Text size="sm" c="dimmed">
        {weekdayAndDay(now)}
      </Text>
    </>
  )
}

type Attention = Answer<'GET /home'>['attention'][number]

/** What each thing says, and where it is put right. */
function wordsOf({ kind, id, name, count: n, detail }: Attention): {
  text: string
  to: string
  action: string
  /** Whom it counts, where the place lists them. */
  people?: number
} {
  if (kind === 'disk-full')
    return {
      text: `The server’s disk is nearly full: ${count(n)} MB are left for the database. Without room nothing can be saved or sent; whoever runs the server has to make some, and the work goes on by itself.`,
      to: '/settings/workspace',
      action: 'Open the settings',
    }
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
      people: n,
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
          const { text, to, action, people } = wordsOf(item)
          return (
            <li key={item.kind + item.id}>
              <IconAlertTriangle size={18} color="var(--tl-warn)" aria-hidden />
              <span>{text}</span>
              <Anchor component={Link} {...linkTo(to)} size="sm" data-people={people}>
                {action}
              </Anchor>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
