import { plural } from '../format.ts'
import { cardText } from './sentence.ts'
import { useCanvasFacts } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'

/** What a screen reader says of the drawing, which is one stop for Tab: its size, its keys, and where one is (UX §4.18). */
export function useCanvasLabel(): string {
  const store = useStore()
  const { names } = useCanvasFacts()
  const steps = useBuilder((state) => state.draft.nodes.size)
  const problems = useBuilder((state) => state.problems.length)
  const current = useBuilder((state) => {
    const id = [...state.selected][0]
    return state.selected.size === 1 && id !== undefined ? state.draft.nodes.get(id) : undefined
  })
  const type = current && store.catalogue[current.type]
  const where = current
    ? `${current.title || type?.title}: ${cardText(store.state.draft, store.catalogue, current.id, names).text}`
    : ''
  return `Workflow, ${plural(steps, 'step')}, ${plural(problems, 'problem')}. Arrows walk, Enter opens, A adds, O shows the outline. ${where}`
}
