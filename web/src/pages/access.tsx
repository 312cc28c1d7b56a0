import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { ApiProblem, api } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { Centred } from '../parts/centred.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { tokenOf } from '../parts/link-token.ts'
import { SecretInput } from '../parts/secret-input.tsx'
import { queryClient, showRefusal, useApi } from '../query.ts'

/** Where a sign-in leads: a path of this app, never another site. */
const insideApp = (next: string | undefined): string =>
  next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/home'

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** First visit: the owner and the workspace. */
export function SetupPage() {
  const navigate = useNavigate()
  const form = useForm({ initialValues: { workspace: '', name: '', email: '', password: '', '': '' } })
  const submit = form.onSubmit(async ({ '': _, ...values }) => {
    try {
      const { name, ...rest } = values
      await api('POST /auth/setup', { body: { ...rest, ...(name.trim() && { name }) } })
      await api('PATCH /workspace', { body: { timezone: zone } })
      queryClient.clear()
      await navigate({ to: '/home' })
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.code === 'already_set_up') await navigate({ to: '/login' })
      else showRefusal(form, problem, ['workspace', 'name', 'email', 'password'])
    }
  })
  return (
    <Centred title="Set up Throughline" text="Create the first owner. Others are invited later.">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput
            label="Workspace"
            description="The name of your organisation; it can be changed."
            required
            data-autofocus
            autoFocus
            autoComplete="organization"
            {...form.getInputProps('workspace')}
          />
          <TextInput label="Your name" autoComplete="name" {...form.getInputProps('name')} />
          <TextInput label="Email" type="email" required autoComplete="email" {...form.getInputProps('email')} />
          <SecretInput
            label="Password"
            description="At least 8 characters."
            required
            autoComplete="new-password"
            minLength={8}
            {...form.getInputProps('password')}
          />
          <Button type="submit" size="md" loading={form.submitting}>
            Create workspace
          </Button>
        </Stack>
      </form>
    </Centred>
  )
}

/** Sign in. An installation without an owner leads to /setup. */
export function LoginPage() {
  const { next, changed } = useSearch({ from: '/login' })
  const navigate = useNavigate()
  const setup = useApi('GET /auth/status')
  const form = useForm({ initialValues: { email: '', password: '', '': '' } })
  useEffect(() => {
    if (setup.data?.needsSetup) void navigate({ to: '/setup', replace: true })
  }, [setup.data, navigate])
  const submit = form.onSubmit(async ({ email, password }) => {
    try {
      await api('POST /auth/login', { body: { email, password } })
      queryClient.clear()
      await navigate({ href: insideApp(next) })
    } catch (problem) {
      showRefusal(form, problem, ['email', 'password'])
    }
  })
  return (
    <Centred
      title="Sign in"
      text={changed ? 'Your password is changed. Sign in with the new one.' : 'To your Throughline workspace.'}
    >
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput
            label="Email"
            type="email"
            required
            autoFocus
            autoComplete="username"
            {...form.getInputProps('email')}
          />
          <SecretInput label="Password" required autoComplete="current-password" {...form.getInputProps('password')} />
          <Button type="submit" size="md" loading={form.submitting}>
            Sign in
          </Button>
          <Text size="sm">
            <Anchor component={Link} to="/forgot">
              Forgot your password?
            </Anchor>
          </Text>
        </Stack>
      </form>
    </Centred>
  )
}

/** Joins a workspace with the link of an invitation; the token stands behind the # and never reaches a log. */
export function InvitePage() {
  const { token: inPath } = useParams({ strict: false })
  const [token] = useState(() => tokenOf(inPath))
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => api('POST /auth/invitation', { body: { token } }),
    retry: false,
  })
  const navigate = useNavigate()
  const form = useForm({ initialValues: { name: '', password: '', '': '' } })
  const submit = form.onSubmit(async ({ name, password }) => {
    try {
      await api('POST /auth/accept-invite', { body: { token, password, ...(name.trim() && { name }) } })
      queryClient.clear()
      await navigate({ to: '/home' })
    } catch (problem) {
      showRefusal(form, problem, ['name', 'password'])
    }
  })
  const found = invitation.data
  if (!found) {
    return (
      <Centred title="Invitation" text={invitation.error ? invitation.error.message : 'Reading the invitation …'}>
        <Button component="a" href="/login" variant="default">
          Go to sign in
        </Button>
      </Centred>
    )
  }
  return (
    <Centred
      title={`Join ${found.workspace}`}
      text={
        found.hasAccount
          ? `You have a login already: give the password of ${found.email}.`
          : `Choose how ${found.email} signs in.`
      }
    >
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {!found.hasAccount && (
            <TextInput label="Your name" required autoFocus autoComplete="name" {...form.getInputProps('name')} />
          )}
          <SecretInput
            label="Password"
            {...(!found.hasAccount && { description: 'At least 8 characters.', minLength: 8 })}
            required
            autoComplete={found.hasAccount ? 'current-password' : 'new-password'}
            {...form.getInputProps('password')}
          />
          <Button type="submit" size="md" loading={form.submitting}>
            Join
          </Button>
        </Stack>
      </form>
    </Centred>
  )
}
