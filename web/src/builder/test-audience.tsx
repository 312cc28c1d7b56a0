import {
  ActionIcon,
  Button,
  CopyButton,
  Group,
  NumberInput,
  Progress,
  Select,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconCheck, IconCopy, IconDice5 } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { api } from '../api.ts'
import { count, percent, plural } from '../format.ts'
import { type Assumed, assumedBody, assumedKey, heardEvents, rateNames, usual, usualEvent } from './assumed.ts'
import { useOverlayStore } from './overlay.ts'
import { useBuilder, useStore } from './store.ts'
import { TestFailure } from './test-failure.tsx'
import { type AudienceResult, audienceMarks } from './test-marks.ts'
import type { SimulationNews, TestProps } from './test-panel.tsx'
import { AudienceResults } from './test-results.tsx'

/** The whole audience, or a part of it, through the draft: assumptions on the left, what comes of them on the right and on the canvas. */
export function AudienceTest({ campaign, save, news }: TestProps & { news: SimulationNews | null }) {
  const store = useStore()
  const overlay = useOverlayStore()
  const draft = useBuilder((state) => state.draft)
  const [assumed, setAssumed] = useLocalStorage<Assumed>({
    key: assumedKey(campaign.id),
    defaultValue: usual,
    getInitialValueInEffect: false,
  })
  const running = useRef<{ id: string; stop: AbortController } | null>(null)
  const [result, setResult] = useState<AudienceResult | null>(null)
  const heard = useMemo(() => heardEvents(draft.nodes.values(), store.catalogue), [draft.nodes, store.catalogue])

  const simulate = useMutation<AudienceResult | null, Error>({
    mutationFn: async () => {
      if (!(await save())) throw new Error('The draft could not be saved, so it cannot be tested yet.')
      const order = { id: crypto.randomUUID(), stop: new AbortController() }
      running.current = order
      const answer = await api('POST /campaigns/:id/simulate', {
        params: { id: campaign.id },
        body: {
          id: order.id,
          sample: assumed.sample === 'all' ? null : Number(assumed.sample),
          ...assumedBody(assumed, heard),
        },
        signal: order.stop.signal,
      }).catch((cause: unknown) => {
        if (order.stop.signal.aborted) return null
        throw cause
      })
      return answer?.kind === 'audience' ? answer : null
    },
    onSuccess: (found) => {
      if (!found) {
        store.say('Test stopped')
        return
      }
      setResult(found)
      overlay.setTop({ kind: 'audience', ...audienceMarks(store.state.draft, found) })
      store.say(`${plural(found.customers, 'customer')} tested, ${plural(found.messages.sent, 'message')}`)
    },
  })
  useEffect(() => () => running.current?.stop.abort(), [])
  // Back from the other tab, the picture is still true.
  useEffect(() => {
    if (result) overlay.setTop({ kind: 'audience', ...audienceMarks(store.state.draft, result) })
  }, [result, overlay, store])

  const told = news && news.id === running.current?.id ? news : null
  const put = (change: Partial<Assumed>) => setAssumed((was) => ({ ...usual, ...was, ...change }))
  const percentField = (label: string, value: number, onChange: (value: number) => void) => (
    <NumberInput
      key={label}
      label={label}
      size="xs"
      min={0}
      max={100}
      step={1}
      decimalScale={1}
      suffix=" %"
      value={value}
      onChange={(next) => onChange(Number(next) || 0)}
    />
  )
  if (campaign.audience === null) {
    return (
      <Stack p={16} align="flex-start">
        <Text>There is nobody to test with: this campaign has no audience yet.</Text>
        <Button component={Link} to={`/campaigns/${campaign.id}/audience`} variant="default" size="xs">
          Choose an audience
        </Button>
      </Stack>
    )
  }
  return (
    <div className="tl-test-body">
      <form
        className="tl-test-form"
        onSubmit={(event) => {
          event.preventDefault()
          simulate.mutate()
        }}
      >
        <Select
          label="How many"
          size="xs"
          data={[
            { value: '1000', label: '1,000 of the audience' },
            { value: '10000', label: '10,000 of the audience' },
            { value: '100000', label: '100,000 of the audience' },
            { value: 'all', label: 'Everyone' },
          ]}
          allowDeselect={false}
          value={assumed.sample}
          onChange={(sample) => put({ sample: sample ?? '10000' })}
        />
        <fieldset className="tl-plain">
          <legend>Of the messages that arrive, people</legend>
          <div className="tl-rates">
            {rateNames.map(([name, label]) =>
              percentField(label, assumed.rates[name] ?? 0, (value) =>
                put({ rates: { ...assumed.rates, [name]: value } }),
              ),
            )}
          </div>
        </fieldset>
        {heard.length > 0 && (
          <fieldset className="tl-plain">
            <legend>Of those who are listened for</legend>
            <div className="tl-rates">
              {heard.map((name) =>
                percentField(name, assumed.events[name] ?? usualEvent, (value) =>
                  put({ events: { ...assumed.events, [name]: value } }),
                ),
              )}
            </div>
          </fieldset>
        )}
        <TextInput
          label="Seed"
          description="The same seed gives the same result."
          size="xs"
          value={assumed.seed}
          maxLength={100}
          onChange={(event) => put({ seed: event.currentTarget.value })}
          rightSectionWidth={60}
          rightSection={
            <Group gap={0} wrap="nowrap">
              <Tooltip label="Another seed">
                <ActionIcon
                  size={26}
                  aria-label="Another seed"
                  onClick={() => put({ seed: String(Math.floor(Math.random() * 1e9)) })}
                >
                  <IconDice5 size={16} />
                </ActionIcon>
              </Tooltip>
              <CopyButton value={assumed.seed}>
                {({ copied, copy }) => (
                  <Tooltip label={copied ? 'Copied' : 'Copy the seed'}>
                    <ActionIcon size={26} aria-label="Copy the seed" onClick={copy}>
                      {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                    </ActionIcon>
                  </Tooltip>
                )}
              </CopyButton>
            </Group>
          }
        />
        <div className="tl-test-go">
          {simulate.isPending ? (
            <div role="status">
              <Progress
                value={told?.total ? (told.done / told.total) * 100 : 100}
                animated={!told?.total}
                aria-label="Progress of the test"
              />
              <Group justify="space-between" mt={4}>
                <Text size="xs" c="dimmed">
                  {told?.total ? `${count(told.done)} of ${count(told.total)}` : 'Walking customers through…'}
                </Text>
                <Button size="compact-xs" variant="default" onClick={() => running.current?.stop.abort()}>
                  Stop
                </Button>
              </Group>
            </div>
          ) : (
            <Button type="submit" size="xs" fullWidth>
              {result ? 'Test again' : 'Test'}
            </Button>
          )}
        </div>
      </form>
      <div
        className="tl-test-results"
        aria-busy={simulate.isPending && result !== null ? undefined : simulate.isPending}
      >
        <TestFailure error={simulate.error} />
        {result ? (
          <AudienceResults result={result} campaign={campaign} />
        ) : (
          !simulate.error && (
            <Text c="dimmed" p={12}>
              See how many reach each step and when, what is sent on which day, and where people end, before anybody
              gets anything. People behave by the rates on the left: {percent(assumed.rates.reply, 100)} reply.
            </Text>
          )
        )}
      </div>
    </div>
  )
}
