import { Alert, Button, Group } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { ApiProblem } from '../api.ts'
import { ago } from '../format.ts'
import { toastProblem } from '../query.ts'

/** A form that is saved at the version that it was filled from. */
export interface Edited {
  /** What to send as `ifMatch`. */
  version: number
  /** Notes what a save answered: the next one is based on it. */
  saved(version: number): void
  /** Whether a refusal says that somebody else was faster; then `notice` asks. */
  refused(problem: unknown): boolean
  /** "Sara changed this 1 min ago: keep mine, take theirs", or nothing. */
  notice: ReactNode
}

/**
 * Guards a form against overwriting what a colleague saved since it was opened. `keep` saves what is in the form at the given
 * version; `take` fills the form with what the server has and answers its version.
 */
export function useEdited(
  from: number,
  { keep, take }: { keep(version: number): void; take(): Promise<number> },
): Edited {
  const [version, setVersion] = useState(from)
  const [stale, setStale] = useState<ApiProblem | null>(null)
  const [busy, setBusy] = useState(false)
  const choose = async (mine: boolean) => {
    const theirs = Number(stale?.extra.version)
    setStale(null)
    if (mine) {
      setVersion(theirs)
      keep(theirs)
      return
    }
    setBusy(true)
    try {
      setVersion(await take())
    } catch (problem) {
      // Gone meanwhile, or out of reach: what was typed stays.
      setStale(stale)
      toastProblem(problem)
    } finally {
      setBusy(false)
    }
  }
  return {
    version,
    saved: setVersion,
    refused(problem) {
      if (!(problem instanceof ApiProblem) || problem.status !== 412) return false
      setStale(problem)
      return true
    },
    notice: stale && (
      <Alert color="yellow" role="alert" title={`${whoOf(stale)} changed this${whenOf(stale)}`}>
        What you typed is kept here and not saved yet.
        <Group gap={8} mt={8}>
          <Button size="xs" loading={busy} onClick={() => void choose(true)} data-autofocus>
            Keep mine
          </Button>
          <Button size="xs" variant="default" loading={busy} onClick={() => void choose(false)}>
            Take theirs
          </Button>
        </Group>
      </Alert>
    ),
  }
}

const whoOf = ({ extra }: ApiProblem): string => (typeof extra.changedBy === 'string' ? extra.changedBy : 'Somebody')
const whenOf = ({ extra }: ApiProblem): string =>
  typeof extra.changedAt === 'string' ? ` ${ago(extra.changedAt)}` : ' in the meantime'
