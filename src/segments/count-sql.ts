import type { RawBuilder } from 'kysely'
import { type Db, sql, type Tx } from '../db/database.ts'
import { eachRule, isLeaf, type LeafRule, partsOf, type SegmentRule } from '../workflow/segment-rules.ts'
import { createCompiler } from './compile-sql.ts'
import { type Guard, readGuarded } from './guarded-sql.ts'
import { loadSegments } from './resolve-sql.ts'
import { namedIn } from './rules.ts'

/** How many customers who are not archived match rules. */
export interface RuleCounts {
  /** Match the whole. */
  count: number
  /** All there are. */
  customers: number
  /** By the path of a group or rule (`all.0`, `all.1.any.0`): how many match it by itself. */
  counts: Record<string, number>
  /** Where nobody matches: the part of the outermost all-group that leaves nobody of those before it. */
  blocker: string | null
}

/** The most that counting may take, in ms. */
export const countTimeoutMs = 15_000

/** Counts who matches rules, the whole and each part by itself, in one pass over the customers. @throws Problem `too_slow` */
export async function countRules(db: Db, workspaceId: number, rules: SegmentRule, guard: Guard): Promise<RuleCounts> {
  return await readGuarded(db, guard, async (tx) => {
    const segments = await loadSegments(tx, workspaceId, namedIn(rules).segments)
    const compiler = createCompiler({ workspaceId, segments, scope: { kind: 'all' } })
    // Every rule is judged once a customer, in the inner select; groups are put together of what came out.
    const leaves = new Map<LeafRule, RawBuilder<boolean>>()
    const columns: RawBuilder<unknown>[] = []
    for (const { rule } of eachRule(rules)) {
      if (!isLeaf(rule)) continue
      const name = sql.ref(`r${leaves.size}`)
      columns.push(sql`coalesce(${compiler.judgement(rule)}, false) as ${name}`)
      leaves.set(rule, sql<boolean>`${name}`)
    }
    const holds = (rule: SegmentRule): RawBuilder<boolean> => {
      if (isLeaf(rule)) return leaves.get(rule) ?? sql<boolean>`false`
      const parts = partsOf(rule).map((part) => holds(part.rule))
      if ('not' in rule) return sql<boolean>`(not ${parts[0]})`
      return sql<boolean>`(${sql.join(parts, 'all' in rule ? sql` and ` : sql` or `)})`
    }
    const paths = [...eachRule(rules)]
    const counted = paths.map(
      ({ rule }, index) => sql`count(*) filter (where ${holds(rule)}) as ${sql.ref(`n${index}`)}`,
    )
    const inOrder = 'all' in rules ? rules.all.map(holds) : []
    const remaining = inOrder.map(
      (_, index) =>
        sql`count(*) filter (where ${sql.join(inOrder.slice(0, index + 1), sql` and `)}) as ${sql.ref(`left${index}`)}`,
    )
    const { rows } = await sql<Record<string, number>>`
      select count(*) as customers, ${sql.join([...counted, ...remaining])}
      from (
        select ${sql.join(columns)} from customer c ${compiler.joins()}
        where c.workspace_id = ${workspaceId} and c.archived_at is null
        offset 0
      ) judged
    `.execute(tx)
    const row = rows[0] ?? {}
    const numbers = paths.map(({ path }, index) => [path, row[`n${index}`] ?? 0] as const)
    const blocking = inOrder.findIndex((_, index) => row[`left${index}`] === 0)
    return {
      count: row.n0 ?? 0,
      customers: row.customers ?? 0,
      counts: Object.fromEntries(numbers.filter(([path]) => path !== '')),
      blocker: blocking < 0 ? null : `all.${blocking}`,
    }
  })
}

/** How many customers who are not archived match rules: the number alone, which is quicker. @throws Problem `too_slow` */
export async function countMatching(db: Db, workspaceId: number, rules: SegmentRule, guard: Guard): Promise<number> {
  return await readGuarded(db, guard, async (tx) => {
    const matching = await selectMatching(tx, workspaceId, { rules })
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from (${matching} and c.archived_at is null) m
    `.execute(tx)
    return rows[0]?.n ?? 0
  })
}

/** Which customers: those of a segment, or who match rules. */
type Matching = { segmentId: string } | { rules: SegmentRule }

async function compile(db: Db | Tx, workspaceId: number, of: Matching) {
  const rules: SegmentRule = 'rules' in of ? of.rules : { segment: of.segmentId, in: true }
  const segments = await loadSegments(db, workspaceId, namedIn(rules).segments)
  const compiler = createCompiler({ workspaceId, segments, scope: { kind: 'all' } })
  return { compiler, condition: compiler.condition(rules) }
}

/** The ids of a segment's customers as a select (id), or of those who match rules. */
export async function selectMatching(db: Db | Tx, workspaceId: number, of: Matching): Promise<RawBuilder<unknown>> {
  const { compiler, condition } = await compile(db, workspaceId, of)
  return sql`select c.id from customer c ${compiler.joins()} where c.workspace_id = ${workspaceId} and ${condition}`
}

/** The same as a condition on `customer c`: directly, where it looks at nothing beside the customer's row that has to be joined. */
export async function matchingCondition(db: Db | Tx, workspaceId: number, of: Matching): Promise<RawBuilder<unknown>> {
  const { compiler, condition } = await compile(db, workspaceId, of)
  if (!compiler.joinsAnything()) return condition
  return sql`c.id in (select c.id from customer c ${compiler.joins()} where c.workspace_id = ${workspaceId} and ${condition})`
}
