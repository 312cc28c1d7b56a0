import { lazy, Suspense, useEffect } from 'react'
import type { Answer } from '../api.ts'
import type { Autosave } from './autosave.ts'
import type { VersionActions } from './history-versions.tsx'
import type { Names } from './sentence.ts'
import { SideFrame } from './side-frame.tsx'
import { useBuilder, useStore } from './store.ts'
import { openStep } from './telling.tsx'
import { type Place, useNodeInUrl } from './use-place.ts'
import type { Preview } from './use-proposal-on-canvas.ts'

const loadDrawer = () => import('./drawer.tsx')

const Drawer = lazy(() => loadDrawer().then((module) => ({ default: module.Drawer })))
const AiPanel = lazy(() => import('./ai-panel.tsx'))
const HistoryPanel = lazy(() => import('./history-panel.tsx'))
const PeoplePanel = lazy(() => import('./people-panel.tsx'))

/** What stands on the right, one thing at a time: a step's drawer, people, the history, a proposal. Alone it hears that a drawer opens. */
export function WorkbenchSide({
  campaign,
  autosave,
  names,
  versions,
  place,
  generating,
  onPreview,
  onLeft,
  onCloseSide,
  onCloseAi,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  autosave: Autosave
  names: Names
  versions: VersionActions
  place: Place
  generating: boolean
  onPreview(preview: Preview | null): void
  /** The drawer was closed. */
  onLeft(): void
  onCloseSide(): void
  onCloseAi(): void
}) {
  const store = useStore()
  const isStepOpen = useBuilder((state) => openStep(state) !== null)
  useNodeInUrl()
  // The forms are a third of the builder: after the canvas, and before anybody opens a step.
  useEffect(() => {
    const timer = setTimeout(() => void loadDrawer().catch(() => undefined), 200)
    return () => clearTimeout(timer)
  }, [])
  const who = place.side === 'people' ? place.who : undefined
  const side = generating ? 'ai' : isStepOpen ? 'step' : who ? 'people' : place.side === 'history' ? 'history' : null
  if (side === null) return null
  return (
    <SideFrame>
      <Suspense fallback={<aside className="tl-drawer" aria-busy="true" />}>
        {side === 'step' && (
          <Drawer
            onClose={() => {
              store.openDrawer(false)
              onLeft()
            }}
          />
        )}
        {side === 'people' && who && <PeoplePanel campaign={campaign} who={who} onClose={onCloseSide} />}
        {side === 'history' && <HistoryPanel campaign={campaign} versions={versions} onClose={onCloseSide} />}
        {side === 'ai' && (
          <AiPanel
            campaignId={campaign.id}
            isLive={campaign.status !== 'draft'}
            autosave={autosave}
            names={names}
            onPreview={onPreview}
            onClose={onCloseAi}
          />
        )}
      </Suspense>
    </SideFrame>
  )
}
