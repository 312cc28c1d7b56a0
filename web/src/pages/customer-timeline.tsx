import { Button, Stack, Text, Title } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api, type Item } from '../api.ts'
import { clockTime, exact } from '../format.ts'
import type { Customer } from '../parts/customer-form.tsx'
import { Empty, Failure, Loading } from '../parts/page.tsx'
import { usePages } from '../query.ts'

type Entry = Item<'GET /customers/:id/timeline'>

const eventWords: Record<string, string> = {
  'customer.created': 'Added',
  'customer.updated': 'Profile changed',
  'customer.tagged': 'Tag added',
  'customer.untagged': 'Tag removed',
  'customer.archived': 'Archived',
  'customer.handoff': 'Handed off to sales',
  'message.sent': 'Message sent',
  'message.delivered': 'Message delivered',
  'message.opened': 'Opened a message',
  'message.clicked': 'Clicked a link',
  'message.replied': 'Replied',
  'message.bounced': 'Message bounced',
  'message.unsubscribed': 'Unsubscribed',
  'message.complained': 'Complained',
  'score.changed': 'Score changed',
  'goal.reached': 'Reached a goal',
  'run.started': 'Entered a campaign',
  'run.finished': 'Left a campaign',
}

function entryText(
  entry: Entry,
  stepTitle: (campaignId: string | null, nodeId: string | null) => string | undefined,
): { title: string; text: string } {
  const detail = entry.detail as Record<string, unknown>
  const why = detail.why as { text?: string } | null | undefined
  const say = (value: unknown) => (value === null || value === undefined ? '' : String(value))
  if (entry.type === 'step')
    return {
      title: `Step “${stepTitle(entry.campaignId, entry.nodeId) ?? entry.nodeId ?? entry.name}”`,
      text: why?.text ?? '',
    }
  if (entry.type === 'message') {
    const state = say(detail.state)
    return {
      title: state === 'skipped' ? 'Message passed over' : `Message ${state || entry.name}`,
      text: [say(detail.subject), say(detail.reason)].filter(Boolean).join(' · '),
    }
  }
  if (entry.type === 'assessment')
    return {
      title: `Score ${say(detail.score)}`,
      text: [say(detail.criterion), say(detail.product)].filter(Boolean).join(' · '),
    }
  const text = [detail.tag, detail.goal, detail.name, detail.reason, detail.url, detail.status]
    .map(say)
    .filter(Boolean)
    .join(' · ')
  return { title: eventWords[entry.name] ?? entry.name, text }
}

/** What the steps in a timeline are called in their campaigns. */
function useStepTitles(
  entries: readonly Entry[],
): (campaignId: string | null, nodeId: string | null) => string | undefined {
  const ids = [
    ...new Set(entries.map((entry) => (entry.type === 'step' ? entry.campaignId : null)).filter((id) => id !== null)),
  ]
  const titles = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['GET /campaigns/:id/workflow', { id }, {}],
      queryFn: () => api('GET /campaigns/:id/workflow', { params: { id } }),
      staleTime: 60_000,
    })),
    combine: (results) =>
      new Map(
        results.flatMap((result, at) =>
          (result.data?.nodes ?? []).map((node) => [`${ids[at]} ${node.id}`, node.title]),
        ),
      ),
  })
  return (campaignId, nodeId) => titles.get(`${campaignId} ${nodeId}`) || undefined
}

/** Everything that happened, newest first, by day. */
export function Timeline({ customer }: { customer: Customer }) {
  const list = usePages(
    'GET /customers/:id/timeline',
    { params: { id: customer.id }, query: { limit: 50 } },
    { live: true },
  )
  const stepTitle = useStepTitles(list.items)
  if (list.loading) return <Loading />
  if (list.error && list.items.length === 0) return <Failure error={list.error} retry={list.retry} />
  if (list.items.length === 0) return <Empty title="Nothing yet">Messages, replies and changes will show here.</Empty>
  const days = Map.groupBy(list.items, (entry) => new Date(entry.at).toDateString())
  return (
    <Stack gap={16}>
      {[...days].map(([day, entries]) => (
        <section key={day} className="tl-card" style={{ padding: '12px 16px' }}>
          <Title order={2} mb={6}>
            {new Intl.DateTimeFormat('en', { dateStyle: 'full' }).format(new Date(day))}
          </Title>
          {entries.map((entry) => {
            const { title, text } = entryText(entry, stepTitle)
            return (
              <div key={entry.key} style={{ display: 'flex', gap: 12, padding: '5px 0' }}>
                <time className="tl-muted tl-number" dateTime={entry.at} title={exact(entry.at)}>
                  {clockTime(entry.at)}
                </time>
                <div style={{ minWidth: 0 }}>
                  <b>{title}</b> {text && <span className="tl-muted">{text}</span>}
                  {entry.campaignId && (
                    <Text size="xs" c="dimmed">
                      <Link
                        to="/campaigns/$id/$tab"
                        params={{ id: entry.campaignId, tab: 'runs' }}
                        search={entry.runId ? { run: String(entry.runId) } : {}}
                      >
                        {entry.campaignName ?? 'Campaign'}
                      </Link>
                    </Text>
                  )}
                </div>
              </div>
            )
          })}
        </section>
      ))}
      {list.hasMore && (
        <Button variant="default" loading={list.loadingMore} onClick={list.more} style={{ alignSelf: 'center' }}>
          Earlier
        </Button>
      )}
    </Stack>
  )
}
