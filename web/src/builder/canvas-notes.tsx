import { Alert, Button, Group, Text } from '@mantine/core'
import { IconPlus, IconSparkles } from '@tabler/icons-react'
import { useBuilder, useStore } from './store.ts'

/** Why nothing can be changed. */
export function ReadOnlyNote({ text }: { text: string }) {
  return (
    <Alert color="gray" radius={0} py={6}>
      {text}
    </Alert>
  )
}

/** What a screen reader hears of changes. */
export function LiveRegion() {
  const said = useBuilder((state) => state.said)
  return (
    <div role="status" aria-live="polite" className="tl-quiet">
      {said}
    </div>
  )
}

/** The ghost below a lone trigger. */
export function FirstStep({
  onPick,
  onMore,
  onDescribe,
}: {
  onPick(type: string): void
  onMore(): void
  onDescribe(): void
}) {
  const { catalogue } = useStore()
  const first = ['email-send', 'wait', 'conditional-split']
    .map((type) => catalogue[type])
    .filter((type) => type !== undefined)
  return (
    <div className="tl-ghost">
      <Text fw={600} mb={8}>
        What happens first?
      </Text>
      <Group gap={6} justify="center">
        {first.map((type) => (
          <Button key={type.type} size="xs" variant="default" onClick={() => onPick(type.type)}>
            {type.title}
          </Button>
        ))}
        <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} onClick={onMore}>
          Something else
        </Button>
        <Button size="xs" variant="light" leftSection={<IconSparkles size={14} />} onClick={onDescribe}>
          Describe it
        </Button>
      </Group>
    </div>
  )
}
