/** What follows from who leads to whom. Ids in, ids out; nothing here knows what a node is. */
export interface Ways {
  /** All nodes so that each comes after those that lead to it; null when there is a loop. */
  order: string[] | null
  /** Loops, each as the nodes on it, one per knot of nodes that lead to one another. */
  loops: string[][]
  /** Nodes that an entry leads to, entries included. */
  reached: ReadonlySet<string>
  /** Whether every way from an entry to `node` passes `other`, before it. False while there is a loop. */
  passesFirst(other: string, node: string): boolean
}

/** Reads the ways through a graph. Linear in nodes and edges, and safe on graphs of any shape. */
export function findWays(
  ids: readonly string[],
  next: ReadonlyMap<string, readonly string[]>,
  entries: readonly string[],
): Ways {
  const order = sortByWay(ids, next)
  const dominators = order && immediateDominators(order, next, entries)
  return {
    order,
    loops: order ? [] : findLoops(ids, next),
    reached: reach(next, entries),
    passesFirst(other, node) {
      if (!dominators) return false
      for (let at = dominators.get(node); at !== undefined && at !== null; at = dominators.get(at)) {
        if (at === other) return true
      }
      return false
    },
  }
}

function reach(next: ReadonlyMap<string, readonly string[]>, entries: readonly string[]): Set<string> {
  const reached = new Set(entries)
  // A set that grows while it is walked is walked to its end.
  for (const id of reached) for (const target of next.get(id) ?? []) reached.add(target)
  return reached
}

function sortByWay(ids: readonly string[], next: ReadonlyMap<string, readonly string[]>): string[] | null {
  const waysIn = new Map<string, number>(ids.map((id) => [id, 0]))
  for (const id of ids) for (const target of next.get(id) ?? []) waysIn.set(target, (waysIn.get(target) ?? 0) + 1)
  const order = ids.filter((id) => waysIn.get(id) === 0)
  for (let index = 0; index < order.length; index += 1) {
    for (const target of next.get(order[index] as string) ?? []) {
      const left = (waysIn.get(target) ?? 0) - 1
      waysIn.set(target, left)
      if (left === 0) order.push(target)
    }
  }
  return order.length === ids.length ? order : null
}

/**
 * For each reachable node the last one that every way to it passes; null when there is none. In topological order each is known
 * from its predecessors alone (Cooper, Harvey, Kennedy: “A Simple, Fast Dominance Algorithm”, which needs one pass on a DAG).
 */
function immediateDominators(
  order: readonly string[],
  next: ReadonlyMap<string, readonly string[]>,
  entries: readonly string[],
): Map<string, string | null> {
  const above = new Map<string, string | null>(entries.map((id) => [id, null]))
  const depth = new Map<string, number>(entries.map((id) => [id, 0]))
  const depthOf = (id: string | null): number => (id === null ? -1 : (depth.get(id) ?? 0))
  const meet = (left: string | null, right: string | null): string | null => {
    let [a, b] = [left, right]
    while (a !== b) {
      if (depthOf(a) >= depthOf(b)) a = a === null ? null : (above.get(a) ?? null)
      else b = b === null ? null : (above.get(b) ?? null)
    }
    return a
  }
  for (const id of order) {
    if (!above.has(id)) continue
    if (!depth.has(id)) depth.set(id, depthOf(above.get(id) ?? null) + 1)
    for (const target of next.get(id) ?? []) {
      above.set(target, above.has(target) ? meet(above.get(target) ?? null, id) : id)
    }
  }
  return above
}

/** One loop of each strongly connected part (Tarjan, with a stack of our own: a long chain must not exhaust the engine's). */
function findLoops(ids: readonly string[], next: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const loops: string[][] = []
  for (const root of ids) {
    if (index.has(root)) continue
    const path: { id: string; edge: number }[] = [{ id: root, edge: 0 }]
    while (path.length > 0) {
      const frame = path.at(-1) as { id: string; edge: number }
      const { id } = frame
      if (frame.edge === 0) {
        index.set(id, index.size)
        low.set(id, index.get(id) ?? 0)
        open.push(id)
        isOpen.add(id)
      }
      const target = next.get(id)?.[frame.edge]
      frame.edge += 1
      if (target !== undefined) {
        if (!index.has(target)) path.push({ id: target, edge: 0 })
        else if (isOpen.has(target)) low.set(id, Math.min(low.get(id) ?? 0, index.get(target) ?? 0))
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent) low.set(parent.id, Math.min(low.get(parent.id) ?? 0, low.get(id) ?? 0))
      if (low.get(id) !== index.get(id)) continue
      const part = new Set(open.splice(open.lastIndexOf(id)))
      for (const each of part) isOpen.delete(each)
      if (part.size > 1 || next.get(id)?.includes(id)) loops.push(shortestLoop(id, part, next))
    }
  }
  return loops
}

/** A shortest way from `id` back to itself inside its part. */
function shortestLoop(id: string, part: ReadonlySet<string>, next: ReadonlyMap<string, readonly string[]>): string[] {
  const from = new Map<string, string>()
  const queue = [id]
  for (const at of queue) {
    for (const target of next.get(at) ?? []) {
      if (target === id) {
        const loop = [at]
        for (let step = at; step !== id; ) {
          step = from.get(step) as string
          loop.unshift(step)
        }
        return loop
      }
      if (!part.has(target) || from.has(target)) continue
      from.set(target, at)
      queue.push(target)
    }
  }
  return [id]
}
