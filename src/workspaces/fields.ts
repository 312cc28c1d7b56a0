import { z } from 'zod'

/** An email address that a person signs in with. */
export const email = z
  .string({ error: 'Write an email address.' })
  .trim()
  .max(254, 'At most 254 characters.')
  .check(z.email({ error: 'Write an email address such as ana@example.com.' }))

/** A password as typed; the rule for new ones is requireGoodPassword(). */
export const password = z
  .string({ error: 'Write a password.' })
  .min(1, 'Write a password.')
  .max(1000, 'At most 1,000 characters.')

/** A name of a person, a workspace, a key. */
export const name = z
  .string({ error: 'Write a name.' })
  .trim()
  .min(1, 'Write a name.')
  .max(200, 'At most 200 characters.')

/** A time zone of the IANA database that this runtime knows. */
export const timezone = z.string({ error: 'Write a time zone such as Europe/Berlin.' }).refine(isTimezone, {
  error: 'Write a time zone of the IANA database such as Europe/Berlin.',
  params: { code: 'invalid_timezone' },
})

function isTimezone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** The three roles, strongest first. */
export const role = z.enum(['owner', 'admin', 'member'])
