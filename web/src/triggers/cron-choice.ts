/** What the schedule form offers, and the cron that it stands for. */
export interface CronChoice {
  repeat: Repeat
  /** HH:MM */
  time: string
  /** 0 = Sunday … 6. */
  weekdays: string[]
  day: number
  /** As typed, when it is none of the others. */
  cron: string
}

export const repeats = {
  daily: 'Every day',
  weekdays: 'Weekdays, Monday to Friday',
  weekly: 'Chosen days of the week',
  monthly: 'A day of the month',
  hourly: 'Every hour',
  quarter: 'Every 15 minutes',
  custom: 'Written as a cron',
} as const
export type Repeat = keyof typeof repeats

/** The cron of a choice. */
export function cronOf({ repeat, time, weekdays, day, cron }: CronChoice): string {
  const [hour = '9', minute = '0'] = time.split(':').map((text) => String(Number(text)))
  switch (repeat) {
    case 'daily':
      return `${minute} ${hour} * * *`
    case 'weekdays':
      return `${minute} ${hour} * * 1-5`
    case 'weekly':
      return `${minute} ${hour} * * ${[...weekdays].sort().join(',') || '1'}`
    case 'monthly':
      return `${minute} ${hour} ${day} * *`
    case 'hourly':
      return '0 * * * *'
    case 'quarter':
      return '*/15 * * * *'
    case 'custom':
      return cron
  }
}

/** The choice that a cron came from, or `custom`. */
export function choiceOf(cron: string): CronChoice {
  const choice: CronChoice = { repeat: 'custom', time: '09:00', weekdays: ['1'], day: 1, cron }
  if (cron === '0 * * * *') return { ...choice, repeat: 'hourly' }
  if (cron === '*/15 * * * *') return { ...choice, repeat: 'quarter' }
  const [, minute, hour, day, weekday] =
    /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|1-5|[0-6](?:,[0-6])*)$/.exec(cron) ?? []
  if (minute === undefined || hour === undefined || (day !== '*' && weekday !== '*')) return choice
  const timed = { ...choice, time: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}` }
  if (day !== '*') return { ...timed, repeat: 'monthly', day: Number(day) }
  if (weekday === '*') return { ...timed, repeat: 'daily' }
  if (weekday === '1-5') return { ...timed, repeat: 'weekdays' }
  return { ...timed, repeat: 'weekly', weekdays: weekday?.split(',') ?? [] }
}
