import { fieldWord } from '../../../src/workflow/segment-words.ts'
import type { Item } from '../api.ts'

/** One thing in a customer's history. */
export type Entry = Item<'GET /customers/:id/timeline'>

/** What a history can be narrowed to, in words. */
export const timelineFilters = {
  messages: 'Messages',
  replies: 'Replies',
  steps: 'Campaign steps',
  scores: 'Scores',
  profile: 'Profile',
  events: 'Events',
  notes: 'Notes',
  'why-not': 'Why not',
} as const

/** Which of its icons an entry has. */
export type EntryLook =
  | 'message'
  | 'reply'
  | 'reaction'
  | 'not-sent'
  | 'step'
  | 'run'
  | 'score'
  | 'profile'
  | 'tag'
  | 'event'
  | 'note'
  | 'not-enrolled'

/** An entry as people read it. */
export interface EntryWords {
  look: EntryLook
  title: string
  text: string
  /** Who or what it comes from, where that is not the campaign. */
  source: string
}

/** The names of what entries mention by id. */
export interface EntryNames {
  members: ReadonlyMap<string, string>
  segments: ReadonlyMap<string, string>
}

const channelWords: Record<string, string> = {
  email: 'Email',
  telegram: 'Telegram message',
  linkedin: 'LinkedIn message',
}

const reasonWords: Record<string, string> = {
  capped: 'frequency cap reached',
  suppressed: 'on the suppression list',
  no_address: 'no address',
  no_consent: 'no consent',
  withdrawn: 'they left the step first',
  archived: 'archived',
  erased: 'erased',
  already_sent: 'sent already in this run',
  hard_bounce: 'the address does not exist',
  soft_bounce: 'the mailbox refused it for now',
  deferred_too_long: 'the provider put it off too long',
  render_failed: 'its text could not be made',
  recipient: 'the provider refused the address',
  policy: 'the provider’s policy',
  connection_lost: 'the connection broke',
  worker_died: 'the program stopped in the middle',
  send_window: 'waits for its send window',
  by_hand: 'waits for a person to send it',
}

/** A reason code in words: of a message that was not sent, or of somebody who was not enrolled. */
export const reasonText = (reason: string): string => reasonWords[reason] ?? reason.replaceAll(/[-_]/g, ' ')

const reactions: Record<string, string> = {
  'message.delivered': 'Message delivered',
  'message.opened': 'Opened a message',
  'message.clicked': 'Clicked a link',
  'message.replied': 'Replied',
  'message.bounced': 'Message bounced',
  'message.unsubscribed': 'Unsubscribed',
  'message.complained': 'Reported a message as spam',
}

const fieldWords: Record<string, string> = {
  firstName: 'First name',
  lastName: 'Last name',
  email: 'Email',
  phone: 'Phone',
  telegramChatId: 'Telegram chat id',
  linkedinUrl: 'LinkedIn link',
  language: 'Language',
  country: 'Country',
  timezone: 'Time zone',
  externalId: 'External id',
  companyId: 'Company',
  claimedBy: 'Owner',
  trackingConsent: 'Tracking',
}

/** A field of a customer, or `attributes.<key>`, as people call it. */
export const fieldLabel = (field: string): string =>
  fieldWords[field] ?? (field.startsWith('attributes.') ? field.slice('attributes.'.length) : fieldWord(field))

/** `member:<id>`, `key:<id>` and the like as a name. */
export function actorName(by: unknown, names: EntryNames): string {
  const text = typeof by === 'string' ? by : ''
  if (text.startsWith('member:')) return names.members.get(text.slice('member:'.length)) ?? 'Somebody who left'
  if (text.startsWith('key:')) return 'An API key'
  return text === '' || text === 'system' ? '' : text
}

const sourceWords: Record<string, string> = {
  api: 'API',
  import: 'Import',
  merge: 'Merge',
  node: 'Campaign',
  rules: 'The criterion’s rules',
  event: 'Event',
  campaign: 'Campaign',
  app: 'Throughline',
  example: 'The example',
}
/** Where something comes from: who did it, else the way it came. */
export const sourceText = (source: unknown, by: unknown, names: EntryNames): string =>
  actorName(by, names) || (typeof source === 'string' ? (sourceWords[source] ?? source) : '')

const shown = (value: unknown): string =>
  value === null || value === undefined || value === ''
    ? 'nothing'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

/** Says what an entry is, in words. */
export function entryWords(entry: Entry, names: EntryNames): EntryWords {
  const detail = entry.detail
  switch (entry.type) {
    case 'message':
      return messageWords(detail)
    case 'step': {
      const why = detail.why as { text?: string } | null
      const title = String(detail.title || entry.nodeId || 'A step that is gone')
      return { look: 'step', title: `Step “${title}”`, text: why?.text ?? '', source: '' }
    }
    case 'assessment':
      return scoreWords(detail, names)
    case 'note':
      return { look: 'note', title: 'Note', text: String(detail.text ?? ''), source: actorName(detail.by, names) }
    case 'firing': {
      const reasons = Object.keys((detail.skipped ?? {}) as Record<string, number>).map(reasonText)
      const text = [...reasons, detail.error].filter(Boolean).join(' · ')
      return { look: 'not-enrolled', title: 'Not enrolled', text, source: actorName(detail.by, names) }
    }
    case 'event':
      return eventWords(entry.name, detail, names)
  }
}

