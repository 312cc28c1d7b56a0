import { Anchor, Button, Code, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiProblem, api } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { Centred } from '../parts/centred.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { tokenOf } from '../parts/link-token.ts'
import { Show } from '../parts/page.tsx'
import { SecretInput } from '../parts/secret-input.tsx'
import { showRefusal, useApi } from '../query.ts'

const back = (
  <Text size="sm">
    <Anchor component={Link} to="/login">
      Back to sign in
    </Anchor>
  </Text>
)

/** Whoever forgot their password: a link by mail, or who can make one where no mail is sent. */
export function ForgotPage() {
  const status = useApi('GET /auth/status')
  return (
    <Centred title="Forgot your password" text="You choose a new one by a link that works once, for an hour.">
      <Show of={status} rows={2}>
        {({ mailsLinks }) => (mailsLinks ? <AskForLink /> : <WhoMakesLinks />)}
      </Show>
    </Centred>
  )
}

function AskForLink() {
  const [asked, setAsked] = useState<string | null>(null)
  const form = useForm({ initialValues: { email: '', '': '' } })
  const submit = form.onSubmit(async ({ email }) => {
    try {
      await api('POST /auth/forgot', { body: { email } })
      setAsked(email)
    } catch (problem) {
      showRefusal(form, problem, ['email'])
    }
  })
  if (asked !== null) {
    return (
      <Stack role="status">
        <Text>
          If somebody signs in with <b style={{ overflowWrap: 'anywhere' }}>{asked}</b>, a link is on its way there.
        </Text>
        <Text size="sm" c="dimmed">
          Nothing after five minutes? Look into the spam folder, or ask an owner or admin of your workspace: they make a
          link in Settings → Members.
        </Text>
        <Button variant="default" onClick={() => setAsked(null)}>
          Use another address
        </Button>
        {back}
      </Stack>
    )
  }
  return (
    <form onSubmit={submit} onInvalid={showInvalid(form)}>
      <Stack>
        <FormProblem text={form.errors[''] as string | undefined} />
        <TextInput
          label="Email"
          description="The address that you sign in with."
          type="email"
          required
          autoFocus
          autoComplete="username"
          {...form.getInputProps('email')}
        />
        <Button type="submit" size="md" loading={form.submitting}>
          Send the link
        </Button>
        {back}
      </Stack>
    </form>
  )
}

function WhoMakesLinks() {
  return (
    <Stack gap={10}>
      <Text>This installation sends no mail to its members, so somebody makes the link for you:</Text>
      <Text>
        <b>An owner or admin of your workspace</b>: Settings → Members → “…” beside your name → Make a reset link.
      </Text>
      <div>
        <Text>
          <b>Nobody else can sign in?</b> Whoever runs the server:
        </Text>
        <Code block mt={6} style={{ whiteSpace: 'pre-wrap' }}>
          npm run cli -- reset-password --email you@example.com
        </Code>
      </div>
      {back}
    </Stack>
  )
}

/** Chooses a new password by the link; then everything that was signed in with the old one is out. */
export function ResetPage() {
  const { token: inPath } = useParams({ strict: false })
  const [token] = useState(() => tokenOf(inPath))
  const link = useQuery({
    queryKey: ['password reset', token],
    queryFn: () => api('POST /auth/reset/check', { body: { token } }),
    retry: false,
    // Once used, the link is gone: what was typed would vanish with the form.
    staleTime: Number.POSITIVE_INFINITY,
  })
  const navigate = useNavigate()
  const form = useForm({ initialValues: { password: '', '': '' } })
  const submit = form.onSubmit(async ({ password }) => {
    try {
      await api('POST /auth/reset', { body: { token, password } })
      await navigate({ to: '/login', search: { changed: '1' } })
    } catch (problem) {
      showRefusal(form, problem, ['password'])
    }
  })
  if (!link.data) {
    const incomplete = link.error instanceof ApiProblem && link.error.status === 422
    return (
      <Centred
        title="New password"
        text={
          incomplete
            ? 'This link is not whole. Copy all of it.'
            : link.error
              ? link.error.message
              : 'Reading the link …'
        }
      >
        {link.error && (
          <Stack>
            <Button component={Link} to="/forgot">
              Get a new link
            </Button>
            {back}
          </Stack>
        )}
      </Centred>
    )
  }
  return (
    <Centred title="New password" text="When it is set, you are signed out everywhere.">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Email" type="email" readOnly autoComplete="username" value={link.data.email} />
          <SecretInput
            label="New password"
            description="At least 8 characters."
            required
            autoFocus
            autoComplete="new-password"
            minLength={8}
            {...form.getInputProps('password')}
          />
          <Button type="submit" size="md" loading={form.submitting}>
            Set the password
          </Button>
        </Stack>
      </form>
    </Centred>
  )
}
