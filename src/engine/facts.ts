import type { MessageOutcomeLabel } from '../workflow/outcomes.ts'

/**
 * The closed sets of facts and effects. Nodes are an open set over them: a new fact or effect is a type here,
 * a reader or applier in the shell (facts-sql.ts, effects-sql.ts), and a pure `apply` below when a later node can see it.
 */

/** A customer as decisions and templates see it. Fields outside a node's needs are not loaded and read as undefined. */
export interface CustomerFacts {
  id: string
  email?: string | null
  externalId?: string | null
  firstName?: string | null
  lastName?: string | null
  phone?: string | null
  telegramChatId?: string | null
  linkedinUrl?: string | null
  language?: string | null
  country?: string | null
  timezone?: string | null
  tags?: string[]
  attributes?: Record<string, unknown>
  company?: { name: string; domain: string | null; industry: string | null; attributes: Record<string, unknown> } | null
  claimedBy?: string | null
  createdAt?: Date
}

/** What one run's campaign and workspace contribute; the same for all runs of a campaign in a batch. */
export interface CampaignFacts {
  id: string
  workspaceId: number
  name: string
  orgName: string
  /** Zone used for customers without one. */
  timezone: string
  /** The campaign's owner while they are a member, else the workspace's owner. */
  ownerId: string | null
  /** Members of the workspace who have not left. */
  activeMembers: ReadonlySet<string>
  primaryProduct: Record<string, unknown> | null
  /** Product facts by id, for nodes with a productId of their own. */
  products: ReadonlyMap<string, Record<string, unknown>>
  /** The criterion that stands for the primary product: its engagement one, else its only one, else the heaviest (PRODUCT §2). */
  defaultCriterionId: string | null
  /** Criteria of the workspace as steps name them, `“Engagement” (Boat)`, by id; deleted ones are not among them. */
  criteria: ReadonlyMap<string, string>
}

/** What decisions about one customer look at. Runs of one customer in a batch share it, and effects change it as the walk goes. */
export interface CustomerState {
  customer: CustomerFacts
  /** Latest score by criterion id; absent = none yet. */
  scores: Map<string, number>
}

/** How the message of a step ended for the flow, and what its reader has done since. */
export interface MessageOutcome {
  messageId: number
  /** sent and unconfirmed count as sent for the flow (PRODUCT §4). */
  state: 'sent' | 'refused' | 'failed' | 'unconfirmed' | 'skipped'
  reason: string | null
  /** When it was handed over, on the campaign's clock: its window opens then. */
  handedAt: Date | null
  /** When each outcome happened that counts, on the campaign's clock; a click once it is a person's. */
  heard: Partial<Record<MessageOutcomeLabel, Date>>
  /** A click whose classification is still held back, on the campaign's clock: it counts at the window's end. */
  pendingClickAt: Date | null
}

/** Something that happened to the customer while the run was live, as the bus told it. */
export interface HeardEvent {
  name: string
  properties: Record<string, unknown>
  /** The node whose message it is about, for message events. */
  nodeId: string | null
  /** The run that it is about, where it is about one. */
  runId?: number | null
  /** When it was recorded, by the wall clock and by the campaign's. */
  at: Date
  clockAt: Date
}

/** Facts that a definition names in `reads`; each is a property of what `execute` is given. */
export interface NodeFacts {
  /**
   * The criterion of this node's `criterionId`, else the one that stands for the primary product; null when there is none. Its name is
   * null once it was deleted: nothing can be scored on it any more.
   */
  criterion: { id: string; name: string | null } | null
  /** The customer's latest score on that criterion, 0 without one. */
  score: number
  campaign: CampaignFacts
  /** This step's message, once its fate is known. */
  message: MessageOutcome | null
  /** A number that grows by one a run, for round robin; gaps are allowed. */
  position: number
}
export type FactName = keyof NodeFacts

export type SuppressionReason = 'bounce' | 'unsubscribe' | 'complaint' | 'manual'
export type Channel = 'email' | 'telegram' | 'linkedin'

/** The customer's own fields that a step may set, by their API names. */
export const updatableFields = [
  'firstName',
  'lastName',
  'language',
  'country',
  'timezone',
  'phone',
  'telegramChatId',
  'linkedinUrl',
] as const
export type UpdatableField = (typeof updatableFields)[number]

/** What a step wants done, as data. Relative, so that two of them in one batch add up. Applied in the transaction that moves the run. */
export type Effect =
  | { do: 'tag'; name: string; on: boolean; color?: string }
  | { do: 'segment'; segmentId: string; on: boolean }
  | { do: 'change-score'; criterionId: string; delta: number }
  | {
      do: 'queue-message'
      channel: Channel
      credentialId: string
      productId: string | null
      transactional: boolean
      /** When its send window opens; null = it may go now. The hand-over looks again. */
      sendAfter: Date | null
    }
  | { do: 'suppress'; reason: SuppressionReason; channel: Channel | 'all' }
  | { do: 'claim'; memberId: string }
  /** `null` takes the value away. Text for a field; any JSON for an attribute. */
  | { do: 'update-customer'; field: UpdatableField | `attributes.${string}`; value: unknown }
  | {
      do: 'create-task'
      kind: 'todo' | 'handoff' | 'linkedin'
      title: string
      note: string | null
      assigneeId: string | null
      dueAt: Date | null
    }
  | { do: 'request'; method: string; url: string; headers: Record<string, string>; body: string | null }
  | { do: 'emit'; name: string; properties: Record<string, unknown> }
  /** Marks the conversion of the goal whose step this is, the first time in a run; `title` is the goal's, `at` when it was reached. */
  | { do: 'reach-goal'; title: string; at: Date; why: GoalWhy }

/** Why a goal was reached: a code, a sentence, and the values that were compared. */
export interface GoalWhy {
  code: string
  text: string
  values?: Record<string, unknown>
}

export type EffectKind = Effect['do']

/** Scores live in [-1, 1]. */
export const clampScore = (score: number): number => Math.min(1, Math.max(-1, score))

const isUpdatable = (field: string): field is UpdatableField => (updatableFields as readonly string[]).includes(field)

/** The attribute that `attributes.<name>` names. */
const attributeOf = (field: string): string => field.slice('attributes.'.length)

type ApplyEffect = { [Kind in EffectKind]: (state: CustomerState, effect: Extract<Effect, { do: Kind }>) => void }

const applyByKind: ApplyEffect = {
  tag({ customer }, { name, on }) {
    const others = (customer.tags ?? []).filter((tag) => tag !== name)
    customer.tags = on ? [...others, name] : others
  },
  'change-score'({ scores }, { criterionId, delta }) {
    scores.set(criterionId, clampScore((scores.get(criterionId) ?? 0) + delta))
  },
  claim({ customer }, { memberId }) {
    customer.claimedBy = memberId
  },
  'update-customer'({ customer }, { field, value }) {
    if (isUpdatable(field)) {
      customer[field] = value as string | null
      return
    }
    // Where they were not loaded nobody is going to look at them.
    if (!('attributes' in customer)) return
    const { [attributeOf(field)]: _, ...others } = customer.attributes ?? {}
    customer.attributes = value === null ? others : { ...others, [attributeOf(field)]: value }
  },
  segment() {},
  'queue-message'() {},
  suppress() {},
  'create-task'() {},
  request() {},
  emit() {},
  'reach-goal'() {},
}

/** Lets a later node see what an earlier one did. Pure but for the state it is given. */
export function applyEffect(state: CustomerState, effect: Effect): void {
  const apply = applyByKind[effect.do] as (state: CustomerState, effect: Effect) => void
  apply(state, effect)
}
