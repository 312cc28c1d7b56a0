import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { execute, resume, type StepSetting } from '../../../test/node-step.ts'
import wait from './wait.ts'

const deadline = { by: 'deadline' } as const

function until(setting: StepSetting): string | Record<string, unknown> {
  const outcome = execute(wait, setting)
  if (outcome.is === 'wait-until') return outcome.until.toISOString()
  return outcome.is === 'next' ? { missed: outcome.output.missed, why: outcome.why?.code } : { is: outcome.is }
}

describe('wait for a time', () => {
  it('rests on the campaign’s clock and goes on when it is over', () => {
    const config = { waitType: 'duration', durationMs: 5_000 }
    expect(execute(wait, { config })).toMatchObject({ is: 'wait-for', ms: 5_000 })
    expect(resume(wait, deadline, { config })).toMatchObject({ is: 'next', output: { missed: false } })
  })
})

describe('wait until a date', () => {
  const at = (untilDate: string, setting: StepSetting = {}, more = {}) =>
    until({ ...setting, config: { waitType: 'until-date', untilDate, ...more } })

  it('takes a date alone as 00:00 where the customer is, else where the workspace is', () => {
    expect(at('2027-06-01', { customer: { timezone: 'Asia/Ho_Chi_Minh' } })).toBe('2027-05-31T17:00:00.000Z')
    expect(at('2027-06-01', { customer: { timezone: 'Narnia/Cair' } })).toBe('2027-05-31T22:00:00.000Z')
    expect(at('2027-06-01T09:30')).toBe('2027-06-01T07:30:00.000Z')
    expect(at('2027-06-01 09:30')).toBe('2027-06-01T07:30:00.000Z')
  })

  it('keeps an instant that has a zone of its own', () => {
    const customer = { timezone: 'Asia/Ho_Chi_Minh' }
    expect(at('2027-06-01T09:00:00Z', { customer })).toBe('2027-06-01T09:00:00.000Z')
    expect(at('2027-06-01T09:00+05:30', { customer })).toBe('2027-06-01T03:30:00.000Z')
  })

  it('takes a wall time that a clock change skips as much later as the clock jumps, and the first of two', () => {
    expect(at('2027-03-28T02:30')).toBe('2027-03-28T01:30:00.000Z')
    expect(at('2027-10-31T02:30')).toBe('2027-10-31T00:30:00.000Z')
  })

  it('moves the date by the offset', () => {
    expect(at('2027-06-01T09:00Z', {}, { offsetMs: -3_600_000 })).toBe('2027-06-01T08:00:00.000Z')
  })

  it('reads the date from a template', () => {
    const customer = { timezone: 'UTC', attributes: { renewal: '2027-06-01' } }
    expect(at('{{customer.attributes.renewal}}', { customer })).toBe('2027-06-01T00:00:00.000Z')
  })

  it('lets the customer pass where the date is missing, unreadable or past', () => {
    expect(at('{{customer.attributes.renewal}}')).toEqual({ missed: true, why: 'no_date' })
    const customer = { attributes: { renewal: 'next week' } }
    expect(at('{{customer.attributes.renewal}}', { customer })).toEqual({ missed: true, why: 'no_date' })
    expect(at('2027-01-01')).toEqual({ missed: true, why: 'date_passed' })
  })

  it('refuses what can never be a date', () => {
    const parse = (untilDate: string) => wait.config.safeParse({ waitType: 'until-date', untilDate }).success
    expect(['soon', '2027-13-01', '', '2027'].map(parse)).toEqual([false, false, false, false])
  })
})

describe('wait until a time of day', () => {
  const weekdays = [1, 2, 3, 4, 5]
  const config = { waitType: 'until-time', time: '09:00', weekdays }
  const customer = { timezone: 'Asia/Ho_Chi_Minh' }

  it('takes the next such time where the customer is, strictly after they arrive', () => {
    // Monday 1 March 2027, 09:00 in Vietnam, is 02:00 UTC.
    expect(until({ config, customer, now: new Date('2027-03-01T01:59:59Z') })).toBe('2027-03-01T02:00:00.000Z')
    expect(until({ config, customer, now: new Date('2027-03-01T02:00:00Z') })).toBe('2027-03-02T02:00:00.000Z')
  })

  it('passes over the days that were not chosen', () => {
    // Friday 5 March at 09:00 has passed there.
    expect(until({ config, customer, now: new Date('2027-03-05T03:00:00Z') })).toBe('2027-03-08T02:00:00.000Z')
  })

  it('keeps the wall time over a clock change', () => {
    const daily = { waitType: 'until-time', time: '09:00' }
    expect(until({ config: daily, now: new Date('2027-03-27T09:00:00Z') })).toBe('2027-03-28T07:00:00.000Z')
  })

  it('goes on when it is reached in time, and takes the next one when over 60 minutes late', () => {
    const setting = { config, customer, enteredAt: new Date('2027-03-01T01:00:00Z') }
    const at = (now: string) => resume(wait, deadline, { ...setting, now: new Date(now) })
    expect(at('2027-03-01T02:00:00Z')).toMatchObject({ is: 'next' })
    expect(at('2027-03-01T03:00:00Z')).toMatchObject({ is: 'next' })
    expect(at('2027-03-01T03:00:01Z')).toMatchObject({ is: 'wait-until', until: new Date('2027-03-02T02:00:00Z') })
    expect(at('2027-03-02T02:30:00Z')).toMatchObject({ is: 'next' })
  })

  it('always rests until a moment ahead that shows the time on one of the days, whatever the zone', () => {
    const zones = fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Pacific/Apia',
      'Australia/Lord_Howe',
    )
    const now = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(
        zones,
        now,
        fc.integer({ min: 4, max: 23 }),
        fc.integer({ min: 1, max: 7 }),
        (timezone, from, hour, day) => {
          const time = `${String(hour).padStart(2, '0')}:15`
          const outcome = execute(wait, {
            config: { waitType: 'until-time', time, weekdays: [day] },
            customer: { timezone },
            now: from,
          })
          if (outcome.is !== 'wait-until') throw new Error(outcome.is)
          expect(outcome.until.getTime()).toBeGreaterThan(from.getTime())
          // A week and a clock change.
          expect(outcome.until.getTime() - from.getTime()).toBeLessThanOrEqual(8 * 86_400_000)
          const shown = new Intl.DateTimeFormat('en-GB', {
            timeZone: timezone,
            weekday: 'short',
            hour: '2-digit',
            minute: '2-digit',
          })
          const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
          expect(shown.format(outcome.until).replace(',', '')).toBe(`${days[day - 1]} ${time}`)
        },
      ),
    )
  })
})
