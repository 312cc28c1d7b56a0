import { useCallback, useEffect, useState } from 'react'
import { api } from '../api.ts'
import { clockTime } from '../format.ts'
import { toast, toastProblem } from '../query.ts'
import { restoreVersion } from './commands.ts'
import { diffDrafts, isEmpty, type WireWorkflow } from './draft.ts'
import { drawVersion } from './draw-version.ts'
import { momentOf, type VersionActions } from './history-versions.tsx'
import type { OverlayStore } from './overlay.ts'
import { BuilderStore, useStore } from './store.ts'
import { tell } from './telling.tsx'
import { changeMarks, compareWith, type Earlier, type ShownVersion } from './version-preview.tsx'

type Layout = { layout?: WireWorkflow['layout'] }

/** Earlier versions in the builder: shown on the canvas in place of the draft, and brought back into it as one step. */
export function useVersions(
  campaignId: string,
  overlay: OverlayStore,
  canRestore: boolean,
): VersionActions & { bringBack(of: Earlier): Promise<boolean> } {
  const store = useStore()
  const [shown, setShown] = useState<ShownVersion | null>(null)
  // What the draft was when the builder was opened: the last checkpoint.
  const [opened] = useState(() => ({ draft: store.state.draft, at: new Date() }))
  const read = useCallback(
    async (of: Earlier): Promise<{ name: string; title: string; graph: Omit<WireWorkflow, 'layout'> & Layout }> => {
      if ('version' in of) {
        const params = { id: campaignId, number: of.version }
        const graph = await api('GET /campaigns/:id/versions/:number', { params })
        return { name: `v${of.version}`, title: `v${of.version} as it was published`, graph }
      }
      const found = await api('GET /campaigns/:id/checkpoints/:checkpoint', {
        params: { id: campaignId, checkpoint: of.checkpoint },
      })
      const name = `the draft ${momentOf[found.reason]} at ${clockTime(found.madeAt)}`
      return { name, title: name.replace('the', 'The'), graph: found }
    },
    [campaignId],
  )
  useEffect(() => {
    if (!canRestore || store.state.draft.nodes.size < 2) return
    // Nothing waits for it: what the server has now is what it keeps.
    const timer = setTimeout(() => {
      api('POST /campaigns/:id/checkpoints', { params: { id: campaignId }, body: { reason: 'opened' } }).catch(
        () => undefined,
      )
    }, 1_000)
    return () => clearTimeout(timer)
  }, [campaignId, canRestore, store])
  const endPreview = useCallback(() => {
    setShown(null)
    overlay.setTop(null)
  }, [overlay])
  const bringBack = async (of: Earlier): Promise<boolean> => {
    try {
      const { name, graph } = await read(of)
      await restoreVersion(store, name, graph)
      return true
    } catch (error) {
      toastProblem(error)
      return false
    }
  }
  return {
    shown,
    canRestore,
    opened,
    preview: (of) =>
      void read(of).then(async ({ title, graph }) => {
        const placed = await drawVersion(graph, store.state.draft.layout, store.catalogue, store.scene.heightOf)
        const found = {
          of,
          title,
          store: new BuilderStore(store.catalogue, placed, `${title}.`),
          ...compareWith(store.state.draft, placed),
        }
        overlay.setTop({ kind: 'version', nodes: changeMarks(found), edges: new Map() })
        setShown(found)
      }, toastProblem),
    endPreview,
    restore: (of) => {
      endPreview()
      void bringBack(of)
    },
    discard: () => {
      const patch = diffDrafts(store.state.draft, opened.draft)
      if (isEmpty(patch)) toast('Nothing was changed since')
      else tell(store.run({ label: 'Changes since the builder was opened discarded', patch }))
    },
    bringBack,
  }
}
