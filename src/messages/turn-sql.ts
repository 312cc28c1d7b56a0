import { arrayLiteral, type Db, keepPlan, sql, type Tx } from '../db/database.ts'
import { addressFor } from './address-sql.ts'
import type { Hours } from './hours.ts'
import type { Settlement } from './settle.ts'

/** A message in hand and what becomes of it. */
export interface Settled {
  id: number
  fence: number
  settlement: Settlement
}

/** A rendered message that asks to be handed over; without content it can only be passed over. */
export interface Intent {
  id: number
  fence: number
  campaignId: string
  /** The address it was rendered for; '' when there was none. */
  address: string
  hours: Hours
  content: IntentContent | null
}

interface IntentContent {
  headerId: string
  from: string
  subject: string
  html: string
  text: string
  links: readonly string[]
}

/**
 * What was decided in the moment of handing over. `go`: written down as in hand; the rest was put back (`hold`: nothing may be handed
 * over now; `stale`: the address changed since rendering, or the hours that it was rendered in are over) or passed over with its reason.
 */
export type Verdict = 'go' | 'hold' | 'stale' | 'withdrawn' | 'archived' | 'no_address' | 'suppressed' | 'capped'

/**
 * A turn in one statement. First, how messages ended: the row (only while it still has our fence), the note that wakes its run, the event,
 * the suppression of an address that is bad for good, and the counts; rows that another worker took over are left alone.
 *
 * Then the intents, written **before their first byte** (TRUST §3.2), after one more look at everything that may forbid a message: campaign
 * moving (under its shared lock, so a pause that was answered holds), run live and still at this step, customer not archived, not
 * suppressed by customer or address, window open, day not full, the red switch off. Answers a verdict for each message that is still ours.
 */
