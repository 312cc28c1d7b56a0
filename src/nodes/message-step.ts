import { z } from 'zod'
import type { HeardEvent, MessageOutcome } from '../engine/facts.ts'
import { awaitEvent, leave, next, type Outcome, restOn, type Why } from '../engine/outcome.ts'
import { judgeMessage, type MessageOutcomeLabel, outcomesAmong, usualWindowMs } from '../workflow/outcomes.ts'
import { durationMs } from './fields.ts'

/** What a message node writes. */
export const messageOutput = z.object({
  sent: z.boolean().describe('Whether it was handed over. A message whose fate is unknown counts as sent.'),
  reason: z.string().nullable().describe('Why it was not sent, or `unconfirmed`; null when it was.'),
  messageId: z.number().nullable().describe('The message’s id.'),
})
type MessageOutput = z.input<typeof messageOutput>

/** What every message node has in its config. */
export const replyTimeout = durationMs.optional().meta({
  title: 'Window for replies and clicks',
  description: 'How long its outcome edges are open. Without such edges the customer moves on as soon as it is sent.',
  widget: 'duration',
  unit: 'ms',
  section: 'timing',
})

/** What every message node is given when it is woken, of what it needs here. */
interface MessageStep {
  config: { replyTimeoutMs?: number | undefined }
  message: MessageOutcome | null
  clock: Date
  ways: ReadonlySet<string>
  woke: { by: string }
}

const words: Readonly<Record<MessageOutcomeLabel, string>> = {
  replied: 'They replied',
  clicked: 'They clicked',
  opened: 'They opened it',
  bounced: 'It bounced',
}

/**
 * Where a customer goes from a message node, each time something of its message becomes known or its window ends. `Label`: those that the
 * node's edges may carry; a way without an edge is never taken by its label.
 */
export function leaveMessage<Label extends MessageOutcomeLabel = MessageOutcomeLabel>({
  config,
  message,
  clock,
  ways,
}: MessageStep): Outcome<MessageOutput, Label> {
  if (message === null) return restOn()
  const { messageId, state, reason, handedAt, heard, pendingClickAt } = message
  const sent = state === 'sent' || state === 'unconfirmed'
  const windowEndsAt = new Date((handedAt ?? clock).getTime() + (config.replyTimeoutMs ?? usualWindowMs))
  // Held back for classification; the window's end is the last moment to take it for a person's.
  const clicked = heard.clicked ?? (clock >= windowEndsAt ? (pendingClickAt ?? undefined) : undefined)
  const edges = outcomesAmong(ways)
  const judged = judgeMessage({ sent, heard: { ...heard, ...(clicked && { clicked }) }, windowEndsAt }, edges, clock)
  if (judged.is === 'rest') return awaitEvent(windowEndsAt)
  const output = { sent, reason: sent && state === 'sent' ? null : (reason ?? state), messageId }
  const why = whyOf(judged.when, judged.code, output)
  return judged.when === '' ? next(output, [], why) : leave(judged.when as Label, output, [], why)
}

function whyOf(when: MessageOutcomeLabel | '', code: string, { sent, reason }: MessageOutput): Why {
  if (when !== '') return { code, text: `${words[when]}.` }
  if (code === 'bounced') return { code, text: `It bounced${reason ? ` (${reason})` : ''}.` }
  if (!sent)
    return { code: 'not_sent', text: `It was not sent: ${reason ?? 'no reason is known'}.`, values: { reason } }
  if (code === 'window_ended') return { code, text: 'Nothing that has an edge happened before the window ended.' }
  if (reason === 'unconfirmed') {
    return { code: reason, text: 'Whether it arrived is not known; it counts as sent and is not sent again by itself.' }
  }
  return { code: 'sent', text: 'It was sent.' }
}

/** A message event concerns the node whose message it is about. */
export const isOwnMessage = ({ event, nodeId }: { event: HeardEvent; nodeId: string }): boolean =>
  event.nodeId === nodeId
