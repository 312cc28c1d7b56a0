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
}

const columns = sql`t.id, t.kind, t.title, t.note, t.campaign_id as "campaignId", t.run_id as "runId", t.node_id as "nodeId",
  t.assignee_id as "assigneeId", t.due_at as "dueAt", t.done_at as "doneAt", t.done_by as "doneBy", t.created_at as "createdAt",
  case when c.id is null then null
    else jsonb_build_object('id', c.id, 'firstName', c.first_name, 'lastName', c.last_name, 'email', c.email) end as customer`
const tables = sql`task t left join customer c on c.id = t.customer_id and c.workspace_id = t.workspace_id`

/** Tasks, newest first. */
export async function listTasks(
  db: Db,
  workspaceId: number,
  filter: {
    done?: boolean | undefined
    assigneeId?: string | undefined
    customerId?: string | undefined
    before?: string | undefined
    limit: number
  },
): Promise<Task[]> {
  const { done = null, assigneeId = null, customerId = null, before = null } = filter
  const { rows } = await sql<Task>`
    select ${columns} from ${tables}
    where t.workspace_id = ${workspaceId} and (${done}::boolean is null or (t.done_at is not null) = ${done}::boolean)
      and (${assigneeId}::uuid is null or t.assignee_id = ${assigneeId}::uuid)
      and (${customerId}::uuid is null or t.customer_id = ${customerId}::uuid) and (${before}::uuid is null or t.id < ${before}::uuid)
    order by t.id desc limit ${filter.limit}
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
