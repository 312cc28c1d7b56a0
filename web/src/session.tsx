import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { type Answer, onSessionLost, onTooFast } from './api.ts'
import { holdBack, useApi } from './query.ts'

// A dialog weighs more than all the rest of a session, and most sessions never need it.
const SignInAgain = lazy(() => import('./sign-in-again.tsx'))

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
      {asking && (
        <Suspense>
          <SignInAgain onDone={done} />
        </Suspense>
      )}
    </>
  )
}
