import './overview.css'
import { Anchor, Button, Group, Text, Title } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { count, nameOf, plural } from '../format.ts'
import { Confirm } from '../parts/confirm.tsx'
import { DataTable } from '../parts/table.tsx'
import { liveMs, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'
import { type Deed, deeds, useRepairs } from './repairs.ts'

type RunRow = Item<'GET /campaigns/:id/runs'>

/** So many runs are listed; what is done to all at a step reaches the others, too. */
const mostShown = 100

/** What needs a person: senders that do not work, and customers who stand at an error, with what can be done about them. */
export function Problems({
  campaign,
  failing,
}: {
  campaign: { id: string; status: string; failing: number }
  /** Customers who stand at an error, by step. */
  failing: ReadonlyMap<string, number>
}) {
  const params = { id: campaign.id }
  const workflow = useApi('GET /campaigns/:id/workflow', { params })
  const senders = useApi('GET /credentials', { query: { limit: 200 } }, { staleTime: 5_000 })
  const runs = useApi(
    'GET /campaigns/:id/runs',
    { params, query: { failing: 'true', limit: mostShown } },
    { enabled: campaign.failing > 0, refetchInterval: liveMs },
  )
  const nodes = workflow.data?.nodes ?? []
  const used = new Set(nodes.map(({ config }) => config.credentialId))
  const dead = (senders.data?.items ?? []).filter(({ id, health }) => health === 'dead' && used.has(id))
  if (campaign.status === 'draft' || campaign.status === 'archived') return null
  if (dead.length === 0 && campaign.failing === 0) return null
  const title = (id: string) => nodes.find((node) => node.id === id)?.title || id
  return (
    <section className="tl-card" aria-label="Needs a person">
      <Title order={2} p="14px 16px 6px">
        Needs a person
      </Title>
      <ul className="tl-attention">
        {dead.map(({ id, name, healthDetail }) => (
          <li key={id}>
            <IconAlertTriangle size={18} color="var(--tl-warn)" aria-hidden />
            <span>
              The sender “{name}” does not work{healthDetail ? `: ${healthDetail}` : ''}. Its messages wait.
            </span>
            <Anchor component={Link} to="/settings/credentials" size="sm">
              Repair the sender
            </Anchor>
          </li>
        ))}
        {[...failing]
          .filter(([, n]) => n > 0)
          .map(([nodeId, n]) => (
            <AtStep key={nodeId} campaignId={campaign.id} nodeId={nodeId} title={title(nodeId)} n={n} />
          ))}
      </ul>
      {campaign.failing > 0 && (
        <Failing
          campaignId={campaign.id}
          list={{ items: runs.data?.items ?? [], loading: runs.isPending, error: runs.error }}
          title={title}
          total={campaign.failing}
        />
      )}
    </section>
  )
}

/** All who stand at an error at one step, and what can be done to them together. */
function AtStep({ campaignId, nodeId, title, n }: { campaignId: string; nodeId: string; title: string; n: number }) {
  const mayRun = useCan()('campaigns.run')
  const [ending, setEnding] = useState(false)
  const done = (deed: Deed) => ({
    done: ({ changed }: { changed: number }) => `${plural(changed, 'customer')}: ${deeds[deed].done}`,
    after: () => setEnding(false),
  })
  const retry = useAct('POST /campaigns/:id/runs/retry', done('retry'))
  const skip = useAct('POST /campaigns/:id/runs/skip', done('skip'))
  const exit = useAct('POST /campaigns/:id/runs/exit', done('exit'))
  const input = { params: { id: campaignId }, body: { nodeId } }
  const all = n === 1 ? '' : ` all ${count(n)}`
  return (
    <li>
      <IconAlertTriangle size={18} color="var(--tl-bad)" aria-hidden />
      <span>
        {plural(n, 'customer')} cannot go on at “{title}”.
      </span>
      {mayRun && (
        <Group gap={6} role="group" aria-label={`All at “${title}”`}>
          <Button size="compact-sm" variant="light" loading={retry.isPending} onClick={() => retry.mutate(input)}>
            {`Retry${all}`}
          </Button>
          <Button size="compact-sm" variant="default" loading={skip.isPending} onClick={() => skip.mutate(input)}>
            {n === 1 ? 'Skip the step' : `Skip the step for${all}`}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setEnding(true)}>
            {`End${all}…`}
          </Button>
        </Group>
      )}
      <Confirm
        opened={ending}
        title={`End ${plural(n, 'run')} at “${title}”?`}
        deed={`End ${plural(n, 'run')} as failed`}
        danger
        busy={exit.isPending}
        onClose={() => setEnding(false)}
        onConfirm={() => exit.mutate(input)}
      >
        They leave the campaign with status failed. This cannot be undone.
      </Confirm>
    </li>
  )
}

