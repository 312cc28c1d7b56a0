import { expect, it } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

const limit = () => {
  let at = 0
  const rate = createRateLimit({ max: 2, windowMs: 60_000, what: 'tries', now: () => at })
  const allowed = (key: string): boolean => {
    try {
      rate.take(key)
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'rate_limited' })
      return false
    }
  }
  return {
    rate,
    allowed,
    pass: (ms: number) => {
      at += ms
    },
  }
}

it('allows as many as it says in any window, each key for itself', () => {
  const { allowed, pass } = limit()
  expect([allowed('a'), allowed('b')]).toEqual([true, true])
  pass(50_000)
  expect([allowed('a'), allowed('a'), allowed('b')]).toEqual([true, false, true])
  pass(10_000)
  expect([allowed('a'), allowed('a')]).toEqual([true, false])
})

it('does not count what is refused, and gives back what did not count', () => {
  const { rate, allowed, pass } = limit()
  for (let n = 0; n < 10; n += 1) allowed('a')
  rate.giveBack('a')
  expect([allowed('a'), allowed('a')]).toEqual([true, false])
  pass(60_000)
  expect(allowed('a')).toBe(true)
})

it('says how long to wait', () => {
  const { rate, pass } = limit()
  rate.take('a')
  pass(59_000)
  rate.take('a')
  expect(() => rate.take('a')).toThrow(
    expect.objectContaining({ message: 'Too many tries; try again in 1 s.', extra: { retryAfterSeconds: 1 } }),
  )
})
