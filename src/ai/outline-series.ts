import { durationText } from './durations.ts'
import type { MessageAction } from './outline-message.ts'
import type { Op } from './outline-read.ts'

const defaultSpacingMs = 3 * 86_400_000

const isMessage = (op: Op): op is MessageAction & { line: number } => op.do === 'message'

/** Turns “three emails 4 days apart” and “3-step outreach … wait 3 days” into their steps. */
export function expandSeries(ops: readonly Op[]): { ops: Op[]; notes: string[] } {
  const notes: string[] = []
  const between = ops.find((op) => op.do === 'between')
  const heading = ops.find((op) => op.do === 'heading' && op.count !== null)
  const messages = ops.filter((op) => op.do === 'message' || op.do === 'series')
  const firstWait = ops.find((op) => op.do === 'wait')
  const spacing = (own: number | null): number => {
    const known = own ?? (between?.do === 'between' ? between.ms : null)
    if (known !== null) return known
    notes.push(`No time between the messages was given, so ${durationText(defaultSpacingMs)} were taken.`)
    return defaultSpacingMs
  }
  const series = (count: number, ms: number, line: number, message: MessageAction): Op[] =>
    Array.from({ length: count }, (_, index): Op[] => [
      ...(index > 0 ? [{ do: 'wait' as const, ms, line }] : []),
      {
        ...message,
        title: count > 1 && message.title !== '' ? `${message.title} ${index + 1}`.slice(0, 60) : message.title,
        subject: index === 0 ? message.subject : null,
        line,
      },
    ]).flat()
  if (heading?.do === 'heading' && heading.count !== null && messages.length === 0) {
    const email: MessageAction = { do: 'message', channel: 'email', title: '', subject: null, templateName: null }
    // “3-step outreach, wait 3 days”: the wait is the time between its messages.
    const own = firstWait?.do === 'wait' ? firstWait.ms : null
    const steps = series(heading.count, spacing(own), heading.line, email)
    const rest = ops.filter((op) => op.do !== 'heading' && op.do !== 'between' && (own === null || op !== firstWait))
    return { ops: [...steps, ...rest], notes }
  }
  if (heading?.do === 'heading' && heading.count !== null && messages.length === 1 && messages[0]?.do === 'message') {
    notes.push(`${heading.count} steps are named and one message is described; what is described was taken.`)
  }
  const expanded = ops.flatMap((op, index): Op[] => {
    if (op.do === 'heading') return []
    if (op.do === 'between') return []
    if (op.do !== 'series') return [op]
    const next = ops[index + 1]
    const laterMessages = ops.slice(index + 1).some((each) => each.do === 'message' || each.do === 'series')
    const own = op.spacingMs ?? (next?.do === 'wait' && !laterMessages ? next.ms : null)
    return series(op.count, spacing(own), op.line, op.message)
  })
  // A wait that served as the time between is not waited for again.
  const single = ops.findIndex((op) => op.do === 'series' && op.spacingMs === null)
  const used = single >= 0 && between === undefined ? ops[single + 1] : undefined
  const isUsed = used?.do === 'wait' && !ops.slice(single + 1).some((op) => op.do === 'message' || op.do === 'series')
  const spaced =
    between?.do === 'between' && !ops.some((op) => op.do === 'series') ? spaceOut(expanded, between.ms) : expanded
  return { ops: isUsed ? spaced.filter((op) => op !== used) : spaced, notes }
}

/** Puts a wait between messages that follow one another. */
function spaceOut(ops: readonly Op[], ms: number): Op[] {
  return ops.flatMap((op, index): Op[] =>
    isMessage(op) && index > 0 && ops.slice(0, index).some(isMessage) && ops[index - 1]?.do !== 'wait'
      ? [{ do: 'wait', ms, line: op.line }, op]
      : [op],
  )
}

/** “Email, wait, email. If they reply, …” as the last word is about every message, not about the last one. */
export function takeTrailingReplies(ops: readonly Op[], notes: string[]): Op[] {
  const replies = ops.filter((op) => op.do === 'if' && op.outcome === 'replied')
  const lastStep = ops.findLastIndex((op) => !('steps' in op) && !(op.do === 'step' && op.type === 'exit'))
  const several = ops.filter(isMessage).length >= 2
  if (!several || ops.some((op) => op.do === 'otherwise')) return [...ops]
  return ops.map((op, index) => {
    if (op.do !== 'if' || op.outcome !== 'replied' || op.negated || op.anyPoint || index < lastStep) return op
    if (replies.length !== 1) return op
    notes.push('The reply was taken for a reply to any of the messages.')
    return { ...op, anyPoint: true }
  })
}
