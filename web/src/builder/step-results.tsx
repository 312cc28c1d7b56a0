import { Anchor, Stack, Table, Text } from '@mantine/core'
import { count } from '../format.ts'
import { useOverlay } from './overlay.ts'
import { useCanvasFacts } from './step-node.tsx'

/** What came of a step so far: the numbers of its card, each leading to the people behind it. */
export default function StepResults({ nodeId }: { nodeId: string }) {
  const mark = useOverlay((overlay) => overlay.live.get(nodeId))
  const { onPeople } = useCanvasFacts()
  if (!mark || mark.figures.length === 0) return <Text c="dimmed">Nobody came by this step yet.</Text>
  return (
    <Stack gap={8}>
      <Table className="tl-figures">
        <Table.Tbody>
          {mark.figures.map((figure) => (
            <Table.Tr key={figure.key}>
              <Table.Td>{figure.label.charAt(0).toUpperCase() + figure.label.slice(1)}</Table.Td>
              <Table.Td>
                {figure.people ? (
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    data-people={figure.value}
                    onClick={() => onPeople(nodeId, figure.key)}
                  >
                    {count(figure.value)}
                  </Anchor>
                ) : (
                  count(figure.value)
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {mark.note && (
        <Text size="sm" c="dimmed">
          {mark.note}
        </Text>
      )}
    </Stack>
  )
}
