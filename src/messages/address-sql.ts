import type { RawBuilder } from 'kysely'
import { sql } from '../db/database.ts'
import type { Channel } from '../engine/facts.ts'

/** Where a customer's address on each channel is kept. */
const columns: Record<Channel, string> = { email: 'email', telegram: 'telegram_chat_id', linkedin: 'linkedin_url' }

/** The channels on which customers are written to. */
export const channels = Object.keys(columns) as Channel[]

/** A customer's address on a channel; `customer` is the alias of the table. Null when there is none. */
export const addressOn = (channel: Channel, customer: string): RawBuilder<string | null> =>
  sql`nullif(trim(${sql.ref(`${customer}.${columns[channel]}`)}), '')`

/** A customer's address on the channel of a message; both are aliases of their tables. */
export const addressFor = (message: string, customer: string): RawBuilder<string | null> =>
  sql`case ${sql.ref(`${message}.channel`)} ${sql.join(
    channels.map((channel) => sql`when ${sql.lit(channel)} then ${addressOn(channel, customer)}`),
    sql` `,
  )} end`
