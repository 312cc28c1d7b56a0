import { ActionIcon, Group, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'

/** A panel on the right of the canvas, in the drawer's place. */
export function SidePanel({
  title,
  note,
  head,
  onClose,
  children,
}: {
  title: string
  note?: ReactNode
  /** Stands below the title and does not scroll. */
  head?: ReactNode
  onClose(): void
  children: ReactNode
}) {
  return (
    <aside className="tl-drawer" aria-label={title}>
      <div className="tl-side-head">
        <Group justify="space-between" wrap="nowrap">
          <div style={{ minWidth: 0 }}>
            <Text fw={600}>{title}</Text>
            {note && (
              <Text size="xs" c="dimmed" component="div">
                {note}
              </Text>
            )}
          </div>
          <ActionIcon aria-label="Close" onClick={onClose}>
            <IconX size={18} />
          </ActionIcon>
        </Group>
        {head}
      </div>
      <div className="tl-drawer-scroll">{children}</div>
    </aside>
  )
}
