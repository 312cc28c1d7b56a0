import { Button, Group, Modal, Text } from '@mantine/core'
import { toast } from '../query.ts'
import type { Autosave } from './autosave.ts'
import { useSaveState } from './builder-bar.tsx'
import { applyPatch, diffDrafts, isEmpty } from './draft.ts'
import { useStore } from './store.ts'
/** Asks which version of a step stays when somebody else saved it, too. */
export function ConflictDialog({ autosave }: { autosave: Autosave }) {
  const state = useSaveState(autosave)
  const store = useStore()
  if (state.is !== 'conflict') return null
  const name = (id: string) => {
    const node = store.state.draft.nodes.get(id) ?? state.theirs.nodes.get(id)
    return node ? node.title || store.catalogue[node.type]?.title || id : 'a connection'
  }
  const resolve = (choice: 'mine' | 'theirs') => {
    autosave.resolve(choice)
    toast(choice === 'mine' ? 'Your version is kept' : 'Their version was taken; Undo brings yours back')
  }
  const takeTheirs = () => {
    // As a step of this tab's history first, so that undo brings mine back.
    const mine = store.state.draft
    const change = diffDrafts(mine, state.theirs)
    const only = {
      nodes: new Map([...change.nodes].filter(([id]) => state.ids.includes(id))),
      edges: new Map([...change.edges].filter(([id]) => state.ids.includes(id))),
    }
    if (!isEmpty(diffDrafts(mine, applyPatch(mine, only)))) store.run({ label: 'Took the other version', patch: only })
    resolve('theirs')
  }
  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      title="Someone changed the same step"
    >
      <Text>
        While you were editing, somebody saved another version of{' '}
        {[...new Set(state.ids.map(name))].map((one) => `“${one}”`).join(', ')}. Everything else was joined. Nothing of
        yours is lost until you choose.
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={takeTheirs}>
          Take theirs
        </Button>
        <Button onClick={() => resolve('mine')} data-autofocus>
          Keep mine
        </Button>
      </Group>
    </Modal>
  )
}
