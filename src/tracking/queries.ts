import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { recordEvents } from '../engine/events-sql.ts'
import type { HitVerdict, StoredHit } from './classify.ts'
import type { LinkTarget } from './tokens.ts'

/** The destination of a tracked link; undefined when the message or the position is unknown. */
export async function findLink(db: Db, target: LinkTarget & { position: number }): Promise<string | undefined> {
  const { rows } = await sql<{ url: string | null }>`
    select links[${target.position + 1}] as url from message_content
    where message_id = ${target.messageId} and workspace_id = ${target.workspaceId}
  `.execute(db)
  return rows[0]?.url ?? undefined
}

/** What a page behind a link may show and do. */
export interface LinkedPerson {
  customerId: string
  /** Shown masked only. */
  address: string | null
  orgName: string
  /** Marketing email is suppressed for them. */
  unsubscribed: boolean
  tracking: 'yes' | 'no'
}

/** The person that a message went to; undefined when the message is unknown. */
export async function findPerson(db: Db, target: LinkTarget): Promise<LinkedPerson | undefined> {
  const { rows } = await sql<LinkedPerson>`
    select m.customer_id as "customerId", coalesce(nullif(mc.to_address, ''), c.email) as address, w.name as "orgName",
      coalesce(c.tracking_consent, w.tracking_consent_default) as tracking,
      exists (select from suppression s where s.workspace_id = m.workspace_id and s.customer_id = m.customer_id and s.lifted_at is null
        and s.channel in ('all', m.channel)) as unsubscribed
    from message m join workspace w on w.id = m.workspace_id
    left join message_content mc on mc.message_id = m.id
    left join customer c on c.id = m.customer_id
    where m.id = ${target.messageId} and m.workspace_id = ${target.workspaceId}
  `.execute(db)
  return rows[0]
}

