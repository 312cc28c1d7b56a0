import { describe, expect, test } from 'vitest'
import { momentFor } from './customer/their-time.ts'
import {
  ago,
  calendarDay,
  clockTime,
  dayStart,
  dayTime,
  duration,
  durationText,
  exact,
  fullTime,
  instantOf,
  nameOf,
  parseClock,
  parseDuration,
  percent,
  plural,
  readTimesIn,
  weekdayTime,
} from './format.ts'

describe('durations', () => {
  test('are read the way people write them', () => {
    expect(parseDuration('3d 4h')).toBe(3 * 86_400_000 + 4 * 3_600_000)
    expect(parseDuration('90m')).toBe(90 * 60_000)
    expect(parseDuration('1.5 hours')).toBe(90 * 60_000)
    expect(parseDuration('2 days and 30 minutes')).toBe(2 * 86_400_000 + 30 * 60_000)
    expect(parseDuration('1 week')).toBe(7 * 86_400_000)
    expect(parseDuration('45')).toBe(45 * 60_000)
  })

  test('that cannot be read are refused, not guessed', () => {
    for (const text of ['', 'soon', '3 fortnights', '3d x', '-3d']) expect(parseDuration(text)).toBeNull()
  })

  test('survive a round trip through their field', () => {
    for (const ms of [0, 60_000, 5_400_000, 97_200_000, 3 * 86_400_000])
      expect(parseDuration(durationText(ms))).toBe(ms)
  })

  test('are said in words', () => {
    expect(duration(3 * 86_400_000)).toBe('3 days')
    expect(duration(97_200_000)).toBe('1 day 3 hours')
    expect(duration(0)).toBe('no time')
  })
})

test('shares never show NaN and keep one decimal below ten percent', () => {
  expect(percent(1, 0)).toBe('—')
  expect(percent(1, 30)).toBe('3.3 %')
  expect(percent(15, 100)).toBe('15 %')
})

test('counts of people agree with their noun', () => {
  expect(plural(1, 'customer')).toBe('1 customer')
  expect(plural(12_480, 'customer')).toBe('12,480 customers')
})

test('times are relative for a week', () => {
  const now = Date.parse('2026-05-20T12:00:00Z')
  expect(ago('2026-05-20T11:57:00Z', now)).toBe('3 minutes ago')
  expect(ago('2026-05-22T12:00:00Z', now)).toBe('in 2 days')
  expect(ago('2026-05-01T12:00:00Z', now)).toContain('2026')
})

test('a customer without a name is called by what is known', () => {
  expect(nameOf({ firstName: 'Minh', lastName: 'Tran', email: 'm@x.vn' })).toBe('Minh Tran')
  expect(nameOf({ email: 'm@x.vn' })).toBe('m@x.vn')
  expect(nameOf({ id: '0190aaaa-bbbb' })).toBe('Customer 0190aaaa')
})

test('writes times and begins days in the zone that the reader chose', () => {
  readTimesIn('Asia/Ho_Chi_Minh')
  expect(exact('2026-05-03T20:00:00Z')).toBe('May 4, 2026, 03:00')
  expect(instantOf('2026-05-04', '03:00').toISOString()).toBe('2026-05-03T20:00:00.000Z')
  expect(dayStart('2026-05-03').toISOString()).toBe('2026-05-02T17:00:00.000Z')
  expect(calendarDay('2026-05-03T20:00:00Z')).toBe('2026-05-04')
  readTimesIn('Europe/Berlin')
  // The clocks go forward on the 29th.
  expect(dayStart('2026-03-29').toISOString()).toBe('2026-03-28T23:00:00.000Z')
  expect(dayStart('2026-03-29', 1).toISOString()).toBe('2026-03-29T22:00:00.000Z')
  readTimesIn('Not/AZone')
  expect(exact('2026-05-03T12:00:00Z')).toContain('May 3, 2026')
  readTimesIn(null)
})

test('the clock has 24 hours everywhere, and a day begins at 00:00', () => {
  readTimesIn('UTC')
  const night = '2026-05-05T00:05:00Z'
  const evening = '2026-05-05T21:05:00Z'
  const written = (at: string) => [exact(at), clockTime(at), weekdayTime(at), dayTime(at), fullTime(at, 'UTC')]
  expect(written(night)).toEqual([
    ...['May 5, 2026, 00:05', '00:05', 'Tue 00:05', 'Tue, May 5, 00:05', 'Tue, May 5, 2026, 00:05'],
  ])
  expect(written(evening)).toEqual([
    ...['May 5, 2026, 21:05', '21:05', 'Tue 21:05', 'Tue, May 5, 21:05', 'Tue, May 5, 2026, 21:05'],
  ])
  expect(momentFor('Asia/Tokyo', '2026-05-05T12:05:00Z', Date.parse(night))).toBe('Tue 21:05 their time')
  expect(momentFor('Not/AZone', '2026-07-05T12:05:00Z', Date.parse(night))).toBe('Jul 5, 2026, 12:05')
  readTimesIn(null)
})

test('reads a time of day as people write it', () => {
  const read = ['9', '09:30', '930', '21.30', '9:30 pm', '12 am', '12pm', '0:05'].map(parseClock)
  expect(read).toEqual(['09:00', '09:30', '09:30', '21:30', '21:30', '00:00', '12:00', '00:05'])
  expect(['', 'noon', '24', '9:75', '13 pm', '9:3'].map(parseClock)).toEqual(Array(6).fill(null))
})
