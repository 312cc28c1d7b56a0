import { type Db, sql } from '../db/database.ts'
import type { Channel, PreparedMessage } from './channel.ts'

/**
 * The built-in mailbox: a message is accepted by becoming a row that a person can open in the app, once a message however often it is
 * tried, so nothing here is ever unconfirmed. Written only while the ledger row still has the fence of this hand-over: a holder that was
 * given up cannot deliver late.
 */
export function createSandboxChannel(db: Db): Channel {
  return {
    connections: 32,
    async send(message) {
      try {
        if (await deliver(db, message))
          return { is: 'accepted', providerId: null, response: '250 in the sandbox mailbox' }
        return { is: 'unknown', response: 'Another worker took this message over.' }
      } catch (error) {
        const response = error instanceof Error ? error.message : String(error)
        return { is: 'deferred', scope: 'host', throttle: false, lost: true, code: null, response }
      }
    },
    verify: async () => ({ ok: true, detail: 'The sandbox mailbox is always there.' }),
    async close() {},
  }
}

async function deliver(db: Db, message: PreparedMessage): Promise<boolean> {
  const headers = JSON.stringify({ ...message.headers, 'Message-ID': message.headerId })
  if (message.messageId === null) {
    await sql`
      insert into sandbox_mail (workspace_id, from_address, to_address, subject, html, text, headers)
      values (${message.workspaceId}, ${message.fromHeader}, ${message.toAddress}, ${message.subject}, ${message.html}, ${message.text},
        ${headers}::jsonb)
    `.execute(db)
    return true
  }
  const { rows } = await sql<{ id: number }>`
    with ours as materialized (
      select id from message where id = ${message.messageId} and fence = ${message.fence} and state = 'handing'
    ), delivered as (
      insert into sandbox_mail (workspace_id, message_id, from_address, to_address, subject, html, text, headers)
      select ${message.workspaceId}, id, ${message.fromHeader}, ${message.toAddress}, ${message.subject}, ${message.html}, ${message.text},
        ${headers}::jsonb
      from ours on conflict (message_id) where message_id is not null do nothing
    )
    select id from ours
  `.execute(db)
  return rows.length > 0
}
