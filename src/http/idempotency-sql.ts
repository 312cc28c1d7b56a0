import { createHash } from 'node:crypto'
import type { App } from '../app.ts'
import { sql } from '../db/database.ts'
import { Problem } from '../errors.ts'

/**
 * `Idempotency-Key`, as Stripe does it (https://docs.stripe.com/api/idempotent_requests): the first request with a key runs, its answer is kept
 * for 24 h and given to every repeat. One row a (workspace, key, route):
 *   status null   the first request runs. Repeats get 409; after 60 s it counts as crashed, and a repeat takes over
 *   status set    the stored answer
 * Also a 500 is kept; only a refusal that passes by itself (429, 503) frees the key. The answer is stored encrypted: it may hold a new API key or personal data.
 */
export interface StoredAnswer {
  status: number
  body: unknown
  problem: boolean
}

/** A request that has the key: it runs, then finishes or releases. */
export interface Running {
  finish(answer: StoredAnswer): Promise<void>
  release(): Promise<void>
}

/** What a request is told apart by. `body` is hashed together with the address. */
export interface Repeatable {
  workspaceId: number
  key: string
  route: string
  url: string
  body: unknown
}

/** Takes the key or answers with what is stored. @throws Problem `idempotency_running`, `idempotency_mismatch` */
export async function takeIdempotencyKey(app: App, request: Repeatable): Promise<Running | StoredAnswer> {
  const { workspaceId, key, route } = request
  const hash = createHash('sha256')
    .update(`${request.url}\n${JSON.stringify(request.body) ?? ''}`)
    .digest()
  const place = placeOf(workspaceId, route, key)
  const row = sql`workspace_id = ${workspaceId} and key = ${key} and route = ${route}`
  for (;;) {
    // The start time is the fence: who was taken over writes nothing.
    const taken = await sql<{ fence: string }>`
      insert into idempotency_key as k (workspace_id, key, route, body_hash, created_at)
      values (${workspaceId}, ${key}, ${route}, ${hash}, clock_timestamp())
      on conflict (workspace_id, key, route) do update
        set body_hash = excluded.body_hash, status = null, response = null, created_at = excluded.created_at
        where k.created_at < now() - interval '24 hours'
          or (k.status is null and k.body_hash = excluded.body_hash and k.created_at < now() - interval '60 seconds')
      returning created_at::text as fence
    `.execute(app.db)
    const fence = taken.rows[0]?.fence
    if (fence !== undefined) {
      return {
        async finish(answer) {
          const sealed = JSON.stringify(app.keys.encrypt(JSON.stringify(answer), place))
          await sql`
            update idempotency_key set status = ${answer.status}, response = ${sealed}::jsonb
            where ${row} and created_at = ${fence}::timestamptz
          `.execute(app.db)
        },
        async release() {
          await sql`delete from idempotency_key where ${row} and created_at = ${fence}::timestamptz`.execute(app.db)
        },
      }
    }
    const kept = await sql<{ sameBody: boolean; response: string | null }>`
      select body_hash = ${hash} as "sameBody", response from idempotency_key where ${row}
    `.execute(app.db)
    const found = kept.rows[0]
    // Released between the two statements: try again.
    if (!found) continue
    if (!found.sameBody) {
      throw new Problem(
        'idempotency_mismatch',
        'This Idempotency-Key was sent with another request before; use a new one.',
      )
    }
    if (found.response === null) {
      throw new Problem(
        'idempotency_running',
        'The first request with this Idempotency-Key is still running; ask again in a moment.',
      )
    }
    return JSON.parse(app.keys.decrypt(found.response, place)) as StoredAnswer
  }
}

/** What a stored answer is encrypted for: it cannot be moved to another row. */
const placeOf = (workspaceId: number, route: string, key: string): string =>
  `${workspaceId}|idempotency_key|response|${route} ${key}`

/** Stored answers looked through at once. */
const pageSize = 500

/**
 * Deletes the stored answers of a workspace that a person is named in, when that person is erased: the text is encrypted, so each is
 * opened. Answers how many there were.
 */
export async function forgetAnswers(app: App, workspaceId: number, names: (text: string) => boolean): Promise<number> {
  let forgotten = 0
  let behind = ['', '']
  for (;;) {
    const { rows } = await sql<{ key: string; route: string; response: string }>`
      select key, route, response from idempotency_key
      where workspace_id = ${workspaceId} and response is not null and (key, route) > (${behind[0]}::text, ${behind[1]}::text)
      order by key, route limit ${pageSize}
    `.execute(app.db)
    for (const { key, route, response } of rows) {
      if (!names(opened(app, response, placeOf(workspaceId, route, key)))) continue
      await sql`
        delete from idempotency_key where workspace_id = ${workspaceId} and key = ${key} and route = ${route}
      `.execute(app.db)
      forgotten += 1
    }
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return forgotten
    behind = [last.key, last.route]
  }
}

/** Under a secret that is gone nobody can read it any more. */
function opened(app: App, response: string, place: string): string {
  try {
    return app.keys.decrypt(response, place)
  } catch {
    return ''
  }
}
