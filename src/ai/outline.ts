import type { Catalogue, Graph } from '../workflow/graph.ts'
import { Drawer } from './outline-drawer.ts'
import { readOps, type UnreadLine } from './outline-read.ts'
import { expandSeries, takeTrailingReplies } from './outline-series.ts'
import type { Open } from './sketch.ts'
import type { Workspace } from './workspace.ts'

/** What the outline reader makes of a text. It is rules, no model: the same text always gives the same graph. */
export interface Outline {
  /** Null when no step was understood. */
  graph: Graph | null
  /** The ways of the main line that nothing follows. */
  open: readonly Open[]
  unread: UnreadLine[]
  /** What was assumed, in sentences. */
  notes: string[]
  /** Names that the text gives for things that are not in the workspace, by `nodeId field`. */
  wanted: ReadonlyMap<string, string>
}

/**
 * Reads an outline (numbered steps, bullets or sentences) into a graph by rules. Nothing is invented: texts of messages that the outline
 * does not give stay empty, and a thing that it names and the workspace does not have stays to be chosen. Never throws.
 */
export function readOutline(text: string, catalogue: Catalogue, known: Workspace): Outline {
  const { ops, unread } = readOps(text, known)
  const plan = expandSeries(ops)
  const drawer = new Drawer(catalogue, known, unread)
  drawer.notes.push(...plan.notes)
  drawer.draw(takeTrailingReplies(plan.ops, drawer.notes))
  drawer.finish()
  const { sketch, notes } = drawer
  return {
    graph: sketch.nodes.length > 1 ? sketch.graph : null,
    open: sketch.open,
    unread: unread.sort((a, b) => a.line - b.line),
    notes: [...new Set(notes)],
    wanted: sketch.wanted,
  }
}
