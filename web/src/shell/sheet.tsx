import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'

/** What comes up from below on phones. Apart, because the first page needs it nowhere else. */
export function Sheet({ title, onClose, children }: { title: string; onClose(): void; children: ReactNode }) {
  return (
    <Drawer opened onClose={onClose} position="bottom" size="auto" title={title}>
      {children}
    </Drawer>
  )
}
