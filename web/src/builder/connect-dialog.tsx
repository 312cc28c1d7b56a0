import { Button, Group, Modal, Select, Stack } from '@mantine/core'
import { useState } from 'react'
import { connectTo, targetsFor, waysOut } from './connect.ts'
import { useStore } from './store.ts'
import { tell } from './telling.tsx'

/** Connect to…: the way without a mouse to draw a line, or to lead one elsewhere. */
export default function ConnectDialog({ nodeId, onClose }: { nodeId: string; onClose(): void }) {
  const store = useStore()
  const ways = waysOut(store, nodeId)
  const targets = targetsFor(store, nodeId)
  const [when, setWhen] = useState(ways.find((way) => way.leadsTo === null)?.when ?? ways[0]?.when ?? null)
  const [target, setTarget] = useState<string | null>(null)
  const node = store.state.draft.nodes.get(nodeId)
  const reason = targets.find((one) => one.id === target)?.refused ?? null
  const submit = () => {
    if (target === null) return
    const refused = connectTo(store, nodeId, when, target)
    tell(refused)
    if (refused === null) {
      store.select([target], { look: true })
      onClose()
    }
  }
  return (
    <Modal opened onClose={onClose} title={`Connect “${node?.title || nodeId}” to…`}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          {ways.length > 1 && (
            <Select
              label="By the way out"
              data={ways.map((way) => ({
                value: way.when ?? '',
                label: way.leadsTo === null ? way.label : `${way.label} (leads to “${way.leadsTo}” now)`,
              }))}
              value={when ?? ''}
              allowDeselect={false}
              onChange={(next) => setWhen(next === '' ? null : next)}
            />
          )}
          <Select
            label="Step"
            data-autofocus
            searchable
            data={targets.map((one) => ({ value: one.id, label: one.title }))}
            value={target}
            error={reason}
            nothingFoundMessage="No such step"
            onChange={setTarget}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" aria-disabled={target === null}>
              Connect
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
