import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useRef } from 'react'
import { api, type Item } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { type Edited, useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { StoredSecret } from '../parts/stored-secret.tsx'
import { queryClient, showRefusal, toast } from '../query.ts'

type Credential = Item<'GET /credentials'>

/** What every dialog of a sending account takes. */
export interface SenderDialogProps {
  /** Null = a new one. */
  credential: Credential | null
  onClose(): void
  /** It was saved. */
  onMade?(id: string): void
}

/** Guards the form of an account; `fill` puts in what a colleague saved. */
function useSenderEdited(
  credential: Credential | null,
  { keep, fill }: { keep(version: number): void; fill(theirs: Credential): void },
): Edited {
  return useEdited(credential?.version ?? 0, {
    keep,
    take: async () => {
      const theirs = await api('GET /credentials/:id', { params: { id: credential?.id ?? '' } })
      fill(theirs)
      return theirs.version ?? 0
    },
  })
}

const botValues = (credential: Credential | null) => ({
  name: credential?.name ?? '',
  botToken: '',
  apiUrl: credential?.apiUrl ?? 'https://api.telegram.org',
  limits: { perSecond: credential?.limits?.perSecond ?? (credential ? '' : (30 as number | string)) },
  '': '',
})
const byHandValues = (credential: Credential | null) => ({
  name: credential?.name ?? '',
  memberId: credential?.memberId ?? (null as string | null),
  '': '',
})

/** Connects a Telegram bot; Telegram is asked who it is before it is saved. */
export function TelegramDialog({ credential, onClose, onMade }: SenderDialogProps) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({ initialValues: botValues(credential) })
  const save = async (version: number | null) => {
    const {
      name,
      botToken,
      apiUrl,
      limits: { perSecond },
    } = form.getValues()
    const { perSecond: _, ...others } = credential?.limits ?? {}
    const limits = perSecond === '' ? others : { ...others, perSecond: Number(perSecond) }
    try {
      const saved = credential
        ? await api('PATCH /credentials/:id', {
            params: { id: credential.id },
            body: { name, limits, ...(botToken !== '' && { botToken, apiUrl }) },
            ...(version !== null && { ifMatch: version }),
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
      if (!edited.refused(problem)) showRefusal(form, problem, ['name', 'botToken', 'apiUrl', 'limits.perSecond'])
    }
  }
  const edited = useSenderEdited(credential, {
    keep: (version) => void save(version),
    fill: (theirs) => form.setValues(botValues(theirs)),
  })
  const submit = form.onSubmit(() => save(credential && edited.version))
  return (
    <Modal opened onClose={onClose} title={credential ? 'Edit bot' : 'Connect a Telegram bot'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <Text size="sm" c="dimmed">
            Make a bot with @BotFather on Telegram and copy its token here. A bot can write to people who have written
            to it first.
          </Text>
          <TextInput label="Name" placeholder="Our bot" required data-autofocus {...form.getInputProps('name')} />
          <StoredSecret
            label="Bot token"
            setAt={credential?.secretSetAt}
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
  const form = useForm({ initialValues: byHandValues(credential) })
  const save = async (version: number | null) => {
    const { name, memberId } = form.getValues()
    const body = { name, memberId: memberId ?? '' }
    try {
      const saved = credential
        ? await api('PATCH /credentials/:id', {
            params: { id: credential.id },
            body,
            ...(version !== null && { ifMatch: version }),
          })
        : await api('POST /credentials', { body: { type: 'linkedin', ...body }, idempotencyKey: key.current })
      toast('Saved')
      void queryClient.invalidateQueries()
      onMade?.(saved.id)
      onClose()
    } catch (problem) {
      key.current = crypto.randomUUID()
      if (!edited.refused(problem)) showRefusal(form, problem, ['name', 'memberId'])
    }
  }
  const edited = useSenderEdited(credential, {
    keep: (version) => void save(version),
    fill: (theirs) => form.setValues(byHandValues(theirs)),
  })
  const submit = form.onSubmit(() => save(credential && edited.version))
  return (
    <Modal opened onClose={onClose} title={credential ? 'Edit LinkedIn sender' : 'Send on LinkedIn by hand'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
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
