import { useEffect } from 'react'
import type { Graph } from '../../../src/workflow/graph.ts'
import { draftFrom, drawDifference, type Mark } from './ai-part.ts'
import type { Proposal } from './ai-stream.ts'
import type { Draft, Point } from './draft.ts'
import { tidy } from './layout.ts'
import { OverlayStore } from './overlay.ts'
import { BuilderStore, useStore } from './store.ts'

/** What the canvas shows while a proposal is looked at. */
export interface Preview {
  store: BuilderStore
  overlay: OverlayStore
}

/** The difference, the draft as it is, or as it would be. */
export type View = 'changes' | 'before' | 'after'

/** Of a card that was never drawn, in px. */
export const guessedHeight = 96

/** Draws a proposal on the canvas in place of the draft, as long as there is one. Changes nothing. */
export function useProposalOnCanvas({
  result,
  base,
  view,
  problems,
  onPreview,
}: {
  result: Graph | null
  /** The draft that it is compared with. */
  base: Draft
  view: View
  problems: Proposal['problems']
  onPreview(preview: Preview | null): void
}): void {
  const store = useStore()
  useEffect(() => {
    if (!result) {
      onPreview(null)
      return
    }
    let open = true
    const old = base
    const { draft: union, marks } = drawDifference(old, result)
    const shown = view === 'changes' ? union : view === 'after' ? draftFrom(result, new Map(), old.notes) : old
    const show = (layout: ReadonlyMap<string, Point>) => {
      const readOnly = 'A proposal: nothing of it is applied yet.'
      const preview = new BuilderStore(store.catalogue, { ...shown, layout }, readOnly)
      preview.setProblems(view === 'before' ? store.state.problems : problems)
      const overlay = new OverlayStore()
      if (view === 'changes') overlay.setTop(marksOf(marks))
      onPreview({ store: preview, overlay })
    }
    if (view === 'before') show(old.layout)
    else
      void tidy(shown, store.catalogue, () => guessedHeight).then((spots) => {
        if (open) show(spots)
      })
    return () => {
      open = false
    }
  }, [result, view, problems, base, store, onPreview])

  useEffect(() => () => onPreview(null), [onPreview])
}

/** The difference as the canvas shows it. */
function marksOf(marks: ReadonlyMap<string, Mark>) {
  const nodes = new Map([...marks].map(([id, change]) => [id, { figures: [], change }]))
  const edges = new Map([...marks].flatMap(([id, change]) => (change === 'changed' ? [] : [[id, { change }] as const])))
  return { kind: 'none' as const, nodes, edges }
}
