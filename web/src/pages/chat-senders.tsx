import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useRef } from 'react'
import { api, type Item } from '../api.ts'
import { ago } from '../format.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { showInvalid } from '../parts/invalid.ts'
import { SecretInput } from '../parts/secret-input.tsx'
import { queryClient, showRefusal, toast } from '../query.ts'

type Credential = Item<'GET /credentials'>

/** What a card says of a Telegram bot or of a member who sends on LinkedIn. */
export function ChatFacts({ credential }: { credential: Credential }) {
  const members = useMembers()
  const who = members.find(({ value }) => value === credential.memberId)?.label ?? 'somebody who has left'
  return (
    <Stack gap={2}>
      {credential.type === 'telegram' && credential.botUsername && <Text size="sm">@{credential.botUsername}</Text>}
      {credential.type === 'linkedin' && credential.memberId && (
        <Text size="sm" c="dimmed">
          Each message is a task for {who}, who sends it by hand.
        </Text>
      )}
      {credential.healthDetail && (
        <Text size="sm" {...(credential.health === 'dead' && { c: 'var(--tl-bad)' })}>
          {credential.healthDetail}
          {credential.healthAt && <span className="tl-muted"> · {ago(credential.healthAt)}</span>}
        </Text>
      )}
    </Stack>
  )
}

/** What every dialog of a sending account takes. */
export interface SenderDialogProps {
  /** Null = a new one. */
  credential: Credential | null
  onClose(): void
  /** It was saved. */
  onMade?(id: string): void
}

const ifMatch = (credential: Credential) => (credential.version === undefined ? {} : { ifMatch: credential.version })

/** Connects a Telegram bot; Telegram is asked who it is before it is saved. */
export function TelegramDialog({ credential, onClose, onMade }: SenderDialogProps) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: {
      name: credential?.name ?? '',
      botToken: '',
      apiUrl: credential?.apiUrl ?? 'https://api.telegram.org',
      limits: { perSecond: credential?.limits?.perSecond ?? (credential ? '' : (30 as number | string)) },
      '': '',
    },
  })
  const submit = form.onSubmit(async ({ name, botToken, apiUrl, limits: { perSecond } }) => {
    const { perSecond: _, ...others } = credential?.limits ?? {}
    const limits = perSecond === '' ? others : { ...others, perSecond: Number(perSecond) }
    try {
      const saved = credential
        ? await api('PATCH /credentials/:id', {
            params: { id: credential.id },
            body: { name, limits, ...(botToken !== '' && { botToken, apiUrl }) },
            ...ifMatch(credential),
          })
        : await api('POST /credentials', {
            body: { type: 'telegram', name, botToken, apiUrl, limits },
            idempotencyKey: key.current,
          })
      toast(`@${saved.botUsername ?? saved.name} is connected`)
      void queryClient.invalidateQueries()
      onMade?.(saved.id)
      onClose()
    } catch (problem) {
      key.current = crypto.randomUUID()
      showRefusal(form, problem, ['name', 'botToken', 'apiUrl', 'limits.perSecond'])
    }
  })
  return (
    <Modal opened onClose={onClose} title={credential ? 'Edit bot' : 'Connect a Telegram bot'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <Text size="sm" c="dimmed">
            Make a bot with @BotFather on Telegram and copy its token here. A bot can write to people who have written
            to it first.
          </Text>
          <TextInput label="Name" placeholder="Our bot" required data-autofocus {...form.getInputProps('name')} />
          <SecretInput
            label="Bot token"
            description={credential ? 'Set. Empty: keep it.' : undefined}
            placeholder="123456:ABC-DEF…"
            required={!credential}
            autoComplete="off"
            {...form.getInputProps('botToken')}
          />
          <TextInput
            label="Bot API server"
            description="Telegram’s own, or one that you run."
            {...form.getInputProps('apiUrl')}
          />
          <NumberInput
            label="At most a second"
            min={0.001}
            clampBehavior="none"
            {...form.getInputProps('limits.perSecond')}
          />
          <DialogEnd busy={form.submitting} onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}

/** Names the member who sends on LinkedIn. */
export function LinkedinDialog({ credential, onClose, onMade }: SenderDialogProps) {
  const key = useRef(crypto.randomUUID())
  const members = useMembers()
  const form = useForm({
    initialValues: { name: credential?.name ?? '', memberId: credential?.memberId ?? (null as string | null), '': '' },
  })
  const submit = form.onSubmit(async ({ name, memberId }) => {
    const body = { name, memberId: memberId ?? '' }
    try {
      const saved = credential
        ? await api('PATCH /credentials/:id', { params: { id: credential.id }, body, ...ifMatch(credential) })
        : await api('POST /credentials', { body: { type: 'linkedin', ...body }, idempotencyKey: key.current })
      toast('Saved')
      void queryClient.invalidateQueries()
      onMade?.(saved.id)
      onClose()
    } catch (problem) {
      key.current = crypto.randomUUID()
      showRefusal(form, problem, ['name', 'memberId'])
    }
  })
  return (
    <Modal opened onClose={onClose} title={credential ? 'Edit LinkedIn sender' : 'Send on LinkedIn by hand'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <Text size="sm" c="dimmed">
            LinkedIn has no lawful way to send by program. Each message becomes a task with its text and the profile; it
            counts as sent when the task is done.
          </Text>
          <TextInput
            label="Name"
            placeholder="Ann on LinkedIn"
            required
            data-autofocus
            {...form.getInputProps('name')}
          />
          <Select label="Who sends" data={members} required searchable {...form.getInputProps('memberId')} />
          <DialogEnd busy={form.submitting} onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}

function DialogEnd({ busy, onClose }: { busy: boolean; onClose(): void }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" loading={busy}>
        Save
      </Button>
    </Group>
  )
}
