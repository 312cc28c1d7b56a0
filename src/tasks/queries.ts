import { containing, type Db, sql, type Tx } from '../db/database.ts'
import { type Listing, type ListOrder, type ListPage, orderBy, type PageRequest, readList } from '../db/listing.ts'

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

/** Which tasks; without those that nobody has to do any more where only open ones are wanted. */
export interface TasksFilter {
  done?: boolean | undefined
  assigneeId?: string | undefined
  customerId?: string | undefined
  /** In the title, or the customer's name or address. */
  q?: string | undefined
}

/** What tasks can be ordered by; without a due date, or not done, they come last. */
export type TasksOrder = 'createdAt' | 'dueAt' | 'doneAt' | 'title' | 'kind'

const orders: Record<TasksOrder, ListOrder> = {
  createdAt: orderBy(sql`t.id`, sql`uuid`),
  dueAt: orderBy(sql`t.due_at`, sql`timestamptz`, { nullable: true }),
  doneAt: orderBy(sql`t.done_at`, sql`timestamptz`, { nullable: true }),
  title: orderBy(sql`lower(t.title)`, sql`text`),
  kind: orderBy(sql`t.kind`, sql`text`),
}

function listing(workspaceId: number, { done, assigneeId, customerId, q }: TasksFilter): Listing {
  const where = [sql`t.workspace_id = ${workspaceId}`]
  if (done !== undefined) where.push(sql`(t.done_at is not null) = ${done}`)
  if (done === false) where.push(sql`not ${passedOver}`)
  if (assigneeId !== undefined) where.push(sql`t.assignee_id = ${assigneeId}`)
  if (customerId !== undefined) where.push(sql`t.customer_id = ${customerId}`)
  if (q) {
    const like = containing(q)
    where.push(sql`(t.title ilike ${like} or concat_ws(' ', c.first_name, c.last_name, c.email) ilike ${like})`)
  }
  return { from: tables, where: sql.join(where, sql` and `), id: { value: sql`t.id`, type: sql`uuid` } }
}

/** One page of a workspace's tasks. */
export const listTasks = async (
  db: Db,
  workspaceId: number,
  filter: TasksFilter,
  page: PageRequest<TasksOrder>,
): Promise<ListPage<Task>> =>
  await readList(db, listing(workspaceId, filter), orders[page.by], page, (ids) =>
    sql<Task>`
    select ${columns} from ${tables}
      where t.workspace_id = ${workspaceId} and t.id = any(${ids}::uuid[])
    `.execute(db),
  )

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
