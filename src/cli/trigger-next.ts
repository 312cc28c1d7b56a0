import { timezoneFault } from '../customers/fields.ts'
import { Problem } from '../errors.ts'
import { cronFault, nextFirings } from '../triggers/cron.ts'
import { cronSentence } from '../triggers/cron-sentence.ts'
import type { Command } from './command.ts'

export default {
  usage: "trigger next 'CRON' [--timezone ZONE]",
  summary: 'Say what a cron means and when it fires next; needs no database.',
  options: {
    timezone: { type: 'string', value: 'ZONE', help: 'IANA time zone, as in Europe/Berlin; UTC unless said' },
  },
  takes: { min: 1, max: 1 },
  async run({ arguments: [given = ''], text }) {
    const cron = given.trim().replace(/\s+/g, ' ')
    const timezone = text('timezone') ?? 'UTC'
    const fault = cronFault(cron) ?? timezoneFault(timezone)
    if (fault) throw new Problem('invalid', fault.message)
    const sentence = `${cronSentence(cron)} in ${timezone}`
    const firings = nextFirings({ cron, timezone }, new Date(), 5)
    const local = new Intl.DateTimeFormat('en', {
      ...{ timeZone: timezone, dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' },
    } as const)
    return {
      data: { cron, timezone, sentence, nextFirings: firings },
      text: [sentence, ...firings.map((at) => `  ${at.toISOString()}  ${local.format(at)}`)].join('\n'),
    }
  },
} satisfies Command
