import type { Effect } from './facts.ts'

/** Why a step went the way it went: a permanent code, a sentence, and the values that were compared. */
export interface Why {
  code: string
  text: string
  values?: Record<string, unknown>
}

export type EndStatus = 'succeeded' | 'canceled'

/** What a node decided. The engine does it. */
export type Outcome<Output = Record<string, unknown>, Label extends string = string> =
  | { is: 'next'; output: Output; effects: Effect[]; why?: Why }
  | { is: 'leave'; when: Label; output: Output; effects: Effect[]; why?: Why }
  | { is: 'wait-for'; ms: number; effects: Effect[]; why?: Why }
  | { is: 'wait-until'; until: Date; effects: Effect[]; why?: Why }
  | { is: 'await-message'; effects: Effect[]; why?: Why }
  | { is: 'await-event'; until: Date; effects: Effect[]; why?: Why }
  | { is: 'rest-on' }
  | { is: 'end'; status: EndStatus; reason: string; output: Output; effects: Effect[]; why?: Why }
  | { is: 'fail'; code: string; message: string }

/** Leave by the default way out. */
export const next = <Output>(output: Output, effects: Effect[] = [], why?: Why): Outcome<Output, never> => ({
  is: 'next',
  output,
  effects,
  ...(why && { why }),
})

/** Leave by a label. */
export const leave = <Output, const Label extends string>(
  when: Label,
  output: Output,
  effects: Effect[] = [],
  why?: Why,
): Outcome<Output, Label> => ({ is: 'leave', when, output, effects, ...(why && { why }) })

/** Rest for some milliseconds of the campaign's clock, which stands while it is paused. 0 or less passes at once. */
export const waitFor = (ms: number, effects: Effect[] = [], why?: Why): Outcome<never, never> => ({
  is: 'wait-for',
  ms,
  effects,
  ...(why && { why }),
})

/** Rest until an instant of the wall clock, paused or not. A past instant passes at once. */
export const waitUntil = (until: Date, effects: Effect[] = [], why?: Why): Outcome<never, never> => ({
  is: 'wait-until',
  until,
  effects,
  ...(why && { why }),
})

/** Rest until the message that this step queued was handed over, refused or passed over. */
export const awaitMessage = (effects: Effect[], why?: Why): Outcome<never, never> => ({
  is: 'await-message',
  effects,
  ...(why && { why }),
})

/** Rest until an event that this node listens to, or until an instant of the campaign's clock, whichever is first. */
export const awaitEvent = (until: Date, effects: Effect[] = [], why?: Why): Outcome<never, never> => ({
  is: 'await-event',
  until,
  effects,
  ...(why && { why }),
})

/** What woke the run does not concern it: it rests on as it did. Only from `resume`. */
export const restOn = (): Outcome<never, never> => ({ is: 'rest-on' })

/** End the run. */
export const end = <Output>(
  status: EndStatus,
  reason: string,
  output: Output,
  effects: Effect[] = [],
  why?: Why,
): Outcome<Output, never> => ({ is: 'end', status, reason, output, effects, ...(why && { why }) })

/** The node cannot do its work; the run stays here with the error shown, is retried with backoff and parked after three tries. */
export const fail = (code: string, message: string): Outcome<never, never> => ({ is: 'fail', code, message })
