import { copySelected, duplicateSelected } from './commands.ts'
import { downstream, linksOf } from './shape.ts'
import type { StepAction } from './step-menu.tsx'
import type { BuilderStore } from './store.ts'

/** What a step's menu offers: the same as the keys. */
export function stepActions(
  store: BuilderStore,
  id: string,
  { canEdit, remove }: { canEdit: boolean; remove(heal: boolean): void },
): (StepAction | false)[] {
  const only = () => {
    if (!store.state.selected.has(id)) store.select([id])
  }
  const branch = () => store.select(downstream(linksOf(store.state.draft), id))
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
