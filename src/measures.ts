import type { Db } from './db/database.ts'
import type { Measure } from './http/metrics.ts'
import { lookAtWork, type Work } from './work-sql.ts'

/** The figures of the workers for `/metrics`: one statement serves all of them at each visit. */
export function measuresOf(db: Db): Measure[] {
  let work: Promise<Work> | undefined
  const look = () => {
    work ??= lookAtWork(db).finally(() => {
      work = undefined
    })
    return work
  }
  const measure = (name: string, help: string, pick: (work: Work) => number): Measure => ({
    name: `throughline_${name}`,
    help,
    read: async () => pick(await look()),
  })
  return [
    measure('due_runs', 'Runs whose deadline has passed', (found) => found.dueRuns),
    measure('oldest_due_run_seconds', 'How long the oldest due run is due', (found) => found.runsOverdueSeconds ?? 0),
    measure('due_messages', 'Queued messages that could go now', (found) => found.dueMessages),
    measure(
      'oldest_due_message_seconds',
      'How long the oldest of them waits',
      (found) => found.messagesOverdueSeconds ?? 0,
    ),
    measure('stuck_runs', 'Live runs with nothing to wait for', (found) => found.stuckRuns),
    measure('error_runs', 'Runs at a node that failed three times', (found) => found.errorRuns),
    measure(
      'unconfirmed_messages',
      'Messages that broke off in the hands of the provider',
      (found) => found.unconfirmed,
    ),
  ]
}
