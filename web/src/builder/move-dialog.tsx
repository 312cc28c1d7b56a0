import { Button, Group, Modal, SegmentedControl, Select, Stack } from '@mantine/core'
import { useState } from 'react'
import { waysOut } from './connect.ts'
import { titleOf } from './edits.ts'
import { type Destination, moveStep } from './move.ts'
import { outlineOf } from './shape.ts'
import { useStore } from './store.ts'
import { tell } from './telling.tsx'

/** Moves a step before or after another without dragging (WCAG 2.5.7): its old neighbours are joined, the new ones make room. */
export default function MoveDialog({ nodeId, onClose }: { nodeId: string; onClose(): void }) {
  const store = useStore()
  const [side, setSide] = useState<'before' | 'after'>('after')
  const [target, setTarget] = useState<string | null>(null)
  const [when, setWhen] = useState<string | null>(null)
  const steps = outlineOf(store.state.draft, store.catalogue).filter((row) => !row.again && row.id !== nodeId)
  const ways = target === null || side === 'before' ? [] : waysOut(store, target)
  const way = ways.find((one) => one.when === when) ?? ways.find((one) => one.when === null) ?? ways[0]
  const to = (): Destination | null =>
    target === null ? null : side === 'before' ? { before: target } : { after: target, when: way?.when ?? null }
  const destination = to()
  const edit = destination && moveStep(store.scene, nodeId, destination)
  const reason = edit && 'refused' in edit ? edit.refused : null
  const submit = () => {
    if (!edit) return
    const refused = store.run(edit)
    tell(refused)
    if (refused !== null) return
    store.select([nodeId], { look: true })
    onClose()
  }
  return (
    <Modal opened onClose={onClose} title={`Move “${titleOf(store.scene, nodeId)}”`}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          <SegmentedControl
            aria-label="Where to"
            data={[
              { value: 'before', label: 'Before' },
              { value: 'after', label: 'After' },
            ]}
            value={side}
            onChange={(next) => setSide(next === 'before' ? 'before' : 'after')}
          />
          <Select
            label="Step"
            data-autofocus
            searchable
            data={steps.map(({ id }) => ({ value: id, label: titleOf(store.scene, id) }))}
            value={target}
            error={reason}
            nothingFoundMessage="No such step"
            onChange={setTarget}
          />
          {ways.length > 1 && (
            <Select
              label="By the way out"
              data={ways.map((one) => ({
                value: one.when ?? '',
                label: one.leadsTo === null ? one.label : `${one.label} (before “${one.leadsTo}”)`,
              }))}
              value={way?.when ?? ''}
              allowDeselect={false}
              onChange={(next) => setWhen(next === '' ? null : next)}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" aria-disabled={edit === null || reason !== null}>
              Move
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
