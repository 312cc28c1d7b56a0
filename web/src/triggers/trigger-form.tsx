import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { ApiProblem, api, type Item } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useEdited } from '../parts/edited.tsx'
import { queryClient, toast, useApi } from '../query.ts'
import { type EventConfig, EventFields } from './event-fields.tsx'
import { type ScheduleConfig, ScheduleFields } from './schedule-fields.tsx'
import { type WebhookConfig, WebhookFields } from './webhook-fields.tsx'

/** A trigger as the page reads it. */
export type Trigger = Item<'GET /campaigns/:id/triggers'>
/** The kinds that have something to set. */
export type Editable = Exclude<Trigger['type'], 'manual'>

/** What each kind is called, and what it does. */
export const kinds: Record<Trigger['type'], { title: string; summary: string }> = {
  manual: { title: 'By hand', summary: 'Somebody presses Run now, and the audience enrolls.' },
  schedule: { title: 'On a schedule', summary: 'The audience enrolls at fixed times.' },
  webhook: { title: 'By a webhook', summary: 'Another system calls, and the customer that it names enrolls.' },
  event: { title: 'By an event', summary: 'Something happens to a customer, and they enroll.' },
}

interface Draft {
  schedule: ScheduleConfig
  webhook: WebhookConfig
  event: EventConfig
}

function draftOf(trigger: Trigger | null, timezone: string): Draft {
  const draft: Draft = {
    schedule: { cron: '0 9 * * 1-5', timezone, refreshAudience: true },
    webhook: { customerPath: '$.customer.email', matchBy: 'email', createIfUnknown: false, mapping: [] },
    event: { event: '', filter: { match: 'all', rules: [] } },
  }
  if (trigger?.type === 'schedule') draft.schedule = { ...draft.schedule, ...trigger.config }
  if (trigger?.type === 'event') draft.event = { ...draft.event, ...trigger.config }
  if (trigger?.type === 'webhook') {
    const { mapping = {}, ...config } = trigger.config as { mapping?: Record<string, string> }
    const rows = Object.entries(mapping).map(([field, path]) => ({ field, path }))
    draft.webhook = { ...draft.webhook, ...config, mapping: rows }
  }
  return draft
}

/** The configuration as the API takes it. */
function configOf(type: Editable, draft: Draft): Record<string, unknown> {
  if (type === 'schedule') return { ...draft.schedule }
  if (type === 'webhook') {
    const rows = draft.webhook.mapping.filter(({ field, path }) => field.trim() !== '' || path.trim() !== '$.')
    return { ...draft.webhook, mapping: Object.fromEntries(rows.map(({ field, path }) => [field.trim(), path])) }
  }
  const { event, filter } = draft.event
  return { event, filter: filter.rules.length === 0 ? null : filter }
}

/** What is wrong before the server is asked, by field. */
function faultsOf(type: Editable, { webhook, event }: Draft): Record<string, string> {
  if (type === 'event' && event.event.trim() === '') return { 'config.event': 'Name the event.' }
  if (type !== 'webhook') return {}
  const seen = new Set<string>()
  const faults: Record<string, string> = {}
  webhook.mapping.forEach(({ field }, index) => {
    if (field.trim() === '') faults[`mapping.${index}.field`] = 'Name the field.'
    else if (seen.has(field.trim())) faults[`mapping.${index}.field`] = 'This field is filled already.'
    seen.add(field.trim())
  })
  return faults
}

/** Makes or changes a trigger. A new webhook hands over its secret, which is shown this once. */
export function TriggerForm({
  campaignId,
  type,
  trigger,
  onClose,
  onSecret,
}: {
  campaignId: string
  type: Editable
  trigger: Trigger | null
  onClose(): void
  onSecret(triggerId: string, secret: string): void
}) {
  const workspace = useApi('GET /workspace', {}, { staleTime: 60_000 })
  return (
    <Modal opened onClose={onClose} title={trigger ? `Edit: ${kinds[type].title}` : kinds[type].title} size="lg">
      {workspace.data && (
        <Fields
          key={trigger?.id ?? type}
          {...{ campaignId, type, trigger, onClose, onSecret }}
          initial={draftOf(trigger, workspace.data.timezone)}
        />
      )}
    </Modal>
  )
}

function Fields({
  campaignId,
  type,
  trigger,
  initial,
  onClose,
  onSecret,
}: {
  campaignId: string
  type: Editable
  trigger: Trigger | null
  initial: Draft
  onClose(): void
  onSecret(triggerId: string, secret: string): void
}) {
  const [draft, setDraft] = useState(initial)
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [saving, setSaving] = useState(false)
  const latest = useRef(initial)
  const put = (change: Partial<Draft>) => {
    latest.current = { ...latest.current, ...change }
    setDraft(latest.current)
    setErrors({})
  }
  const save = async (version = edited.version) => {
    const faults = faultsOf(type, latest.current)
    setErrors(faults)
    if (Object.keys(faults).length > 0) return
    setSaving(true)
    try {
      await send(configOf(type, latest.current), version)
    } catch (problem) {
      if (!edited.refused(problem)) setErrors(errorsOf(problem))
    } finally {
      setSaving(false)
    }
  }
  const send = async (config: Record<string, unknown>, version: number) => {
    if (trigger) {
      await api('PATCH /triggers/:id', { params: { id: trigger.id }, body: { config }, ifMatch: version })
      toast('Trigger changed')
    } else {
      const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))
      const body = { type, config: given } as never
      const made = await api('POST /campaigns/:id/triggers', { params: { id: campaignId }, body })
      toast('Trigger added')
      if (made.secret !== undefined) onSecret(made.id, made.secret)
    }
    void queryClient.invalidateQueries()
    onClose()
  }
  const edited = useEdited(trigger?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /triggers/:id', { params: { id: trigger?.id ?? '' } })
      put(draftOf(theirs, latest.current.schedule.timezone))
      return theirs.version
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void save()
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text c="dimmed">{kinds[type].summary}</Text>
        <FormProblem text={errors['']} />
        {edited.notice}
        {type === 'schedule' && (
          <ScheduleFields value={draft.schedule} onChange={(schedule) => put({ schedule })} errors={errors} />
        )}
        {type === 'webhook' && (
          <WebhookFields value={draft.webhook} onChange={(webhook) => put({ webhook })} errors={errors} />
        )}
        {type === 'event' && <EventFields value={draft.event} onChange={(event) => put({ event })} errors={errors} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={saving}>
            {trigger ? 'Save' : 'Add trigger'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** The server's sentences by path; those about a part of a rule stand at the rule, the rest above the form. */
function errorsOf(problem: unknown): Record<string, string> {
  if (!(problem instanceof ApiProblem) || problem.errors.length === 0) {
    return { '': problem instanceof Error ? problem.message : String(problem) }
  }
  const known = /^config\.(cron|timezone|customerPath|event|mapping(\..+)?)$/
  return Object.fromEntries(
    problem.errors.map(({ path, message }) => {
      const rule = /^config\.filter\.rules\.\d+/.exec(path)?.[0]
      return [rule ?? (known.test(path) ? path : ''), message]
    }),
  )
}
