import { type Db, sql } from '../db/database.ts'
import type { Channel, PreparedMessage } from './channel.ts'

/**
 * The built-in mailbox: a message is accepted by becoming a row that a person can open in the app. Written only while the ledger row
 * still has the fence of this hand-over, so a holder that was given up cannot deliver late.
 */
export function createSandboxChannel(db: Db): Channel {
  return {
    connections: 32,
    async send(message) {
      try {
        const accepted = await deliver(db, message)
        if (!accepted) return { is: 'unknown', response: 'Another worker took this message over.' }
        return { is: 'accepted', providerId: null, response: '250 in the sandbox mailbox' }
      } catch (error) {
        // Rolled back or never begun, or committed with the answer lost: with the database away nobody can tell.
        return { is: 'unknown', response: error instanceof Error ? error.message : String(error) }
      }
    },
    verify: async () => ({ ok: true, detail: 'The sandbox mailbox is always there.' }),
    async close() {},
  }
}

async function deliver(db: Db, message: PreparedMessage): Promise<boolean> {
  const { rows } = await sql`
    insert into sandbox_mail (workspace_id, message_id, from_address, to_address, subject, html, text, headers)
    select ${message.workspaceId}, m.id, ${message.fromHeader}, ${message.toAddress}, ${message.subject}, ${message.html}, ${message.text},
      ${JSON.stringify({ ...message.headers, 'Message-ID': message.headerId })}::jsonb
    from message m where m.id = ${message.messageId} and m.fence = ${message.fence} and m.state = 'handing'
    returning 1
  `.execute(db)
  return rows.length > 0
}
