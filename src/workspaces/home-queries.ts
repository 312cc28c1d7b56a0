import { type Db, sql } from '../db/database.ts'

/** Which of the first steps somebody has taken. What belongs to the loaded example does not count: it was made for them. */
export interface FirstSteps {
  customers: boolean
  sender: boolean
  campaign: boolean
  test: boolean
  /** A campaign of their own that they drew last, to lead back to. */
  campaignId: string | null
}

/** Looks whether each first step was taken; none of it reads more than it must. */
export async function readFirstSteps(db: Db, workspaceId: number): Promise<FirstSteps> {
  const { rows } = await sql<FirstSteps>`
    with example as (select campaign_id, customer_ids from example where workspace_id = ${workspaceId}),
    own as (
      select c.id from campaign c where c.workspace_id = ${workspaceId} and c.status <> 'archived'
        and c.id not in (select campaign_id from example)
    )
    select
      exists (select from customer c where c.workspace_id = ${workspaceId} and c.archived_at is null
        and not exists (select from example e where c.id = any(e.customer_ids))) as customers,
      exists (select from credential k where k.workspace_id = ${workspaceId} and k.type <> 'sandbox' and k.archived_at is null)
        or exists (select from own join node n on n.campaign_id = own.id where n.config ->> 'credentialId' <> '') as sender,
      exists (select from own join node n on n.campaign_id = own.id where n.type <> 'trigger') as campaign,
      exists (select from audit_log l where l.workspace_id = ${workspaceId} and l.action = 'message.test-sent')
        or exists (select from own join message m on m.campaign_id = own.id where m.state = 'sent') as test,
      (select id from own order by id desc limit 1) as "campaignId"
  `.execute(db)
  return rows[0] ?? { customers: false, sender: false, campaign: false, test: false, campaignId: null }
}

/** Something that waits for a person. */
export interface Attention {
  kind: 'disk-full' | 'failing-runs' | 'dead-sender' | 'webhook-off' | 'sending-stopped' | 'overdue-tasks'
  /** Of the campaign, the sender or the webhook. */
  id: string | null
  name: string
  /** Runs or tasks; of a disk: MB that are left. */
  count: number
  detail: string | null
}

/** What needs attention, the gravest first. `memberId`: whose overdue tasks. */
export async function listAttention(db: Db, workspaceId: number, memberId: string | null): Promise<Attention[]> {
  const { rows } = await sql<Attention>`
    select 'sending-stopped' as kind, null as id, name, 0 as count, null as detail, 1 as grade
    from workspace where id = ${workspaceId} and stop_sending
    union all
    select 'dead-sender', k.id::text, k.name, 0, k.health_detail, 2
    from credential k where k.workspace_id = ${workspaceId} and k.health = 'dead' and k.archived_at is null
    union all
    select 'failing-runs', c.id::text, c.name, r.n, null, 3
    from campaign c cross join lateral (
      select count(*)::int as n from (
        select from run where campaign_id = c.id and finished_at is null and error is not null limit 10000) f
    ) r
    where c.workspace_id = ${workspaceId} and c.status in ('active', 'paused', 'completed') and r.n > 0
    union all
    select 'webhook-off', w.id::text, w.name, 0, w.off_reason, 4
    from webhook w where w.workspace_id = ${workspaceId} and w.off_reason is not null and not w.enabled
    union all
    select 'overdue-tasks', null, '', count(*)::int, null, 5
    from task where workspace_id = ${workspaceId} and assignee_id = ${memberId}::uuid and done_at is null and due_at < now() having count(*) > 0
    order by grade, name limit 50
  `.execute(db)
  return rows.map(({ kind, id, name, count, detail }) => ({ kind, id, name, count, detail }))
}
