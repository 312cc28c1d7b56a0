import { Problem } from '../errors.ts'

/** Counts uses of a key in a sliding window, in this process. */
export interface RateLimit {
  /** Uses one. @throws Problem `rate_limited` with `retryAfterSeconds`, when none is left */
  take(key: string): void
  /** Gives one back: what was taken did not count after all. */
  giveBack(key: string): void
  /** Gives all of a key back. */
  forget(key: string): void
}

/** Keys kept at most; beyond it the oldest is forgotten, so that a flood of made-up keys cannot fill the memory. */
const maxKeys = 50_000

/**
 * `max` uses of a key in any `windowMs`. `what` completes “Too many …; try again in 3 min.”. `now` is the clock, for tests.
 * Several web processes count apart: put the limit on a proxy where that matters.
 */
export function createRateLimit(options: {
  max: number
  windowMs: number
  what: string
  now?: () => number
}): RateLimit {
  const { max, windowMs, what, now = Date.now } = options
  const uses = new Map<string, number[]>()
  return {
    take(key) {
      const at = now()
      const recent = (uses.get(key) ?? []).filter((use) => use > at - windowMs)
      const [oldest] = recent
      if (recent.length >= max && oldest !== undefined) {
        const seconds = Math.max(1, Math.ceil((oldest + windowMs - at) / 1000))
        throw new Problem('rate_limited', `Too many ${what}; try again in ${inWords(seconds)}.`, {
          extra: { retryAfterSeconds: seconds },
        })
      }
      recent.push(at)
      uses.delete(key)
      uses.set(key, recent)
      if (uses.size > maxKeys) uses.delete(uses.keys().next().value ?? key)
    },
    giveBack(key) {
      const recent = uses.get(key)
      recent?.pop()
      if (recent?.length === 0) uses.delete(key)
    },
    forget(key) {
      uses.delete(key)
    },
  }
}

const inWords = (seconds: number): string => (seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`)
