import { Alert, Button, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { type Answer, ApiProblem, api, onSessionLost, onTooFast } from './api.ts'
import { holdBack, queryClient, useApi } from './query.ts'

/** Who is signed in, their role and what it allows. */
export type Me = Answer<'GET /me'>

/** The person at the screen. Only below the shell, which waits until it is known. */
export function useMe(): Me {
  const me = useApi('GET /me', {}, { staleTime: 60_000 })
  if (!me.data) throw new Error('useMe() outside the shell')
  return me.data
}

/** Whether the role of the person at the screen allows an action of the server's table. */
export function useCan(): (action: Me['actions'][number]) => boolean {
  const { actions } = useMe()
  return (action) => actions.includes(action)
}

/**
 * Shows a sign-in dialog above the page when the session ends, so that what was typed stays; the refused call then goes on. Also
 * counts down when calls came too fast.
 */
export function SessionKeeper({ children }: { children: ReactNode }) {
  const [asking, setAsking] = useState(false)
  const waiting = useRef<(() => void)[]>([])
  useEffect(() => {
    onSessionLost(
      () =>
        new Promise((resolve) => {
          waiting.current.push(resolve)
          setAsking(true)
        }),
    )
    onTooFast(holdBack)
    return () => {
      onSessionLost(null)
      onTooFast(null)
    }
  }, [])
  const done = () => {
    setAsking(false)
    for (const resolve of waiting.current.splice(0)) resolve()
  }
  return (
    <>
      {children}
      <Modal
        opened={asking}
        onClose={() => {}}
        withCloseButton={false}
        title="Sign in again"
        closeOnEscape={false}
        zIndex={1000}
      >
        <SignInAgain onDone={done} />
      </Modal>
    </>
  )
}

function SignInAgain({ onDone }: { onDone(): void }) {
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
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Text size="sm">Your session ended. The page behind is as you left it.</Text>
        {error && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <PasswordInput
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
  )
}
