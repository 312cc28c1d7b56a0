import { arrayLiteral, type Db, keepFirstPlan, keepPlan, sql, type Tx } from '../db/database.ts'
import type { Channel } from '../engine/facts.ts'
import { addressFor } from './address-sql.ts'

/** A credential with something to hand over now. */
export interface DueCredential {
  id: string
  workspaceId: number
  type: 'smtp' | 'sandbox' | 'telegram' | 'linkedin'
  config: Record<string, unknown>
  secret: string | null
  limits: { perSecond?: number; perHour?: number; perDay?: number; connections?: number }
  health: 'unknown' | 'ok' | 'dead'
  failures: number
  version: number
}

/** Most campaigns one claim looks at: each takes a lock. */
const campaignsPerClaim = 64

const usable = sql`cr.archived_at is null and cr.health <> 'dead'`

/** Credentials that have due messages of moving campaigns and are not held, dead or switched off. */
export async function dueCredentials(db: Db): Promise<DueCredential[]> {
  const { rows } = await sql<DueCredential>`${keepPlan}
    select cr.id, cr.workspace_id as "workspaceId", cr.type, cr.config, cr.secret, cr.limits, cr.health, cr.failures, cr.version
    from credential cr join workspace w on w.id = cr.workspace_id and not w.stop_sending
    where ${usable} and (cr.held_until is null or cr.held_until <= clock_timestamp())
      and exists (select from campaign c where c.workspace_id = cr.workspace_id and c.status in ('active', 'completed') and c.leaving is null
        and exists (select from message m where m.credential_id = cr.id and m.campaign_id = c.id and m.state = 'queued' and m.send_after <= clock_timestamp()))
  `.execute(db)
  return rows
}

/** When the next queued message is due, leaving out credentials that are being worked on; the distance is taken on the database's clock. */
export async function nextMessageDue(db: Db, except: readonly string[]): Promise<Date | null> {
  const { rows } = await sql<{ in_ms: number | null }>`${keepPlan}
    select extract(epoch from min(greatest(m.send_after, cr.held_until)) - clock_timestamp())::float8 * 1000 as in_ms
    from credential cr
    join workspace w on w.id = cr.workspace_id and not w.stop_sending
    join campaign c on c.workspace_id = cr.workspace_id and c.status in ('active', 'completed') and c.leaving is null
    cross join lateral (select send_after from message where credential_id = cr.id and campaign_id = c.id and state = 'queued'
        -- What waits for a person is due in a thousand years.
        and send_after < now() + interval '1 year'
      order by send_after limit 1) m
    where ${usable} and cr.id <> all(${arrayLiteral(except)}::uuid[])
  `.execute(db)
  const inMs = rows[0]?.in_ms ?? null
  return inMs === null ? null : new Date(Date.now() + inMs)
}

/** A claimed message with everything that rendering looks at. */
export interface ClaimedMessage {
  id: number
  fence: number
  attempt: number
  workspaceId: number
  campaignId: string
  runId: number
  nodeId: string
  transactional: boolean
  headerId: string | null
  versionId: number | null
  startedAt: Date
  outputs: Record<string, unknown> | null
  triggerType: string | null
  triggerPayload: unknown
  orgName: string
  postalAddress: string | null
  consent: 'yes' | 'no'
  channel: Channel
  /** The customer's on that channel. */
  address: string | null
  /** The database's clock at the claim. */
  now: Date
  /** Of the customer, and of the workspace for customers without one; the customer's is free text. */
  timezone: string | null
  workspaceTimezone: string
  /** Marketing messages that a customer may get in a day of theirs; null = any number. */
  frequencyCap: number | null
  customer: Record<string, unknown>
  product: Record<string, unknown> | null
}

/**
 * Claims due messages of one credential: transactional ones first, then an equal share of each moving campaign. A plain read finds the
 * campaigns, their locks are tried, and only a later statement reads the status and claims (ENGINE, "Status moves and batches").
 */
export async function claimMessages(
  tx: Tx,
  claim: { credentialId: string; worker: string; limit: number; leaseMs: number },
): Promise<ClaimedMessage[]> {
  const { credentialId, worker, limit, leaseMs } = claim
  const found = await sql<{ id: string; locked: boolean }>`${keepPlan}
    with waiting as materialized (
      select c.id, c.lock_key from credential cr
      join workspace w on w.id = cr.workspace_id and not w.stop_sending
      join campaign c on c.workspace_id = cr.workspace_id and c.status in ('active', 'completed') and c.leaving is null
      where ${usable} and cr.id = ${credentialId} and exists (select from message m
        where m.credential_id = cr.id and m.campaign_id = c.id and m.state = 'queued' and m.send_after <= now())
      order by random() limit ${campaignsPerClaim}
    )
    select id, pg_try_advisory_xact_lock_shared(1, lock_key) as locked, ${keepFirstPlan} as mode from waiting
  `.execute(tx)
  const campaigns = found.rows.filter((row) => row.locked).map((row) => row.id)
  if (campaigns.length === 0) return []
  const moving = sql`moving as materialized (
    select id from campaign where id = any(${arrayLiteral(campaigns)}::uuid[]) and status in ('active', 'completed') and leaving is null)`
  const pick = (most: number, share: number, transactional: boolean) => sql<{ id: number }>`${keepPlan}
    with ${moving}, picked as materialized (
      select m.id from moving c cross join lateral (
        select id from message where credential_id = ${credentialId} and campaign_id = c.id and state = 'queued' and send_after <= now()
          ${transactional ? sql`and transactional` : sql``}
        order by send_after limit ${share} for update skip locked
      ) m limit ${most}
    )
    update message set state = 'claimed', worker = ${worker}, fence = fence + 1, lease_until = now() + ${leaseMs} * interval '1 millisecond'
    where id = any(array(select id from picked)) returning id`
  const first = await pick(limit, limit, true).execute(tx)
  const left = limit - first.rows.length
  const rest = left > 0 ? (await pick(left, Math.ceil(left / campaigns.length), false).execute(tx)).rows : []
  return loadClaimed(
    tx,
    [...first.rows, ...rest].map((row) => row.id),
  )
}

