import { useCallback, useMemo, useState } from 'react'
import { api } from '../api.ts'
import { toast, toastProblem } from '../query.ts'
import { restoreVersion } from './commands.ts'
import { diffDrafts, draftOf, isEmpty } from './draft.ts'
import { tell } from './drawer.tsx'
import type { VersionActions } from './history-versions.tsx'
import { tidy } from './layout.ts'
import type { OverlayStore } from './overlay.ts'
import { BuilderStore, useBuilder, useStore } from './store.ts'
import { changeMarks, compareWith, type ShownVersion } from './version-preview.tsx'

/** Earlier versions in the builder: shown on the canvas in place of the draft, and brought back into it as one step. */
export function useVersions(
  campaignId: string,
  overlay: OverlayStore,
  canRestore: boolean,
): VersionActions & { bringBack(number: number): Promise<boolean> } {
  const store = useStore()
  const [shown, setShown] = useState<ShownVersion | null>(null)
  // What the draft was when the builder was opened: the last checkpoint.
  const [opened] = useState(() => ({ draft: store.state.draft, at: new Date() }))
  const draft = useBuilder((state) => state.draft)
  const isChanged = useMemo(() => !isEmpty(diffDrafts(opened.draft, draft)), [opened, draft])
  const read = useCallback(
    (number: number) => api('GET /campaigns/:id/versions/:number', { params: { id: campaignId, number } }),
    [campaignId],
  )
  const endPreview = useCallback(() => {
    setShown(null)
    overlay.setTop(null)
  }, [overlay])
  const bringBack = async (number: number): Promise<boolean> => {
    try {
      await restoreVersion(store, number, await read(number))
      return true
    } catch (error) {
      toastProblem(error)
      return false
    }
  }
  return {
    shown,
    canRestore,
    openedAt: isChanged ? opened.at : null,
    preview: (number) =>
      void read(number).then(async (version) => {
        const drawn = draftOf({ ...version, layout: {} })
        const spots = await tidy(drawn, store.catalogue, store.scene.heightOf)
        const known = store.state.draft.layout
        const layout = new Map([...spots].map(([id, at]) => [id, known.get(id) ?? at] as const))
        const placed = { ...drawn, layout }
        const why = `v${number} as it was published.`
        const found = {
          number,
          store: new BuilderStore(store.catalogue, placed, why),
          ...compareWith(store.state.draft, placed),
        }
        overlay.setTop({ kind: 'version', nodes: changeMarks(found), edges: new Map() })
        setShown(found)
      }, toastProblem),
    endPreview,
    restore: (number) => {
      endPreview()
      void bringBack(number)
    },
    discard: () => {
      const patch = diffDrafts(store.state.draft, opened.draft)
      if (isEmpty(patch)) toast('Nothing was changed since')
      else tell(store.run({ label: 'Changes since the builder was opened discarded', patch }))
    },
    bringBack,
  }
}
