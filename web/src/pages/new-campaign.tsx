import { Button, Group, Modal, Radio, Select, Skeleton, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useSessionStorage } from '@mantine/hooks'
import { IconFile, IconSparkles, IconTemplate } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useRef, useState } from 'react'
import { type Answer, api } from '../api.ts'
import { AudienceField } from '../parts/audience.tsx'
import { AudienceGlance } from '../parts/audience-people.tsx'
import { type Audience, audienceFault } from '../parts/audience-text.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useMembers, useSegments } from '../parts/choices.ts'
import { markFresh } from '../parts/fresh-campaign.ts'
import { showInvalid } from '../parts/invalid.ts'
import { queryClient, showRefusal, useApi } from '../query.ts'
import { useMe } from '../session.tsx'

type StarterId = Answer<'GET /campaigns/starters'>['items'][number]['id']
type Start = 'blank' | 'describe' | StarterId

/** Name, description, audience with its count, owner, and what to start from; leads into the builder. What was typed is kept when it is closed. */
export function NewCampaign({ onClose, names }: { onClose(): void; names: string[] }) {
  const me = useMe()
  const members = useMembers()
  const segments = useSegments()
  const navigate = useNavigate()
  const [kept, keep, forget] = useSessionStorage({
    key: `throughline-new-campaign-${me.workspace.id}`,
    defaultValue: { name: '', description: '', audience: null as Audience, start: 'blank' as Start },
    getInitialValueInEffect: false,
  })
  const [audience, setAudience] = useState<Audience>(kept.audience)
  const [start, setStart] = useState<Start>(kept.start)
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: { name: kept.name, description: kept.description, ownerId: me.memberId, '': '', audience: '' },
  })
  const close = () => {
    keep({ name: form.values.name, description: form.values.description, audience, start })
    onClose()
  }
  const submit = form.onSubmit(async ({ name, description, ownerId }) => {
    const missing = audienceFault(audience)
    if (missing !== undefined) return form.setFieldError('audience', missing)
    const starter = start === 'blank' || start === 'describe' ? undefined : start
    try {
      const made = await api('POST /campaigns', {
        body: { name, description, audience, ...(ownerId && { ownerId }), ...(starter && { starter }) },
        idempotencyKey: key.current,
      })
      forget()
      if (start === 'blank') markFresh(made.id)
      void queryClient.invalidateQueries()
      const search = start === 'describe' ? { side: 'ai' } : {}
      await navigate({ to: '/campaigns/$id/builder', params: { id: made.id }, search })
    } catch (problem) {
      key.current = crypto.randomUUID()
      showRefusal(form, problem, ['name', 'description', 'ownerId', 'audience'])
    }
  })
  // While it is being made, the list has it already.
  const taken = !form.submitting && names.includes(form.values.name.trim())
  const segment = audience?.type === 'segment' && segments.find(({ value }) => value === audience.segmentId)
  return (
    <Modal opened onClose={close} title="New campaign" size={600}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput
            label="Name"
            required
            data-autofocus
            placeholder={segment ? `${segment.label}, first outreach` : 'Q3 outreach'}
            description={taken ? 'Another campaign has this name; that is allowed.' : undefined}
            {...form.getInputProps('name')}
          />
          <Textarea label="Description" autosize minRows={1} {...form.getInputProps('description')} />
          <AudienceField
            value={audience}
            onChange={(next) => {
              setAudience(next)
              form.clearFieldError('audience')
            }}
            error={form.errors.audience}
          />
          <AudienceGlance audience={audience} />
          <Select label="Owner" data={members} searchable clearable {...form.getInputProps('ownerId')} />
          <StartFrom value={start} onChange={setStart} />
          <Group justify="flex-end">
            <Text size="xs" c="dimmed" mr="auto">
              {/Mac/.test(navigator.userAgent) ? '⌘' : 'Ctrl'} Enter creates it
            </Text>
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              Create campaign
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** An empty workflow, words for the AI, or a ready workflow to change. */
function StartFrom({ value, onChange }: { value: Start; onChange(start: Start): void }) {
  const starters = useApi('GET /campaigns/starters', {}, { staleTime: 600_000 })
  return (
    <Radio.Group label="Start from" value={value} onChange={(start) => onChange(start as Start)}>
      <div className="tl-starts">
        <Choice value="blank" icon={<IconFile size={18} />} title="Blank">
          Draw it step by step.
        </Choice>
        <Choice value="describe" icon={<IconSparkles size={18} />} title="Describe it">
          Say it in plain words; the steps are proposed.
        </Choice>
        {starters.isPending && <Skeleton height={64} />}
        {starters.data?.items.map(({ id, name, description }) => (
          <Choice key={id} value={id} icon={<IconTemplate size={18} />} title={name}>
            {description}
          </Choice>
        ))}
      </div>
    </Radio.Group>
  )
}

function Choice({
  value,
  icon,
  title,
  children,
}: {
  value: Start
  icon: ReactNode
  title: string
  children: ReactNode
}) {
  return (
    <Radio.Card value={value} className="tl-start" aria-label={title}>
      {icon}
      <span>
        <b>{title}</b>
        <span className="tl-muted">{children}</span>
      </span>
    </Radio.Card>
  )
}
