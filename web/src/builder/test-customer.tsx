import { ActionIcon, Button, Group, SegmentedControl, Select, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBackFilled,
  IconPlayerTrackNextFilled,
  IconPlayerTrackPrevFilled,
  IconPlus,
  IconX,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { api, type Body } from '../api.ts'
import { dayTime, durationText, nameOf, parseDuration } from '../format.ts'
import { MomentField } from '../parts/time-fields.tsx'
import { toastProblem } from '../query.ts'
import { CustomerPicker, type Picked } from './customer-picker.tsx'
import { useOverlayStore } from './overlay.ts'
import { useBuilder, useStore } from './store.ts'
import { TestFailure } from './test-failure.tsx'
import { type CustomerResult, pathMarks } from './test-marks.ts'
import type { TestProps } from './test-panel.tsx'
import { TestTimeline } from './test-timeline.tsx'

type Request = NonNullable<Body<'POST /campaigns/:id/simulate'>>
type Act = NonNullable<Request['actions']>[string]

const acts = [
  { value: 'ignore', label: 'ignores it' },
  { value: 'open', label: 'opens it' },
  { value: 'click', label: 'clicks' },
  { value: 'reply', label: 'replies' },
  { value: 'bounce', label: 'bounces' },
  { value: 'unsubscribe', label: 'unsubscribes' },
]
const hourMs = 3_600_000

interface Happening {
  id: string
  name: string
  afterMs: number
}

/** One named customer through the draft, step by step: choose whom and what they do, and read why each step went its way. */
export function CustomerTest({ campaign, save }: TestProps) {
  const store = useStore()
  const overlay = useOverlayStore()
  const draft = useBuilder((state) => state.draft)
  const [customer, setCustomer] = useState<Picked | null>(null)
  const [startAt, setStartAt] = useState('')
  const [actions, setActions] = useState<Record<string, Act>>({})
  const [events, setEvents] = useState<Happening[]>([])
  const [at, setAt] = useState(0)
  const [playing, setPlaying] = useState(false)
  const [speed, setSpeed] = useState('1')
  const saved = useRef(false)
  const messages = useMemo(
    () => [...draft.nodes.values()].filter((node) => store.catalogue[node.type]?.sends),
    [draft.nodes, store.catalogue],
  )
  const body = useMemo<Request>(
    () => ({
      ...(customer && { customerId: customer.id }),
      ...(startAt && { startAt }),
      actions,
      events: events
        .filter((event) => event.name.trim() !== '')
        .map(({ name, afterMs }) => ({ name: name.trim(), afterMs })),
    }),
    [customer, startAt, actions, events],
  )
  const walked = useQuery<CustomerResult | null, Error>({
    queryKey: ['test', campaign.id, body],
    queryFn: async ({ signal }) => {
      if (!saved.current && !(await save()))
        throw new Error('The draft could not be saved, so it cannot be tested yet.')
      saved.current = true
      const answer = await api('POST /campaigns/:id/simulate', { params: { id: campaign.id }, body, signal })
      return answer.kind === 'customer' ? answer : null
    },
    enabled: customer !== null,
    placeholderData: (before) => before,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  })
  const steps = useMemo(() => walked.data?.steps ?? [], [walked.data])
  const last = Math.max(0, steps.length - 1)
  const now = Math.min(at, last)

  useEffect(() => {
    if (steps.length === 0) {
      overlay.setTop(null)
      return
    }
    overlay.setTop({ kind: 'path', ...pathMarks(store.state.draft, steps, now, dayTime) })
    const id = steps[now]?.nodeId
    if (id) store.look(id)
  }, [steps, now, overlay, store])
  useEffect(() => {
    if (!playing) return
    if (now >= last) {
      setPlaying(false)
      return
    }
    const timer = setTimeout(() => setAt(now + 1), 1_000 / Number(speed))
    return () => clearTimeout(timer)
  }, [playing, now, last, speed])

  const pick = async (how: 'random' | 'nameless') => {
    try {
      const found = how === 'random' ? await randomFrom(campaign) : await someoneWithoutName()
      if (found) {
        setCustomer(found)
        setAt(0)
      } else toastProblem(how === 'random' ? 'The audience is empty.' : 'Everybody has a first name.')
    } catch (error) {
      toastProblem(error)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0 || (event.target as HTMLElement).matches('input, textarea, select')) return
    event.preventDefault()
    event.stopPropagation()
    setAt(Math.max(0, Math.min(last, now + step)))
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows step as the buttons do
    <div className="tl-test-body" onKeyDown={onKeyDown}>
      <div className="tl-test-form">
        <CustomerPicker
          label="Customer"
          value={customer}
          onPick={(next) => {
            setCustomer(next)
            setAt(0)
          }}
        />
        <Group gap={6}>
          {campaign.audience && (
            <Button size="compact-xs" variant="default" onClick={() => void pick('random')}>
              Random from the audience
            </Button>
          )}
          <Button size="compact-xs" variant="default" onClick={() => void pick('nameless')}>
            Without a first name
          </Button>
        </Group>
        <MomentField label="Enters" description="Empty: now" size="xs" value={startAt} onChange={setStartAt} />
        {messages.map((node) => {
          const act = actions[node.id] ?? { do: 'ignore' as const, afterMs: hourMs }
          return (
            <ActRow
              key={node.id}
              title={node.title || node.id}
              act={act}
              onChange={(next) => setActions({ ...actions, [node.id]: next })}
            />
          )
        })}
        {events.map((event) => (
          <Group key={event.id} gap={6} wrap="nowrap" align="end">
            <TextInput
              label="Event"
              size="xs"
              placeholder="deal.won"
              value={event.name}
              onChange={(change) => {
                const name = change.currentTarget.value
                setEvents(events.map((one) => (one.id === event.id ? { ...one, name } : one)))
              }}
              style={{ flex: 1 }}
            />
            <AfterField
              label={`When “${event.name}” happens`}
              value={event.afterMs}
              onChange={(afterMs) => setEvents(events.map((one) => (one.id === event.id ? { ...one, afterMs } : one)))}
            />
            <ActionIcon
              size={30}
              aria-label={`Remove the event ${event.name}`}
              onClick={() => setEvents(events.filter((one) => one.id !== event.id))}
            >
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconPlus size={14} />}
          onClick={() => setEvents([...events, { id: crypto.randomUUID(), name: '', afterMs: hourMs }])}
          style={{ alignSelf: 'start' }}
        >
          Something else happens
        </Button>
      </div>
      <div className="tl-test-results">
        {customer === null ? (
          <Text c="dimmed" p={12}>
            Choose a customer. They walk through the draft on a virtual clock: each step says why it went its way, and
            each message shows as they would see it. Then change what they do and watch the ending change.
          </Text>
        ) : (
          <Stack gap={0} h="100%">
            <div className="tl-player">
              <Group gap={2}>
                <Step label="To the start" onClick={() => setAt(0)} Icon={IconPlayerSkipBackFilled} />
                <Step
                  label="One step back  ←"
                  onClick={() => setAt(Math.max(0, now - 1))}
                  Icon={IconPlayerTrackPrevFilled}
                />
                <Step
                  label={playing ? 'Pause' : 'Play'}
                  onClick={() => {
                    if (!playing && now >= last) setAt(0)
                    setPlaying(!playing)
                  }}
                  Icon={playing ? IconPlayerPauseFilled : IconPlayerPlayFilled}
                />
                <Step
                  label="One step  →"
                  onClick={() => setAt(Math.min(last, now + 1))}
                  Icon={IconPlayerTrackNextFilled}
                />
              </Group>
              <SegmentedControl
                size="xs"
                aria-label="Speed"
                data={['1', '2', '4'].map((value) => ({ value, label: `${value}×` }))}
                value={speed}
                onChange={setSpeed}
              />
              <Text size="sm" className="tl-number" role="status">
                {steps[now] ? dayTime(steps[now].at) : walked.isFetching ? 'Walking…' : ''}{' '}
                <span className="tl-muted">
                  {steps.length > 0 && `step ${now + 1} of ${steps.length}`}
                  {walked.data && now === last && ` · ${walked.data.status ?? 'still inside'}: ${walked.data.reason}`}
                </span>
              </Text>
            </div>
            <TestFailure error={walked.error} />
            <TestTimeline
              steps={steps}
              at={now}
              dimmed={walked.isPlaceholderData}
              onGo={(index) => {
                setPlaying(false)
                setAt(index)
              }}
            />
          </Stack>
        )}
      </div>
    </div>
  )
}

function Step({
  label,
  onClick,
  Icon,
}: {
  label: string
  onClick(): void
  Icon: React.ComponentType<{ size?: number }>
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label.split('  ')[0]} onClick={onClick}>
        <Icon size={16} />
      </ActionIcon>
    </Tooltip>
  )
}

function ActRow({ title, act, onChange }: { title: string; act: Act; onChange(act: Act): void }) {
  return (
    <Group gap={6} wrap="nowrap" align="end">
      <Select
        label={`“${title}”: the reader`}
        size="xs"
        data={acts}
        value={act.do}
        allowDeselect={false}
        onChange={(next) => onChange({ ...act, do: (next ?? 'ignore') as Act['do'] })}
        style={{ flex: 1 }}
      />
      {act.do !== 'ignore' && (
        <AfterField
          label={`“${title}”: after`}
          value={act.afterMs ?? hourMs}
          onChange={(afterMs) => onChange({ ...act, afterMs })}
        />
      )}
    </Group>
  )
}

function AfterField({ label, value, onChange }: { label: string; value: number; onChange(afterMs: number): void }) {
  const [text, setText] = useState(durationText(value))
  const ms = parseDuration(text)
  return (
    <TextInput
      aria-label={label}
      size="xs"
      w={92}
      leftSection={<span style={{ fontSize: 11 }}>after</span>}
      leftSectionWidth={36}
      error={ms === null}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => ms !== null && ms !== value && onChange(ms)}
      onKeyDown={(event) => event.key === 'Enter' && ms !== null && onChange(ms)}
    />
  )
}

/** Somebody of the audience, drawn from a sample of it. */
async function randomFrom(campaign: TestProps['campaign']): Promise<Picked | null> {
  if (!campaign.audience) return null
  const { sample } = await api('POST /audience/preview', {
    body: { audience: campaign.audience, excludeSegmentId: campaign.excludeSegmentId },
  })
  const one = sample[Math.floor(Math.random() * sample.length)]
  return one ? { id: one.id, name: nameOf(one) } : null
}

/** Somebody without a first name. */
async function someoneWithoutName(): Promise<Picked | null> {
  const { items } = await api('POST /segments/preview', {
    body: { rules: { all: [{ field: 'firstName', op: 'empty' }] } },
  })
  const one = items[Math.floor(Math.random() * items.length)]
  return one ? { id: one.id, name: nameOf(one) } : null
}
