import { Temporal } from 'temporal-polyfill'
import { describe, expect, it } from 'vitest'
import { opensAfter, type SendWindow, sendWindow, windowAt } from './send-window.ts'

const weekdays = [1, 2, 3, 4, 5]
const everyDay = [1, 2, 3, 4, 5, 6, 7]
const office: SendWindow = { days: weekdays, from: '09:00', to: '17:00' }
const night: SendWindow = { days: everyDay, from: '22:00', to: '02:00' }
const opening = (now: string, window: SendWindow, zone: string) =>
  (opensAfter(new Date(now), window, zone) ?? new Date(now)).toISOString()

it('is open between its hours in the customer’s own zone, and else opens at the next of its days', () => {
  // Monday 2027-03-01
  expect(opening('2027-03-01T10:00:00Z', office, 'Europe/Berlin')).toBe('2027-03-01T10:00:00.000Z')
  expect(opening('2027-03-01T07:59:59Z', office, 'Europe/Berlin')).toBe('2027-03-01T08:00:00.000Z')
  expect(opening('2027-03-01T16:00:00Z', office, 'Europe/Berlin')).toBe('2027-03-02T08:00:00.000Z')
  expect(opening('2027-03-05T16:00:00Z', office, 'Europe/Berlin')).toBe('2027-03-08T08:00:00.000Z')
  expect(opening('2027-03-01T10:00:00Z', office, 'America/New_York')).toBe('2027-03-01T14:00:00.000Z')
  expect(windowAt(new Date('2027-03-01T10:00:00Z'), office, 'Europe/Berlin')).toEqual({
    open: true,
    until: new Date('2027-03-01T16:00:00Z'),
  })
})

it('may span midnight, and then belongs to the day on which it opens', () => {
  const friday: SendWindow = { days: [5], from: '22:00', to: '02:00' }
  expect(opening('2027-03-05T21:30:00Z', friday, 'Europe/Berlin')).toBe('2027-03-05T21:30:00.000Z')
  expect(opening('2027-03-06T00:59:00Z', friday, 'Europe/Berlin')).toBe('2027-03-06T00:59:00.000Z')
  expect(opening('2027-03-06T01:00:00Z', friday, 'Europe/Berlin')).toBe('2027-03-12T21:00:00.000Z')
  expect(opening('2027-03-05T00:30:00Z', friday, 'Europe/Berlin')).toBe('2027-03-05T21:00:00.000Z')
  expect(opening('2027-03-01T23:30:00Z', { days: everyDay, from: '18:00', to: '00:00' }, 'UTC')).toBe(
    '2027-03-01T23:30:00.000Z',
  )
})

it('refuses a window that ends when it begins', () => {
  expect(sendWindow.safeParse({ ...office, to: '09:00' }).success).toBe(false)
  expect(sendWindow.safeParse({ ...office, days: [] }).success).toBe(false)
  expect(sendWindow.safeParse(night).success).toBe(true)
})

describe.each([
  ['America/New_York', '2027-03-13T12:00:00Z'],
  ['America/New_York', '2027-11-06T12:00:00Z'],
  ['Europe/London', '2027-03-27T12:00:00Z'],
  ['Europe/London', '2027-10-30T12:00:00Z'],
  ['Australia/Lord_Howe', '2027-10-02T12:00:00Z'],
  ['Australia/Lord_Howe', '2027-04-03T12:00:00Z'],
  ['Africa/Casablanca', '2027-02-06T12:00:00Z'],
  ['Africa/Casablanca', '2027-03-13T12:00:00Z'],
])('around the night on which clocks change in %s (%s)', (zone, from) => {
  it.each<SendWindow>([
    { days: everyDay, from: '02:30', to: '09:00' },
    { days: everyDay, from: '01:10', to: '01:50' },
    { days: everyDay, from: '02:10', to: '02:20' },
    { days: everyDay, from: '22:00', to: '02:30' },
    { days: weekdays, from: '09:00', to: '17:00' },
  ])('is never open outside its hours, and opens again: %o', (window) => {
    const start = new Date(from).getTime()
    const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
    let openMinutes = 0
    for (let minute = 0; minute < 3 * 1_440; minute += 5) {
      const at = new Date(start + minute * 60_000)
      const { open, until } = windowAt(at, window, zone)
      expect(until.getTime()).toBeGreaterThan(at.getTime())
      expect(windowAt(until, window, zone).open).toBe(!open)
      if (!open) continue
      openMinutes += 5
      const wall = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone)
      const read = wall.hour * 60 + wall.minute
      const [opens, closes] = [minutes(window.from), minutes(window.to)]
      const within = opens < closes ? read >= opens && read < closes : read >= opens || read < closes
      expect([wall.toString(), within]).toEqual([wall.toString(), true])
    }
    expect(openMinutes).toBeGreaterThan(0)
  })
})
