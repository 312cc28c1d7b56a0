import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import type { SegmentContent } from './compile-sql.ts'
import { namedIn, storedRules } from './rules.ts'

/** Segments by their ids, and all those that their rules name, also through others: what compiling them needs. */
export async function loadSegments(
  db: Db | Tx,
  workspaceId: number,
  ids: readonly string[],
): Promise<Map<string, SegmentContent>> {
  const found = new Map<string, SegmentContent>()
  let wanted = [...new Set(ids)]
  while (wanted.length > 0) {
    const { rows } = await sql<{ id: string; kind: string; rules: unknown }>`
      select id, kind, rules from segment where workspace_id = ${workspaceId} and id = any(${arrayLiteral(wanted)}::uuid[])
    `.execute(db)
    const named: string[] = []
    for (const { id, kind, rules } of rows) {
      const content = kind === 'dynamic' && rules !== null ? storedRules(rules) : null
      found.set(id, { id, rules: content })
      if (content) named.push(...namedIn(content).segments)
    }
    wanted = [...new Set(named)].filter((id) => !found.has(id))
  }
  return found
}
