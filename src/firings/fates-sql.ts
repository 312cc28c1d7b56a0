import type { Audience } from '../campaigns/audience.ts'
import { matchesCustomer, resolveAudience } from '../campaigns/audience-sql.ts'
import { arrayLiteral, sql, type Tx } from '../db/database.ts'

/** Why a trigger passes a customer over. */
export type Fate = 'archived' | 'excluded' | 'not-in-audience' | 'inside' | 'went-through'

/** A campaign as a trigger sees it when it names customers. */
export interface NamedFor {
  id: string
  workspaceId: number
  audience: Audience
  excludeSegmentId: string | null
}

/** What becomes of customers whom a trigger names: null = they would enroll now. */
export async function fatesOf(
  tx: Tx,
  { id, workspaceId, audience, excludeSegmentId }: NamedFor,
  customerIds: readonly string[],
): Promise<Map<string, Fate | null>> {
  const resolved = await resolveAudience(tx, audience, { workspaceId, excludeSegmentId })
  const isNotExcluded = matchesCustomer({ ...resolved, audience: { type: 'all' } }, sql`t.id`)
  const { rows } = await sql<{ id: string; fate: Fate | null }>`
    select t.id, case
      when c.id is null or c.archived_at is not null then 'archived'
      when not ${isNotExcluded} then 'excluded'
      when not ${matchesCustomer(resolved, sql`t.id`)} then 'not-in-audience'
      when exists (select from run r where r.campaign_id = ${id} and r.customer_id = t.id and r.finished_at is null) then 'inside'
      when exists (select from run r where r.campaign_id = ${id} and r.customer_id = t.id) then 'went-through'
    end as fate
    from unnest(${arrayLiteral(customerIds)}::uuid[]) as t(id)
    left join customer c on c.id = t.id and c.workspace_id = ${workspaceId}
  `.execute(tx)
  return new Map(rows.map((row) => [row.id, row.fate]))
}
