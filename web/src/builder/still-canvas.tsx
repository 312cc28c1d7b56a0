import { type ComponentProps, useMemo } from 'react'
import { Canvas } from './canvas.tsx'
import { OverlayProvider, type OverlayStore } from './overlay.ts'
import { CanvasFactsProvider } from './step-node.tsx'
import { BuilderProvider, type BuilderStore } from './store.ts'

type Facts = NonNullable<ComponentProps<typeof CanvasFactsProvider>['value']>
const nothing = () => {}

/** A workflow to look at on another page: nothing on it changes or opens, what stands on it is the overlay's. */
export function StillCanvas({
  store,
  overlay,
  campaign,
  names,
  hasRun = false,
  onPeople = nothing,
  onMenu = nothing,
}: { store: BuilderStore; overlay: OverlayStore } & Pick<Facts, 'campaign' | 'names'> &
  Partial<Pick<Facts, 'hasRun' | 'onPeople' | 'onMenu'>>) {
  const facts = useMemo(
    () => ({ campaign, hasRun, names, onGrow: null, onPeople, onMenu, save: async () => true }),
    [campaign, hasRun, names, onPeople, onMenu],
  )
  return (
    <div className="tl-canvas">
      <OverlayProvider value={overlay}>
        <CanvasFactsProvider value={facts}>
          <BuilderProvider value={store}>
            <Canvas
              onInsert={nothing}
              onDropFar={nothing}
              onMenu={nothing}
              canEdit={false}
              map={false}
              opens={false}
              whole
            />
          </BuilderProvider>
        </CanvasFactsProvider>
      </OverlayProvider>
    </div>
  )
}
