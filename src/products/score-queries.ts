import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import type { CustomerFacts } from '../engine/facts.ts'
import { allCustomerFields, loadCustomers } from '../engine/facts-sql.ts'

/** One score to write; `value` is the new score, or the change, as `mode` says. */
export interface ScoreChange {
  customerId: string
  criterionId: string
  value: number
  /** Who or what made it: `{kind: 'member', by, memberId, reason}`, `{kind: 'import', importId}`, `{kind: 'rules'}`, `{kind: 'event', event, eventId}`. */
  source: { kind: string } & Record<string, unknown>
}

/** A customer's latest score on a criterion. */
export interface Score {
  criterionId: string
  criterion: string
  type: 'profile' | 'engagement' | 'conversation'
  weight: number
  productId: string
  product: string
  score: number
  updatedAt: Date
}

/**
 * Sets scores, or changes them by a delta, always within [-1, 1]: the latest score, a row of history with its source, and the event
 * score.changed. A score that is set to what it is already leaves no trace. A pair of customer and criterion may occur once.
 */
export async function changeScores(
  tx: Tx,
  workspaceId: number,
  mode: 'set' | 'change',
  changes: readonly ScoreChange[],
): Promise<number> {
  if (changes.length === 0) return 0
  const set = mode === 'set'
  const { rows } = await sql<{ n: number }>`
    with wanted as materialized (
      select w.customer_id, w.criterion_id, w.value, w.source, coalesce(f.score, 0) as before
      from unnest(${arrayLiteral(changes.map((change) => change.customerId))}::uuid[], ${arrayLiteral(changes.map((change) => change.criterionId))}::uuid[],
        ${arrayLiteral(changes.map((change) => change.value))}::double precision[],
        ${arrayLiteral(changes.map((change) => JSON.stringify(change.source)))}::jsonb[]) as w(customer_id, criterion_id, value, source)
      left join fit_score f on f.customer_id = w.customer_id and f.criterion_id = w.criterion_id
    ), scored as (
      insert into fit_score as f (customer_id, criterion_id, workspace_id, score, delta)
      select customer_id, criterion_id, ${workspaceId}::int, least(1, greatest(-1, value)), case when ${set} then value - before else value end
      from wanted order by customer_id, criterion_id
      on conflict (customer_id, criterion_id) do update
        set score = case when ${set} then excluded.score else least(1, greatest(-1, f.score + excluded.delta)) end,
          delta = excluded.delta, updated_at = now()
        where not ${set} or f.score <> excluded.score
      returning customer_id, criterion_id, score, delta
    ), assessed as (
      insert into fit_assessment (workspace_id, customer_id, criterion_id, score, delta, source)
      select ${workspaceId}::int, s.customer_id, s.criterion_id, s.score, s.delta, w.source
      from scored s join wanted w using (customer_id, criterion_id)
    ), told as (
      insert into event (workspace_id, customer_id, name, properties, occurred_at, at)
      select ${workspaceId}::int, customer_id, 'score.changed',
        jsonb_build_object('criterionId', criterion_id, 'score', score, 'delta', delta), now(), now()
      from scored
    )
    select count(*) as n from scored
  `.execute(tx)
  return rows[0]?.n ?? 0
}

/** A customer's latest scores, over criteria that still exist. */
export async function listScores(db: Db | Tx, workspaceId: number, customerId: string): Promise<Score[]> {
  const { rows } = await sql<Score>`
    select k.id as "criterionId", k.name as criterion, k.type, k.weight, p.id as "productId", p.name as product, f.score,
      f.updated_at as "updatedAt"
    from fit_score f join fit_criterion k on k.id = f.criterion_id and k.deleted_at is null join product p on p.id = k.product_id
    where f.customer_id = ${customerId} and f.workspace_id = ${workspaceId}
    order by p.id, k.id
  `.execute(db)
  return rows
}

/** All that a profile rule may look at of one customer. */
export async function customerFacts(db: Db, customerId: string): Promise<CustomerFacts> {
  const needs = { fields: allCustomerFields, criterionIds: new Set<string>() }
  return (await loadCustomers(db, [customerId], needs)).get(customerId)?.customer ?? { id: customerId }
}

/** One fit assessment: a score in a customer's history, and what made it. */
export interface Assessment {
  id: number
  criterionId: string
  criterion: string
  productId: string
  product: string
  score: number
  delta: number | null
  source: Record<string, unknown>
  /** Names of what `source` refers to, where it still exists. */
  member: string | null
  campaign: string | null
  at: Date
}

/** A customer's assessments, newest first; those of deleted criteria, too. */
export async function listAssessments(
  db: Db,
  workspaceId: number,
  customerId: string,
  filter: {
    productId?: string | undefined
    criterionId?: string | undefined
    before: number | undefined
    limit: number
  },
): Promise<Assessment[]> {
  const { productId = null, criterionId = null, before = null, limit } = filter
  const { rows } = await sql<Assessment>`
    select a.id, k.id as "criterionId", k.name as criterion, p.id as "productId", p.name as product, a.score, a.delta, a.source, a.at,
      (select ac.name from member m join account ac on ac.id = m.account_id
        where m.workspace_id = a.workspace_id and m.id::text = a.source ->> 'memberId') as member,
      (select c.name from run r join campaign c on c.id = r.campaign_id
        where r.workspace_id = a.workspace_id and r.id = (a.source ->> 'runId')::bigint) as campaign
    from fit_assessment a join fit_criterion k on k.id = a.criterion_id join product p on p.id = k.product_id
    where a.customer_id = ${customerId} and a.workspace_id = ${workspaceId}
      and (${productId}::uuid is null or p.id = ${productId}::uuid) and (${criterionId}::uuid is null or k.id = ${criterionId}::uuid)
      and (${before}::bigint is null or a.id < ${before}::bigint)
    order by a.id desc limit ${limit}
  `.execute(db)
  return rows
}

/** A row of a product's ranking. */
export interface RankedCustomer {
  score: number
  customer: { id: string; firstName: string | null; lastName: string | null; email: string | null }
}

/** Customers by their score on a product, best first (productScore() in SQL), behind the score and id of the page before. */
export async function rankCustomers(
  db: Db,
  workspaceId: number,
  productId: string,
  { behind, limit }: { behind: readonly [score: number, id: string] | undefined; limit: number },
): Promise<RankedCustomer[]> {
  const [score, id] = behind ?? [null, null]
  const { rows } = await sql<RankedCustomer>`
    with ranked as (
      -- Rounded, because the order in which floats are summed may differ from page to page.
      select f.customer_id, round((case when sum(k.weight) = 0 then avg(f.score)
        else sum(f.score * k.weight) / sum(k.weight) end)::numeric, 9)::double precision as score
      from fit_criterion k join fit_score f on f.criterion_id = k.id
      where k.product_id = ${productId} and k.workspace_id = ${workspaceId} and k.deleted_at is null
      group by f.customer_id
    )
    select r.score, jsonb_build_object('id', c.id, 'firstName', c.first_name, 'lastName', c.last_name, 'email', c.email) as customer
    from ranked r join customer c on c.id = r.customer_id
    where c.workspace_id = ${workspaceId} and c.archived_at is null
      and (${score}::double precision is null or (-r.score, r.customer_id) > (-${score}::double precision, ${id}::uuid))
    order by r.score desc, r.customer_id limit ${limit}
  `.execute(db)
  return rows
}
