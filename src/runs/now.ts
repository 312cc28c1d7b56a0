import type { Run, Standing } from './queries.ts'

/** What a live run is doing: one sentence, and until when, as far as that is known. */
export interface Now {
  text: string
  until: Date | null
}

/** Says what a run waits for. Null when it has ended. Every live run has an answer (ENGINE, promise 5). */
export function describeNow(run: Run & Standing): Now | null {
  if (run.status !== 'running') return null
  const place = `“${run.nodeTitle || run.nodeId}”`
  const sentence = doing(run, place)
  if (run.campaignStatus !== 'paused')
    return { text: `${sentence}.`, until: run.turnUntil ?? run.wakeAt ?? run.sendAfter }
  const remains = run.remainingMs === null ? '' : ` ${duration(run.remainingMs)} of it remain.`
  return { text: `Frozen, the campaign is paused. ${sentence}.${remains}`, until: null }
}

function doing(run: Run & Standing, place: string): string {
  const { error, awaiting, wakeAt, remainingMs, attempt, message } = run
  if (error) {
    return wakeAt === null && remainingMs === null
      ? `Stopped at ${place} by an error: ${error.message} Retry it, skip the step, or end the run`
      : `Tries ${place} again after error ${attempt}: ${error.message}`
  }
  if (run.turnUntil) return `Waits at ${place} for its turn: whoever was overdue goes on one after the other`
  switch (awaiting) {
    case null:
      return `About to run ${place}`
    case 'time':
      return `Waits at ${place}`
    case 'event':
      return `Waits at ${place} for something to happen`
    case 'skip':
      return `About to leave ${place}, which a person skipped`
    case 'message':
      return sending(message, place)
  }
}

function sending(message: Standing['message'], place: string): string {
  if (!message) return `Waits at ${place} for its message`
  if (message.credentialHealth === 'dead') {
    return `Waits at ${place} until the sender “${message.credentialName}” is repaired`
  }
  switch (message.state) {
    case 'queued':
      if (message.reason === 'send_window') return `Waits at ${place} for its send window`
      if (message.reason === 'by_hand')
        return `Waits at ${place} for ${message.credentialName} to send it by hand: there is a task`
      return `Waits at ${place} for its message to be sent through “${message.credentialName}”`
    case 'claimed':
      return `Waits at ${place} for its message to be sent through “${message.credentialName}”`
    case 'handing':
      return `The message of ${place} is being handed over to “${message.credentialName}”`
    default:
      return `About to leave ${place}, whose message is ${message.state}`
  }
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** The two largest units of a time, e.g. `2 days 3 hours`. */
export function duration(ms: number): string {
  const parts: string[] = []
  let rest = Math.max(0, ms)
  for (const [name, size] of units) {
    const count = Math.floor(rest / size)
    if (count === 0) {
      if (parts.length > 0) break
      continue
    }
    parts.push(`${count} ${name}${count === 1 ? '' : 's'}`)
    rest -= count * size
    if (parts.length === 2) break
  }
  return parts.length > 0 ? parts.join(' ') : '0 seconds'
}
