import {
  Button,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { api, type Item } from '../api.ts'
import { ago, exact } from '../format.ts'
import { Confirm, FormProblem, MoreMenu, Pill } from '../parts/bits.tsx'
import { Failure, Loading } from '../parts/page.tsx'
import { queryClient, showRefusal, toast, toastProblem, useAct, usePages } from '../query.ts'
import { useCan } from '../session.tsx'
import { ChatFacts, LinkedinDialog, TelegramDialog } from './chat-senders.tsx'

type Credential = Item<'GET /credentials'>

const health = { ok: ['good', 'works'], dead: ['bad', 'refused'], unknown: ['flat', 'not tested'] } as const

/** Sending accounts: the sandbox, SMTP, Telegram bots, members who send on LinkedIn. */
export function CredentialsSection() {
  const can = useCan()
  const manage = can('credentials.manage')
  const list = usePages('GET /credentials', { query: { limit: 100 } }, { live: true })
  const [editing, setEditing] = useState<Credential | 'smtp' | 'telegram' | 'linkedin' | null>(null)
  const [archiving, setArchiving] = useState<Credential | null>(null)
  const test = useAct('POST /credentials/:id/test', {
    after: (found) =>
      found.ok ? toast(`It works. ${found.detail}`) : toastProblem(`It does not work: ${found.detail}`),
  })
  const archive = useAct('DELETE /credentials/:id', { done: 'Sender archived', after: () => setArchiving(null) })
  if (list.loading) return <Loading />
  if (list.error && list.items.length === 0) return <Failure error={list.error} retry={list.retry} />
  return (
    <Stack>
      {manage && (
        <Group justify="flex-end">
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setEditing('linkedin')}>
            LinkedIn by hand
          </Button>
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setEditing('telegram')}>
            Connect Telegram bot
          </Button>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('smtp')}>
            Connect SMTP
          </Button>
        </Group>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {list.items.map((credential) => {
          const [tone, word] = health[credential.health]
          return (
            <section key={credential.id} className="tl-card" style={{ padding: 16 }} aria-label={credential.name}>
              <Group justify="space-between" wrap="nowrap" mb={4}>
                <Title order={2}>{credential.name}</Title>
                <Group gap={6} wrap="nowrap">
                  <Pill tone={tone}>{word}</Pill>
                  {manage && credential.type !== 'sandbox' && (
                    <MoreMenu
                      label={`Actions for ${credential.name}`}
                      entries={[
                        { label: 'Test now', run: () => test.mutate({ params: { id: credential.id } }) },
                        { label: 'Edit', run: () => setEditing(credential) },
                        { label: 'Archive…', run: () => setArchiving(credential), danger: true },
                      ]}
                    />
                  )}
                </Group>
              </Group>
              {credential.type === 'sandbox' ? (
                <Text size="sm" c="dimmed">
                  Built in. What is sent here lands in the <Link to="/sandbox">sandbox mailbox</Link>; nothing leaves
                  this machine.
                </Text>
              ) : credential.type === 'smtp' ? (
                <SmtpFacts credential={credential} />
              ) : (
                <ChatFacts credential={credential} />
              )}
            </section>
          )
        })}
      </SimpleGrid>
      {editing && <SenderDialog editing={editing} onClose={() => setEditing(null)} />}
      <Confirm
        opened={archiving !== null}
        title={`Archive “${archiving?.name}”?`}
        deed="Archive sender"
        danger
        busy={archive.isPending}
        onClose={() => setArchiving(null)}
        onConfirm={() => archiving && archive.mutate({ params: { id: archiving.id } })}
      >
        Its password or token is forgotten. A sender that campaigns use is not archived.
      </Confirm>
    </Stack>
  )
}

function SenderDialog({
  editing,
  onClose,
}: {
  editing: Credential | 'smtp' | 'telegram' | 'linkedin'
  onClose(): void
}) {
  const [type, credential] = typeof editing === 'string' ? [editing, null] : [editing.type, editing]
  const Dialog = type === 'telegram' ? TelegramDialog : type === 'linkedin' ? LinkedinDialog : SmtpDialog
  return <Dialog credential={credential} onClose={onClose} />
}

