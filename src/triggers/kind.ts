import type { z } from 'zod'

/** What every kind of trigger states of itself (PRODUCT §3). Pure: data in, data out; what it does stands in the `*-sql.ts` files. */
export interface TriggerKind<Type extends string, Config extends z.ZodType> {
  /** Permanent: rows and campaign files hold it. */
  type: Type
  /** Its configuration; faults name the field and the fix. */
  config: Config
  /** It enrolls customers without anybody's doing, so the campaign does not keep enrolling whoever matches (PRODUCT §2, “Enrolling”). */
  byItself: boolean
  /** What it does, as a card says it: “Weekdays at 09:00 in Europe/Berlin”. */
  sentence(config: z.output<Config>): string
}

/** States one kind of trigger. */
export const defineTrigger = <const Type extends string, Config extends z.ZodType>(
  kind: TriggerKind<Type, Config>,
): TriggerKind<Type, Config> => kind

/** Says a fault of pure rules in zod's words; http/input.ts takes code and message from there. */
export const faultCheck =
  <Value>(faultOf: (value: Value) => { code: string; message: string } | null) =>
  (context: z.core.ParsePayload<Value>): void => {
    const fault = faultOf(context.value)
    if (fault === null) return
    const { code, message } = fault
    context.issues.push({ code: 'custom', input: context.value, message, params: { code } })
  }
