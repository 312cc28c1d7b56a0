import { Stack, Text } from '@mantine/core'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { Copyable } from '../parts/bits.tsx'

/** What a step writes for later ones, each as the variable that names it. */
export function StepOutput({ type, id }: { type: Catalogue[string]; id: string }) {
  const fields = Object.entries((type?.output.properties ?? {}) as Record<string, { description?: string }>)
  if (fields.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        This step writes nothing that later steps could read.
      </Text>
    )
  }
  return (
    <Stack gap={10}>
      <Text size="sm" c="dimmed">
        Later steps can read these. Copy a variable, or choose it with {'{ }'} in a text.
      </Text>
      {fields.map(([name, field]) => (
        <div key={name}>
          <Copyable value={`{{node.${id}.output.${name}}}`} label={name} />
          {field.description && (
            <Text size="xs" c="dimmed">
              {field.description}
            </Text>
          )}
        </div>
      ))}
    </Stack>
  )
}
