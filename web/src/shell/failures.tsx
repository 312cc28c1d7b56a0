import { Button, Text } from '@mantine/core'
import { type ErrorComponentProps, Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { heard, onRecovery } from '../connection.ts'
import { isUnloaded } from '../parts/lazy-part.tsx'
import { Empty, useTitle } from '../parts/page.tsx'
import { Failed } from '../parts/panel.tsx'

/** The 404 inside the shell. */
export function NotFound() {
  useTitle('Not found')
  return (
    <div className="tl-page">
      <div className="tl-card" style={{ padding: 48, textAlign: 'center' }}>
        <h1 style={{ fontSize: 22, margin: 0 }}>There is no such page</h1>
        <Text c="dimmed" my={8}>
          The address may be misspelt, or what it named is gone.
        </Text>
        <Button component={Link} to="/campaigns" variant="default">
          Go to campaigns
        </Button>
      </div>
    </div>
  )
}

/** What is left of a page whose code failed; the rest of the app goes on. A page that could not be loaded comes once the server answers. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const unloaded = isUnloaded(error)
  useEffect(() => {
    if (!unloaded) return
    // Once: what is still missing then, a reload will not bring.
    const key = 'throughline-loaded-again'
    if (sessionStorage.getItem(key) === window.location.href) return
    const stop = onRecovery(() => {
      sessionStorage.setItem(key, window.location.href)
      window.location.reload()
    })
    heard(0)
    return stop
  }, [unloaded])
  return (
    <div className="tl-page">
      <div className="tl-card">
        {unloaded ? (
          <Empty
            title="This page could not be loaded"
            action={<Button onClick={() => window.location.reload()}>Load it again</Button>}
          >
            The server does not answer, or was brought up to date in the meantime. What you typed elsewhere is kept.
          </Empty>
        ) : (
          <Failed error={error} reload={reset} what="page" />
        )}
      </div>
    </div>
  )
}
