import { ActionIcon, Button, Group, Select, Stack, Text } from '@mantine/core'
import { IconTrash, IconX } from '@tabler/icons-react'
import { edgeMiddle } from './anchor.ts'
import { CanvasPopover } from './canvas-popover.tsx'
import { relabel, titleOf } from './edits.ts'
import { edgeSentence } from './sentence.ts'
import { portsOf } from './shape.ts'
import { useBuilder, useStore } from './store.ts'
import { tell } from './telling.tsx'

/** What opens at a connection: who takes it and when, in a sentence; its outcome; insert and delete. */
export function EdgePopover({
  onInsert,
  onDelete,
  onClose,
}: {
  onInsert(edgeId: string): void
  onDelete(): void
  onClose(): void
}) {
  const store = useStore()
  const id = useBuilder((state) => (state.drawer ? state.edge : null))
  const draft = useBuilder((state) => state.draft)
  const readOnly = useBuilder((state) => state.readOnly)
  const edge = id === null ? undefined : draft.edges.get(id)
  if (!edge) return null
  const source = draft.nodes.get(edge.source)
  const ports = source ? portsOf(store.catalogue[source.type], source) : []
  const taken = (when: string | null) =>
    [...draft.edges.values()].some((one) => one.id !== id && one.source === edge.source && one.when === when)
  const jump = (nodeId: string) => (
    <button
      type="button"
      className="tl-text-button"
      onClick={() => store.select([nodeId], { open: true, field: null, look: true })}
    >
      {titleOf(store.scene, nodeId)}
    </button>
  )
  return (
    <CanvasPopover at={edgeMiddle(store.scene, edge)} label="Connection" width={330} onClose={onClose}>
      <Stack gap={10}>
        <Group justify="space-between" align="start" wrap="nowrap" gap={8}>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {jump(edge.source)} → {jump(edge.target)}
          </Text>
          <ActionIcon aria-label="Close" onClick={onClose} size={24}>
            <IconX size={16} />
          </ActionIcon>
        </Group>
        <Text fw={500}>{edgeSentence(draft, store.catalogue, edge)}</Text>
        {ports.length > 1 && (
          <Select
            label="When"
            data={ports.map((port) => ({
              value: port.when ?? '',
              label: taken(port.when) ? `${port.label} (moves it here)` : port.label,
            }))}
            value={edge.when ?? ''}
            allowDeselect={false}
            readOnly={readOnly !== null}
            comboboxProps={{ withinPortal: false }}
            onChange={(when) => tell(store.run(relabel(store.scene, edge.id, when === '' ? null : when)))}
          />
        )}
        {readOnly === null && (
          <Group gap={8}>
            <Button size="xs" variant="default" data-autofocus onClick={() => onInsert(edge.id)}>
              Insert a step
            </Button>
            <Button
              size="xs"
              variant="subtle"
              color="red"
              leftSection={<IconTrash size={14} />}
              onClick={() => onDelete()}
            >
              Delete connection
            </Button>
          </Group>
        )}
      </Stack>
    </CanvasPopover>
  )
}
