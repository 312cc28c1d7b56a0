import { lastTime, nextTime, zoneOf } from '../nodes/calendar.ts'
import { windowAt } from '../nodes/send-window.ts'
import type { ClaimedMessage } from './claim-sql.ts'
import type { MessageConfig } from './prepare.ts'

/** Until when what was found out about a customer's hours holds, for the look in the moment of handing over. */
export interface Hours {
  /** The send window closes or, where a day's messages are counted, the customer's day ends; null = never. */
  until: Date | null
  /** When the customer's day began, where the workspace caps the messages of a day. */
  dayStart: Date | null
}

/** Whether a claimed message may go now, by its send window: what holds for a while, or when the window opens. */
export function hoursOf(
  { now, timezone, workspaceTimezone, frequencyCap }: ClaimedMessage,
  { sendWindow }: Pick<MessageConfig, 'sendWindow'>,
): { hours: Hours } | { opensAt: Date } {
  if (!sendWindow && frequencyCap === null) return { hours: { until: null, dayStart: null } }
  const zone = zoneOf(timezone, workspaceTimezone)
  const window = sendWindow && windowAt(now, sendWindow, zone)
  if (window && !window.open) return { opensAt: window.until }
  if (frequencyCap === null) return { hours: { until: window?.until ?? null, dayStart: null } }
  const midnight = { time: '00:00', zone }
  const dayEnd = nextTime(now, midnight)
  const until = window && window.until < dayEnd ? window.until : dayEnd
  return { hours: { until, dayStart: lastTime(now, midnight) } }
}
