import { Anchor } from '@mantine/core'
import { toast, toastProblem } from '../query.ts'
import { removeNodes } from './remove.ts'
import { reachedFromEntries } from './shape.ts'
import type { BuilderState, BuilderStore } from './store.ts'

/** The step on which the drawer is open, or null. */
export const openStep = ({ drawer, selected }: BuilderState): string | null =>
  drawer && selected.size === 1 ? ([...selected][0] ?? null) : null

/** Runs an edit and says why when it is refused. */
export const tell = (refused: string | null): void => {
  if (refused !== null) toastProblem(refused)
}

/** Says what a deletion did, with a way back, or why not. `rest`: steps that nobody reaches any more because of it. */
export function deleteSteps(store: BuilderStore, refused: string | null, rest: readonly string[] = []): void {
  if (refused !== null) {
    toastProblem(refused)
    return
  }
  const { said } = store.state
  toast(
    <>
      {said} ·{' '}
      <Anchor component="button" type="button" size="sm" onClick={() => store.undo()}>
        Undo
      </Anchor>
      {rest.length > 0 && (
        <>
          {' · '}
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => deleteSteps(store, store.run(removeNodes(store.scene, rest, { heal: false })))}
          >
            Delete the {rest.length} {rest.length === 1 ? 'step' : 'steps'} below, too
          </Anchor>
        </>
      )}
    </>,
  )
}

/** Deletes steps and says so. Of one that has several ways out, what stood below stays and can be deleted next. */
export function removeAndTell(store: BuilderStore, ids: ReadonlySet<string>, heal: boolean): void {
  const before = reachedFromEntries(store.state.draft, store.catalogue)
  const refused = store.run(removeNodes(store.scene, ids, { heal }))
  const { draft } = store.state
  const after = refused === null ? reachedFromEntries(draft, store.catalogue) : before
  deleteSteps(
    store,
    refused,
    [...draft.nodes.keys()].filter((id) => before.has(id) && !after.has(id)),
  )
}
