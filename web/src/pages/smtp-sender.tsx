import { Modal, NumberInput, SegmentedControl, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useRef } from 'react'
import { api } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { SaveAndTest } from '../parts/connection-card.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { SecretInput } from '../parts/secret-input.tsx'
import { queryClient, showRefusal, toast, toastProblem } from '../query.ts'
import type { SenderDialogProps } from './chat-senders.tsx'

const fields = [
  'name',
  'host',
  'port',
  'encryption',
  'username',
  'password',
  'senderName',
  'senderEmail',
  'limits.perSecond',
  'limits.perHour',
  'limits.perDay',
  'limits',
] as const

/** Connects an SMTP account, or changes one; it is tested with the login right after it is saved. */
export function SmtpDialog({ credential, onClose, onMade }: SenderDialogProps) {
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
      limits: {
        perSecond: credential?.limits?.perSecond ?? ('' as number | string),
        perHour: credential?.limits?.perHour ?? ('' as number | string),
        perDay: credential?.limits?.perDay ?? ('' as number | string),
      },
      '': '',
    },
  })
  const submit = form.onSubmit(async (values) => {
    const cap = (value: number | string) => (value === '' ? undefined : Number(value))
    const { limits: caps, '': _, password, username, port, ...rest } = values
    const limits = {
      ...(credential?.limits ?? {}),
      perSecond: cap(caps.perSecond),
      perHour: cap(caps.perHour),
      perDay: cap(caps.perDay),
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
      onMade?.(saved.id)
      onClose()
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      showRefusal(form, problem, fields)
    }
  })
  return (
    <Modal opened onClose={onClose} title={credential ? 'Edit sender' : 'Connect an SMTP account'} size="lg">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
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
              clampBehavior="none"
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
            <SecretInput
              label="Password"
              description={credential?.hasPassword ? 'Set. Empty: keep it, unless server or user change.' : undefined}
              autoComplete="new-password"
              {...form.getInputProps('password')}
            />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <NumberInput
              label="At most a second"
              min={0.001}
              clampBehavior="none"
              {...form.getInputProps('limits.perSecond')}
            />
            <NumberInput
              label="At most an hour"
              min={1}
              allowDecimal={false}
              clampBehavior="none"
              {...form.getInputProps('limits.perHour')}
            />
            <NumberInput
              label="At most a day"
              min={1}
              allowDecimal={false}
              clampBehavior="none"
              {...form.getInputProps('limits.perDay')}
            />
          </SimpleGrid>
          {form.errors.limits && <Text c="var(--mantine-color-error)">{form.errors.limits}</Text>}
          <SaveAndTest busy={form.submitting} onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
