import type { RawBuilder } from 'kysely'
import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import type { Channel } from '../engine/facts.ts'
import { addressOn } from '../messages/address-sql.ts'
import { type DayStart, marketingSince } from '../messages/cap-sql.ts'
import type { Audience } from './audience.ts'
import { explainOutside, matchedCustomers, pageOf, resolveAudience } from './audience-sql.ts'
import type { UsedCredential } from './readiness.ts'

/** From whom the audience matches to who would enroll, each with whom it leaves out, and below it what awaits those who enroll. */
export interface Waterfall {
  matched: number
  excluded: number
  archived: number
  inside: number
  wentThrough: number
  willEnroll: number
  /** Of those who would enroll. */
  noAddress: number
  suppressed: number
  /** At the frequency cap now. */
  capped: number
  /** Of those who would enroll, without a value, by the field asked for. */
  missing: Record<string, number>
}

/** Fields of a customer that a message may name, and what it means that one is missing. */
const missingField: Record<string, RawBuilder<unknown>> = {
  email: sql`c.email is null`,
  firstName: sql`coalesce(c.first_name, '') = ''`,
  lastName: sql`coalesce(c.last_name, '') = ''`,
  phone: sql`coalesce(c.phone, '') = ''`,
  linkedinUrl: sql`coalesce(c.linkedin_url, '') = ''`,
  language: sql`coalesce(c.language, '') = ''`,
  country: sql`coalesce(c.country, '') = ''`,
  timezone: sql`coalesce(c.timezone, '') = ''`,
  externalId: sql`c.external_id is null`,
}

function isMissing(field: string): RawBuilder<unknown> | null {
  if (Object.hasOwn(missingField, field)) return missingField[field] ?? null
  const [first, ...rest] = field.split('.')
  if (first === 'attributes' && rest.length > 0) {
    return sql`coalesce(c.attributes #>> ${arrayLiteral(rest)}::text[], '') = ''`
  }
  return first === 'company' ? sql`c.company_id is null` : null
}

/** Whether a message on a channel reaches the customer `c`: an address, and no suppression of customer or address. */
const isReachedOn = (channel: Channel): RawBuilder<unknown> => sql`(${addressOn(channel, 'c')} is not null
  and c.id not in (select customer_id from held where customer_id is not null and channel in ('all', ${channel}))
  and not (exists (select from held where address_hash is not null and channel in ('all', ${channel}))
    and address_key((select address_salt from salt), ${addressOn(channel, 'c')})
      in (select address_hash from held where address_hash is not null and channel in ('all', ${channel}))))`

/** What a waterfall is of. Without a campaign nobody is inside or went through. */
export interface WaterfallOf {
  excludeSegmentId: string | null
  campaignId?: string
  /** Those on which the campaign writes, email unless said: who has an address on none of them has none. */
  channels?: readonly Channel[]
  cap?: { cap: number; days: readonly DayStart[] } | null
}

/** Which customers stand behind a line of the waterfall: over `judged j`, `customer c` and `r.reached`. */
const behindLine = ({ channels, cap }: WaterfallOf) => {
  const on = channels && channels.length > 0 ? channels : (['email'] as const)
  const hasAddress = sql`(${sql.join(
    on.map((channel) => sql`${addressOn(channel, 'c')} is not null`),
    sql` or `,
  )})`
  const days = sql`unnest(${arrayLiteral((cap?.days ?? []).map(({ zone }) => zone))}::text[],
    ${arrayLiteral((cap?.days ?? []).map(({ start }) => start.toISOString()))}::timestamptz[]) as d(zone, start)`
  const isFull = cap
    ? sql`${marketingSince(sql`c.id`, sql`(select d.start from ${days} where d.zone = coalesce(c.timezone, ''))`)} >= ${cap.cap}`
    : sql`false`
  return {
    matched: sql`true`,
    excluded: sql`excluded`,
    archived: sql`archived and not excluded`,
    inside: sql`inside`,
    'went-through': sql`ran and not inside`,
    'will-enroll': sql`ok and not ran`,
    'no-address': sql`ok and not ran and not ${hasAddress}`,
    suppressed: sql`ok and not ran and ${hasAddress} and not reached`,
    capped: sql`ok and not ran and reached and ${isFull}`,
  }
}