async function loadClaimed(tx: Tx, ids: readonly number[]): Promise<ClaimedMessage[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<ClaimedMessage>`${keepPlan}
    select m.id, m.fence, m.attempt, m.workspace_id as "workspaceId", m.campaign_id as "campaignId", m.run_id as "runId", m.node_id as "nodeId",
      m.transactional, m.header_id as "headerId", coalesce(r.version_id, c.version_id) as "versionId", r.started_at as "startedAt", r.outputs,
      coalesce(t.type, f.type) as "triggerType", coalesce(fp.payload, f.payload) as "triggerPayload", w.name as "orgName",
      w.postal_address as "postalAddress",
      coalesce(cu.tracking_consent, w.tracking_consent_default) as consent, m.channel, ${addressFor('m', 'cu')} as address, clock_timestamp() as now, cu.timezone,
      w.timezone as "workspaceTimezone", case when not m.transactional then w.frequency_cap_per_day end as "frequencyCap",
      jsonb_build_object('id', cu.id, 'email', cu.email, 'externalId', cu.external_id, 'firstName', cu.first_name, 'lastName', cu.last_name,
        'phone', cu.phone, 'telegramChatId', cu.telegram_chat_id, 'linkedinUrl', cu.linkedin_url, 'language', cu.language, 'country', cu.country,
        'timezone', cu.timezone, 'tags', cu.tags, 'attributes', cu.attributes, 'createdAt', cu.created_at,
        'company', case when co.id is null then null else jsonb_build_object('name', co.name, 'domain', co.domain, 'industry', co.industry,
          'attributes', co.attributes) end) as customer,
      case when p.id is null then null else p.attributes || jsonb_build_object('id', p.id, 'name', p.name, 'description', p.description,
        'url', p.url) end as product
    from message m
    join run r on r.id = m.run_id
    join campaign c on c.id = m.campaign_id
    join workspace w on w.id = m.workspace_id
    join customer cu on cu.id = m.customer_id
    left join company co on co.id = cu.company_id
    left join firing f on f.id = r.firing_id
    left join trigger t on t.id = f.trigger_id
    left join firing_payload fp on fp.firing_id = r.firing_id and fp.customer_id = r.customer_id
    left join product p on p.id = m.product_id and p.workspace_id = m.workspace_id
    where m.id = any(${arrayLiteral(ids)}::bigint[])
    order by m.transactional desc, m.send_after, m.id
  `.execute(tx)
  return rows
}

/** Subjects and bodies of templates by lower-case name. */
export async function loadTemplates(
  db: Db,
  workspaceId: number,
  names: readonly string[],
): Promise<Map<string, { subject: string; body: string }>> {
  if (names.length === 0) return new Map()
  const { rows } = await sql<{ name: string; subject: string; body: string }>`
    select lower(name) as name, subject, body from template
    where workspace_id = ${workspaceId} and archived_at is null and channel <> 'ai'
      and lower(name) = any(${arrayLiteral(names.map((name) => name.toLowerCase()))}::text[])
  `.execute(db)
  return new Map(rows.map((row) => [row.name, row]))
}

/** A mail that a run was sent before: its Message-ID and its subject as it went. */
export interface ThreadMail {
  headerId: string
  subject: string
}

/** The mails that runs were sent before, oldest first, for answers in the same thread (TRUST T1). */
export async function loadThreads(db: Db, runIds: readonly number[]): Promise<Map<number, ThreadMail[]>> {
  const threads = new Map<number, ThreadMail[]>()
  if (runIds.length === 0) return threads
  const { rows } = await sql<ThreadMail & { runId: number }>`
    select m.run_id as "runId", m.header_id as "headerId", c.subject from message m join message_content c on c.message_id = m.id
    where m.run_id = any(${arrayLiteral(runIds)}::bigint[]) and m.header_id is not null and m.channel = 'email'
      and m.state in ('sent', 'unconfirmed') order by m.run_id, m.handed_at, m.id
  `.execute(db)
  for (const row of rows) threads.set(row.runId, [...(threads.get(row.runId) ?? []), row])
  return threads
}

/** Keeps what this worker has in hand for another lease. */
export async function renewLeases(db: Db, worker: string, ids: readonly number[], leaseMs: number): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update message set lease_until = now() + ${leaseMs} * interval '1 millisecond'
    where id = any(${arrayLiteral(ids)}::bigint[]) and worker = ${worker} and state in ('claimed', 'handing')
  `.execute(db)
}
