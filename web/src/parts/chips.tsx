import { ActionIcon, Button, Group } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'

/** Something that narrows a list, and how it is taken off. */
export interface Chip {
  label: string
  off(): void
}

/** What narrows a list, each to be taken off, or all at once. */
export function Chips({ chips, clear, children }: { chips: readonly Chip[]; clear(): void; children?: ReactNode }) {
  if (chips.length === 0) return null
  return (
    <Group gap={6} mb={10}>
      {chips.map(({ label, off }) => (
        <span key={label} className="tl-chip">
          <bdi>{label}</bdi>
          <ActionIcon size={24} aria-label={`Take off ${label}`} onClick={off}>
            <IconX size={12} />
          </ActionIcon>
        </span>
      ))}
      {chips.length > 1 && (
        <Button size="compact-xs" variant="subtle" onClick={clear}>
          Clear filters
        </Button>
      )}
      {children}
    </Group>
  )
}