/** The lines of a waterfall. */
export const waterfallLines = [
  'matched',
  'excluded',
  'archived',
  'inside',
  'went-through',
  'will-enroll',
  'no-address',
  'suppressed',
  'capped',
] as const

/** `with judged as (…)` and what it is read from: every matched customer, with what becomes of them. */
async function judging(db: Db, workspaceId: number, audience: Audience, of: WaterfallOf) {
  const on = of.channels && of.channels.length > 0 ? of.channels : (['email'] as const)
  const isReached = sql.join(
    on.map((channel) => isReachedOn(channel)),
    sql` or `,
  )
  // One pass over the campaign's runs instead of a look-up a customer.
  const runs =
    of.campaignId === undefined
      ? sql`select null::uuid as customer_id, false as live where false`
      : sql`select customer_id, bool_or(finished_at is null) as live from run where campaign_id = ${of.campaignId} group by customer_id`
  const resolved = await resolveAudience(db, audience, { workspaceId, excludeSegmentId: of.excludeSegmentId })
  return {
    judged: sql`with m as (${matchedCustomers(resolved)}),
    held as materialized (
      select s.customer_id, s.address_hash, s.channel from suppression s
      where s.workspace_id = ${workspaceId} and s.lifted_at is null
    ), salt as materialized (select address_salt from workspace where id = ${workspaceId}),
    ran as materialized (${runs}),
    judged as (
      select m.id, m.excluded, m.archived, not m.excluded and not m.archived as ok,
        not m.excluded and not m.archived and coalesce(r.live, false) as inside,
        not m.excluded and not m.archived and r.customer_id is not null as ran
      from m left join ran r on r.customer_id = m.id
    )`,
    from: sql`judged j join customer c on c.id = j.id cross join lateral (select ${isReached} as reached) r`,
  }
}

/**
 * Counts the waterfall of an audience in one read. Who is suppressed (by customer or by address) wherever they have an address is
 * suppressed.
 */
export async function countWaterfall(
  db: Db,
  workspaceId: number,
  audience: Audience,
  options: WaterfallOf & { fields?: readonly string[] },
): Promise<Waterfall> {
  const asked = (options.fields ?? []).flatMap((field) => {
    const missing = isMissing(field)
    return missing ? [{ field, missing }] : []
  })
  const counted = asked.map(
    ({ missing }, index) =>
      sql`, count(*) filter (where ok and not ran and ${missing}) as ${sql.ref(`missing_${index}`)}`,
  )
  const line = behindLine(options)
  const { judged, from } = await judging(db, workspaceId, audience, options)
  const { rows } = await sql<Record<string, number>>`
    ${judged}
    select count(*) as matched, count(*) filter (where ${line.excluded}) as excluded, count(*) filter (where ${line.archived}) as archived,
      count(*) filter (where ${line.inside}) as inside, count(*) filter (where ${line['went-through']}) as went_through,
      count(*) filter (where ${line['will-enroll']}) as will_enroll, count(*) filter (where ${line['no-address']}) as no_address,
      count(*) filter (where ${line.suppressed}) as suppressed, count(*) filter (where ${line.capped}) as capped
      ${sql.join(counted, sql``)}
    from ${from}
  `.execute(db)
  const row = rows[0] ?? {}
  return {
    matched: row.matched ?? 0,
    excluded: row.excluded ?? 0,
    archived: row.archived ?? 0,
    inside: row.inside ?? 0,
    wentThrough: row.went_through ?? 0,
    willEnroll: row.will_enroll ?? 0,
    noAddress: row.no_address ?? 0,
    suppressed: row.suppressed ?? 0,
    capped: row.capped ?? 0,
    missing: Object.fromEntries(asked.map(({ field }, index) => [field, row[`missing_${index}`] ?? 0])),
  }
}

