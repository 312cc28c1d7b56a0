import { Anchor } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { Answer } from '../api.ts'
import { toast } from '../query.ts'
import type { Autosave } from './autosave.ts'
import { useOverlayStore } from './overlay.ts'
import { useStore } from './store.ts'

const ActivateDialog = lazy(() =>
  import('../parts/activate.tsx').then(({ ActivateDialog: Dialog }) => ({ default: Dialog })),
)
const ConflictDialog = lazy(() => import('./conflict-dialog.tsx'))
const PublishDialog = lazy(() => import('./publish.tsx'))
const ConnectDialog = lazy(() => import('./connect-dialog.tsx'))
const MoveDialog = lazy(() => import('./move-dialog.tsx'))
const ProductsDialog = lazy(() => import('./products-dialog.tsx'))
const KeysDialog = lazy(() => import('./keys-dialog.tsx'))

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
  return (
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
  )
}
