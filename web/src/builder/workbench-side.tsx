import { Suspense, useEffect } from 'react'
import type { Answer } from '../api.ts'
import { lazyPart } from '../parts/lazy-part.tsx'
import { Panel } from '../parts/panel.tsx'
import type { Autosave } from './autosave.ts'
import type { VersionActions } from './history-versions.tsx'
import type { Names } from './sentence.ts'
import { SideFrame } from './side-frame.tsx'
import { SidePanel } from './side-panel.tsx'
import { useBuilder, useStore } from './store.ts'
import { openStep } from './telling.tsx'
import { useAfterPaint } from './use-after-paint.ts'
import type { Place } from './use-place.ts'
import type { Preview } from './use-proposal-on-canvas.ts'

const loadDrawer = () => import('./drawer.tsx')

const Drawer = lazyPart(async () => ({ default: (await loadDrawer()).Drawer }))
const AiPanel = lazyPart(() => import('./ai-panel.tsx'))
const HistoryPanel = lazyPart(() => import('./history-panel.tsx'))
const PeoplePanel = lazyPart(() => import('./people-panel.tsx'))

/** What a panel is called when it cannot be drawn. */
const titles = { ai: 'AI Generate', step: 'Step', people: 'People', history: 'History' }

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
  const wanted = useBuilder(openStep)
  // The card of a step that was just added is painted before its form is drawn.
  const isDrawn = useAfterPaint(wanted !== null)
  const opened = isDrawn ? wanted : null
  // The forms are a third of the builder: after the canvas, and before anybody opens a step.
  useEffect(() => {
    const timer = setTimeout(() => void loadDrawer().catch(() => undefined), 200)
    return () => clearTimeout(timer)
  }, [])
  const who = place.side === 'people' ? place.who : undefined
  const side = generating
    ? 'ai'
    : opened !== null
      ? 'step'
      : who
        ? 'people'
        : place.side === 'history'
          ? 'history'
          : null
  if (side === null) return null
  const close = () => {
    if (side === 'ai') return onCloseAi()
    if (side !== 'step') return onCloseSide()
    store.openDrawer(false)
    onLeft()
  }
  return (
    <SideFrame>
      <Panel
        of={`${side} ${opened}`}
        frame={(message) => (
          <SidePanel title={titles[side]} onClose={close}>
            {message}
          </SidePanel>
        )}
      >
        <Suspense fallback={<aside className="tl-drawer" aria-busy="true" />}>
          {side === 'step' && opened !== null && <Drawer id={opened} onClose={close} />}
          {side === 'people' && who && <PeoplePanel campaign={campaign} who={who} onClose={close} />}
          {side === 'history' && <HistoryPanel campaign={campaign} versions={versions} onClose={close} />}
          {side === 'ai' && (
            <AiPanel
              campaignId={campaign.id}
              isLive={campaign.status !== 'draft'}
              autosave={autosave}
              names={names}
              onPreview={onPreview}
              onClose={close}
            />
          )}
        </Suspense>
      </Panel>
    </SideFrame>
  )
}
