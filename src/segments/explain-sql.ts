import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'
import { eachRule, isLeaf, type SegmentRule } from '../workflow/segment-rules.ts'
import { explainRules, type Judged } from '../workflow/segment-words.ts'
import { createCompiler } from './compile-sql.ts'
import { findNames } from './name-queries.ts'
import { loadSegments } from './resolve-sql.ts'
import { namedIn } from './rules.ts'

/** Why a customer matches rules or does not. */
export interface Explained {
  holds: boolean
  /** A sentence for each rule that decided it. */
  because: string[]
}

/** Says of each of a few customers why they match rules or do not, by their ids. */
export async function explainCustomers(
  db: Db | Tx,
  workspaceId: number,
  rules: SegmentRule,
  customerIds: readonly string[],
): Promise<Map<string, Explained>> {
  const leaves = [...eachRule(rules)].flatMap(({ path, rule }) => (isLeaf(rule) ? [{ path, rule }] : []))
  const named = namedIn(rules)
  const segments = await loadSegments(db, workspaceId, named.segments)
  const compiler = createCompiler({ workspaceId, segments, scope: { kind: 'each' } })
  const columns = leaves.flatMap(({ rule }, index) => {
    const actual = compiler.actual(rule)
    const holds = sql`coalesce(${compiler.judgement(rule)}, false) as ${sql.ref(`h${index}`)}`
    return actual ? [holds, sql`${actual} as ${sql.ref(`a${index}`)}`] : [holds]
  })
  const { rows } = await sql<{ id: string } & Record<string, unknown>>`
    select c.id, ${sql.join(columns)} from customer c ${compiler.joins()}
    where c.workspace_id = ${workspaceId} and c.id = any(${arrayLiteral(customerIds)}::uuid[])
  `.execute(db)
  const members = leaves.flatMap(({ rule }) =>
    'field' in rule && rule.field === 'claimedBy' ? [rule.value].flat() : [],
  )
  const owners = rows.flatMap((row) =>
    leaves.flatMap(({ rule }, index) => ('field' in rule && rule.field === 'claimedBy' ? [row[`a${index}`]] : [])),
  )
  const ids = [...members, ...owners].filter((id) => typeof id === 'string')
  const names = await findNames(db, workspaceId, { ...named, members: ids })
  return new Map(
    rows.map((row) => {
      const judged = (path: string): Judged => {
        const index = leaves.findIndex((leaf) => leaf.path === path)
        const actual = row[`a${index}`] as string | null | undefined
        return { holds: row[`h${index}`] === true, ...(actual !== undefined && { actual }) }
      }
      return [row.id, explainRules(rules, judged, names)]
    }),
  )
}
