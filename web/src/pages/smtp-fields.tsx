import { NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Item } from '../api.ts'
import { StoredSecret } from '../parts/stored-secret.tsx'
import { useApi } from '../query.ts'

type Credential = Item<'GET /credentials'>
type Limit = number | string

/** What the form of an SMTP account holds. */
export interface SmtpValues {
  name: string
  host: string
  port: number | string
  encryption: 'tls' | 'starttls' | 'none'
  username: string
  password: string
  senderName: string
  senderEmail: string
  limits: { perSecond: Limit; perHour: Limit; perDay: Limit }
  '': string
}

/** Fields by the step that asks for them. */
export const smtpSteps = [
  ['host', 'port', 'encryption', 'username', 'password'],
  ['name', 'senderName', 'senderEmail', 'limits.perSecond', 'limits.perHour', 'limits.perDay', 'limits'],
] as const

/** A form filled from an account, or empty. */
export const smtpValues = (credential: Credential | null): SmtpValues => ({
  name: credential?.name ?? '',
  host: credential?.host ?? '',
  port: credential?.port ?? 587,
  encryption: credential?.encryption ?? 'starttls',
  username: credential?.username ?? '',
  password: '',
  senderName: credential?.senderName ?? '',
  senderEmail: credential?.senderEmail ?? '',
  limits: {
    perSecond: credential?.limits?.perSecond ?? '',
    perHour: credential?.limits?.perHour ?? '',
    perDay: credential?.limits?.perDay ?? '',
  },
  '': '',
})

/** What the server takes of it. Limits that the form does not ask for stay as they are. */
export function smtpBody(values: SmtpValues, credential: Credential | null) {
  const cap = (value: Limit) => (value === '' ? undefined : Number(value))
  const { limits: caps, '': _, password, username, port, ...rest } = values
  return {
    ...rest,
    port: Number(port),
    username: username.trim() || null,
    ...(password !== '' && { password }),
    limits: {
      ...(credential?.limits ?? {}),
      perSecond: cap(caps.perSecond),
      perHour: cap(caps.perHour),
      perDay: cap(caps.perDay),
    },
  }
}

type Form = UseFormReturnType<SmtpValues>

/** Which provider; it fills server, port and what else is the same for all its customers. */
export function ProviderChoice({ form }: { form: Form }) {
  const providers = useApi('GET /credentials/providers', {}, { staleTime: Number.POSITIVE_INFINITY }).data?.items ?? []
  const chosen = providers.find(({ host }) => host === form.values.host)
  return (
    <div>
      <Select
        label="Provider"
        placeholder="Another server"
        data={providers.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen?.id ?? null}
        clearable
        searchable
        onChange={(id) => {
          const provider = providers.find((one) => one.id === id)
          if (!provider) return
          const { host, port, encryption, username, limits } = provider
          form.setValues({
            host,
            port,
            encryption,
            ...(username !== null && { username }),
            limits: { perSecond: limits.perSecond ?? '', perHour: limits.perHour ?? '', perDay: limits.perDay ?? '' },
          })
        }}
      />
      {chosen && (
        <Text size="sm" c="dimmed" mt={4}>
          {chosen.help}
        </Text>
      )}
    </div>
  )
}

/** Where the mail is handed over. */
export function ConnectionFields({ form, credential }: { form: Form; credential: Credential | null }) {
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
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
        {form.errors.encryption && <Text c="var(--mantine-color-error)">{form.errors.encryption}</Text>}
      </div>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput label="User name" autoComplete="off" {...form.getInputProps('username')} />
        <StoredSecret
          label="Password"
          setAt={credential?.secretSetAt}
          autoComplete="new-password"
          {...form.getInputProps('password')}
        />
      </SimpleGrid>
      {credential?.hasPassword && form.values.password === '' && movedFrom(credential, form.values) && (
        <Text size="sm" c="var(--tl-warn)" role="status">
          The stored password is for the server and user that it was given for. Put it in once more.
        </Text>
      )}
    </Stack>
  )
}

const movedFrom = (credential: Credential, values: SmtpValues): boolean =>
  values.host !== credential.host ||
  Number(values.port) !== credential.port ||
  values.encryption !== credential.encryption ||
  (values.username.trim() || null) !== (credential.username ?? null)

/** Whom the mail comes from, and how much of it. */
export function SenderFields({ form }: { form: Form }) {
  const limit = { min: 1, allowDecimal: false, clampBehavior: 'none', placeholder: 'Any number' } as const
  return (
    <Stack>
      <TextInput
        label="Name"
        description="How it is called in this workspace."
        placeholder="Sales mail"
        required
        data-autofocus
        {...form.getInputProps('name')}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput label="Sender’s name" placeholder="Linh from Acme" {...form.getInputProps('senderName')} />
        <TextInput
          label="Sender’s address"
          type="email"
          placeholder="linh@acme.com"
          required
          {...form.getInputProps('senderEmail')}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <NumberInput
          label="At most a second"
          {...limit}
          min={0.001}
          allowDecimal
          {...form.getInputProps('limits.perSecond')}
        />
        <NumberInput label="At most an hour" {...limit} {...form.getInputProps('limits.perHour')} />
        <NumberInput label="At most a day" {...limit} {...form.getInputProps('limits.perDay')} />
      </SimpleGrid>
      {form.errors.limits && <Text c="var(--mantine-color-error)">{form.errors.limits}</Text>}
    </Stack>
  )
}