/** The person's own word on open tracking. */
export async function refuseTracking(tx: Tx, target: LinkTarget): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    update customer c set tracking_consent = 'no', version = version + 1, updated_at = now()
    from message m where m.id = ${target.messageId} and m.workspace_id = ${target.workspaceId} and c.id = m.customer_id
      and c.workspace_id = m.workspace_id and c.tracking_consent is distinct from 'no'
    returning c.id
  `.execute(tx)
  await recordEvents(
    tx,
    rows.map((row) => ({
      workspaceId: target.workspaceId,
      customerId: row.id,
      name: 'customer.updated',
      properties: { trackingConsent: 'no' },
      messageId: target.messageId,
    })),
  )
}

/** A hit on its way into the table. */
export interface NewHit extends LinkTarget {
  kind: StoredHit['kind']
  link: number | null
  method: string
  network: string | null
  userAgent: string | null
  atMs: number
}

/** When providers took these messages, in ms since 1970 by the database's clock, with the database's now. */
export async function acceptedAt(
  tx: Tx,
  ids: readonly number[],
): Promise<{ nowMs: number; byId: Map<number, number> }> {
  const { rows } = await sql<{ id: number; at: number | null; now_ms: number }>`
    select m.id, extract(epoch from m.sent_at)::float8 * 1000 as at, extract(epoch from clock_timestamp())::float8 * 1000 as now_ms
    from message m where m.id = any(${arrayLiteral(ids)}::bigint[])
  `.execute(tx)
  return {
    nowMs: rows[0]?.now_ms ?? Date.now(),
    byId: new Map(rows.flatMap((row) => (row.at === null ? [] : [[row.id, row.at]]))),
  }
}

/** Stores hits raw, with the verdict of now. `agesMs` is how long ago each was, so that the instants are the database's. */
export async function insertHits(
  tx: Tx,
  hits: readonly { hit: NewHit; verdict: HitVerdict; agoMs: number }[],
): Promise<void> {
  const column = <Value extends string | number | null>(pick: (row: (typeof hits)[number]) => Value) =>
    arrayLiteral(hits.map(pick))
  await sql`
    insert into tracking_hit (workspace_id, message_id, kind, link, method, network, user_agent, verdict, at)
    select t.workspace_id, t.message_id, t.kind, t.link, t.method, t.network, t.user_agent, t.verdict,
      clock_timestamp() - t.ago_ms * interval '1 millisecond'
    from unnest(${column(({ hit }) => hit.workspaceId)}::int[], ${column(({ hit }) => hit.messageId)}::bigint[],
      ${column(({ hit }) => hit.kind)}::text[], ${column(({ hit }) => hit.link)}::int[], ${column(({ hit }) => hit.method)}::text[],
      ${column(({ hit }) => hit.network)}::text[], ${column(({ hit }) => hit.userAgent)}::text[],
      ${column(({ verdict }) => verdict)}::text[], ${column(({ agoMs }) => agoMs)}::float8[])
      as t(workspace_id, message_id, kind, link, method, network, user_agent, verdict, ago_ms)
    -- A message that was erased meanwhile is nobody's.
    where exists (select from message m where m.id = t.message_id and m.workspace_id = t.workspace_id)
  `.execute(tx)
}

/** A message with clicks to judge, and all that happened on its links. */
export interface MessageHits {
  messageId: number
  links: number
  acceptedAtMs: number | null
  hits: StoredHit[]
}

/** Messages with clicks that are older than `afterMs` and not judged yet; their rows are locked for this judge. */
export async function hitsToJudge(tx: Tx, afterMs: number, limit: number): Promise<MessageHits[]> {
  const { rows } = await sql<{ message_id: number; links: number; accepted_at_ms: number | null; hits: StoredHit[] }>`
    with due as materialized (
      select message_id, at from tracking_hit where verdict = 'pending' and at <= clock_timestamp() - ${afterMs} * interval '1 millisecond'
      order by at limit ${limit} for update skip locked
    )
    select m.id as message_id, coalesce(cardinality(mc.links), 0) as links, extract(epoch from m.sent_at)::float8 * 1000 as accepted_at_ms,
      jsonb_agg(jsonb_build_object('id', h.id, 'kind', h.kind, 'link', h.link, 'network', h.network, 'verdict', h.verdict,
        'atMs', extract(epoch from h.at)::float8 * 1000,
        'crowded', h.network is not null and h.verdict = 'pending' and (
          select count(distinct o.message_id) from tracking_hit o join message om on om.id = o.message_id and om.campaign_id = m.campaign_id
          where o.at between h.at - interval '10 seconds' and h.at + interval '10 seconds' and o.network = h.network and o.kind <> 'open'
        ) >= 5) order by h.at) as hits
    from (select distinct message_id from due) d
    join message m on m.id = d.message_id
    left join message_content mc on mc.message_id = m.id
    join tracking_hit h on h.message_id = m.id
    group by m.id, m.sent_at, mc.links
  `.execute(tx)
  return rows.map((row) => ({
    messageId: row.message_id,
    links: row.links,
    acceptedAtMs: row.accepted_at_ms,
    hits: row.hits,
  }))
}

/** Writes verdicts down, where they were open. */
export async function saveVerdicts(tx: Tx, verdicts: readonly (readonly [number, HitVerdict])[]): Promise<void> {
  if (verdicts.length === 0) return
  await sql`
    update tracking_hit h set verdict = v.verdict
    from unnest(${arrayLiteral(verdicts.map(([id]) => id))}::bigint[], ${arrayLiteral(verdicts.map(([, verdict]) => verdict))}::text[]) as v(id, verdict)
    where h.id = v.id and h.verdict = 'pending'
  `.execute(tx)
}

/** When the oldest click that waits for its verdict came, as ms ago; null when none waits. */
export async function oldestPendingMs(db: Db): Promise<number | null> {
  const { rows } = await sql<{ ago_ms: number | null }>`
    select extract(epoch from clock_timestamp() - min(at))::float8 * 1000 as ago_ms from tracking_hit where verdict = 'pending'
  `.execute(db)
  return rows[0]?.ago_ms ?? null
}