/** A customer as previews name them. */
export interface Named {
  id: string
  firstName: string | null
  lastName: string | null
  email: string | null
}

/** A page of a line's customers; with `missing` only those without a value of that field, with `alsoIn` those who are in that campaign now. */
export interface LinePage {
  line: (typeof waterfallLines)[number]
  missing?: string | undefined
  alsoIn?: string | undefined
  limit: number
  after: string | undefined
}

const namedColumns = sql`c.id, c.first_name as "firstName", c.last_name as "lastName", c.email`

/** The customers behind one line of a waterfall, by id; one more than `limit`. */
export async function listWaterfall(
  db: Db,
  workspaceId: number,
  audience: Audience,
  options: WaterfallOf & LinePage,
): Promise<Named[]> {
  const { judged, from } = await judging(db, workspaceId, audience, options)
  const where = [sql`(${options.after ?? null}::uuid is null or c.id > ${options.after ?? null})`]
  if (options.missing !== undefined) where.push(isMissing(options.missing) ?? sql`false`)
  if (options.alsoIn !== undefined) {
    where.push(sql`c.id in (select r.customer_id from run r join campaign o on o.id = r.campaign_id
      where r.campaign_id = ${options.alsoIn} and o.workspace_id = ${workspaceId} and r.finished_at is null)`)
  }
  const { rows } = await sql<Named>`
    ${judged}
    select ${namedColumns} from ${from} where ${behindLine(options)[options.line]} and ${sql.join(where, sql` and `)}
    order by c.id limit ${options.limit + 1}
  `.execute(db)
  return rows
}

/** Other active campaigns in which some of those who would enroll are now, and how many; the five with most. */
export async function countElsewhere(
  db: Db,
  workspaceId: number,
  audience: Audience,
  options: WaterfallOf,
): Promise<{ id: string; name: string; count: number }[]> {
  const { judged, from } = await judging(db, workspaceId, audience, options)
  const { rows } = await sql<{ id: string; name: string; count: number }>`
    ${judged}
    select o.id, o.name, count(*) as count from ${from}
    join run other on other.customer_id = c.id and other.finished_at is null
    join campaign o on o.id = other.campaign_id and o.workspace_id = ${workspaceId} and o.status = 'active' and o.id <> ${options.campaignId ?? null}
    where ${behindLine(options)['will-enroll']} group by o.id, o.name order by count(*) desc, o.id limit 5
  `.execute(db)
  return rows
}

/**
 * Some of those who would enroll and get a message, in an order that only `seed` decides, and the one of them who has least of the
 * fields asked for, with what is missing.
 */
export async function drawExamples(
  db: Db,
  workspaceId: number,
  audience: Audience,
  options: WaterfallOf & { fields: readonly string[]; seed: string; limit: number },
): Promise<{ some: Named[]; emptiest: (Named & { missing: string[] }) | null }> {
  const { judged, from } = await judging(db, workspaceId, audience, options)
  const who = sql`${behindLine(options)['will-enroll']} and reached`
  const some = await sql<Named>`
    ${judged} select ${namedColumns} from ${from} where ${who} order by md5(c.id::text || ${options.seed}) limit ${options.limit}
  `.execute(db)
  const checks = options.fields.flatMap((field) => {
    const missing = isMissing(field)
    return missing ? [sql`case when ${missing} then ${field}::text end`] : []
  })
  const blanks = checks.length === 0 ? sql`'{}'::text[]` : sql`array_remove(array[${sql.join(checks)}], null)`
  const emptiest = await sql<Named & { missing: string[] }>`
    ${judged} select ${namedColumns}, ${blanks} as missing from ${from} where ${who} order by cardinality(${blanks}) desc, c.id limit 1
  `.execute(db)
  return { some: some.rows, emptiest: emptiest.rows[0] ?? null }
}

