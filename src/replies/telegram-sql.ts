import { type Db, sql, type Tx } from '../db/database.ts'
import { markHappened } from '../messages/happened-sql.ts'
import { addSuppression, suppressRecipients } from '../suppressions/queries.ts'
import type { Incoming } from './telegram-updates.ts'

/** A bot that is connected in one or more workspaces; its accounts, the newest first. */
export interface ConnectedBot {
  botId: number
  accounts: { id: string; workspaceId: number; config: Record<string, unknown>; secret: string | null }[]
}

/** The bots whose updates are to be read. */
export async function connectedBots(db: Db): Promise<ConnectedBot[]> {
  const { rows } = await sql<ConnectedBot>`
    select (config ->> 'botId')::bigint as "botId",
      jsonb_agg(jsonb_build_object('id', id, 'workspaceId', workspace_id, 'config', config, 'secret', secret) order by id desc) as accounts
    from credential where type = 'telegram' and archived_at is null and health <> 'dead' and config ? 'botId' group by 1
  `.execute(db)
  return rows
}

/** Takes or keeps the right to read a bot's updates. Answers where to go on; null while another process reads. */
export async function leaseReader(db: Db, botId: number, worker: string, leaseMs: number): Promise<number | null> {
  const until = sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`
  const { rows } = await sql<{ next: number }>`
    insert into telegram_reader as r (bot_id, worker, lease_until) values (${botId}, ${worker}, ${until})
    on conflict (bot_id) do update set worker = excluded.worker, lease_until = excluded.lease_until
      where r.worker = excluded.worker or r.lease_until is null or r.lease_until < clock_timestamp()
    returning next_update as next
  `.execute(db)
  return rows[0]?.next ?? null
}

/** Gives the right to read back. */
export async function releaseReaders(db: Db, worker: string): Promise<void> {
  await sql`update telegram_reader set worker = null, lease_until = null where worker = ${worker}`.execute(db)
}

/**
 * Records what came in and moves the reader on, in one transaction: an update counts once, whoever reads it again. False when another
 * process reads the bot by now; then nothing was recorded.
 */
export async function recordUpdates(
  db: Db,
  bot: ConnectedBot,
  worker: string,
  nextUpdate: number,
  incoming: readonly Incoming[],
): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const { rows } = await sql`
      update telegram_reader set next_update = ${nextUpdate} where bot_id = ${bot.botId} and worker = ${worker} and next_update < ${nextUpdate}
      returning 1
    `.execute(tx)
    if (rows.length === 0) return false
    for (const one of incoming) {
      for (const { id, workspaceId } of bot.accounts) await recordOne(tx, workspaceId, id, one)
    }
    return true
  })
}

async function recordOne(tx: Tx, workspaceId: number, credentialId: string, { is, chatId, text, answersTo }: Incoming) {
  const messageId = await lastMessage(tx, workspaceId, credentialId, chatId, answersTo)
  if (messageId === null) {
    if (is === 'stop' || is === 'blocked') await suppressChat(tx, workspaceId, chatId, is)
    return
  }
  switch (is) {
    case 'reply':
      await markHappened(tx, 'replied', [{ messageId, properties: { channel: 'telegram', text } }])
      return
    case 'stop':
      await suppressRecipients(tx, [messageId], 'unsubscribe', '/stop to the bot')
      await markHappened(tx, 'unsubscribed', [{ messageId, properties: { channel: 'telegram' } }])
      return
    case 'blocked':
      await suppressRecipients(tx, [messageId], 'bounce', 'blocked the bot')
      await markHappened(tx, 'bounced', [{ messageId, properties: { channel: 'telegram', hard: true } }])
  }
}

/** The message that somebody answers: the one they point at, else the latest that they had from this bot; null when there is none. */
async function lastMessage(
  tx: Tx,
  workspaceId: number,
  credentialId: string,
  chatId: string,
  answersTo: number | null,
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select m.id from customer c join message m on m.customer_id = c.id and m.workspace_id = c.workspace_id
    where c.workspace_id = ${workspaceId} and c.telegram_chat_id = ${chatId} and m.credential_id = ${credentialId}
      and m.channel = 'telegram' and m.state in ('handing', 'sent', 'unconfirmed')
    order by (m.provider_id is not distinct from ${answersTo === null ? null : String(answersTo)}::text and m.provider_id is not null) desc,
      m.handed_at desc, m.id desc limit 1
  `.execute(tx)
  return rows[0]?.id ?? null
}

/** Nobody wrote to them by this bot yet, and they do not want it: the chat is remembered. */
async function suppressChat(tx: Tx, workspaceId: number, chatId: string, is: 'stop' | 'blocked'): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from customer where workspace_id = ${workspaceId} and telegram_chat_id = ${chatId} order by id limit 1
  `.execute(tx)
  await addSuppression(tx, workspaceId, {
    customerId: rows[0]?.id ?? null,
    address: chatId,
    channel: 'telegram',
    reason: is === 'stop' ? 'unsubscribe' : 'bounce',
    source: is === 'stop' ? '/stop to the bot' : 'blocked the bot',
  })
}
