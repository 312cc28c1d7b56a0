import { type Db, sql } from '../db/database.ts'
import type { CredentialSignal } from './settle.ts'

/** Two refused logins this far apart mean that the account is dead, and not that a server had a bad moment (TRUST §1.5). */
const secondLookMs = 5 * 60_000
const policyHoldMs = 60 * 60_000

/** The credential works: whatever was held against it is forgotten. */
export async function credentialWorks(db: Db, credentialId: string): Promise<void> {
  await sql`
    update credential set health = 'ok', health_detail = null, health_at = clock_timestamp(), held_until = null, failures = 0
    where id = ${credentialId} and (health <> 'ok' or failures > 0 or health_detail is not null)
  `.execute(db)
}

/** Seconds of rest after the n-th failure in a row: 15 s, doubling to 15 minutes. */
const restSeconds = sql`least(900, 15 * power(2, least(failures, 10)))`

/**
 * Holds a credential's queue after something that concerns the account or its server, never the customers. A refused login or sender
 * holds it for five minutes and, when the next look after that ends the same way, declares it dead: its messages wait until it is repaired.
 */
export async function holdCredential(
  db: Db,
  credentialId: string,
  signal: Exclude<CredentialSignal, 'fine'>,
  response: string,
  /** The provider's own word on how long, in ms. */
  retryAfterMs = 0,
): Promise<void> {
  const detail = response.slice(0, 500)
  switch (signal) {
    case 'lost':
    case 'away':
    case 'throttled':
      await sql`
        update credential set failures = failures + 1, held_until = clock_timestamp() + ${retryAfterMs > 0 ? sql`${retryAfterMs / 1_000}::float8` : restSeconds} * interval '1 second',
          health_detail = ${`${signal === 'throttled' ? 'The server asks for less' : 'The server is away'}: ${detail}`}, health_at = clock_timestamp()
        where id = ${credentialId} and health <> 'dead'
      `.execute(db)
      return
    case 'login-refused':
    case 'sender-refused': {
      const words = `${signal === 'login-refused' ? 'The login was refused' : 'The sender was refused'}: ${detail}`
      const stem = `${words.slice(0, words.indexOf(':'))}%`
      await sql`
        update credential set failures = failures + 1,
          health = case when health_detail like ${stem} and health_at <= clock_timestamp() - ${secondLookMs} * interval '1 millisecond'
            then 'dead' else health end,
          health_at = case when health_detail like ${stem} and health <> 'dead' then health_at else clock_timestamp() end,
          health_detail = ${words},
          held_until = clock_timestamp() + ${secondLookMs} * interval '1 millisecond'
        where id = ${credentialId} and health <> 'dead'
      `.execute(db)
      return
    }
    case 'policy':
      await sql`
        update credential set held_until = clock_timestamp() + ${policyHoldMs} * interval '1 millisecond',
          health_detail = ${`Held for an hour: the server refuses many messages by its policy. ${detail}`}, health_at = clock_timestamp()
        where id = ${credentialId}
      `.execute(db)
  }
}
