import { z } from 'zod'
import { timezoneFault, timezoneNamed } from '../customers/fields.ts'
import { cronFault } from './cron.ts'
import { cronSentence } from './cron-sentence.ts'
import { defineTrigger, faultCheck } from './kind.ts'

const cron = z
  .string()
  .transform((text) => text.trim().replace(/\s+/g, ' '))
  .check(faultCheck(cronFault))
  .meta({ description: 'Five fields: minute, hour, day of the month, month, day of the week; as in 0 9 * * 1-5.' })

const timezone = z
  .string()
  .trim()
  .check(faultCheck(timezoneFault))
  .transform((name) => timezoneNamed(name) ?? name)
  .meta({ description: 'An IANA time zone, as in Europe/Berlin.' })

/** A cron with its zone: what the preview takes. */
export const timing = z.strictObject({ cron, timezone })
export type Timing = z.output<typeof timing>

export default defineTrigger({
  type: 'schedule',
  config: timing.extend({
    refreshAudience: z.boolean().default(true).meta({
      description: 'true: each firing takes the current audience; false: only who was in it at activation.',
    }),
  }),
  byItself: true,
  sentence: ({ cron: text, timezone: zone, refreshAudience }) =>
    `${cronSentence(text)} in ${zone}${refreshAudience ? '' : ', for those in the audience at activation'}`,
})
