import { Anchor, Stack, Table, Text, Title } from '@mantine/core'
import type { Answer } from '../api.ts'
import { count, duration, exact, percent, plural } from '../format.ts'
import { useApi } from '../query.ts'
import { useBuilder, useStore } from './store.ts'
import { type AudienceResult, blockedWord, endWord, reactionWord, roughly, sum } from './test-marks.ts'

/** What came of a test of the audience, as text: the same as on the canvas, and what has no place there. */
export function AudienceResults({
  result,
  campaign,
}: {
  result: AudienceResult
  campaign: Answer<'GET /campaigns/:id'>
}) {
  const store = useStore()
  const nodes = useBuilder((state) => state.draft.nodes)
  const audience = useAudienceSize(campaign)
  const name = (id: string) => nodes.get(id)?.title || store.catalogue[nodes.get(id)?.type ?? '']?.title || id
  const lasts = new Date(result.endAt).getTime() - new Date(result.startAt).getTime()
  const messages = result.messages
  const days = result.sendsPerDay
  const most = Math.max(1, ...days.map((day) => day.count))
  const limit = useDailyLimit()
  const scale =
    audience !== null && audience > result.customers && result.customers > 0 ? audience / result.customers : 1
  const look = (id: string) => (
    <Anchor component="button" type="button" size="sm" onClick={() => store.select([id], { look: true })}>
      {name(id)}
    </Anchor>
  )
  return (
    <Stack gap={14} p={12}>
      <Text>
        <b>{plural(result.customers, 'customer')}</b>
        {audience !== null && audience !== result.customers && ` of ${count(audience)}`} ·{' '}
        <b>{plural(messages.sent, 'message')}</b> on {plural(days.length, 'day')} · the last is out{' '}
        {lasts < 60_000 ? 'at once' : `after ${roughly(lasts)}`}
        {Object.entries(messages.reactions).map(([does, n]) => (
          <span key={does} className="tl-muted">
            {' '}
            · {count(n)} {reactionWord(does)}
          </span>
        ))}
      </Text>
      <div className="tl-columns">
        <section>
          <Title order={3}>Where they end</Title>
          <Table className="tl-figures">
            <Table.Tbody>
              {result.ends.map((end) => (
                <Table.Tr key={`${end.nodeId} ${end.status} ${end.reason}`}>
                  <Table.Td>
                    {look(end.nodeId)}{' '}
                    <span className={end.status === null || end.reason === 'no-branch' ? 'tl-warn' : 'tl-muted'}>
                      {endWord(end.reason)}
                    </span>
                  </Table.Td>
                  <Table.Td>{count(end.count)}</Table.Td>
                  <Table.Td>{percent(end.count, result.customers)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
        <section>
          <Title order={3}>Sent on each day</Title>
          {days.length === 0 && <Text c="dimmed">Nothing would be sent.</Text>}
          <ul className="tl-days" aria-label="Messages on each day">
            {days.map((day) => {
              const whole = Math.round(day.count * scale)
              const over = limit !== null && whole > limit
              return (
                <li key={day.date} className="tl-day">
                  <span>{dayText(day.date)}</span>
                  <span
                    className="tl-day-bar"
                    data-over={over || undefined}
                    style={{ width: `${(day.count / most) * 100}%` }}
                  />
                  <span className="tl-number">
                    {count(day.count)}
                    {scale > 1 && <span className="tl-muted"> ≈ {count(whole)} of all</span>}
                    {over && <span className="tl-warn"> over the limit of {count(limit)} a day</span>}
                  </span>
                </li>
              )
            })}
          </ul>
        </section>
        <section>
          <Title order={3}>Not sent</Title>
          {sum(messages.blocked) === 0 && <Text c="dimmed">Nobody would be passed over.</Text>}
          <Table className="tl-figures">
            <Table.Tbody>
              {result.nodes.flatMap((node) =>
                Object.entries(node.blocked).map(([reason, n]) => (
                  <Table.Tr key={`${node.nodeId} ${reason}`}>
                    <Table.Td>
                      {look(node.nodeId)} <span className="tl-muted">{blockedWord(reason)}</span>
                    </Table.Td>
                    <Table.Td>{count(n)}</Table.Td>
                  </Table.Tr>
                )),
              )}
            </Table.Tbody>
          </Table>
          {result.errors.length > 0 && (
            <>
              <Title order={3} mt={8}>
                Errors
              </Title>
              {result.errors.map((error) => (
                <Text key={`${error.nodeId} ${error.message}`} size="sm" c="var(--tl-bad)">
                  {name(error.nodeId)}: {error.message} ({plural(error.count, 'customer')})
                </Text>
              ))}
            </>
          )}
        </section>
      </div>
      <details>
        <summary>Every step</summary>
        <Table className="tl-figures">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Step</Table.Th>
              <Table.Th>Reached</Table.Th>
              <Table.Th>First</Table.Th>
              <Table.Th>Half by</Table.Th>
              <Table.Th>Last</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {result.nodes.map((node) => (
              <Table.Tr key={node.nodeId}>
                <Table.Td>{look(node.nodeId)}</Table.Td>
                <Table.Td>{count(node.reached)}</Table.Td>
                {[node.firstAfterMs, node.medianAfterMs, node.lastAfterMs].map((ms, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: three columns that never move
                  <Table.Td key={index}>{node.reached === 0 ? '—' : ms < 1_000 ? 'at once' : duration(ms)}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
      <Text size="xs" c="dimmed">
        From {exact(result.startAt)}, if everybody entered then.
      </Text>
    </Stack>
  )
}

const dayFormat = new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })
const dayText = (date: string) => dayFormat.format(new Date(`${date}T00:00:00Z`))

/** How many people the campaign's audience holds; null while that is not known. */
function useAudienceSize(campaign: Answer<'GET /campaigns/:id'>): number | null {
  const preflight = useApi('GET /campaigns/:id/preflight', { params: { id: campaign.id } }, { staleTime: 60_000 })
  return preflight.data?.audienceSize ?? null
}

/** How many messages the chosen senders may hand over a day together; null where one has no limit. */
function useDailyLimit(): number | null {
  const nodes = useBuilder((state) => state.draft.nodes)
  const credentials = useApi('GET /credentials', { query: { limit: 200 } }, { staleTime: 15_000 })
  const used = new Set(
    [...nodes.values()].map((node) => node.config.credentialId).filter((id) => typeof id === 'string'),
  )
  const limits = (credentials.data?.items ?? [])
    .filter(({ id }) => used.has(id))
    .map(({ limits: own }) => own?.perDay ?? null)
  return limits.length === 0 || limits.some((perDay) => perDay === null)
    ? null
    : limits.reduce<number>((all, perDay) => all + (perDay ?? 0), 0)
}
