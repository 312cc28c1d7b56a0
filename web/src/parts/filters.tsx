import { Button, Drawer, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconFilter } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'

/** The fields that narrow a list: beside one another, and on phones in a sheet behind a button that says how many are in use. */
export function Filters({ count, children }: { count: number; children: ReactNode }) {
  const phone = useMediaQuery('(max-width: 700px)') ?? false
  const [open, setOpen] = useState(false)
  if (!phone) return <>{children}</>
  return (
    <>
      <Button variant="default" leftSection={<IconFilter size={16} />} onClick={() => setOpen(true)}>
        Filter{count > 0 && ` · ${count}`}
      </Button>
      <Drawer opened={open} onClose={() => setOpen(false)} position="bottom" size="auto" title="Filter">
        <Stack>
          {children}
          <Button onClick={() => setOpen(false)}>Show</Button>
        </Stack>
      </Drawer>
    </>
  )
}
