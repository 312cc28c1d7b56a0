import { Alert, Button, Progress, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { count, percent, plural } from '../format.ts'
import type { LiveCounts } from '../live.ts'
import { MiniFunnel } from '../overview/mini-funnel.tsx'
import { NextHours } from '../overview/next-hours.tsx'
import { Problems } from '../overview/problems.tsx'
import { TriggerResults } from '../overview/trigger-results.tsx'
import { Pill, Time } from '../parts/bits.tsx'
import { Moves } from '../parts/moves.tsx'
import { Empty } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { MessageCount, PeopleCount } from '../parts/people-count.tsx'
import { Skipped } from '../parts/skipped.tsx'
import { DataTable } from '../parts/table.tsx'
import { useApi, usePages } from '../query.ts'
import { useDeciding } from '../triggers/deciding.ts'
import type { Campaign } from './campaign.tsx'

const modes = {
  keep: 'Keeps enrolling whoever matches',
  now: 'Enrolled once, at activation',
  none: 'Enrolls only by “Run now”',
} as const

/** What goes on in a campaign: numbers, what needs a person, what comes next, who stands where, firings, the moves so far. */
export function OverviewTab({ campaign, live }: { campaign: Campaign; live: LiveCounts }) {
  const { counts } = campaign
  const ran = campaign.status !== 'draft'
  const { decide } = useDeciding(campaign.id)
  return (
    <Stack gap={16}>
      {campaign.spread && (
        <Alert
          color="yellow"
          title={`${count(campaign.spread.released)} of ${count(campaign.spread.total)} overdue customers went on`}
        >
          They go evenly until <Time at={campaign.spread.until} />, as was chosen on resume. Everybody else is not held
          up.
        </Alert>
      )}
      <div className="tl-facts">
        <Fact
          label="Inside now"
          n={counts.inside}
          people={{ who: `inside ${campaign.name}`, to: `/campaigns/${campaign.id}/runs?state=here` }}
        />
        <Fact
          label="Finished"
          n={counts.finished}
          people={{ who: `went through ${campaign.name}`, to: `/campaigns/${campaign.id}/runs?state=ended` }}
        />
        <Fact
          label="Messages sent"
          n={counts.sent}
          messages={{ what: `sent by ${campaign.name}`, to: `/messages?campaignId=${campaign.id}&state=sent` }}
        />
        <Fact
          label="Messages replied to"
          n={counts.replied}
          messages={{
            what: `replied to, of ${campaign.name}`,
            to: `/messages?campaignId=${campaign.id}&happened=replied`,
          }}
          note={counts.delivered > 0 ? `${percent(counts.replied, counts.delivered)} of delivered` : undefined}
        />
      </div>
      {!ran && (
        <Panel>
          <DraftSteps campaign={campaign} />
        </Panel>
      )}
      {ran && (
        <>
          <Panel>
            <MiniFunnel campaignId={campaign.id} />
          </Panel>
          <Panel>
            <Problems campaign={campaign} failing={live.failing} />
          </Panel>
          <div className="tl-overview-pair">
            <Panel>
              <NextHours campaignId={campaign.id} />
            </Panel>
            <Panel>
              <HereNow campaign={campaign} here={live.here} />
            </Panel>
          </div>
        </>
      )}
      <Panel>
        <TriggerResults campaign={campaign} />
      </Panel>
      {ran && (
        <Panel>
          <Firings campaign={campaign} />
        </Panel>
      )}
      <section className="tl-card" style={{ padding: 16 }}>
        <Title order={2} mb={8}>
          History
        </Title>
        <Stack gap={6}>
          <Moves campaign={campaign} />
          {campaign.status !== 'draft' && (
            <Text size="sm" c="dimmed">
              {decide ? 'Enrolls by its triggers' : modes[campaign.enroll]}
              {campaign.workflowVersion !== null && ` · workflow v${campaign.workflowVersion}`}
              {campaign.unpublishedChanges > 0 && (
                <>
                  {' · '}
                  <Link to="/campaigns/$id/builder" params={{ id: campaign.id }}>
                    {plural(campaign.unpublishedChanges, 'unpublished change')}
                  </Link>
                </>
              )}
              {campaign.holdoutPercent > 0 && ` · ${campaign.holdoutPercent} % held out`}
            </Text>
          )}
        </Stack>
      </section>
    </Stack>
  )
}

function Fact({
  label,
  n,
  note,
  people,
  messages,
}: {
  label: string
  n: number
  note?: string | undefined
  people?: { who: string; to: string }
  messages?: { what: string; to: string }
}) {
  return (
    <div className="tl-card tl-fact">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <b>{people ? <PeopleCount n={n} {...people} /> : messages ? <MessageCount n={n} {...messages} /> : count(n)}</b>
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </div>
  )
}

function DraftSteps({ campaign }: { campaign: Campaign }) {
  const workflow = useApi('GET /campaigns/:id/workflow', { params: { id: campaign.id } })
  const steps = workflow.data?.nodes.length ?? 0
  return (
    <section className="tl-card" style={{ padding: 16 }}>
      <Title order={2} mb={8}>
        Before it runs
      </Title>
      <Stack gap={10}>
        <Text>
          {steps > 1 ? '✓' : '○'} The workflow has {plural(Math.max(0, steps - 1), 'step')} after its trigger.{' '}
          <Link to="/campaigns/$id/builder" params={{ id: campaign.id }}>
            Open builder
          </Link>
        </Text>
        <Text>
          {campaign.audience ? '✓ The audience is chosen.' : '○ No audience yet.'}{' '}
          <Link to="/campaigns/$id/$tab" params={{ id: campaign.id, tab: 'audience' }}>
            {campaign.audience ? 'Change' : 'Choose the audience'}
          </Link>
        </Text>
        <Text c="dimmed">Activate checks everything first and says how many people it reaches.</Text>
      </Stack>
    </section>
  )
}

/** So many steps are listed, those with most people first. */
const mostSteps = 5

function HereNow({ campaign, here }: { campaign: Campaign; here: ReadonlyMap<string, number> }) {
  const workflow = useApi('GET /campaigns/:id/workflow', { params: { id: campaign.id } })
  const title = (id: string) => workflow.data?.nodes.find((node) => node.id === id)?.title || id
  const rows = [...here].filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1])
  const most = rows[0]?.[1] ?? 1
  return (
    <section className="tl-card" style={{ padding: 16 }}>
      <Title order={2} mb={8}>
        Where they stand
      </Title>
      {rows.length === 0 ? (
        <Text c="dimmed">{campaign.counts.inside > 0 ? 'Reading …' : 'Nobody is inside now.'}</Text>
      ) : (
        <Stack gap={8}>
          {rows.slice(0, mostSteps).map(([id, n]) => (
            <div key={id}>
              <Link
                className="tl-link"
                to="/campaigns/$id/$tab"
                params={{ id: campaign.id, tab: 'runs' }}
                search={{ nodeId: id, state: 'here' }}
                data-people={n}
              >
                {title(id)} · <b className="tl-number">{count(n)}</b>
              </Link>
              <Progress value={(n / most) * 100} aria-label={`${title(id)}: ${count(n)}`} size="sm" mt={2} />
            </div>
          ))}
          {rows.length > mostSteps && (
            <Link
              className="tl-link"
              to="/campaigns/$id/$tab"
              params={{ id: campaign.id, tab: 'runs' }}
              search={{ state: 'here' }}
            >
              {plural(
                rows.slice(mostSteps).reduce((sum, [, n]) => sum + n, 0),
                'customer',
              )}{' '}
              at {plural(rows.length - mostSteps, 'other step')}
            </Link>
          )}
        </Stack>
      )}
    </section>
  )
}

