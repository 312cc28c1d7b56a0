import { arrayLiteral, sql, type Tx } from '../db/database.ts'
import type { ClaimedRun } from './advance-sql.ts'
import { type NewEvent, notifyWake, recordEvents } from './events-sql.ts'
import type { Effect, EffectKind, UpdatableField } from './facts.ts'
import { markGoals } from './goals-sql.ts'

/** An effect with the step that wants it. */
export interface PlacedEffect<Kind extends EffectKind = EffectKind> {
  effect: Extract<Effect, { do: Kind }>
  nodeId: string
  run: ClaimedRun
}

type Appliers = { [Kind in EffectKind]: (tx: Tx, placed: readonly PlacedEffect<Kind>[]) => Promise<void> }

type Scalar = string | number | null
const columnOf =
  <Kind extends EffectKind>(placed: readonly PlacedEffect<Kind>[]) =>
  (pick: (entry: PlacedEffect<Kind>) => Scalar) =>
    arrayLiteral(placed.map(pick))

/**
 * Splits effects so that one target occurs once a round, in walk order: a statement may touch a row once, and two changes of one
 * score clamp one after the other.
 */
function rounds<Kind extends EffectKind>(
  placed: readonly PlacedEffect<Kind>[],
  target: (entry: PlacedEffect<Kind>) => string,
): PlacedEffect<Kind>[][] {
  const seen = new Map<string, number>()
  const result: PlacedEffect<Kind>[][] = []
  for (const entry of placed) {
    const key = target(entry)
    const round = seen.get(key) ?? 0
    seen.set(key, round + 1)
    const list = result[round]
    if (list) list.push(entry)
    else result.push([entry])
  }
  return result
}

const placeOf = <Kind extends EffectKind>({ run, nodeId }: PlacedEffect<Kind>) => ({
  workspaceId: run.workspaceId,
  customerId: run.customerId,
  campaignId: run.campaignId,
  runId: run.id,
  nodeId,
})

/** A JSON value as an event keeps what it was: long ones cut, because attributes may hold 64 KB. */
const shortened = (value: ReturnType<typeof sql>) =>
  sql`case when octet_length(${value}::text) > 800 then to_jsonb(left(${value}::text, 200) || '…') else ${value} end`

/** Where the customer's own fields are kept. */
const columnsOfFields: Record<UpdatableField, string> = {
  firstName: 'first_name',
  lastName: 'last_name',
  language: 'language',
  country: 'country',
  timezone: 'timezone',
  phone: 'phone',
  telegramChatId: 'telegram_chat_id',
  linkedinUrl: 'linkedin_url',
}

