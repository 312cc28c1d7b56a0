import { Anchor, Modal } from '@mantine/core'
import { Suspense } from 'react'
import type { Answer } from '../api.ts'
import { lazyPart } from '../parts/lazy-part.tsx'
import { Panel } from '../parts/panel.tsx'
import { toast } from '../query.ts'
import type { Autosave } from './autosave.ts'
import { useOverlayStore } from './overlay.ts'
import { useStore } from './store.ts'

const ActivateDialog = lazyPart(async () => ({ default: (await import('../parts/activate.tsx')).ActivateDialog }))
const ConflictDialog = lazyPart(() => import('./conflict-dialog.tsx'))
const PublishDialog = lazyPart(() => import('./publish.tsx'))
const ConnectDialog = lazyPart(() => import('./connect-dialog.tsx'))
const MoveDialog = lazyPart(() => import('./move-dialog.tsx'))
const ProductsDialog = lazyPart(() => import('./products-dialog.tsx'))
const KeysDialog = lazyPart(() => import('./keys-dialog.tsx'))

/** The dialog that is open over the builder. */
export type Dialog = 'activate' | 'publish' | 'products' | 'keys' | null

/** The builder's dialogs, each loaded when it is first shown. */
export function WorkbenchDialogs({
  campaign,
  autosave,
  editor,
  dialog,
  connecting,
  moving,
  onClose,
  onPlaced,
  onFix,
  onRollBack,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  autosave: Autosave
  /** Who saved the draft last. */
  editor: string | null
  dialog: Dialog
  /** The step that is being connected without dragging. */
  connecting: string | null
  /** The step that is being moved without dragging. */
  moving: string | null
  onClose(): void
  /** The step was connected or moved, or it was not. */
  onPlaced(): void
  onFix(nodeId: string, field: string | null): void
  onRollBack(version: number): void
}) {
  const store = useStore()
  const overlay = useOverlayStore()
  const close = () => {
    onClose()
    onPlaced()
  }
  return (
    <Panel
      of={`${dialog} ${connecting} ${moving}`}
      frame={(message) => (
        <Modal opened onClose={close} title="This cannot be shown">
          {message}
        </Modal>
      )}
    >
      <Suspense>
        {dialog === 'activate' && (
          <ActivateDialog
            campaign={campaign}
            onClose={onClose}
            onFix={onFix}
            onActivated={() => overlay.switchLive(true)}
          />
        )}
        {dialog === 'publish' && (
          <PublishDialog
            campaignId={campaign.id}
            draft={store.state.draft}
            catalogue={store.catalogue}
            onClose={onClose}
            onFix={onFix}
            onPublished={(answer, text) => {
              onClose()
              toast(
                <>
                  {text}{' '}
                  {answer.published && (
                    <Anchor component="button" type="button" size="sm" onClick={() => onRollBack(answer.from)}>
                      Roll back
                    </Anchor>
                  )}
                </>,
              )
            }}
          />
        )}
        {dialog === 'products' && <ProductsDialog campaign={campaign} onClose={onClose} />}
        {dialog === 'keys' && <KeysDialog onClose={onClose} />}
        <ConflictDialog autosave={autosave} who={editor} />
        {connecting && <ConnectDialog nodeId={connecting} onClose={onPlaced} />}
        {moving && <MoveDialog nodeId={moving} onClose={onPlaced} />}
      </Suspense>
    </Panel>
  )
}
