import {
  Button,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
  useMantineColorScheme,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconLogout } from '@tabler/icons-react'
import { type Answer, ApiProblem, api } from '../api.ts'
import { FormProblem, MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Show } from '../parts/page.tsx'
import { SecretInput } from '../parts/secret-input.tsx'
import { zonesWith } from '../parts/zones.ts'
import { queryClient, showRefusal, toast, useAct, useApi } from '../query.ts'
import { useMe } from '../session.tsx'
import { roleWords } from './roles.ts'

/** One's own name, password, looks and sessions. */
export function AccountSection() {
  return (
    <Stack maw={640}>
      <Person />
      <Password />
      <Looks />
      <Sessions />
    </Stack>
  )
}

function Person() {
  const me = useMe()
  const form = useForm({
    initialValues: { name: me.account?.name ?? '', timezone: me.account?.timezone ?? '', '': '' },
  })
  const submit = form.onSubmit(async ({ name, timezone }) => {
    try {
      await api('PATCH /me', { body: { name, timezone: timezone || null } })
      toast('Account saved')
      void queryClient.invalidateQueries()
    } catch (problem) {
      showRefusal(form, problem, ['name', 'timezone'])
    }
  })
  const browsers = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <form onSubmit={submit} onInvalid={showInvalid(form)} className="tl-card" style={{ padding: 20 }}>
      <Stack>
        <Title order={2}>You</Title>
        <FormProblem text={form.errors[''] as string | undefined} />
        <Text>
          {me.account?.email}{' '}
          <span className="tl-muted">
            · {me.role} of {me.workspace.name}: {roleWords[me.role]}
          </span>
        </Text>
        <TextInput label="Name" required autoComplete="name" {...form.getInputProps('name')} />
        <Select
          label="Time zone"
          description="Times are shown in it. What says “their time” is the customer’s."
          data={[
            { value: '', label: `As this browser: ${browsers}` },
            ...zonesWith(me.account?.timezone ?? null).map((zone) => ({ value: zone, label: zone })),
          ]}
          searchable
          limit={60}
          allowDeselect={false}
          {...form.getInputProps('timezone')}
        />
        <Group>
          <Button type="submit" loading={form.submitting}>
            Save account
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Password() {
  const me = useMe()
  const form = useForm({ initialValues: { currentPassword: '', password: '', '': '' } })
  const submit = form.onSubmit(async ({ currentPassword, password }) => {
    try {
      await api('PATCH /me', { body: { password, currentPassword } })
      form.reset()
      toast('Password changed. Your other sessions ended')
      void queryClient.invalidateQueries()
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.code === 'bad_credentials')
        form.setFieldError('currentPassword', 'This is not your current password.')
      else showRefusal(form, problem, ['currentPassword', 'password'])
    }
  })
  return (
    <form onSubmit={submit} onInvalid={showInvalid(form)} className="tl-card" style={{ padding: 20 }}>
      <Stack>
        <Title order={2}>Password</Title>
        <FormProblem text={form.errors[''] as string | undefined} />
        {/* For password managers, which look for whose it is. */}
        <input
          type="email"
          autoComplete="username"
          value={me.account?.email ?? ''}
          readOnly
          hidden
          aria-label="Email"
        />
        <SecretInput
          label="Current password"
          required
          autoComplete="current-password"
          {...form.getInputProps('currentPassword')}
        />
        <SecretInput
          label="New password"
          description="At least 8 characters. You stay signed in here, and nowhere else."
          required
          autoComplete="new-password"
          minLength={8}
          {...form.getInputProps('password')}
        />
        <Group>
          <Button type="submit" variant="default" loading={form.submitting}>
            Change password
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Looks() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <section className="tl-card" style={{ padding: 20 }}>
      <Title order={2} id="colours" mb={4}>
        Colours
      </Title>
      <Text size="sm" c="dimmed" mb={10}>
        On this device.
      </Text>
      <SegmentedControl
        aria-labelledby="colours"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as typeof colorScheme)}
        data={[
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
          { value: 'auto', label: 'As the system' },
        ]}
      />
    </section>
  )
}

type Session = Answer<'GET /me/sessions'>['items'][number]

function Sessions() {
  const sessions = useApi('GET /me/sessions')
  const end = useAct('DELETE /me/sessions/:id', { done: 'Signed out there' })
  const endOthers = useAct('DELETE /me/sessions', { done: 'Signed out everywhere else' })
  return (
    <section className="tl-card" style={{ padding: 20 }} aria-labelledby="sessions">
      <Title order={2} id="sessions" mb={10}>
        Where you are signed in
      </Title>
      <Show of={sessions} rows={2}>
        {({ items }) => (
          <Stack gap={0}>
            {items.map((session) => (
              <Group key={session.id} justify="space-between" wrap="nowrap" className="tl-setting-row">
                <div style={{ minWidth: 0 }}>
                  <Text fw={500}>{deviceOf(session)}</Text>
                  <Text size="sm" c="dimmed">
                    {session.ip ?? 'Address not known'} · {session.here ? 'now' : <Time at={session.seenAt} />}
                    {` · ${session.workspaceName}`}
                  </Text>
                </div>
                {session.here ? (
                  <Pill tone="good">here</Pill>
                ) : (
                  <MoreMenu
                    label={`Actions for ${deviceOf(session)}`}
                    entries={[
                      {
                        label: 'Sign out there',
                        icon: <IconLogout size={16} />,
                        run: () => end.mutate({ params: { id: session.id } }),
                      },
                    ]}
                  />
                )}
              </Group>
            ))}
            {items.length > 1 && (
              <Group mt={12}>
                <Button variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate({})}>
                  Sign out everywhere else ({items.length - 1})
                </Button>
              </Group>
            )}
          </Stack>
        )}
      </Show>
    </section>
  )
}

const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/HeadlessChrome\/|Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
  [/Linux/, 'Linux'],
]

/** "Firefox on a Mac", as far as a browser says what it is. */
function deviceOf({ userAgent }: Session): string {
  const nameIn = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1]
  const [browser, system] = [nameIn(browsers), nameIn(systems)]
  return browser && system ? `${browser} on ${system}` : (browser ?? system ?? 'A browser that does not say which')
}