/** Every kind of effect, applied for a whole batch by set statements; customers are locked in the order of their ids. */
const appliers: Appliers = {
  async tag(tx, placed) {
    for (const round of rounds(placed, ({ run, effect }) => `${run.customerId}\u0000${effect.name}`)) {
      const column = columnOf(round)
      await sql`
        with change as materialized (
          select * from unnest(${column(({ run }) => run.customerId)}::uuid[], ${column(({ effect }) => effect.name)}::text[],
            ${column(({ effect }) => (effect.on ? 't' : 'f'))}::boolean[], ${column(({ run }) => run.id)}::bigint[],
            ${column(({ run }) => run.campaignId)}::uuid[], ${column(({ nodeId }) => nodeId)}::text[],
            ${column(({ run }) => run.workspaceId)}::int[])
            with ordinality as t(customer_id, name, wanted, run_id, campaign_id, node_id, workspace_id, n)
        ), target as materialized (
          select c.id, c.tags from customer c where c.id = any(array(select customer_id from change)) order by c.id for no key update
        ), real as materialized (
          select ch.*, t.tags from change ch join target t on t.id = ch.customer_id where (ch.name = any(t.tags)) <> ch.wanted
        ), changed as (
          update customer c set tags = n.tags, version = c.version + 1, updated_at = now()
          from (
            select r.customer_id,
              array(select x from unnest(min(r.tags)) x where x <> all(coalesce(array_agg(r.name) filter (where not r.wanted), '{}')))
                || coalesce(array_agg(r.name) filter (where r.wanted), '{}') as tags
            from real r group by r.customer_id
          ) n where n.customer_id = c.id
        )
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select workspace_id, customer_id, case when wanted then 'customer.tagged' else 'customer.untagged' end,
          jsonb_build_object('tag', name), campaign_id, run_id, node_id, now(), now()
        from real order by n
      `.execute(tx)
    }
    const named = new Map(
      placed
        .filter(({ effect }) => effect.on)
        .map(({ run, effect }) => [
          `${run.workspaceId}\u0000${effect.name}`,
          { workspaceId: run.workspaceId, ...effect },
        ]),
    )
    const tags = [...named.values()]
    if (tags.length === 0) return
    await sql`
      insert into tag (workspace_id, name, color)
      select * from unnest(${arrayLiteral(tags.map((tag) => tag.workspaceId))}::int[], ${arrayLiteral(tags.map((tag) => tag.name))}::text[],
        ${arrayLiteral(tags.map((tag) => tag.color ?? null))}::text[]) as t(workspace_id, name, color)
      where not exists (select from tag k where k.workspace_id = t.workspace_id and k.name = t.name)
      order by 1, 2 on conflict do nothing
    `.execute(tx)
  },

  async segment(tx, placed) {
    for (const round of rounds(placed, ({ run, effect }) => `${run.customerId}\u0000${effect.segmentId}`)) {
      const column = columnOf(round)
      await sql`
        with change as materialized (
          select t.* from unnest(${column(({ run }) => run.customerId)}::uuid[], ${column(({ effect }) => effect.segmentId)}::uuid[],
            ${column(({ effect }) => (effect.on ? 't' : 'f'))}::boolean[], ${column(({ run }) => run.id)}::bigint[],
            ${column(({ run }) => run.campaignId)}::uuid[], ${column(({ nodeId }) => nodeId)}::text[],
            ${column(({ run }) => run.workspaceId)}::int[])
            as t(customer_id, segment_id, wanted, run_id, campaign_id, node_id, workspace_id)
          -- A segment that was deleted or belongs elsewhere takes nobody.
          join segment s on s.id = t.segment_id and s.workspace_id = t.workspace_id and s.kind = 'static'
        ), added as (
          insert into segment_member (segment_id, customer_id, workspace_id)
          select segment_id, customer_id, workspace_id from change where wanted order by segment_id, customer_id
          on conflict do nothing returning segment_id, customer_id
        ), removed as (
          delete from segment_member m using change ch
          where not ch.wanted and m.segment_id = ch.segment_id and m.customer_id = ch.customer_id returning m.segment_id, m.customer_id
        )
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select ch.workspace_id, ch.customer_id, 'customer.updated',
          jsonb_build_object(case when ch.wanted then 'segmentAdded' else 'segmentRemoved' end, ch.segment_id),
          ch.campaign_id, ch.run_id, ch.node_id, now(), now()
        from change ch
        where (ch.wanted and exists (select from added a where a.segment_id = ch.segment_id and a.customer_id = ch.customer_id))
          or (not ch.wanted and exists (select from removed d where d.segment_id = ch.segment_id and d.customer_id = ch.customer_id))
      `.execute(tx)
    }
  },

  async 'change-score'(tx, placed) {
    for (const round of rounds(placed, ({ run, effect }) => `${run.customerId}\u0000${effect.criterionId}`)) {
      const column = columnOf(round)
      await sql`
        with change as materialized (
          select t.* from unnest(${column(({ run }) => run.customerId)}::uuid[], ${column(({ effect }) => effect.criterionId)}::uuid[],
            ${column(({ effect }) => effect.delta)}::double precision[], ${column(({ run }) => run.id)}::bigint[],
            ${column(({ run }) => run.campaignId)}::uuid[], ${column(({ nodeId }) => nodeId)}::text[],
            ${column(({ run }) => run.workspaceId)}::int[])
            as t(customer_id, criterion_id, delta, run_id, campaign_id, node_id, workspace_id)
          -- Also one that was deleted since the step was decided: the step says that the score changed.
          join fit_criterion k on k.id = t.criterion_id and k.workspace_id = t.workspace_id
        ), scored as (
          insert into fit_score (customer_id, criterion_id, workspace_id, score, delta)
          select customer_id, criterion_id, workspace_id, least(1, greatest(-1, delta)), delta from change order by customer_id, criterion_id
          on conflict (customer_id, criterion_id) do update
            set score = least(1, greatest(-1, fit_score.score + excluded.delta)), delta = excluded.delta, updated_at = now()
          returning customer_id, criterion_id, score
        ), assessed as (
          insert into fit_assessment (workspace_id, customer_id, criterion_id, score, delta, source)
          select ch.workspace_id, ch.customer_id, ch.criterion_id, s.score, ch.delta,
            jsonb_build_object('kind', 'node', 'runId', ch.run_id, 'nodeId', ch.node_id)
          from change ch join scored s using (customer_id, criterion_id)
        )
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select ch.workspace_id, ch.customer_id, 'score.changed',
          jsonb_build_object('criterionId', ch.criterion_id, 'score', s.score, 'delta', ch.delta),
          ch.campaign_id, ch.run_id, ch.node_id, now(), now()
        from change ch join scored s using (customer_id, criterion_id)
      `.execute(tx)
    }
  },

  async 'queue-message'(tx, placed) {
    const column = columnOf(placed)
    await sql`
      with wanted as materialized (
        select * from unnest(${column(({ run }) => run.workspaceId)}::int[], ${column(({ run }) => run.campaignId)}::uuid[],
          ${column(({ run }) => run.id)}::bigint[], ${column(({ nodeId }) => nodeId)}::text[], ${column(({ run }) => run.customerId)}::uuid[],
          ${column(({ effect }) => effect.credentialId)}::uuid[], ${column(({ effect }) => effect.productId)}::uuid[],
          ${column(({ effect }) => effect.channel)}::text[], ${column(({ effect }) => (effect.transactional ? 't' : 'f'))}::boolean[],
          ${column(({ effect }) => effect.sendAfter?.toISOString() ?? null)}::timestamptz[])
          as t(workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, product_id, channel, transactional, send_after)
      ), queued as (
        insert into message (workspace_id, campaign_id, run_id, node_id, customer_id, credential_id, product_id, channel, transactional,
          send_after, reason)
        select workspace_id, campaign_id, run_id, node_id, customer_id, credential_id,
          coalesce(product_id, (select cp.product_id from campaign_product cp where cp.campaign_id = w.campaign_id and cp.is_primary)),
          channel, transactional, coalesce(send_after, now()), case when send_after is not null then 'send_window' end
        from wanted w
        on conflict (run_id, node_id) do nothing returning run_id, node_id
      )
      -- Sent in this run before: its fate is known, so the run is told at once.
      insert into run_inbox (campaign_id, run_id, name)
      select w.campaign_id, w.run_id, 'message' from wanted w
      where not exists (select from queued q where q.run_id = w.run_id and q.node_id = w.node_id)
    `.execute(tx)
    await notifyWake(tx)
  },

  async suppress(tx, placed) {
    const column = columnOf(placed)
    await sql`
      insert into suppression (workspace_id, customer_id, channel, address, address_hash, reason, source, campaign_id)
      select t.workspace_id, t.customer_id, t.channel, a.address, case when a.address is null then null else address_key(w.address_salt, a.address) end,
        t.reason, 'campaign', t.campaign_id
      from unnest(${column(({ run }) => run.workspaceId)}::int[], ${column(({ run }) => run.customerId)}::uuid[],
        ${column(({ effect }) => effect.channel)}::text[], ${column(({ effect }) => effect.reason)}::text[],
        ${column(({ run }) => run.campaignId)}::uuid[])
        as t(workspace_id, customer_id, channel, reason, campaign_id)
      join customer c on c.id = t.customer_id join workspace w on w.id = t.workspace_id
      cross join lateral (select nullif(trim(case t.channel when 'telegram' then c.telegram_chat_id when 'linkedin' then c.linkedin_url
        else c.email end), '') as address) a
      order by t.customer_id, t.channel on conflict do nothing
    `.execute(tx)
    await recordEvents(
      tx,
      placed.map((entry) => ({
        ...placeOf(entry),
        name: 'customer.updated',
        properties: { suppressed: entry.effect.channel, reason: entry.effect.reason },
      })),
    )
  },

  async claim(tx, placed) {
    for (const round of rounds(placed, ({ run }) => run.customerId)) {
      const column = columnOf(round)
      const { rows } = await sql<{ id: string }>`
        with change as materialized (
          select * from unnest(${column(({ run }) => run.customerId)}::uuid[], ${column(({ effect }) => effect.memberId)}::uuid[]) as t(id, member_id)
        ), target as materialized (
          select c.id from customer c where c.id = any(array(select id from change)) order by c.id for no key update
        )
        update customer c set claimed_by = ch.member_id, version = c.version + 1, updated_at = now()
        from change ch join target using (id) where c.id = ch.id and c.claimed_by is distinct from ch.member_id returning c.id
      `.execute(tx)
      const changed = new Set(rows.map((row) => row.id))
      const events: NewEvent[] = round
        .filter(({ run }) => changed.has(run.customerId))
        .map((entry) => ({
          ...placeOf(entry),
          name: 'customer.updated',
          properties: { claimedBy: entry.effect.memberId },
        }))
      await recordEvents(tx, events)
    }
  },

  async 'update-customer'(tx, placed) {
    for (const round of rounds(placed, ({ run, effect }) => `${run.customerId}\u0000${effect.field}`)) {
      const column = columnOf(round)
      await sql`
        with change as materialized (
          select * from unnest(${column(({ run }) => run.customerId)}::uuid[], ${column(({ effect }) => effect.field)}::text[],
            ${column(({ effect }) => (effect.value === null ? null : JSON.stringify(effect.value)))}::jsonb[], ${column(({ run }) => run.id)}::bigint[],
            ${column(({ run }) => run.campaignId)}::uuid[], ${column(({ nodeId }) => nodeId)}::text[],
            ${column(({ run }) => run.workspaceId)}::int[])
            with ordinality as t(customer_id, field, value, run_id, campaign_id, node_id, workspace_id, n)
        ), target as materialized (
          select c.id, c.attributes, jsonb_strip_nulls(jsonb_build_object(${sql.join(
            Object.entries(columnsOfFields).map(([field, name]) => sql`${sql.lit(field)}, c.${sql.ref(name)}`),
          )})) as fields
          from customer c where c.id = any(array(select customer_id from change)) order by c.id for no key update
        ), real as materialized (
          select ch.*, a.name as attribute, case when a.name is null then t.fields -> ch.field else t.attributes -> a.name end as was
          from change ch join target t on t.id = ch.customer_id
          cross join lateral (select case when ch.field like 'attributes.%' then substr(ch.field, 12) end as name) a
          where (case when a.name is null then t.fields -> ch.field else t.attributes -> a.name end) is distinct from ch.value
            -- What no write may make of a customer: attributes beyond 64 KB.
            and (a.name is null or ch.value is null or octet_length((t.attributes || jsonb_build_object(a.name, ch.value))::text) <= 65536)
        ), changed as (
          update customer c set ${sql.join(
            Object.entries(columnsOfFields).map(
              ([field, name]) =>
                sql`${sql.ref(name)} = case when u.fields ? ${sql.lit(field)} then u.fields ->> ${sql.lit(field)} else c.${sql.ref(name)} end`,
            ),
          )}, attributes = (c.attributes - u.gone) || u.attributes, version = c.version + 1, updated_at = now()
          from (
            select customer_id,
              coalesce(jsonb_object_agg(field, value) filter (where attribute is null), '{}') as fields,
              coalesce(jsonb_object_agg(attribute, value) filter (where attribute is not null and value is not null), '{}') as attributes,
              coalesce(array_agg(attribute) filter (where attribute is not null and value is null), '{}') as gone
            from real group by customer_id
          ) u where u.customer_id = c.id
        )
        insert into event (workspace_id, customer_id, name, properties, campaign_id, run_id, node_id, occurred_at, at)
        select workspace_id, customer_id, 'customer.updated',
          jsonb_build_object('fields', jsonb_build_array(case when attribute is null then field else 'attributes' end),
            'changes', jsonb_build_object(field, jsonb_build_array(${shortened(sql`was`)}, ${shortened(sql`value`)}))),
          campaign_id, run_id, node_id, now(), now()
        from real order by n
      `.execute(tx)
    }
  },

  async 'create-task'(tx, placed) {
    const column = columnOf(placed)
    await sql`
      insert into task (workspace_id, kind, title, note, customer_id, campaign_id, run_id, node_id, assignee_id, due_at)
      select * from unnest(${column(({ run }) => run.workspaceId)}::int[], ${column(({ effect }) => effect.kind)}::text[],
        ${column(({ effect }) => effect.title)}::text[], ${column(({ effect }) => effect.note)}::text[],
        ${column(({ run }) => run.customerId)}::uuid[], ${column(({ run }) => run.campaignId)}::uuid[], ${column(({ run }) => run.id)}::bigint[],
        ${column(({ nodeId }) => nodeId)}::text[], ${column(({ effect }) => effect.assigneeId)}::uuid[],
        ${column(({ effect }) => effect.dueAt?.toISOString() ?? null)}::timestamptz[])
      on conflict do nothing
    `.execute(tx)
  },

  async request(tx, placed) {
    const column = columnOf(placed)
    await sql`
      insert into http_request (workspace_id, campaign_id, run_id, node_id, customer_id, request)
      select * from unnest(${column(({ run }) => run.workspaceId)}::int[], ${column(({ run }) => run.campaignId)}::uuid[],
        ${column(({ run }) => run.id)}::bigint[], ${column(({ nodeId }) => nodeId)}::text[], ${column(({ run }) => run.customerId)}::uuid[],
        ${column(({ effect: { do: _, ...request } }) => JSON.stringify(request))}::jsonb[])
      on conflict do nothing
    `.execute(tx)
    await notifyWake(tx)
  },

  async emit(tx, placed) {
    await recordEvents(
      tx,
      placed.map((entry) => ({ ...placeOf(entry), name: entry.effect.name, properties: entry.effect.properties })),
    )
  },

  async 'reach-goal'(tx, placed) {
    await markGoals(
      tx,
      placed.map((entry) => {
        const { do: _, ...goal } = entry.effect
        return { ...placeOf(entry), ...goal, versionId: entry.run.versionId }
      }),
    )
  },
}

/** Rows of customers are locked first, by tag and claim; the kinds behind them only insert. */
const order = Object.keys({
  tag: 0,
  claim: 0,
  'update-customer': 0,
  'change-score': 0,
  segment: 0,
  suppress: 0,
  'create-task': 0,
  'reach-goal': 0,
  emit: 0,
  request: 0,
  'queue-message': 0,
} satisfies Record<EffectKind, 0>) as EffectKind[]

/** Applies all effects of a batch, one kind after the other, each in a fixed number of statements. */
export async function applyEffects(tx: Tx, placed: readonly PlacedEffect[]): Promise<void> {
  const byKind = Map.groupBy(placed, ({ effect }) => effect.do)
  for (const kind of order) {
    const list = byKind.get(kind)
    // The map is typed kind by kind; the grouping is not, so the two meet here.
    if (list) await (appliers[kind] as (tx: Tx, placed: readonly PlacedEffect[]) => Promise<void>)(tx, list)
  }
}
