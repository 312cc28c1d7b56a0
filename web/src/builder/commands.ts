import { toast } from '../query.ts'
import { copyNodes, parseClip, pasteNodes } from './clip.ts'
import { diffDrafts, draftOf, isEmpty, type Point, type WireWorkflow } from './draft.ts'
import { cardWidth, freshId, gapX, gapY, moveNodes, type Refusal, removeEdges, setNote } from './edits.ts'
import { addNode, freeSpot, type Place, placeAfter } from './insert.ts'
import { tidy } from './layout.ts'
import { noteRecentStep } from './recent-steps.ts'
import { neighbour, outlineOf } from './shape.ts'
import type { BuilderStore } from './store.ts'
import { deleteSteps, removeAndTell, tell } from './telling.tsx'

/** Adds a step and opens it; says why when that is refused. */
export function addStep(store: BuilderStore, type: string, place: Place | Refusal): void {
  const edit = 'refused' in place ? place : addNode(store.scene, type, place)
  const refused = store.run(edit)
  tell(refused)
  if (refused !== null || 'refused' in edit || !edit.focus) return
  noteRecentStep(type)
  store.select([edit.focus], { open: true, field: null, look: true })
  if (edit.note) toast(edit.note)
}

/** Where a step goes that is added without saying where: after the selected one, else after the last one that goes on. */
export function afterSelected(store: BuilderStore): Place | Refusal {
  const selected = [...store.state.selected][0]
  if (store.state.edge) return { on: 'edge', edgeId: store.state.edge }
  if (selected) return placeAfter(store.scene, selected)
  const last = [...store.state.draft.nodes.keys()].reverse().find((id) => !('refused' in placeAfter(store.scene, id)))
  return last ? placeAfter(store.scene, last) : { on: 'canvas', at: freeSpot(store.scene) }
}

/** Where a step goes that follows a way out: into its connection when it has one, else where it was dropped or below. */
export function afterPort(store: BuilderStore, nodeId: string, when: string | null, at?: Point): Place {
  const edge = [...store.state.draft.edges.values()].find((one) => one.source === nodeId && one.when === when)
  return edge ? { on: 'edge', edgeId: edge.id } : { on: 'port', nodeId, when, ...(at && { at }) }
}

/** Deletes the selected connection or steps. */
export function removeSelected(store: BuilderStore, heal: boolean): void {
  const { edge, selected } = store.state
  if (edge) deleteSteps(store, store.run(removeEdges(store.state.draft, [edge])))
  else if (selected.size > 0) removeAndTell(store, selected, heal)
}

/** Places every step anew, or the selected ones where several are, as one step of the history. */
export async function tidyUp(store: BuilderStore): Promise<void> {
  const { draft, selected } = store.state
  const some = selected.size > 1
  const part = some ? { ...draft, nodes: new Map([...draft.nodes].filter(([id]) => selected.has(id))) } : draft
  const spots = await tidy(part, store.catalogue, store.scene.heightOf)
  tell(store.run({ ...moveNodes(some ? keepCorner(draft.layout, spots) : spots, 'Tidied up'), glide: true }))
}

/** Moves a placed group to where its upper left corner was. */
function keepCorner(before: ReadonlyMap<string, Point>, after: ReadonlyMap<string, Point>): Map<string, Point> {
  const corner = (layout: ReadonlyMap<string, Point>) => {
    const spots = [...after.keys()].map((id) => layout.get(id) ?? { x: 0, y: 0 })
    return { x: Math.min(...spots.map(({ x }) => x)), y: Math.min(...spots.map(({ y }) => y)) }
  }
  const [from, to] = [corner(after), corner(before)]
  return new Map([...after].map(([id, at]) => [id, { x: at.x + to.x - from.x, y: at.y + to.y - from.y }]))
}

/** Puts an empty note beside the selected step, or at a place. */
export function addNote(store: BuilderStore, at?: Point): void {
  const beside = store.state.draft.layout.get([...store.state.selected][0] ?? '')
  const spot = at ?? (beside ? { x: beside.x + cardWidth + 40, y: beside.y } : freeSpot(store.scene))
  tell(store.run(setNote(store.state.draft, freshId(store.state.draft.notes, 'note'), { ...spot, text: '', tint: 0 })))
}

/** An earlier graph becomes the draft: one step that undo takes back. One without places takes those of steps that are still there. */
export async function restoreVersion(
  store: BuilderStore,
  name: string,
  version: Omit<WireWorkflow, 'layout'> & { layout?: WireWorkflow['layout'] },
): Promise<void> {
  const { draft } = store.state
  const own = draftOf({ ...version, layout: version.layout ?? {} })
  const old = version.layout ? own : { ...own, layout: draft.layout, notes: draft.notes }
  const spots = await tidy(old, store.catalogue, store.scene.heightOf)
  const placed = (id: string): [string, Point][] => {
    const point = old.layout.get(id) ?? spots.get(id)
    return point ? [[id, point]] : []
  }
  const patch = diffDrafts(draft, { ...old, layout: new Map([...old.nodes.keys()].flatMap(placed)) })
  if (isEmpty(patch, { ignoreLayout: true })) toast(`The draft is ${name} already`)
  else tell(store.run({ label: `Restored ${name} to the draft`, patch, exact: true }))
}

