import { type Db, sql } from '../db/database.ts'
import type { Channel, PreparedMessage } from './channel.ts'

/**
 * LinkedIn by hand: the message becomes a task for a member, and waits. The task is of the step, so trying again makes no second one; it
 * is written only while the ledger row still has the fence of this hand-over.
 */
export function createLinkedinChannel(db: Db, memberId: string): Channel {
  return {
    connections: 8,
    async send(message) {
      try {
        await addTask(db, memberId, message)
        return { is: 'by-hand', response: 'waits as a task' }
      } catch (error) {
        const response = error instanceof Error ? error.message : String(error)
        return { is: 'deferred', scope: 'host', throttle: false, lost: true, code: null, response }
      }
    },
    async verify() {
      const { rows } = await sql`select from member where id = ${memberId} and left_at is null`.execute(db)
      return rows.length > 0
        ? { ok: true, detail: 'The member gets a task for each message.' }
        : { ok: false, scope: 'credential', detail: 'The member has left the workspace; choose another one.' }
    },
    async close() {},
  }
}

/** A member who has left leaves the task to anybody. */
async function addTask(db: Db, memberId: string, { messageId, fence, text }: PreparedMessage): Promise<void> {
  await sql`
    insert into task (workspace_id, kind, title, note, customer_id, campaign_id, run_id, node_id, assignee_id)
    select m.workspace_id, 'linkedin',
      'Write to ' || coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''), c.email, 'them') || ' on LinkedIn', ${text},
      m.customer_id, m.campaign_id, m.run_id, m.node_id, (select id from member where id = ${memberId} and left_at is null)
    from message m join customer c on c.id = m.customer_id
    where m.id = ${messageId} and m.fence = ${fence} and m.state = 'handing'
    on conflict (run_id, node_id) where run_id is not null do update set note = excluded.note, assignee_id = excluded.assignee_id
      where task.done_at is null
  `.execute(db)
}
