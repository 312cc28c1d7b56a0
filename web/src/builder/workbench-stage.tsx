import { ActionIcon, Alert, Anchor } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { type ReactNode, type RefObject, Suspense } from 'react'
import type { Answer } from '../api.ts'
import { lazyPart } from '../parts/lazy-part.tsx'
import { Panel } from '../parts/panel.tsx'
import { Canvas, type MenuOf } from './canvas.tsx'
import { FirstStep, ReadOnlyNote } from './canvas-notes.tsx'
import { addStep, afterSelected } from './commands.ts'
import type { Point } from './draft.ts'
import type { VersionActions } from './history-versions.tsx'
import { LiveRange } from './live-range.tsx'
import { Outline } from './outline.tsx'
import { OverlayProvider } from './overlay.ts'
import { FoldedPalette } from './palette.tsx'
import { ProblemsPanel } from './problems-panel.tsx'
import { BuilderProvider, useBuilder, useStore } from './store.ts'
import type { SimulationNews } from './test-panel.tsx'
import type { Place } from './use-place.ts'
import type { Preview } from './use-proposal-on-canvas.ts'

const TestPanel = lazyPart(() => import('./test-panel.tsx'))

/** What stands between the palette and the drawer: the canvas with what is said on it, or the outline on a phone, and the panel below. */
export function Stage({
  campaign,
  canvas,
  place,
  phone,
  view,
  canEdit,
  generating,
  folded,
  map,
  preview,
  versions,
  news,
  save,
  onInsert,
  onGrow,
  onMenu,
  onAdd,
  onUnfold,
  onDescribe,
  onMode,
  onClosePanel,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  canvas: RefObject<HTMLDivElement | null>
  place: Place
  phone: boolean
  /** What a phone shows. */
  view: 'outline' | 'canvas'
  canEdit: boolean
  generating: boolean
  /** The palette is folded away: the canvas offers to add. */
  folded: boolean
  map: boolean
  /** A proposal that is shown instead of the draft. */
  preview: Preview | null
  versions: VersionActions
  news: SimulationNews | null
  save(): Promise<boolean>
  onInsert(edgeId: string): void
  onGrow(nodeId: string, when: string | null, at?: Point): void
  onMenu(of: MenuOf, at: { x: number; y: number }): void
  onAdd(): void
  onUnfold(): void
  onDescribe(): void
  onMode(mode: 'customer' | 'audience'): void
  onClosePanel(): void
}) {
  const store = useStore()
  const readOnly = useBuilder((state) => state.readOnly)
  const isAlone = useBuilder((state) => state.draft.nodes.size === 1)
  const { shown } = versions
  const testing = place.panel === 'test'
  const drawn = { onInsert, onDropFar: onGrow, map }
  return (
    <div className="tl-stage">
      {phone && view === 'outline' ? (
        <div className="tl-canvas" style={{ overflowY: 'auto', background: 'var(--tl-card)' }}>
          {readOnly !== null && <ReadOnlyNote text={readOnly} />}
          <Outline onOpen={(id) => store.select([id], { open: true })} />
        </div>
      ) : (
        <div ref={canvas} className="tl-canvas" tabIndex={-1} data-test={testing || undefined}>
          {testing ? (
            <div className="tl-test-frame">Test · nothing is sent</div>
          ) : shown ? (
            <Alert color="gray" radius={0} py={6}>
              {shown.title}; nothing here can be changed.{' '}
              <Anchor component="button" type="button" size="sm" onClick={versions.endPreview}>
                Back to the draft
              </Anchor>
            </Alert>
          ) : (
            readOnly !== null && <ReadOnlyNote text={readOnly} />
          )}
          <Panel of={preview?.store ?? (shown ? JSON.stringify(shown.of) : 'draft')}>
            {preview ? (
              <OverlayProvider value={preview.overlay}>
                <BuilderProvider value={preview.store}>
                  <Canvas key="proposal" {...drawn} canEdit={false} onMenu={() => {}} opens={false} />
                </BuilderProvider>
              </OverlayProvider>
            ) : (
              <BuilderProvider value={shown?.store ?? store}>
                <Canvas
                  key={shown ? JSON.stringify(shown.of) : 'draft'}
                  {...drawn}
                  canEdit={canEdit}
                  onMenu={onMenu}
                  opens={!(place.side === 'history' && (place.run !== undefined || shown !== null))}
                />
              </BuilderProvider>
            )}
          </Panel>
          <div className="tl-canvas-tools">
            {folded && <FoldedPalette onAdd={onAdd} onUnfold={onUnfold} />}
            {campaign.status !== 'draft' && !phone && !preview && <LiveRange campaignId={campaign.id} />}
          </div>
          {canEdit && !generating && isAlone && (
            <FirstStep
              onPick={(type) => addStep(store, type, afterSelected(store))}
              onMore={onAdd}
              onDescribe={onDescribe}
            />
          )}
        </div>
      )}
      <Panel of={place.panel} frame={(message) => <Below onClose={onClosePanel}>{message}</Below>}>
        {place.panel === 'problems' && <ProblemsPanel onClose={onClosePanel} />}
        {place.panel === 'outline' && !phone && (
          <Outline onClose={onClosePanel} onOpen={(id) => store.select([id], { open: true, look: true })} />
        )}
        {testing && (
          <Suspense>
            <TestPanel
              campaign={campaign}
              save={save}
              news={news}
              mode={place.mode === 'audience' ? 'audience' : 'customer'}
              setMode={onMode}
              onClose={onClosePanel}
            />
          </Suspense>
        )}
      </Panel>
    </div>
  )
}

/** The panel below the canvas when it cannot be drawn. */
function Below({ children, onClose }: { children: ReactNode; onClose(): void }) {
  return (
    <section className="tl-panel" aria-label="Panel">
      <div className="tl-panel-head">
        <span style={{ flex: 1 }} />
        <ActionIcon aria-label="Close" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </div>
      <div style={{ padding: '0 14px 14px' }}>{children}</div>
    </section>
  )
}
