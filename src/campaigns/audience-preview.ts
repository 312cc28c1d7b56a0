import type { App } from '../app.ts'
import { invalidField } from '../errors.ts'
import { findCap } from '../messages/cap-sql.ts'
import { countTimeoutMs } from '../segments/count-sql.ts'
import { readGuarded } from '../segments/guarded-sql.ts'
import type { Audience } from './audience.ts'
import { explainInside, requireAudience, resolveAudience } from './audience-sql.ts'
import { draftAudience, showWaterfall } from './preflight.ts'
import {
  countWaterfall,
  findPassage,
  judgeCustomer,
  listWaterfall,
  sampleAudience,
  type WaterfallOf,
} from './preflight-sql.ts'

/** So many are named, each with why they are in. */
const sampleSize = 10

/** Whom an audience would enroll, and whether one customer is among them. */
export interface AudienceQuestion {
  audience: Audience
  excludeSegmentId?: string | null | undefined
  customerId?: string | undefined
  /** Leaves out who is in this campaign or went through it. */
  campaignId?: string | undefined
}

/** Counts an audience that need not be saved, names some of it with why, and judges one customer. @throws Problem `invalid`, `not_found` */
export async function previewAudience(
  app: App,
  workspaceId: number,
  { audience, customerId, campaignId, ...rest }: AudienceQuestion,
  signal: AbortSignal,
) {
  const excludeSegmentId = rest.excludeSegmentId ?? null
  await requireAudience(app.db, workspaceId, { audience, excludeSegmentId })
  const of: WaterfallOf =
    campaignId === undefined
      ? { excludeSegmentId, cap: await findCap(app.db, workspaceId) }
      : { ...(await draftAudience(app, workspaceId, campaignId)).of, excludeSegmentId }
  const { people, sample } = await readGuarded(app.db, { timeoutMs: countTimeoutMs, signal }, async (tx) => ({
    people: showWaterfall(await countWaterfall(tx, workspaceId, audience, of)),
    sample:
      campaignId === undefined
        ? await sampleAudience(tx, workspaceId, audience, excludeSegmentId, sampleSize)
        : await listWaterfall(tx, workspaceId, audience, {
            ...of,
            line: 'will-enroll',
            limit: sampleSize - 1,
            after: undefined,
          }),
  }))
  const resolved = await resolveAudience(app.db, audience, { workspaceId, excludeSegmentId })
  const why = await explainInside(
    app.db,
    resolved,
    sample.map(({ id }) => id),
  )
  const { audienceSize: _, ...counts } = people
  const answer = { ...counts, sample: sample.map((one) => ({ ...one, because: why.get(one.id) ?? [] })) }
  if (customerId === undefined) return answer
  const judged = await judgeCustomer(app.db, workspaceId, audience, excludeSegmentId, customerId)
  if (!judged) {
    throw invalidField('customerId', 'unknown_customer', `There is no customer ${customerId} in this workspace.`)
  }
  const passage = campaignId === undefined ? null : await findPassage(app.db, workspaceId, campaignId, customerId)
  return { ...answer, customer: verdict(judged, passage) }
}

/** In or out, and by which rule. */
function verdict(
  { matched, excluded, archived, failing }: NonNullable<Awaited<ReturnType<typeof judgeCustomer>>>,
  passage: Awaited<ReturnType<typeof findPassage>>,
) {
  const rules = failing.length > 0 ? ` What fails: ${failing.join('; ')}.` : ''
  if (!matched) return { in: false, reason: 'not-matched', text: `They are not in the audience.${rules}` }
  if (excluded) return { in: false, reason: 'excluded', text: 'They are in the segment that is excluded.' }
  if (archived) return { in: false, reason: 'archived', text: 'They are archived.' }
  if (passage === 'inside') return { in: true, reason: passage, text: 'They are in the audience, and inside now.' }
  if (passage === 'went-through') {
    const text = 'They are in the audience, but went through before: only Re-enroll takes them again.'
    return { in: true, reason: passage, text }
  }
  return { in: true, reason: 'matched', text: 'They are in the audience.' }
}
