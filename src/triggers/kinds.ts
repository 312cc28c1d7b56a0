import event from './event.ts'
import manual from './manual.ts'
import schedule from './schedule.ts'
import webhook from './webhook.ts'

/** The kinds of trigger, by type. */
export const kinds = { manual, schedule, webhook, event } as const
export type TriggerType = keyof typeof kinds

/** The types that enroll by themselves: with one of them enabled, a campaign does not keep enrolling whoever matches. */
export const typesByThemselves = Object.values(kinds)
  .filter(({ byItself }) => byItself)
  .map(({ type }) => type)

/** What a trigger does, in words. Its config was checked when it was saved. */
export function sentenceOf(type: TriggerType, config: unknown): string {
  const kind = kinds[type]
  return kind.sentence(kind.config.parse(config) as never)
}
