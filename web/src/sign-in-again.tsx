import { Alert, Button, Modal, Stack, Text } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { ApiProblem, api } from './api.ts'
import { SecretInput } from './parts/secret-input.tsx'
import { queryClient } from './query.ts'
import type { Me } from './session.tsx'

/** Asks for the password again above the page; the page behind stays as it is. */
export default function SignInAgain({ onDone }: { onDone(): void }) {
  const known = queryClient.getQueryData<Me>(['GET /me', {}, {}])?.account?.email ?? ''
  const [password, setPassword] = useState('')
  const [error, setError] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await api('POST /auth/login', { body: { email: known, password } })
      onDone()
    } catch (problem) {
      setError(problem instanceof ApiProblem ? problem.message : String(problem))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal opened onClose={() => {}} withCloseButton={false} title="Sign in again" closeOnEscape={false} zIndex={1000}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text size="sm">Your session ended. The page behind is as you left it.</Text>
          {error && (
            <Alert color="red" role="alert">
              {error}
            </Alert>
          )}
          <SecretInput
            label={`Password of ${known}`}
            autoComplete="current-password"
            data-autofocus
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy}>
            Sign in
          </Button>
          <Button variant="subtle" component="a" href="/login">
            Sign in as somebody else
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
