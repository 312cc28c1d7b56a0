import { toast } from '../query.ts'
import { copyNodes, parseClip, pasteNodes } from './clip.ts'
import { diffDrafts, draftOf, isEmpty, type Point, type WireWorkflow } from './draft.ts'
import { deleteSteps, tell } from './drawer.tsx'
import {
  addNode,
  freeSpot,
  moveNodes,
  type Place,
  placeAfter,
  type Refusal,
  removeEdges,
  removeNodes,
} from './edits.ts'
import { tidy } from './layout.ts'
import { neighbour } from './shape.ts'
import type { BuilderStore } from './store.ts'

/** Adds a step and opens it; says why when that is refused. */
export function addStep(store: BuilderStore, type: string, place: Place | Refusal): void {
  const edit = 'refused' in place ? place : addNode(store.scene, type, place)
  const refused = store.run(edit)
  tell(refused)
  if (refused !== null || 'refused' in edit || !edit.focus) return
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

/** Where a step goes that follows a way out: into its connection when it has one. */
export function afterPort(store: BuilderStore, nodeId: string, when: string | null): Place {
  const edge = [...store.state.draft.edges.values()].find((one) => one.source === nodeId && one.when === when)
  return edge ? { on: 'edge', edgeId: edge.id } : { on: 'port', nodeId, when }
}

/** Deletes the selected connection or steps. */
export function removeSelected(store: BuilderStore, heal: boolean): void {
  const { edge, selected } = store.state
  if (edge) tell(store.run(removeEdges(store.state.draft, [edge])))
  else if (selected.size > 0) deleteSteps(store.run(removeNodes(store.scene, selected, { heal })), store.state.said)
}

/** Places every step anew, as one step of the history. */
export async function tidyUp(store: BuilderStore): Promise<void> {
  const spots = await tidy(store.state.draft, store.catalogue, store.scene.heightOf)
  tell(store.run(moveNodes(spots, 'Tidied up')))
}

/** An earlier version becomes the draft: one step that undo takes back. Steps that are still there keep their places. */
export async function restoreVersion(
  store: BuilderStore,
  number: number,
  version: Omit<WireWorkflow, 'layout'>,
): Promise<void> {
  const { draft } = store.state
  const old = { ...draftOf({ ...version, layout: {} }), layout: draft.layout }
  const spots = await tidy(old, store.catalogue, store.scene.heightOf)
  const placed = (id: string): [string, Point][] => {
    const point = draft.layout.get(id) ?? spots.get(id)
    return point ? [[id, point]] : []
  }
  const patch = diffDrafts(draft, { ...old, layout: new Map([...old.nodes.keys()].flatMap(placed)) })
  if (isEmpty(patch, { ignoreLayout: true })) toast(`The draft is v${number} already`)
  else tell(store.run({ label: `Restored v${number} to the draft`, patch }))
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

/** What was copied last in this tab: stands in where the browser keeps its clipboard to itself. */
let copied = ''

/** The selected steps as clipboard text; null when nothing that can be copied is selected. */
const clipText = (store: BuilderStore): string | null => {
  const clip = copyNodes(store.scene, store.state.selected)
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

function paste(store: BuilderStore, text: string): void {
  const clip = parseClip(text)
  if (!clip) return
  const selected = [...store.state.selected][0]
  const beside = selected ? store.state.draft.layout.get(selected) : undefined
  const edit = pasteNodes(store.scene, clip, beside ? { x: beside.x + 40, y: beside.y + 140 } : freeSpot(store.scene))
  tell(store.run(edit))
  if ('patch' in edit) store.select([...(edit.patch.nodes?.keys() ?? [])], { look: true })
}

/** Pastes what the clipboard holds; text that is not ours does nothing. */
export async function pasteClipboard(store: BuilderStore): Promise<void> {
  const text = await (navigator.clipboard?.readText().catch(() => copied) ?? copied)
  paste(store, text)
}

/** Pastes the selected steps beside themselves. */
export function duplicateSelected(store: BuilderStore): void {
  const text = clipText(store)
  if (text !== null) paste(store, text)
}