/** Who stands at an error, why, and what is done to those who are chosen, one after the other. */
function Failing({
  campaignId,
  list,
  title,
  total,
}: {
  campaignId: string
  list: { items: RunRow[]; loading: boolean; error: Error | null }
  title(nodeId: string): string
  total: number
}) {
  const mayRun = useCan()('campaigns.run')
  const navigate = useNavigate()
  const { repair, progress } = useRepairs()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [ending, setEnding] = useState<number[] | null>(null)
  const here = list.items.filter(({ id }) => chosen.has(String(id))).map(({ id }) => id)
  const act = (deed: Deed, ids: number[]) => {
    if (deed === 'exit') setEnding(ids)
    else void repair(deed, ids).then(() => setChosen(new Set()))
  }
  const buttons = (ids: number[], of: string) =>
    (Object.keys(deeds) as Deed[]).map((deed) => (
      <Button
        key={deed}
        size="compact-sm"
        variant="default"
        disabled={progress !== null}
        aria-label={`${deeds[deed].deed}: ${of}`}
        onClick={() => act(deed, ids)}
      >
        {deeds[deed].deed}
      </Button>
    ))
  return (
    <>
      <DataTable
        label="Customers who cannot go on"
        list={list}
        idOf={(run) => run.id}
        onOpen={(run) =>
          void navigate({
            to: '/campaigns/$id/runs/$runId',
            params: { id: campaignId, runId: String(run.id) },
            search: { state: 'failing' },
          })
        }
        {...(mayRun && { selection: { chosen, onChange: setChosen } })}
        columns={[
          { title: 'Customer', phone: 'bare', cell: (run) => nameOf(run.customer) },
          { title: 'At step', cell: (run) => title(run.error?.nodeId ?? run.nodeId) },
          {
            title: 'Reason',
            cell: (run) => <span style={{ overflowWrap: 'anywhere' }}>{run.error?.message ?? '—'}</span>,
          },
          ...(mayRun
            ? [
                {
                  title: 'What to do',
                  phone: 'bare' as const,
                  cell: (run: RunRow) => (
                    <Group gap={6} className="tl-over" wrap="nowrap" w="fit-content">
                      {buttons([run.id], nameOf(run.customer))}
                    </Group>
                  ),
                },
              ]
            : []),
        ]}
        empty={null}
      />
      {total > list.items.length && list.items.length > 0 && (
        <Text p="8px 16px 12px" size="sm" c="dimmed">
          {count(list.items.length)} of {count(total)} are shown. “Retry all” at a step reaches everybody there.
        </Text>
      )}
      {(here.length > 0 || progress) && (
        <div className="tl-bulk" role="toolbar" aria-label="What to do with the chosen customers">
          <Text size="sm" fw={600} role="status">
            {progress
              ? `${count(progress.done)} of ${count(progress.total)} done`
              : `${plural(here.length, 'customer')} chosen`}
          </Text>
          {buttons(here, plural(here.length, 'chosen customer'))}
          <Button size="compact-sm" variant="subtle" onClick={() => setChosen(new Set())}>
            Clear
          </Button>
        </div>
      )}
      <Confirm
        opened={ending !== null}
        title={`End ${plural(ending?.length ?? 0, 'run')}?`}
        deed={`End ${plural(ending?.length ?? 0, 'run')} as failed`}
        danger
        onClose={() => setEnding(null)}
        onConfirm={() => {
          const ids = ending ?? []
          setEnding(null)
          void repair('exit', ids).then(() => setChosen(new Set()))
        }}
      >
        They leave the campaign with status failed. This cannot be undone.
      </Confirm>
    </>
  )
}
