import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'

/** Most names of properties that are remembered of an event. */
const mostProperties = 50
/** What this process has noted already, so that the next thousand events of a kind cost nothing. */
const noted = new Set<string>()
const mostNoted = 50_000

/** A kind of event as it was seen: its name, and the names of its properties. */
interface Kind {
  name: string
  properties: string[]
}

const kindOf = ({ name, properties = {} }: { name: string; properties?: Record<string, unknown> }): Kind => ({
  name,
  properties: Object.keys(properties).slice(0, mostProperties),
})

const keyOf = (workspaceId: number, { name, properties }: Kind): string =>
  `${workspaceId} ${name} ${properties.join(' ')}`

/** Remembers names of events that were not seen before, and of their properties; never a value. Call `done` once the transaction has committed. */
export async function noteNames(
  tx: Tx,
  workspaceId: number,
  events: readonly { name: string; properties?: Record<string, unknown> }[],
): Promise<{ done(): void }> {
  const fresh = new Map<string, Kind>()
  for (const event of events) {
    const kind = kindOf(event)
    const key = keyOf(workspaceId, kind)
    if (!noted.has(key)) fresh.set(key, kind)
  }
  const byName = Map.groupBy(fresh.values(), ({ name }) => name)
  const rows = [...byName].map(([name, kinds]) => ({
    name,
    properties: [...new Set(kinds.flatMap(({ properties }) => properties))].slice(0, mostProperties),
  }))
  if (rows.length > 0) {
    await sql`
      insert into event_name as n (workspace_id, name, properties)
      select ${workspaceId}::int, v.name, v.properties::text[]
      from unnest(${arrayLiteral(rows.map(({ name }) => name))}::text[],
        ${arrayLiteral(rows.map(({ properties }) => arrayLiteral(properties)))}::text[]) as v(name, properties)
      order by v.name
      on conflict (workspace_id, name) do update set properties =
        (select array(select distinct p from unnest(n.properties || excluded.properties) p order by p limit ${mostProperties}))
        where cardinality(n.properties) < ${mostProperties} and not n.properties @> excluded.properties
    `.execute(tx)
  }
  return {
    done() {
      if (noted.size > mostNoted) noted.clear()
      for (const key of fresh.keys()) noted.add(key)
    },
  }
}

/** Names of custom events that a workspace has seen, with those of their properties. */
export async function listNames(db: Db, workspaceId: number): Promise<Kind[]> {
  const { rows } = await sql<Kind>`
    select name, properties from event_name where workspace_id = ${workspaceId} order by name limit 1000
  `.execute(db)
  return rows
}
