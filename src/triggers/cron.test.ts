import { describe, expect, it } from 'vitest'
import { cronFault, dueFirings, nextFirings } from './cron.ts'
import { cronSentence } from './cron-sentence.ts'

const times = (cron: string, timezone: string, after: string, count = 5) =>
  nextFirings({ cron, timezone }, new Date(after), count).map((at) => at.toISOString().slice(0, 16))

describe('a cron that is refused', () => {
  it.each([
    ['61 * * * *', /“61” is no minute.*0 to 59/],
    ['* 24 * * *', /“24” is no hour/],
    ['0 0 0 * *', /“0” is no day of the month/],
    ['0 9 * * 8', /“8” is no day of the week/],
    ['0 9 * 13 *', /“13” is no month/],
    ['0 17-9 * * *', /goes backwards/],
    ['*/0 * * * *', /no step for the minute/],
    ['0 9 * * MOO', /“MOO” is no day of the week/],
    ['0 0 9 * * *', /five fields.*has 6/],
    ['0 9 * *', /five fields.*has 4/],
    ['', /five fields.*has 0/],
    ['@daily', /nickname.*0 0 \* \* \*/],
    ['0 0 31 2 *', /never fire/],
    ['0 0 30 2 *', /never fire/],
    ['0 9 L * *', /“L”/],
    ['0 9 * * 1#2', /“1#2”/],
    ['0 9 ? * *', /“\?”/],
    ['0 9 * * $(rm)', /rm/],
    ['a b c d e', /“?a”?/i],
  ])('says what is wrong with %s', (cron, message) => {
    expect(cronFault(cron)).toMatchObject({ code: 'invalid_cron', message: expect.stringMatching(message) })
  })

  it('is none of these', () => {
    for (const cron of [
      '* * * * *',
      '0 9 * * MON-FRI',
      '*/15 8-18 * * *',
      '0 0 29 2 *',
      '0 9 1,15 * *',
      '5 4 * JAN,jul 7',
    ])
      expect(cronFault(cron)).toBeNull()
  })
})

describe('the nights on which clocks change', () => {
  it('fires a time that does not exist once, at the end of the gap', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00Z', 3)).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
  })

  it('fires a time that comes twice once', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 3)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
      '2026-10-27T01:30',
    ])
  })

  it('goes through both passes of the hour that comes twice with an interval, and skips the missing one', () => {
    expect(times('*/30 * * * *', 'America/New_York', '2026-11-01T04:59Z', 6)).toEqual([
      '2026-11-01T05:00',
      '2026-11-01T05:30',
      '2026-11-01T06:00',
      '2026-11-01T06:30',
      '2026-11-01T07:00',
      '2026-11-01T07:30',
    ])
    expect(times('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30Z', 4)).toEqual([
      '2026-03-29T00:00',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
      '2026-03-29T03:00',
    ])
  })

  it('keeps the hour of the day on both sides, also half an hour south', () => {
    expect(times('0 9 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 2)).toEqual([
      '2026-03-28T08:00',
      '2026-03-29T07:00',
    ])
    expect(times('0 9 * * *', 'Australia/Lord_Howe', '2026-04-03T12:00Z', 3)).toEqual([
      '2026-04-03T22:00',
      '2026-04-04T22:30',
      '2026-04-05T22:30',
    ])
  })
})

describe('what was missed', () => {
  const schedule = { cron: '0 * * * *', timezone: 'UTC' }
  const at = (time: string) => new Date(`2026-05-05T${time}Z`)

  it('is counted from the firing that was announced to the latest before now', () => {
    expect(dueFirings(schedule, at('09:00'), at('09:00'))).toEqual({
      first: at('09:00'),
      latest: at('09:00'),
      count: 1,
    })
    expect(dueFirings(schedule, at('09:00'), at('11:59'))).toEqual({
      first: at('09:00'),
      latest: at('11:00'),
      count: 3,
    })
  })

  it('is counted up to ten thousand, and its latest is right beyond', () => {
    const long = dueFirings({ cron: '* * * * *', timezone: 'UTC' }, new Date('2026-01-01T00:00Z'), at('11:59:30'))
    expect(long).toMatchObject({ count: 10_000, latest: at('11:59') })
  })
})

describe('a cron in words', () => {
  it.each([
    ['* * * * *', 'Every minute'],
    ['*/15 * * * *', 'Every 15 minutes'],
    ['0 * * * *', 'Every hour on the hour'],
    ['5 * * * *', 'Every hour at 5 past'],
    ['0 */2 * * *', 'Every 2 hours on the hour'],
    ['0 9 * * *', 'Every day at 09:00'],
    ['0 9 * * 1-5', 'Weekdays at 09:00'],
    ['0 9 * * MON-FRI', 'Weekdays at 09:00'],
    ['0 9,17 * * 1,4', 'Mondays and Thursdays at 09:00 and 17:00'],
    ['30 8 1 * *', 'The 1st of the month at 08:30'],
    ['0 0 1,15 * *', 'The 1st and 15th of the month at 00:00'],
    ['0 9 1 * 1', 'The 1st of the month or Mondays at 09:00'],
    ['0 9 * 3,6 *', 'Every day at 09:00 in March and June'],
    ['*/15 9-17 * * 1-5', 'Every 15 minutes from 09:00 to 17:59 on weekdays'],
    ['0 8-18 * * *', 'Every hour on the hour from 08:00 to 18:59'],
    ['0 10 * * 0,6', 'Weekends at 10:00'],
    ['0 10 * * 7', 'Sundays at 10:00'],
  ])('%s is “%s”', (cron, sentence) => {
    expect(cronSentence(cron)).toBe(sentence)
  })
})