function messageWords(detail: Entry['detail']): EntryWords {
  const channel = channelWords[String(detail.channel)] ?? 'Message'
  const state = String(detail.state)
  const subject = detail.subject ? `“${String(detail.subject)}”` : ''
  const reason = detail.reason ? reasonText(String(detail.reason)) : ''
  const text = (...parts: string[]) => parts.filter(Boolean).join(' · ')
  switch (state) {
    case 'sent':
      return { look: 'message', title: `${channel} sent`, text: subject, source: '' }
    case 'skipped':
      return { look: 'not-sent', title: `${channel} skipped`, text: text(reason, subject), source: '' }
    case 'refused':
    case 'failed':
      return { look: 'not-sent', title: `${channel} ${state}`, text: text(reason, subject), source: '' }
    case 'unconfirmed':
      return { look: 'not-sent', title: `${channel}: whether it arrived is not known`, text: subject, source: '' }
    default:
      return { look: 'message', title: `${channel} waits to be sent`, text: text(reason, subject), source: '' }
  }
}

const signed = (value: unknown): string => {
  const score = Math.round(Number(value) * 100) / 100
  return score > 0 ? `+${score}` : String(score)
}

function scoreWords(detail: Entry['detail'], names: EntryNames): EntryWords {
  const source = (detail.source ?? {}) as { kind?: unknown; by?: unknown; reason?: unknown }
  const change = detail.delta === null || detail.delta === undefined ? '' : ` (${signed(detail.delta)})`
  const about = [detail.criterion, detail.product].filter(Boolean).join(', ')
  return {
    look: 'score',
    title: `Score ${signed(detail.score)}${change}`,
    text: [about, source.reason].filter(Boolean).join(' · '),
    source: sourceText(source.kind, source.by, names),
  }
}

function profileWords(detail: Entry['detail'], names: EntryNames): { title: string; text: string } {
  const changes = detail.changes as Record<string, [unknown, unknown]> | undefined
  if (changes && Object.keys(changes).length > 0) {
    const one = ([field, [from, to]]: [string, [unknown, unknown]]) => {
      if (field === 'companyId') return 'Company'
      if (field === 'claimedBy') return `Owner: ${names.members.get(String(to)) ?? 'nobody'}`
      return `${fieldLabel(field)}: ${shown(from)} → ${shown(to)}`
    }
    return { title: 'Profile changed', text: Object.entries(changes).map(one).join(' · ') }
  }
  const segment = (id: unknown) => `“${names.segments.get(String(id)) ?? 'a segment that is gone'}”`
  if (detail.segmentAdded) return { title: 'Put into a segment', text: segment(detail.segmentAdded) }
  if (detail.segmentRemoved) return { title: 'Taken out of a segment', text: segment(detail.segmentRemoved) }
  if (detail.mergedFrom) return { title: 'Another customer was merged into this one', text: '' }
  if (detail.suppressed) {
    const where = detail.suppressed === 'all' ? 'any channel' : String(detail.suppressed)
    return { title: 'Not written to any more', text: `${where} · ${reasonText(String(detail.reason ?? 'manual'))}` }
  }
  if ('claimedBy' in detail) {
    return { title: 'Owner changed', text: names.members.get(String(detail.claimedBy)) ?? 'Nobody' }
  }
  if (detail.trackingConsent) return { title: 'Tracking', text: detail.trackingConsent === 'no' ? 'refused' : 'agreed' }
  const fields = Array.isArray(detail.fields) ? detail.fields.map((field) => fieldLabel(String(field))) : []
  return { title: 'Profile changed', text: fields.join(', ') }
}

function eventWords(name: string, detail: Entry['detail'], names: EntryNames): EntryWords {
  const source = sourceText(detail.source, detail.by, names)
  const reaction = reactions[name]
  if (reaction) {
    const text = [detail.text, detail.url, detail.reason && reasonText(String(detail.reason))]
      .filter(Boolean)
      .join(' · ')
    const look = name === 'message.replied' ? 'reply' : name === 'message.bounced' ? 'not-sent' : 'reaction'
    return { look, title: reaction, text, source: '' }
  }
  switch (name) {
    case 'customer.created':
      return { look: 'profile', title: 'Added', text: '', source }
    case 'customer.updated':
      return { look: 'profile', ...profileWords(detail, names), source }
    case 'customer.tagged':
      return { look: 'tag', title: 'Tag added', text: String(detail.tag ?? ''), source }
    case 'customer.untagged':
      return { look: 'tag', title: 'Tag removed', text: String(detail.tag ?? ''), source }
    case 'customer.archived':
      return { look: 'profile', title: 'Archived', text: '', source }
    case 'customer.handoff':
      return { look: 'run', title: 'Handed off to sales', text: String(detail.note ?? ''), source }
    case 'goal.reached':
      return { look: 'run', title: 'Reached a goal', text: String(detail.goal ?? detail.name ?? ''), source }
    case 'run.started':
      return {
        look: 'run',
        title: Number(detail.entry) > 1 ? 'Entered the campaign again' : 'Entered the campaign',
        text: '',
        source,
      }
    case 'run.finished': {
      const text = [detail.status, detail.reason && reasonText(String(detail.reason))].filter(Boolean).join(', ')
      return { look: 'run', title: 'Left the campaign', text, source }
    }
    default: {
      const facts = Object.entries(detail).map(([key, value]) => `${key}: ${shown(value)}`)
      return { look: 'event', title: name, text: facts.join(' · '), source: '' }
    }
  }
}