const firingWords: Record<string, string> = {
  keep: 'Keep enrolling',
  now: 'At activation',
  manual: 'Run now',
  enroll: 'Chosen customers',
  're-enroll': 'Re-enroll',
  schedule: 'On a schedule',
  webhook: 'By a webhook',
  event: 'By an event',
  test: 'Trigger fired by hand',
}
const firingTones = {
  scheduled: 'flat',
  running: 'accent',
  held: 'warn',
  done: 'good',
  stopped: 'warn',
  refused: 'bad',
  failed: 'bad',
  missed: 'warn',
} as const

function Firings({ campaign }: { campaign: Campaign }) {
  const list = usePages(
    'GET /campaigns/:id/firings',
    { params: { id: campaign.id }, query: { limit: 20 } },
    { live: true },
  )
  return (
    <section className="tl-card">
      <Title order={2} p="14px 16px 6px">
        Enrolling
      </Title>
      <DataTable
        label="Enrolling"
        list={list}
        idOf={(firing) => firing.id}
        columns={[
          { title: 'What', phone: 'bare', cell: (firing) => firingWords[firing.type] ?? firing.type },
          {
            title: 'State',
            phone: 'bare',
            cell: (firing) => <Pill tone={firingTones[firing.status]}>{firing.status}</Pill>,
          },
          { title: 'Matched', align: 'right', cell: (firing) => count(firing.matched) },
          {
            title: 'Enrolled',
            align: 'right',
            cell: (firing) => (
              <PeopleCount
                n={firing.enrolled}
                who={`enrolled: ${firingWords[firing.type] ?? firing.type}`}
                to={`/campaigns/${campaign.id}/runs?firing=${firing.id}`}
              />
            ),
          },
          { title: 'Skipped', cell: (firing) => <Skipped firing={firing} /> },
          { title: 'Started', cell: (firing) => <Time at={firing.startedAt} /> },
        ]}
        empty={
          <Empty
            title="Nobody enrolled yet"
            action={
              campaign.status !== 'draft' && campaign.status !== 'paused' ? undefined : (
                <Button component={Link} to={`/campaigns/${campaign.id}/builder`} variant="default">
                  Open builder
                </Button>
              )
            }
          >
            {campaign.status === 'active'
              ? '“Run now” enrolls whoever matches the audience.'
              : 'Nothing has enrolled customers here.'}
          </Empty>
        }
      />
    </section>
  )
}
