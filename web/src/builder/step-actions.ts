import { addNote, copySelected, duplicateSelected, lineUp, pasteClipboard, removeSelected } from './commands.ts'
import { cardWidth } from './edits.ts'
import { downstream, linksOf } from './shape.ts'
import type { StepAction } from './step-menu.tsx'
import type { BuilderStore } from './store.ts'

/** What a step's menu offers: the same as the keys. */
export function stepActions(
  store: BuilderStore,
  id: string,
  {
    canEdit,
    remove,
    connect,
    move,
    tidy,
  }: {
    canEdit: boolean
    remove(heal: boolean): void
    connect(nodeId: string): void
    move(nodeId: string): void
    tidy(): void
  },
): (StepAction | false)[] {
  const only = () => {
    if (!store.state.selected.has(id)) store.select([id])
  }
  const branch = () => store.select(downstream(linksOf(store.state.draft), id))
  const ends = store.catalogue[store.state.draft.nodes.get(id)?.type ?? '']?.ends === true
  if (store.state.selected.has(id) && store.state.selected.size > 1)
    return severalActions(store, { canEdit, remove, tidy })
  const into = linksOf(store.state.draft).in.get(id)?.[0]
  const isStart = store.catalogue[store.state.draft.nodes.get(id)?.type ?? '']?.entry === 'start'
  return [
    { label: 'Open', keys: 'Enter', run: () => store.select([id], { open: true, field: null }) },
    canEdit && {
      label: 'Rename',
      keys: 'F2',
      run: () => {
        store.select([id], { open: true })
        requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-title-field]')?.focus())
      },
    },
    canEdit && !ends && { label: 'Connect to…', keys: 'C', run: () => connect(id) },
    canEdit &&
      into !== undefined &&
      !store.catalogue[store.state.draft.nodes.get(id)?.type ?? '']?.guard && {
        label: 'Move before or after…',
        run: () => move(id),
      },
    into !== undefined && { label: 'Connection into it', run: () => store.selectEdge(into.id, true) },
    canEdit && { label: 'Add a note', keys: 'N', run: () => addNote(store, noteSpot(store, id)) },
    !isStart && {
      label: 'Copy',
      keys: 'Ctrl C',
      run: () => {
        only()
        copySelected(store)
      },
    },
    {
      label: 'Copy branch',
      run: () => {
        branch()
        copySelected(store)
      },
    },
    { label: 'Select branch', keys: 'Ctrl Shift ↓', run: branch },
    canEdit &&
      !isStart && {
        label: 'Duplicate',
        keys: 'Ctrl D',
        run: () => {
          only()
          duplicateSelected(store)
        },
      },
    canEdit &&
      !isStart && {
        label: 'Delete',
        keys: 'Del',
        danger: true,
        run: () => {
          only()
          remove(true)
        },
      },
  ]
}

/** What the menu of several selected steps offers. */
const severalActions = (
  store: BuilderStore,
  { canEdit, remove, tidy }: { canEdit: boolean; remove(heal: boolean): void; tidy(): void },
): (StepAction | false)[] => [
  { label: 'Copy', keys: 'Ctrl C', run: () => copySelected(store) },
  canEdit && {
    label: 'Cut',
    keys: 'Ctrl X',
    run: () => {
      copySelected(store)
      remove(true)
    },
  },
  canEdit && { label: 'Duplicate', keys: 'Ctrl D', run: () => duplicateSelected(store) },
  canEdit && { label: 'Line up below one another', run: () => lineUp(store, 'x') },
  canEdit && { label: 'Line up side by side', run: () => lineUp(store, 'y') },
  canEdit && { label: 'Tidy up these', keys: 'Shift T', run: tidy },
  canEdit && {
    label: `Delete ${store.state.selected.size} steps`,
    keys: 'Del',
    danger: true,
    run: () => remove(true),
  },
]

const noteSpot = (store: BuilderStore, id: string) => {
  const at = store.state.draft.layout.get(id) ?? { x: 0, y: 0 }
  return { x: at.x + cardWidth + 40, y: at.y }
}

/** What a connection's menu offers. */
export const edgeActions = (
  store: BuilderStore,
  id: string,
  { canEdit, insert }: { canEdit: boolean; insert(id: string): void },
): (StepAction | false)[] => [
  { label: 'Open', keys: 'Enter', run: () => store.selectEdge(id, true) },
  canEdit && { label: 'Insert a step', keys: 'A', run: () => insert(id) },
  canEdit && {
    label: 'Paste here',
    keys: 'Ctrl V',
    run: () => {
      store.selectEdge(id)
      void pasteClipboard(store)
    },
  },
  canEdit && {
    label: 'Delete the connection',
    keys: 'Del',
    danger: true,
    run: () => {
      store.selectEdge(id)
      removeSelected(store, false)
    },
  },
]

/** What the menu of the empty canvas offers. */
export const canvasActions = (
  store: BuilderStore,
  at: { x: number; y: number },
  { canEdit, add, tidy, fit }: { canEdit: boolean; add(): void; tidy(): void; fit(): void },
): (StepAction | false)[] => [
  canEdit && { label: 'Add a step here', run: add },
  canEdit && { label: 'Paste', keys: 'Ctrl V', run: () => void pasteClipboard(store, at) },
  canEdit && { label: 'Add a note', keys: 'N', run: () => addNote(store, at) },
  { label: 'Select all', keys: 'Ctrl A', run: () => store.select(store.state.draft.nodes.keys()) },
  canEdit && { label: 'Tidy up', keys: 'Shift T', run: tidy },
  { label: 'Show all', keys: '1', run: fit },
]
