import { ActionIcon, Anchor, Button, Group, Select, Stack, Text } from '@mantine/core'
import { IconTrash, IconX } from '@tabler/icons-react'
import type { GraphNode } from '../../../src/workflow/graph.ts'
import { tell } from './drawer.tsx'
import { type Edit, type Refusal, relabel, removeEdges } from './edits.ts'
import { edgeSentence } from './sentence.ts'
import { portsOf } from './shape.ts'
import { useBuilder, useStore } from './store.ts'

/** A connection: who takes it and when, in a sentence; its outcome; insert and delete. */
export function EdgeDrawer({ id, onClose, onInsert }: { id: string; onClose(): void; onInsert(edgeId: string): void }) {
  const store = useStore()
  const draft = useBuilder((state) => state.draft)
  const readOnly = useBuilder((state) => state.readOnly)
  const edge = draft.edges.get(id)
  if (!edge) return null
  const source = draft.nodes.get(edge.source)
  const target = draft.nodes.get(edge.target)
  const name = (node: GraphNode | undefined) =>
    node?.title || (node && store.catalogue[node.type]?.title) || 'a step that is gone'
  const ports = source ? portsOf(store.catalogue[source.type], source) : []
  const taken = (when: string | null) =>
    [...draft.edges.values()].some((one) => one.id !== id && one.source === edge.source && one.when === when)
  const run = (edit: Edit | Refusal) => tell(store.run(edit))
  return (
    <aside className="tl-drawer" aria-label="Connection">
      <Group justify="space-between" p="10px 10px 8px 16px" style={{ borderBottom: '1px solid var(--tl-line)' }}>
        <Text fw={600}>Connection</Text>
        <ActionIcon aria-label="Close" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      <div className="tl-drawer-scroll">
        <Stack>
          <Text>
            From{' '}
            <Anchor
              component="button"
              type="button"
              onClick={() => store.select([edge.source], { open: true, look: true })}
            >
              {name(source)}
            </Anchor>{' '}
            to{' '}
            <Anchor
              component="button"
              type="button"
              onClick={() => store.select([edge.target], { open: true, look: true })}
            >
              {name(target)}
            </Anchor>
          </Text>
          <Text>{edgeSentence(draft, store.catalogue, edge)}</Text>
          {ports.length > 1 && (
            <Select
              label="When"
              data={ports.map((port) => ({
                value: port.when ?? '',
                label: taken(port.when) ? `${port.label} (moves it here)` : port.label,
              }))}
              value={edge.when ?? ''}
              allowDeselect={false}
              disabled={readOnly !== null}
              onChange={(when) => run(relabel(store.scene, id, when === '' ? null : when))}
            />
          )}
          {readOnly === null && (
            <Group>
              <Button size="xs" variant="default" onClick={() => onInsert(id)}>
                Insert a step
              </Button>
              <Button
                size="xs"
                variant="subtle"
                color="red"
                leftSection={<IconTrash size={14} />}
                onClick={() => run(removeEdges(store.state.draft, [id]))}
              >
                Delete connection
              </Button>
            </Group>
          )}
        </Stack>
      </div>
    </aside>
  )
}
