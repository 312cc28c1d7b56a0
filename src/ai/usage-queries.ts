import { type Db, sql, type Tx } from '../db/database.ts'

/** What a request of a model used. */
export interface Used {
  actor: string
  campaignId: string | null
  providerId: string
  model: string
  kind: 'workflow' | 'text' | 'test'
  calls: number
  inputTokens: number
  outputTokens: number
  /** US dollars; null when a price is not known. */
  costUsd: number | null
  /** `ok`, or the code of what went wrong. */
  outcome: string
  durationMs: number
}

/** Writes down what a request used; never its words. */
export async function recordUsage(db: Db, workspaceId: number, used: Used): Promise<void> {
  await sql`
    insert into ai_usage (workspace_id, actor, campaign_id, provider_id, model, kind, calls, input_tokens, output_tokens, cost_usd, outcome, duration_ms)
    values (${workspaceId}, ${used.actor}, ${used.campaignId}, ${used.providerId}, ${used.model}, ${used.kind}, ${used.calls}, ${used.inputTokens},
      ${used.outputTokens}, ${used.costUsd}, ${used.outcome}, ${used.durationMs})
  `.execute(db)
}

/** The limits of a workspace and what it used in the calendar month (UTC). */
export interface Budget {
  monthlyUsd: number | null
  monthlyTokens: number | null
  month: { requests: number; inputTokens: number; outputTokens: number; costUsd: number }
}

/** The limits of a workspace, and this month's use. */
export async function readBudget(db: Db, workspaceId: number): Promise<Budget> {
  const { rows } = await sql<Budget>`
    select (select monthly_usd from ai_settings where workspace_id = ${workspaceId}) as "monthlyUsd",
      (select monthly_tokens from ai_settings where workspace_id = ${workspaceId}) as "monthlyTokens",
      jsonb_build_object('requests', count(*), 'inputTokens', coalesce(sum(input_tokens), 0), 'outputTokens', coalesce(sum(output_tokens), 0),
        'costUsd', coalesce(sum(cost_usd), 0)) as month
    from ai_usage where workspace_id = ${workspaceId} and created_at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'
  `.execute(db)
  const [budget] = rows
  if (!budget) throw new Error('The budget was not read.')
  return budget
}

/** Sets the limits of a workspace. */
export async function saveBudget(
  tx: Tx,
  workspaceId: number,
  { monthlyUsd, monthlyTokens }: Pick<Budget, 'monthlyUsd' | 'monthlyTokens'>,
): Promise<void> {
  await sql`
    insert into ai_settings (workspace_id, monthly_usd, monthly_tokens) values (${workspaceId}, ${monthlyUsd}, ${monthlyTokens})
    on conflict (workspace_id) do update set monthly_usd = excluded.monthly_usd, monthly_tokens = excluded.monthly_tokens
  `.execute(tx)
}

/** A line of the list of requests. */
export interface UsageRow extends Omit<Used, 'providerId'> {
  id: number
  createdAt: Date
}

/** What was asked lately, newest first. */
export async function listUsage(
  db: Db,
  workspaceId: number,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<UsageRow[]> {
  const { rows } = await sql<UsageRow>`
    select id, actor, campaign_id as "campaignId", model, kind, calls, input_tokens as "inputTokens", output_tokens as "outputTokens",
      cost_usd as "costUsd", outcome, duration_ms as "durationMs", created_at as "createdAt"
    from ai_usage where workspace_id = ${workspaceId} and (${before ?? null}::bigint is null or id < ${before ?? null}::bigint)
    order by id desc limit ${limit}
  `.execute(db)
  return rows
}
