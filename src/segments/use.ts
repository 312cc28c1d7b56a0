import type { Db, Tx } from '../db/database.ts'
import { type FieldError, Problem } from '../errors.ts'
import { eachRule, type SegmentRule } from '../workflow/segment-rules.ts'
import { findNames, nothing } from './name-queries.ts'
import { campaignsUsing, lockRules, lockSegments, recheckAudiences, segmentsUsing } from './queries.ts'
import { loadSegments } from './resolve-sql.ts'
import { namedIn } from './rules.ts'

/**
 * Checks that rules name things of the workspace and do not lead back to the segment that they are of. What they name is locked
 * against deletion until the transaction ends.
 * @throws Problem `invalid` with the path of each rule that is wrong
 */
export async function requireUsable(tx: Tx, workspaceId: number, rules: SegmentRule, ownId?: string): Promise<void> {
  await lockRules(tx, workspaceId)
  const named = namedIn(rules)
  await lockSegments(tx, workspaceId, named.segments)
  await requireNamed(tx, workspaceId, rules)
  if (ownId === undefined) return
  const segments = await loadSegments(tx, workspaceId, named.segments)
  const leadsBack = (id: string, seen = new Set<string>()): boolean => {
    if (id === ownId) return true
    if (seen.has(id)) return false
    seen.add(id)
    const through = segments.get(id)?.rules
    return through ? namedIn(through).segments.some((next) => leadsBack(next, seen)) : false
  }
  for (const { path, rule } of eachRule(rules)) {
    if (!('segment' in rule) || !leadsBack(rule.segment)) continue
    const names = await findNames(tx, workspaceId, { ...nothing, segments: [rule.segment] })
    const message =
      rule.segment === ownId
        ? 'A segment cannot contain itself.'
        : `The segment would contain itself: “${names.get(rule.segment) ?? ''}” leads back to it.`
    const errors = [{ path: fieldPath(path, 'segment'), code: 'circular', message }]
    throw new Problem('invalid', message, { errors })
  }
}

const fieldPath = (path: string, field: string): string =>
  ['rules', path, field].filter((part) => part !== '').join('.')

/** @throws Problem `invalid` for each segment, product or campaign that is not there */
export async function requireNamed(db: Db | Tx, workspaceId: number, rules: SegmentRule): Promise<void> {
  const names = await findNames(db, workspaceId, { ...namedIn(rules), members: [] })
  const errors: FieldError[] = []
  for (const { path, rule } of eachRule(rules)) {
    const check = (field: string, what: string, id: string) => {
      if (names.has(id)) return
      const message = `There is no ${what} ${id} in this workspace.`
      errors.push({ path: fieldPath(path, field), code: `unknown_${what}`, message })
    }
    if ('segment' in rule) check('segment', 'segment', rule.segment)
    if ('campaign' in rule) check('campaign', 'campaign', rule.campaign)
    if ('score' in rule) check('score.productId', 'product', rule.score.productId)
  }
  const [first] = errors
  if (first) throw new Problem('invalid', errors.map(({ message }) => message).join(' '), { errors })
}

/** What goes by a segment: campaigns by their audience, exclusion or workflow, and segments by their rules. */
export interface Uses {
  campaigns: { id: string; name: string }[]
  segments: { id: string; name: string }[]
}

/** Everything that uses a segment. */
export async function usesOf(db: Db | Tx, workspaceId: number, segmentId: string): Promise<Uses> {
  return {
    campaigns: await campaignsUsing(db, workspaceId, segmentId),
    segments: await segmentsUsing(db, workspaceId, segmentId),
  }
}

/** @throws Problem `in_use` that names who uses the segment */
export async function requireUnused(tx: Tx, workspaceId: number, segmentId: string): Promise<void> {
  const uses = await usesOf(tx, workspaceId, segmentId)
  const sentences = (['campaigns', 'segments'] as const).flatMap((kind) => {
    const users = uses[kind]
    if (users.length === 0) return []
    const names = users.slice(0, 3).map(({ name }) => `“${name}”`)
    const more = users.length > names.length ? ` and ${users.length - names.length} more` : ''
    return [`${kind === 'campaigns' ? 'Campaigns' : 'Other segments'} use this segment: ${names.join(', ')}${more}.`]
  })
  if (sentences.length > 0) throw new Problem('in_use', sentences.join(' '), { extra: { ...uses } })
}

/** Tells campaigns that go by a segment, also through others, that its rules were changed. */
export async function spreadChange(tx: Tx, workspaceId: number, segmentId: string): Promise<void> {
  const touched = new Set([segmentId])
  const open = [segmentId]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const user of await segmentsUsing(tx, workspaceId, id)) {
      if (touched.has(user.id)) continue
      touched.add(user.id)
      open.push(user.id)
    }
  }
  await recheckAudiences(tx, workspaceId, [...touched])
}
