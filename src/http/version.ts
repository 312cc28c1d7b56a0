import { notFound, Problem } from '../errors.ts'

/**
 * Reads `If-Match`: the version of the body that the caller saw, as `3`, `"3"` or `W/"3"`; `*` and no header mean "whatever it is".
 * @throws Problem `malformed`
 */
export function parseIfMatch(header: string | undefined): number | null {
  const text = header?.trim()
  if (!text || text === '*') return null
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(text)?.[1]
  if (version === undefined) {
    throw new Problem('malformed', 'If-Match takes the “version” of the body that you read, for example "3".')
  }
  return Number(version)
}

/** Compares what the caller saw with what is there. @throws Problem `stale_version` with the current version */
export function requireVersion(ifMatch: number | null, version: number): void {
  if (ifMatch !== null && ifMatch !== version) throw staleVersion(version)
}

/** The 412; the body says the current version, so that a client can read again and retry. */
export const staleVersion = (version: number): Problem =>
  new Problem(
    'stale_version',
    `It was changed in the meantime: the version is now ${version}. Read it again, then repeat your change.`,
    {
      extra: { version },
    },
  )

/**
 * The row that a guarded update returned; without one, tells "gone" from "changed". `current` reads the version that is
 * there now, filtered by workspace like the update.
 * @throws Problem `not_found`, or `stale_version` with the current version
 */
export async function changed<Row>(
  row: Row | undefined,
  what: string,
  current: () => Promise<{ version: number } | undefined>,
): Promise<Row> {
  if (row !== undefined) return row
  const now = await current()
  if (!now) throw notFound(what)
  throw staleVersion(now.version)
}