/** Opens the next or previous step with a problem, on the field at fault. */
export function walkProblems(store: BuilderStore, step: 1 | -1): void {
  const { problems, draft, selected } = store.state
  const withNode = problems.filter((problem) => problem.nodeId && draft.nodes.has(problem.nodeId))
  if (withNode.length === 0) store.say('No problems')
  const current = withNode.findIndex((problem) => selected.has(problem.nodeId ?? ''))
  const next = withNode[(current + step + withNode.length) % withNode.length]
  if (next?.nodeId) store.select([next.nodeId], { open: true, field: next.field ?? null, look: true })
}

/** Opens the step before or after the selected one in reading order. */
export function walkOutline(store: BuilderStore, step: 1 | -1): void {
  const { selected, draft, drawer } = store.state
  const rows = outlineOf(draft, store.catalogue).filter((row) => !row.again)
  const at = rows.findIndex((row) => selected.has(row.id))
  const next = rows[at === -1 ? 0 : at + step]
  if (next) store.select([next.id], { open: drawer, look: true })
}

/** Selects the step that an arrow leads to. */
export function walk(store: BuilderStore, to: 'up' | 'down' | 'left' | 'right'): void {
  const { selected, draft } = store.state
  const from = [...selected].at(-1) ?? [...draft.nodes.keys()][0]
  const next = from && (selected.size === 0 ? from : neighbour(draft, store.catalogue, from, to))
  if (next) store.select([next], { look: true })
}

/** Moves the selected cards by some pixels; a burst is one step of the history. */
export function nudge(store: BuilderStore, x: number, y: number): void {
  const { layout } = store.state.draft
  const moved = [...store.state.selected].map(
    (id) => [id, { x: (layout.get(id)?.x ?? 0) + x, y: (layout.get(id)?.y ?? 0) + y }] as const,
  )
  if (moved.length > 0) store.run(moveNodes(new Map(moved)), { key: 'nudge' })
}

/** Puts the selected cards on one line: below one another with the same `x`, or side by side with the same `y`, that of the first. */
export function lineUp(store: BuilderStore, along: 'x' | 'y'): void {
  const { layout } = store.state.draft
  const across = along === 'x' ? 'y' : 'x'
  const cards = [...store.state.selected]
    .map((id) => ({ id, at: layout.get(id) ?? { x: 0, y: 0 } }))
    .sort((a, b) => a.at[across] - b.at[across])
  const first = cards[0]?.at
  if (!first) return
  const moved = new Map<string, Point>()
  let free = first[across]
  for (const { id, at } of cards) {
    const start = Math.max(free, at[across])
    moved.set(id, along === 'x' ? { x: first.x, y: start } : { x: start, y: first.y })
    free = start + (along === 'x' ? store.scene.heightOf(id) + gapY : cardWidth + gapX)
  }
  tell(store.run({ ...moveNodes(moved, 'Lined up'), glide: true }))
}

/** What was copied last in this tab: stands in where the browser keeps its clipboard to itself. */
let copied = ''

/** The selected steps as clipboard text; null when nothing that can be copied is selected. */
const clipText = (store: BuilderStore): string | null => {
  const clip = copyNodes(store.scene, store.state.selected, store.names)
  return clip && JSON.stringify(clip)
}

/** Copies the selected steps. */
export function copySelected(store: BuilderStore): void {
  const text = clipText(store)
  if (text === null) return
  copied = text
  void navigator.clipboard?.writeText(text).catch(() => {})
  store.say('Copied')
}

function paste(store: BuilderStore, text: string, at?: Point): void {
  const clip = parseClip(text)
  if (!clip) return
  const { selected, edge, draft } = store.state
  const into = edge ? draft.edges.get(edge) : undefined
  const beside = draft.layout.get(into?.source ?? [...selected][0] ?? '')
  const spot = beside ? { x: beside.x + 40, y: beside.y + 140 } : (at ?? freeSpot(store.scene))
  const edit = pasteNodes(store.scene, clip, spot, { names: store.names, into: into?.id ?? null })
  tell(store.run(edit))
  if (!('patch' in edit)) return
  store.select([...(edit.patch.nodes?.keys() ?? [])], { look: true })
  if (edit.note) toast(`${edit.label}. ${edit.note}`)
}

/** Pastes what the clipboard holds, at a place where nothing is selected; text that is not ours does nothing. */
export async function pasteClipboard(store: BuilderStore, at?: Point): Promise<void> {
  const text = await (navigator.clipboard?.readText().catch(() => copied) ?? copied)
  paste(store, text, at)
}

/** Pastes the selected steps beside themselves. */
export function duplicateSelected(store: BuilderStore): void {
  const text = clipText(store)
  if (text !== null) paste(store, text)
}