/** Some of those who are matched and would enroll, to show who is meant. */
export async function sampleAudience(
  db: Db,
  workspaceId: number,
  audience: Audience,
  excludeSegmentId: string | null,
  limit: number,
): Promise<Named[]> {
  const resolved = await resolveAudience(db, audience, { workspaceId, excludeSegmentId })
  const { rows } = await sql<Named>`
    select c.id, c.first_name as "firstName", c.last_name as "lastName", c.email
    from (${matchedCustomers(resolved)}) m join customer c on c.id = m.id
    where not m.archived and not m.excluded order by m.id limit ${limit}
  `.execute(db)
  return rows
}

/** Why one customer is in an audience, or is not. */
export async function judgeCustomer(
  db: Db,
  workspaceId: number,
  audience: Audience,
  excludeSegmentId: string | null,
  customerId: string,
): Promise<{ matched: boolean; excluded: boolean; archived: boolean; failing: string[] } | undefined> {
  const resolved = await resolveAudience(db, audience, { workspaceId, excludeSegmentId })
  const { rows } = await sql<{ matched: boolean; excluded: boolean; archived: boolean }>`
    select m.id is not null as matched, coalesce(m.excluded, false) as excluded, c.archived_at is not null as archived
    from customer c
    left join (${matchedCustomers(resolved, pageOf(customerId))}) m on m.id = c.id
    where c.id = ${customerId} and c.workspace_id = ${workspaceId}
  `.execute(db)
  const [judged] = rows
  return judged && { ...judged, failing: judged.matched ? [] : await explainOutside(db, resolved, customerId) }
}

/** Whether a customer is in a campaign now or went through it; null = neither. */
export async function findPassage(
  db: Db,
  workspaceId: number,
  campaignId: string,
  customerId: string,
): Promise<'inside' | 'went-through' | null> {
  const { rows } = await sql<{ live: boolean | null }>`
    select bool_or(finished_at is null) as live from run
    where campaign_id = ${campaignId} and customer_id = ${customerId} and workspace_id = ${workspaceId}
  `.execute(db)
  const live = rows[0]?.live ?? null
  return live === null ? null : live ? 'inside' : 'went-through'
}

/** The sending accounts among these ids, and where the SMTP ones send. */
export async function findCredentials(
  db: Db | Tx,
  workspaceId: number,
  ids: readonly string[],
): Promise<(Omit<UsedCredential, 'isPrivate'> & { host: string | null; port: number | null })[]> {
  const { rows } = await sql<Omit<UsedCredential, 'isPrivate'> & { host: string | null; port: number | null }>`
    select id, name, type, health, limits, config ->> 'host' as host, (config ->> 'port')::int as port
    from credential where workspace_id = ${workspaceId} and archived_at is null and id::text = any(${arrayLiteral(ids)}::text[])
    order by name
  `.execute(db)
  return rows
}

/** Subject and body of the templates of these names, by the name as it was asked for. */
export async function findTemplates(
  db: Db | Tx,
  workspaceId: number,
  names: readonly string[],
): Promise<Map<string, { subject: string; body: string }>> {
  if (names.length === 0) return new Map()
  const { rows } = await sql<{ name: string; subject: string; body: string }>`
    select n.name, t.subject, t.body from (select distinct unnest(${arrayLiteral(names)}::text[]) as name) n
    join template t on t.workspace_id = ${workspaceId} and t.archived_at is null and lower(t.name) = lower(n.name)
  `.execute(db)
  return new Map(rows.map(({ name, subject, body }) => [name, { subject, body }]))
}

/** The workspace's postal address for the footer of real email. */
export async function findPostalAddress(db: Db | Tx, workspaceId: number): Promise<string | null> {
  const { rows } = await sql<{ postal_address: string | null }>`
    select postal_address from workspace where id = ${workspaceId}
  `.execute(db)
  return rows[0]?.postal_address ?? null
}