function SmtpFacts({ credential }: { credential: Credential }) {
  const { limits } = credential
  const caps = [
    limits?.perSecond && `${limits.perSecond} a second`,
    limits?.perHour && `${limits.perHour} an hour`,
    limits?.perDay && `${limits.perDay} a day`,
  ].filter(Boolean)
  return (
    <Stack gap={2}>
      <Text size="sm">
        {credential.senderName} {credential.senderEmail && `<${credential.senderEmail}>`}
      </Text>
      <Text size="sm" c="dimmed">
        {credential.host ? `${credential.host}:${credential.port} · ${credential.encryption}` : 'SMTP'}
        {caps.length > 0 && ` · at most ${caps.join(', ')}`}
      </Text>
      {credential.healthDetail && (
        <Text size="sm" {...(credential.health === 'dead' && { c: 'var(--tl-bad)' })}>
          {credential.healthDetail}
          {credential.healthAt && <span className="tl-muted"> · {ago(credential.healthAt)}</span>}
        </Text>
      )}
      {credential.heldUntil && new Date(credential.heldUntil) > new Date() && (
        <Text size="sm" c="var(--tl-warn)">
          Held until {exact(credential.heldUntil)}: the provider asked for fewer messages.
        </Text>
      )}
    </Stack>
  )
}

const fields = [
  'name',
  'host',
  'port',
  'encryption',
  'username',
  'password',
  'senderName',
  'senderEmail',
  'limits',
] as const

function SmtpDialog({ credential, onClose }: { credential: Credential | null; onClose(): void }) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: {
      name: credential?.name ?? '',
      host: credential?.host ?? '',
      port: credential?.port ?? (587 as number | string),
      encryption: credential?.encryption ?? ('starttls' as 'tls' | 'starttls' | 'none'),
      username: credential?.username ?? '',
      password: '',
      senderName: credential?.senderName ?? '',
      senderEmail: credential?.senderEmail ?? '',
      perSecond: credential?.limits?.perSecond ?? ('' as number | string),
      perHour: credential?.limits?.perHour ?? ('' as number | string),
      perDay: credential?.limits?.perDay ?? ('' as number | string),
      '': '',
    },
  })
  const submit = form.onSubmit(async (values) => {
    const cap = (value: number | string) => (value === '' ? undefined : Number(value))
    const { perSecond, perHour, perDay, '': _, password, username, port, ...rest } = values
    const limits = {
      ...(credential?.limits ?? {}),
      perSecond: cap(perSecond),
      perHour: cap(perHour),
      perDay: cap(perDay),
    }
    const body = {
      ...rest,
      port: Number(port),
      username: username.trim() || null,
      ...(password !== '' && { password }),
      limits,
    }
    try {
      const saved = credential
        ? await api('PATCH /credentials/:id', {
            params: { id: credential.id },
            body,
            ...(credential.version !== undefined && { ifMatch: credential.version }),
          })
        : await api('POST /credentials', { body: { type: 'smtp', ...body }, idempotencyKey: key.current })
      const tested = await api('POST /credentials/:id/test', { params: { id: saved.id } })
      if (tested.ok) toast('Saved, and it works: the server took the login')
      else toastProblem(`Saved, but it does not work yet: ${tested.detail}`)
      void queryClient.invalidateQueries()
      onClose()
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      showRefusal(form, problem, fields)
    }
  })
  return (
    <Modal opened onClose={onClose} title={credential ? 'Edit sender' : 'Connect an SMTP account'} size="lg">
      <form onSubmit={submit}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Name" placeholder="Sales mail" required data-autofocus {...form.getInputProps('name')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label="Sender’s name" {...form.getInputProps('senderName')} />
            <TextInput label="Sender’s address" type="email" required {...form.getInputProps('senderEmail')} />
            <TextInput label="Server" placeholder="smtp.example.com" required {...form.getInputProps('host')} />
            <NumberInput
              label="Port"
              required
              min={1}
              max={65535}
              allowDecimal={false}
              {...form.getInputProps('port')}
            />
          </SimpleGrid>
          <div>
            <Text size="sm" fw={500} mb={4} id="encryption">
              Encryption
            </Text>
            <SegmentedControl
              aria-labelledby="encryption"
              data={[
                { value: 'starttls', label: 'STARTTLS' },
                { value: 'tls', label: 'TLS' },
                { value: 'none', label: 'None' },
              ]}
              {...form.getInputProps('encryption')}
            />
          </div>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label="User name" autoComplete="off" {...form.getInputProps('username')} />
            <PasswordInput
              label="Password"
              description={credential?.hasPassword ? 'Set. Empty: keep it, unless server or user change.' : undefined}
              autoComplete="new-password"
              {...form.getInputProps('password')}
            />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <NumberInput label="At most a second" min={0.001} {...form.getInputProps('perSecond')} />
            <NumberInput label="At most an hour" min={1} allowDecimal={false} {...form.getInputProps('perHour')} />
            <NumberInput label="At most a day" min={1} allowDecimal={false} {...form.getInputProps('perDay')} />
          </SimpleGrid>
          {form.errors.limits && <Text c="var(--mantine-color-error)">{form.errors.limits}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              Save and test
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
