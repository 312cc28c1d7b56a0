import { Anchor, Skeleton, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { count, duration, exact, plural, soon } from '../format.ts'
import { useApi } from '../query.ts'
import { graceSeconds } from './beginning.tsx'
import type { Preflight } from './preflight-checks.tsx'
import { PeopleBehind } from './waterfall-people.tsx'

type FirstSend = NonNullable<Preflight['firstSend']>
type Pace = FirstSend['pace']

/** How long sending takes: “about 20 min”. */
export const takesText = ({ seconds }: Pick<Pace, 'seconds'>): string =>
  seconds < 60 ? 'less than a minute' : `about ${duration(Math.round(seconds / 60) * 60_000)}`

/** How fast a sender goes: “30 a minute”. */
export function paceText({ limit }: Pace): string {
  if (limit === null) return ''
  if (limit.per === 'second') return ` at ${count(Math.round(limit.count * 60))} a minute`
  return ` at ${count(limit.count)} ${limit.per === 'hour' ? 'an hour' : 'a day'}`
}

/** When the first messages leave, how long sending them takes and by when it is done, counted from activating now. */
function FirstMessages({ firstSend, reachable }: { firstSend: FirstSend; reachable: number }) {
  const { afterMs, sender, pace } = firstSend
  const begins =
    afterMs === null
      ? 'The first message leaves when the wait before it is over.'
      : afterMs === 0
        ? `The first message leaves ${graceSeconds} s after activating.`
        : `The first message leaves ${duration(afterMs)} after activating.`
  const doneAt = afterMs === null ? null : Date.now() + graceSeconds * 1000 + afterMs + pace.seconds * 1000
  return (
    <Text>
      {begins} {plural(reachable, 'first message')} {reachable === 1 ? 'takes' : 'take'} {takesText(pace)}
      {paceText(pace)} on “{sender}”
      {doneAt !== null && pace.seconds >= 60 && (
        <>
          , done by <span title={exact(new Date(doneAt))}>{soon(doneAt)}</span>
        </>
      )}
      .
    </Text>
  )
}

/** When messages leave and when the last customer is through; who decides instead where there are triggers; and who else writes to them. */
export function When({
  found,
  campaignId,
  onPeople,
}: {
  found: Preflight
  campaignId: string
  onPeople(open: boolean): void
}) {
  const { triggers, firstSend, longest, reachable, estimatedSends } = found
  return (
    <Stack gap={6}>
      {triggers.length > 0 && (
        <div>
          <Text>Nobody enrolls at activation; these do it:</Text>
          <ul style={{ margin: 0, paddingInlineStart: 20 }}>
            {triggers.map(({ id, sentence }) => (
              <li key={id}>{sentence}</li>
            ))}
          </ul>
        </div>
      )}
      {triggers.length === 0 && firstSend && reachable > 0 && (
        <FirstMessages firstSend={firstSend} reachable={reachable} />
      )}
      {estimatedSends > reachable && triggers.length === 0 && (
        <Text size="sm" c="dimmed">
          At most {plural(estimatedSends, 'message')} in all.
        </Text>
      )}
      {longest && longest.ms > 0 && (
        <Text size="sm" c="dimmed">
          The last step comes {longest.atLeast ? 'at least' : '≈'} {duration(longest.ms)} after they enter.
        </Text>
      )}
      {longest && longest.ms === 0 && longest.atLeast && (
        <Text size="sm" c="dimmed">
          When the last step comes depends on a wait until a date or a time of day.
        </Text>
      )}
      {found.willEnroll > 0 && <Elsewhere campaignId={campaignId} onPeople={onPeople} />}
    </Stack>
  )
}

/** Other active campaigns that they are in now: they may hear from both. */
function Elsewhere({ campaignId, onPeople }: { campaignId: string; onPeople(open: boolean): void }) {
  const list = useApi('GET /campaigns/:id/preflight/elsewhere', { params: { id: campaignId } }, { staleTime: 0 })
  if (list.isPending) return <Skeleton height={20} width={320} />
  return (list.data?.items ?? []).map(({ id, name, count: n }) => (
    <Text key={id} size="sm" component="div">
      <span style={{ color: 'var(--tl-warn)' }} aria-hidden>
        ⚠{' '}
      </span>
      <PeopleBehind
        campaignId={campaignId}
        of={{ line: 'will-enroll', alsoIn: id }}
        n={n}
        text={count(n)}
        label={`also in ${name} now`}
        onPeople={onPeople}
      />{' '}
      of them {n === 1 ? 'is' : 'are'} also in{' '}
      <Anchor component={Link} to={`/campaigns/${id}/overview`} inherit underline="always" target="_blank">
        {name}
      </Anchor>{' '}
      now and may hear from both.
    </Text>
  ))
}
