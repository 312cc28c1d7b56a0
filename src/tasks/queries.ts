import { type Db, sql, type Tx } from '../db/database.ts'

/** A task as the API shows it. */
export interface Task {
  id: string
  kind: 'todo' | 'handoff' | 'linkedin'
  title: string
  note: string | null
  customer: { id: string; firstName: string | null; lastName: string | null; email: string | null } | null
  campaignId: string | null
  runId: number | null
  nodeId: string | null
  assigneeId: string | null
  dueAt: Date | null
  doneAt: Date | null
  doneBy: string | null
  createdAt: Date
  /** Of a message to be sent by hand: where to, and what became of it. */
  message: {
    id: number
    profileUrl: string | null
    /** `waiting` until it is done; `passed-over` when it must not be sent any more, for the reason. */
    state: 'waiting' | 'sent' | 'passed-over'
    reason: string | null
    repliedAt: string | null
  } | null
}

const columns = sql`t.id, t.kind, t.title, t.note, t.campaign_id as "campaignId", t.run_id as "runId", t.node_id as "nodeId",
  t.assignee_id as "assigneeId", t.due_at as "dueAt", t.done_at as "doneAt", t.done_by as "doneBy", t.created_at as "createdAt",
  case when c.id is null then null
    else jsonb_build_object('id', c.id, 'firstName', c.first_name, 'lastName', c.last_name, 'email', c.email) end as customer,
  case when m.id is null then null else jsonb_build_object('id', m.id, 'profileUrl', c.linkedin_url,
    'state', case m.state when 'sent' then 'sent' when 'skipped' then 'passed-over' else 'waiting' end,
    'reason', case when m.state = 'skipped' then m.reason end, 'repliedAt', m.replied_at) end as message`
const tables = sql`task t left join customer c on c.id = t.customer_id and c.workspace_id = t.workspace_id
  left join message m on t.kind = 'linkedin' and m.run_id = t.run_id and m.node_id = t.node_id and m.workspace_id = t.workspace_id`
/** What nobody has to do any more: the customer has left the step, the campaign was archived, nobody may write to them. */
const passedOver = sql`(t.kind = 'linkedin' and t.done_at is null and (m.id is null or m.state = 'skipped'
  or exists (select from campaign k where k.id = t.campaign_id and k.status = 'archived')))`

/** Where a page of tasks ended: the id alone newest first, with the due date (null for none) by that. */
export interface TaskPosition {
  id: string
  dueAt?: string | null
}

/** Tasks, newest first, or `byDue`: what is due first, and last what has no date. */
export async function listTasks(
  db: Db,
  workspaceId: number,
  filter: {
    done?: boolean | undefined
    assigneeId?: string | undefined
    customerId?: string | undefined
    before?: TaskPosition | undefined
    byDue?: boolean
    limit: number
  },
): Promise<Task[]> {
  const { done = null, assigneeId = null, customerId = null, before, byDue = false } = filter
  const due = (value: ReturnType<typeof sql>) => sql`coalesce(${value}::timestamptz, 'infinity')`
  const further = !before
    ? sql`true`
    : byDue
      ? sql`(${due(sql`t.due_at`)}, t.id) > (${due(sql`${before.dueAt ?? null}`)}, ${before.id}::uuid)`
      : sql`t.id < ${before.id}::uuid`
  const { rows } = await sql<Task>`
    select ${columns} from ${tables}
    where t.workspace_id = ${workspaceId} and (${done}::boolean is null or (t.done_at is not null) = ${done}::boolean)
      and (${done}::boolean is distinct from false or not ${passedOver})
      and (${assigneeId}::uuid is null or t.assignee_id = ${assigneeId}::uuid)
      and (${customerId}::uuid is null or t.customer_id = ${customerId}::uuid) and ${further}
    order by ${byDue ? sql`${due(sql`t.due_at`)}, t.id` : sql`t.id desc`} limit ${filter.limit}
  `.execute(db)
  return rows
}

/** One task, or undefined. */
export async function getTask(db: Db | Tx, workspaceId: number, id: string): Promise<Task | undefined> {
  const { rows } = await sql<Task>`
    select ${columns} from ${tables} where t.workspace_id = ${workspaceId} and t.id = ${id}
  `.execute(db)
  return rows[0]
}

/** Adds a task made by hand. */
export async function insertTask(
  tx: Tx,
  workspaceId: number,
  values: Pick<Task, 'title' | 'note' | 'assigneeId' | 'dueAt'> & { customerId: string | null },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into task (workspace_id, title, note, customer_id, assignee_id, due_at)
    values (${workspaceId}, ${values.title}, ${values.note}, ${values.customerId}, ${values.assigneeId}, ${values.dueAt}) returning id
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('The insert returned no row')
  return row.id
}

/** Marks a task as done; false when it was already, or is not there. */
export async function finishTask(tx: Tx, workspaceId: number, id: string, by: string): Promise<boolean> {
  const { rows } = await sql`
    update task set done_at = now(), done_by = ${by} where workspace_id = ${workspaceId} and id = ${id} and done_at is null returning id
  `.execute(tx)
  return rows.length > 0
}

/** Opens a task that was done; false when it is open, or is not there. */
export async function reopenTask(tx: Tx, workspaceId: number, id: string): Promise<boolean> {
  const { rows } = await sql`
    update task set done_at = null, done_by = null where workspace_id = ${workspaceId} and id = ${id} and done_at is not null returning id
  `.execute(tx)
  return rows.length > 0
}
