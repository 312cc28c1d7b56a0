import { useReactFlow } from '@xyflow/react'
import { type Asking, useAsked } from './asking.ts'
import type { MenuOf } from './canvas.tsx'
import { addStep, removeSelected, tidyUp } from './commands.ts'
import type { Point } from './draft.ts'
import { EdgePopover } from './edge-popover.tsx'
import { drawnBoxes, showAll } from './fit.ts'
import { canvasActions, edgeActions, stepActions } from './step-actions.ts'
import { StepMenu } from './step-menu.tsx'
import { StepPicker } from './step-picker.tsx'
import { useStore } from './store.ts'

/** What opens over the canvas at a place of it: what there is to know of a connection, which step to add, the menu of what is there. */
export function WorkbenchMenus({
  canEdit,
  isPreview,
  asking,
  menu,
  onMenuClosed,
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
  onMenuClosed(): void
  onConnect(nodeId: string): void
  onMove(nodeId: string): void
  /** Places everything anew. */
  onTidy(): void
  /** One of them was closed: keys go to the canvas. */
  onLeft(): void
}) {
  const store = useStore()
  const flow = useReactFlow()
  const asked = useAsked(asking)
  return (
    <>
      {!isPreview && (
        <EdgePopover
          onInsert={asking.on}
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
      {asked && (
        <StepPicker
          catalogue={store.catalogue}
          title={asked.title}
          at={asked.at}
          onClose={() => {
            asking.end()
            onLeft()
          }}
          onPick={(type) => {
            asking.end()
            // Keys are heard there until the new step's drawer, which may still be loading, takes the focus.
            onLeft()
            addStep(store, type, asked.place())
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
                ? edgeActions(store, menu.of.edge, { canEdit, insert: asking.on })
                : canvasActions(store, menu.of.canvas, {
                    canEdit,
                    add: () => {
                      const { of } = menu
                      if ('canvas' in of) asking.at('Add a step here', () => ({ on: 'canvas', at: of.canvas }))
                    },
                    tidy: onTidy,
                    fit: () => showAll(flow, drawnBoxes(flow)),
                  })
          }
        />
      )}
    </>
  )
}
