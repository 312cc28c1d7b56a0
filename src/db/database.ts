import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'
import type { DB } from './schema.ts'

export { sql }

/** What the database layer writes its log lines to; any pino logger fits. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** The typed query builder over the pool; also accepted wherever a {@link Tx} is. */
export type Db = Kysely<DB>

/** The query builder inside a transaction. */
export type Tx = Transaction<DB>

/** An open database: what `main.ts` hands to the parts, and what the test harness gives a test file. */
export interface Database extends AsyncDisposable {
  readonly db: Db
  readonly pool: pg.Pool
  /** For those who open a client or a pool of their own (LISTEN, bulk copies, worker processes). */
  readonly config: pg.ClientConfig
  /** Whether the program runs this PostgreSQL itself. */
  readonly embedded: boolean
  /** Ends the pool, then stops the embedded server if this process started it. Safe to call twice. */
  close(): Promise<void>
}

const { builtins } = pg.types

/**
 * How column values become JavaScript values: `bigint` and `numeric` as numbers (ids are uuids, and no count or score of
 * ours passes 2^53), `date` and `interval` as their text (pg would make a date a local midnight), the rest as pg does.
 */
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, Number],
  [builtins.NUMERIC, Number],
  [builtins.DATE, (text) => text],
  [builtins.INTERVAL, (text) => text],
])

// Process-wide, so that clients opened beside the pool (LISTEN, COPY) read the same values as it does.
for (const [oid, parse] of parsers) pg.types.setTypeParser(oid, parse)

/**
 * Opens a pool on `config`. Connections are made on demand; a connection lost while idle is logged and replaced, so a
 * restart of PostgreSQL needs nothing from the pool's users but to try again.
 */
export function createPool(config: pg.ClientConfig, options: { max?: number; log?: Log } = {}): pg.Pool {
  const pool = new pg.Pool({
    application_name: 'throughline',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    ...config,
    max: options.max ?? 20,
  })
  pool.on('error', (error) => {
    // A server that stops right after the pool has ended may close a connection before its goodbye has arrived.
    if (!pool.ending) options.log?.warn({ err: error }, 'An idle database connection was lost')
  })
  // The pool listens for errors of idle connections alone. One that is lost while it is in use tells whoever asked; that it says so once
  // more, to nobody, would end the program.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('connect', keepPlans)
  return pool
}

const mark = '/* keep plan */'

/**
 * Put first in a statement, has PostgreSQL plan it once a connection instead of each time. For large statements of the hot loops, where
 * planning costs several times what running does (measured: 12 ms against 3 for one of the delivery loop's); their text must not vary.
 */
export const keepPlan = sql.raw(mark)

/**
 * {@link keepPlan} for a statement on a batch of few rows, where planning is most of the cost; a larger batch is planned for its size,
 * because what suits ten rows may be slow for thousands.
 */
export const keepPlanOfFew = (rows: number): RawBuilder<unknown> => (rows <= fewRows ? keepPlan : sql.raw(''))

const fewRows = 200

/**
 * An expression that has statements with {@link keepPlan} keep their first plan until the transaction ends. By itself PostgreSQL plans the
 * first five times anew for the values that are given, on each connection: 26 ms each time for the largest. No other statement with values
 * may follow in the transaction, it would be planned without them.
 */
export const keepFirstPlan = sql<string>`set_config('plan_cache_mode', 'force_generic_plan', true)`
/** Ends {@link keepFirstPlan}. */
export const planForValues = sql<string>`set_config('plan_cache_mode', 'auto', true)`

const planNames = new Map<string, string>()

/** Gives marked statements a name on the way to the server, which makes them prepared ones. */
function keepPlans(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown
  const named = (...given: unknown[]) => {
    const [text, values, ...rest] = given
    if (typeof text !== 'string' || !text.trimStart().startsWith(mark)) return query(...given)
    let name = planNames.get(text)
    if (name === undefined) {
      name = createHash('sha256').update(text).digest('hex').slice(0, 32)
      planNames.set(text, name)
    }
    return query({ name, text, values }, ...rest)
  }
  client.query = named as typeof client.query
}

/** The typed query builder over `pool`; destroying it ends the pool. */
export function createKysely(pool: pg.Pool): Db {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
}

/**
 * Writes `values` as a PostgreSQL array literal (`{"a",NULL,3}`), to be passed as one parameter and cast (`$1::text[]`).
 * Several times cheaper than letting pg walk the array, which counts for batches of a thousand rows.
 * Syntax: https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
 */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  let literal = '{'
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]
    if (index > 0) literal += ','
    if (value === null || value === undefined) literal += 'NULL'
    else if (typeof value === 'number') literal += value
    else literal += `"${needsEscape.test(value) ? value.replace(escaped, '\\$&') : value}"`
  }
  return `${literal}}`
}

const needsEscape = /["\\]/
const escaped = /["\\]/g

/** The pattern of `like` for whatever has `text` in it, as it stands: none of its letters is a wildcard. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`
