import { useReactFlow } from '@xyflow/react'
import type { MenuOf } from './canvas.tsx'
import { addStep, removeSelected, tidyUp } from './commands.ts'
import type { Point } from './draft.ts'
import { EdgePopover } from './edge-popover.tsx'
import { drawnBoxes, showAll } from './fit.ts'
import { canvasActions, edgeActions, stepActions } from './step-actions.ts'
import { StepMenu } from './step-menu.tsx'
import { StepPicker } from './step-picker.tsx'
import { useStore } from './store.ts'
import type { Asking } from './use-asking.ts'

/** What opens over the canvas at a place of it: what there is to know of a connection, which step to add, the menu of what is there. */
export function WorkbenchMenus({
  canEdit,
  isPreview,
  asking,
  menu,
  onAsked,
  onMenuClosed,
  onInsert,
  onAddAt,
  onConnect,
  onMove,
  onTidy,
  onLeft,
}: {
  canEdit: boolean
  /** A proposal is shown instead of the draft. */
  isPreview: boolean
  asking: Asking
  menu: { of: MenuOf; at: Point } | null
  onAsked(): void
  onMenuClosed(): void
  onInsert(edgeId: string): void
  onAddAt(at: Point): void
  onConnect(nodeId: string): void
  onMove(nodeId: string): void
  /** Places everything anew. */
  onTidy(): void
  /** One of them was closed: keys go to the canvas. */
  onLeft(): void
}) {
  const store = useStore()
  const flow = useReactFlow()
  return (
    <>
      {!isPreview && (
        <EdgePopover
          onInsert={onInsert}
          onDelete={() => {
            removeSelected(store, false)
            onLeft()
          }}
          onClose={() => {
            store.openDrawer(false)
            onLeft()
          }}
        />
      )}
      {asking && (
        <StepPicker
          catalogue={store.catalogue}
          title={asking.title}
          at={asking.at}
          onClose={() => {
            onAsked()
            onLeft()
          }}
          onPick={(type) => {
            onAsked()
            // Keys are heard there until the new step's drawer, which may still be loading, takes the focus.
            onLeft()
            addStep(store, type, asking.place())
          }}
        />
      )}
      {menu && (
        <StepMenu
          at={menu.at}
          onClose={onMenuClosed}
          actions={
            'node' in menu.of
              ? stepActions(store, menu.of.node, {
                  canEdit,
                  remove: (heal) => removeSelected(store, heal),
                  connect: onConnect,
                  move: onMove,
                  tidy: () => void tidyUp(store),
                })
              : 'edge' in menu.of
                ? edgeActions(store, menu.of.edge, { canEdit, insert: onInsert })
                : canvasActions(store, menu.of.canvas, {
                    canEdit,
                    add: () => 'canvas' in menu.of && onAddAt(menu.of.canvas),
                    tidy: onTidy,
                    fit: () => showAll(flow, drawnBoxes(flow)),
                  })
          }
        />
      )}
    </>
  )
}