export async function writeTurn(
  db: Db | Tx,
  turn: { settled: readonly Settled[]; intents: readonly Intent[]; worker: string | null; leaseMs: number },
): Promise<Map<number, Verdict>> {
  const { worker, leaseMs } = turn
  if (turn.settled.length === 0 && turn.intents.length === 0) return new Map()
  // Rows are locked in one order everywhere.
  const settled = [...turn.settled].sort((a, b) => a.id - b.id)
  const intents = [...turn.intents].sort((a, b) => a.id - b.id)
  const campaigns = [...new Set(intents.map((one) => one.campaignId))].sort()
  const result = <Value extends string | number | null>(pick: (row: Settled) => Value) =>
    arrayLiteral(settled.map(pick))
  const intent = <Value extends string | number | null>(pick: (row: Intent) => Value) => arrayLiteral(intents.map(pick))
  const address = addressFor('m', 'cu')
  const { rows } = await sql<{ id: number; verdict: Verdict }>`${keepPlan}
    with news as materialized (
      select * from unnest(${result((row) => row.id)}::bigint[], ${result((row) => row.fence)}::int[],
        ${result((row) => row.settlement.to)}::text[], ${result((row) => row.settlement.reason)}::text[],
        ${result((row) => row.settlement.providerId)}::text[], ${result((row) => row.settlement.response?.slice(0, 1_000).replaceAll('\0', '').toWellFormed() ?? null)}::text[],
        ${result((row) => (row.settlement.hard ? 't' : 'f'))}::boolean[], ${result((row) => row.settlement.afterMs)}::float8[],
        ${result((row) => (row.settlement.free ? 't' : 'f'))}::boolean[])
        as t(id, fence, state, reason, provider_id, response, hard, after_ms, free)
    ), was_held as materialized (
      select m.id, m.state as was from message m join news n on n.id = m.id and n.fence = m.fence
      where m.state in ('claimed', 'handing') order by m.id for no key update of m
    ), done as (
      update message m set state = n.state, reason = case when n.state = 'queued' and m.reason = 'send_again' then m.reason else n.reason end, lease_until = null, worker = null,
        provider_id = coalesce(n.provider_id, m.provider_id), response = coalesce(n.response, m.response),
        sent_at = case when n.state in ('sent', 'unconfirmed') then clock_timestamp() else m.sent_at end,
        bounced_at = case when n.hard then clock_timestamp() else m.bounced_at end,
        attempt = case when n.state = 'queued' and n.free and h.was = 'handing' then m.attempt - 1 else m.attempt end,
        send_after = case when n.state = 'queued' then greatest(m.send_after, clock_timestamp() + n.after_ms * interval '1 millisecond') else m.send_after end
      from news n join was_held h on h.id = n.id
      where m.id = n.id
      returning m.id, m.workspace_id, m.campaign_id, m.run_id, m.node_id, m.customer_id, m.credential_id, m.channel, m.state, m.reason, n.hard
    ), ended as materialized (
      select * from done where state <> 'queued'
    ), told_end as (
      insert into run_inbox (campaign_id, run_id, name, payload)
      select e.campaign_id, e.run_id, 'message', jsonb_build_object('messageId', e.id, 'state', e.state, 'reason', e.reason)
      -- A run that has ended meanwhile is told nothing: nobody would read it.
      from ended e join run r on r.id = e.run_id and r.finished_at is null
    ), happened as (
      insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, message_id, occurred_at, at)
      select workspace_id, customer_id, case when hard then 'message.bounced' else 'message.sent' end,
        jsonb_build_object('channel', channel) || case when hard then '{"hard": true}'::jsonb else '{}'::jsonb end,
        campaign_id, run_id, node_id, id, now(), now()
      from ended where hard or state = 'sent'
    ), suppressed as (
      insert into suppression (workspace_id, customer_id, channel, address, address_hash, reason, source, campaign_id)
      select e.workspace_id, e.customer_id, e.channel, mc.to_address, address_key(w.address_salt, mc.to_address), 'bounce',
        'refused by the server', e.campaign_id
      from ended e join workspace w on w.id = e.workspace_id join message_content mc on mc.message_id = e.id
      where e.hard order by e.customer_id on conflict do nothing
    ), counted_end as (
      insert into tally (workspace_id, campaign_id, metric, key, n)
      select workspace_id, campaign_id, 'message', key, count(*) from (
        select workspace_id, campaign_id, state as key from ended
        union all select workspace_id, campaign_id, 'bounced' from ended where hard
      ) counts group by workspace_id, campaign_id, key order by campaign_id, key
    ), wanted as materialized (
      select * from unnest(${intent((row) => row.id)}::bigint[], ${intent((row) => row.fence)}::int[], ${intent((row) => row.address)}::text[],
        ${intent((row) => row.content?.headerId ?? null)}::text[], ${intent((row) => row.content?.from ?? null)}::text[],
        ${intent((row) => row.content?.subject ?? null)}::text[], ${intent((row) => row.content?.html ?? null)}::text[],
        ${intent((row) => row.content?.text ?? null)}::text[], ${intent((row) => JSON.stringify(row.content?.links ?? []))}::jsonb[],
        ${intent((row) => row.hours.until?.toISOString() ?? null)}::timestamptz[], ${intent((row) => row.hours.dayStart?.toISOString() ?? null)}::timestamptz[])
        as t(id, fence, address, header_id, from_address, subject, html, text, links, hours_until, day_start)
    ), allowed as materialized (
      select id, may_hand_over(id) as now from unnest(${arrayLiteral(campaigns)}::uuid[]) as c(id)
    ), held as materialized (
      select m.* from message m join wanted n on n.id = m.id and n.fence = m.fence
      where m.state = 'claimed' order by m.id for no key update of m
    ), looked_at as materialized (
      select m.id, m.workspace_id, m.campaign_id, m.run_id, m.customer_id, n.day_start, w.frequency_cap_per_day as cap, case
          when c.status = 'archived' then 'archived'
          -- What a person sends again is no step of its run any more.
          when m.reason is distinct from 'send_again' and (r.finished_at is not null or r.node_id <> m.node_id) then 'withdrawn'
          when cu.archived_at is not null then 'archived'
          when ${address} is null then 'no_address'
          when exists (select from suppression s where s.workspace_id = m.workspace_id and s.customer_id = m.customer_id
              and s.lifted_at is null and s.channel in ('all', m.channel))
            or exists (select from suppression s where s.workspace_id = m.workspace_id and s.address_hash = address_key(w.address_salt, ${address})
              and s.lifted_at is null and s.channel in ('all', m.channel)) then 'suppressed'
          when w.stop_sending or not a.now then 'hold'
          when n.header_id is null or lower(${address}) <> lower(trim(n.address)) or n.hours_until <= clock_timestamp() then 'stale'
          else 'go'
        end as verdict
      from held m
      join wanted n on n.id = m.id
      join campaign c on c.id = m.campaign_id
      join allowed a on a.id = m.campaign_id
      join workspace w on w.id = m.workspace_id
      join customer cu on cu.id = m.customer_id
      join run r on r.id = m.run_id
    ), capped as materialized (
      -- Behind a lock of the customer's, so that two turns never count the same room; without it the message is put back for a moment.
      select id, room_today(customer_id, cap, day_start) as room, row_number() over (partition by customer_id order by id) as place
      from looked_at where verdict = 'go' and day_start is not null and cap is not null
    ), judged as materialized (
      select l.id, l.workspace_id, l.campaign_id, l.run_id, case when c.id is null or c.place <= c.room then l.verdict
        when c.room is null then 'hold' else 'capped' end as verdict
      from looked_at l left join capped c on c.id = l.id
    ), moved as (
      update message m set
        state = case j.verdict when 'go' then 'handing' when 'hold' then 'queued' when 'stale' then 'queued' else 'skipped' end,
        reason = case when j.verdict in ('go', 'hold', 'stale') then nullif(m.reason, 'send_window') else j.verdict end,
        attempt = m.attempt + case when j.verdict = 'go' then 1 else 0 end,
        handed_at = case when j.verdict = 'go' then clock_timestamp() else m.handed_at end,
        header_id = coalesce(case when j.verdict = 'go' then n.header_id end, m.header_id),
        worker = case when j.verdict = 'go' then ${worker}::uuid end,
        lease_until = case when j.verdict = 'go' then clock_timestamp() + ${leaseMs} * interval '1 millisecond' end
      from judged j join wanted n on n.id = j.id where m.id = j.id
    ), content as (
      insert into message_content (message_id, workspace_id, from_address, to_address, subject, html, text, links)
      select n.id, j.workspace_id, n.from_address, n.address, n.subject, n.html, n.text, array(select jsonb_array_elements_text(n.links))
      from wanted n join judged j on j.id = n.id where j.verdict = 'go'
      on conflict (message_id) do update set from_address = excluded.from_address, to_address = excluded.to_address,
        subject = excluded.subject, html = excluded.html, text = excluded.text, links = excluded.links, at = clock_timestamp()
    ), told_skip as (
      insert into run_inbox (campaign_id, run_id, name, payload)
      select j.campaign_id, j.run_id, 'message', jsonb_build_object('messageId', j.id, 'state', 'skipped', 'reason', j.verdict)
      from judged j join run r on r.id = j.run_id and r.finished_at is null where j.verdict not in ('go', 'hold', 'stale')
    ), counted_skip as (
      insert into tally (workspace_id, campaign_id, metric, key, n)
      select workspace_id, campaign_id, 'message', 'skipped', count(*) from judged
      where verdict not in ('go', 'hold', 'stale') group by workspace_id, campaign_id order by campaign_id
    )
    select id, verdict from judged
  `.execute(db)
  return new Map(rows.map((row) => [row.id, row.verdict]))
}

/** Undoes intents of a transaction whose commit was in doubt: this worker knows that it has not handed these over. */
export async function undoIntents(
  tx: Tx,
  worker: string,
  held: readonly { id: number; fence: number }[],
): Promise<void> {
  if (held.length === 0) return
  await sql`
    update message m set state = 'claimed', attempt = m.attempt - 1
    from unnest(${arrayLiteral(held.map((one) => one.id))}::bigint[], ${arrayLiteral(held.map((one) => one.fence))}::int[]) as n(id, fence)
    where m.id = n.id and m.fence = n.fence and m.state = 'handing' and m.worker = ${worker}
  `.execute(tx)
}
