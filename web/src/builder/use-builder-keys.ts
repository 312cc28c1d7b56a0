import { useReactFlow } from '@xyflow/react'
import type { KeyboardEvent } from 'react'
import type { Asking } from './asking.ts'
import {
  addNote,
  copySelected,
  duplicateSelected,
  nudge,
  pasteClipboard,
  removeSelected,
  walk,
  walkOutline,
  walkProblems,
} from './commands.ts'
import { drawnBoxes, showAll } from './fit.ts'
import { handleKey } from './keyboard.ts'
import type { OverlayStore } from './overlay.ts'
import { downstream, linksOf } from './shape.ts'
import { useStore } from './store.ts'
import type { Panel } from './use-place.ts'

/** What keys do that is not the store's to do. */
export interface KeyTargets {
  canEdit: boolean
  panel: Panel | null
  focusCanvas(): void
  closePanel(): void
  /** A panel on the right is open that is not the drawer. */
  side: boolean
  closeSide(): void
  asking: Asking
  searchPalette(): void
  foldPalette(): void
  toggle(panel: Panel): void
  save(): void
  tidy(): void
  help(): void
  menu(): void
  find(): void
  toggleMap(): void
  connect(nodeId: string): void
}

/** The builder's key listener (UX §4.14): what a key does lies in one place, with its buttons. */
export function useBuilderKeys(to: KeyTargets, overlay: OverlayStore): (event: KeyboardEvent) => void {
  const store = useStore()
  const flow = useReactFlow()
  const { canEdit } = to
  return (event) =>
    handleKey(event, {
      add: () => canEdit && to.asking.next(),
      remove: (heal) => canEdit && removeSelected(store, heal),
      undo: () => store.undo(),
      redo: () => store.redo(),
      walk: (way) => walk(store, way),
      nudge: (x, y) => canEdit && nudge(store, x, y),
      open: () => {
        if (store.state.edge) store.selectEdge(store.state.edge, true)
        else if (store.state.selected.size === 1) store.select(store.state.selected, { open: true, field: null })
      },
      escape: () => {
        // What is being typed counts: a field tells when it is left.
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
        if (to.asking.asked) to.asking.end()
        else if (store.state.drawer) store.openDrawer(false)
        else if (to.side) to.closeSide()
        else if (to.panel) to.closePanel()
        else {
          store.select([])
          store.selectEdge(null)
        }
        to.focusCanvas()
      },
      searchPalette: () => canEdit && to.searchPalette(),
      palette: () => canEdit && to.foldPalette(),
      outline: () => to.toggle('outline'),
      test: () => to.toggle('test'),
      find: to.find,
      live: () => overlay.switchLive(!overlay.isLiveOn),
      map: to.toggleMap,
      note: () => canEdit && addNote(store),
      connect: () => {
        const id = [...store.state.selected][0]
        if (canEdit && id && store.state.selected.size === 1) to.connect(id)
      },
      selectBelow: () => {
        const id = [...store.state.selected][0]
        if (id) store.select(downstream(linksOf(store.state.draft), id))
      },
      beside: (step) => walkOutline(store, step),
      save: to.save,
      tidy: () => canEdit && to.tidy(),
      zoom: (how) =>
        void {
          fit: () => showAll(flow, drawnBoxes(flow)),
          selection: () => showAll(flow, drawnBoxes(flow, store.state.selected)),
          one: () => flow.zoomTo(1),
          in: () => flow.zoomIn(),
          out: () => flow.zoomOut(),
        }[how](),
      nextProblem: (step) => walkProblems(store, step),
      rename: () => {
        store.select(store.state.selected, { open: true })
        requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-title-field]')?.focus())
      },
      selectAll: () => store.select(store.state.draft.nodes.keys()),
      copy: (cut) => {
        copySelected(store)
        if (cut && canEdit) removeSelected(store, true)
      },
      paste: () => canEdit && void pasteClipboard(store),
      duplicate: () => canEdit && duplicateSelected(store),
      help: to.help,
      menu: to.menu,
    })
}
