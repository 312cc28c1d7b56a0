/** What a resume or a completion leads to, as the command line says it. */

interface Sending {
  messages: number
  pace: { seconds: number }
}

const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`

/** “480 messages leave within about 16 min”. */
export function sendingText({ messages, pace: { seconds } }: Sending): string {
  if (messages === 0) return 'nothing is sent at once'
  const minutes = Math.round(seconds / 60)
  const takes =
    minutes < 1
      ? 'less than a minute'
      : minutes < 60
        ? `about ${minutes} min`
        : `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${counted(messages, 'message')} leave within ${takes}`
}

/** Who enters when the campaign goes on; nothing where nobody does. */
export function enrollingText({ firings, customers }: { firings: number; customers: number | null }): string[] {
  if (firings === 0 && customers === 0) return []
  const held = firings > 0 ? `${counted(firings, 'held firing')} goes on, ` : ''
  const who = customers === null ? 'customers' : `at most ${counted(customers, 'customer')}`
  return [`  resumed, ${held}${who} enroll${customers === 1 ? 's' : ''}`]
}

const because = {
  error: 'stand at an error',
  endless: 'wait without a time limit',
  ahead: 'have a wait of unknown length before them',
} as const

/** When the last of those inside are through. */
export function lastText({
  last,
  untold,
}: {
  last: { keep: string | null; continue: string | null }
  untold: { title: string; customers: number; because: keyof typeof because }[]
}): string[] {
  const when = (at: string | null) => (at === null ? 'cannot be told' : `about ${at}`)
  const continued = last.continue === last.keep ? '' : `, ${when(last.continue)} when waits continue`
  return [
    `  the last of them through ${when(last.keep)}${continued}`,
    ...untold.map(
      ({ title, customers, because: why }) => `    not told: ${customers} at ${title}, who ${because[why]}`,
    ),
  ]
}
