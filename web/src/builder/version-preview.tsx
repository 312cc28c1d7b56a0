import { Text } from '@mantine/core'
import { type Draft, diffDrafts } from './draft.ts'
import type { NodeMark } from './overlay.ts'
import type { BuilderStore } from './store.ts'

/** What a draft can be brought back to: a published version by its number, or a checkpoint of the draft by its id. */
export type Earlier = { version: number } | { checkpoint: string }

/** Whether two are the same one. */
export const isSameEarlier = (a: Earlier | undefined, b: Earlier): boolean => JSON.stringify(a) === JSON.stringify(b)

/** An earlier graph on the canvas: a store of its own that lets nothing be changed. */
export interface ShownVersion {
  of: Earlier
  /** What it is, for a sentence: “v7 as it was published”. */
  title: string
  store: BuilderStore
  /** Steps of the version that the draft does not have, has otherwise, and that only the draft has. */
  added: string[]
  changed: string[]
  removed: string[]
}

/** How a version differs from the draft: what restoring it would do. */
export function compareWith(draft: Draft, version: Draft): Pick<ShownVersion, 'added' | 'changed' | 'removed'> {
  const { nodes } = diffDrafts(draft, version)
  const ids = [...nodes]
  const name = (id: string) => version.nodes.get(id)?.title || draft.nodes.get(id)?.title || id
  return {
    added: ids.filter(([id, node]) => node && !draft.nodes.has(id)).map(([id]) => id),
    changed: ids.filter(([id, node]) => node && draft.nodes.has(id)).map(([id]) => id),
    removed: ids.filter(([, node]) => node === null).map(([id]) => name(id)),
  }
}

/** The differences as marks on the version's steps. */
export function changeMarks({ added, changed }: Pick<ShownVersion, 'added' | 'changed'>): Map<string, NodeMark> {
  const marks = new Map<string, NodeMark>()
  for (const id of added) marks.set(id, { figures: [], change: 'added', note: '+ not in the draft' })
  for (const id of changed) marks.set(id, { figures: [], change: 'changed', note: '~ differs' })
  return marks
}

/** The differences in words. */
export function PublishDiff({ shown }: { shown: ShownVersion }) {
  const names = (ids: string[]) => ids.map((id) => `“${shown.store.state.draft.nodes.get(id)?.title || id}”`).join(', ')
  if (shown.added.length + shown.changed.length + shown.removed.length === 0)
    return <Text size="sm">Its steps are those of the draft.</Text>
  return (
    <>
      {shown.added.length > 0 && (
        <Text size="sm">
          <b style={{ color: 'var(--tl-good)' }}>+</b> Not in the draft: {names(shown.added)}
        </Text>
      )}
      {shown.changed.length > 0 && (
        <Text size="sm">
          <b style={{ color: 'var(--tl-warn)' }}>~</b> Differs: {names(shown.changed)}
        </Text>
      )}
      {shown.removed.length > 0 && (
        <Text size="sm">
          <b style={{ color: 'var(--tl-bad)' }}>−</b> Only in the draft:{' '}
          {shown.removed.map((name) => `“${name}”`).join(', ')}
        </Text>
      )}
    </>
  )
}
