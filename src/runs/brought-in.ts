/** The firing by which a customer came into a campaign, and what is known of it. */
export interface BroughtBy {
  type: string
  /** The name of who fired it, where that was a person or a key. */
  byName: string | null
  audienceType: string
  segmentName: string | null
  /** Of an event trigger: the event's name. */
  eventName: string | null
}

/** Says by what a customer came into a campaign, in a sentence. */
export function broughtIn({ type, byName, audienceType, segmentName, eventName }: BroughtBy): string {
  const who = byName ?? 'Somebody'
  const place =
    audienceType === 'segment'
      ? `in the segment “${segmentName ?? 'that is gone'}”`
      : audienceType === 'list'
        ? 'on the campaign’s list'
        : 'a customer'
  switch (type) {
    case 'keep':
      return `The campaign enrolls whoever matches: they were ${place}.`
    case 'manual':
      return `${who} pressed Run now: they were ${place}.`
    case 'enroll':
      return `${who} enrolled them.`
    case 're-enroll':
      return `${who} re-enrolled them.`
    case 'schedule':
      return `Its schedule fired: they were ${place}.`
    case 'webhook':
      return 'Its webhook was called for them.'
    case 'event':
      return eventName === null ? 'An event of theirs fired it.' : `Their event ${eventName} fired it.`
    case 'test':
      return `${who} fired a trigger for them.`
    default:
      return `A firing of type ${type} enrolled them.`
  }
}
