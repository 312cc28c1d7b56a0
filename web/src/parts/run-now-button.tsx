import { Button, Popover } from '@mantine/core'
import { Suspense, useState } from 'react'
import { lazyPart } from './lazy-part.tsx'
import { Loading } from './page.tsx'
import { Panel } from './panel.tsx'

const RunNow = lazyPart(async () => ({ default: (await import('./run-now.tsx')).RunNow }))

/**
 * The button of the campaign's page: what it would enroll stands in a small window below it, and then how far it is. The button is
 * there with the page, only what the window holds is loaded when it is pressed: a press is never lost.
 */
export function RunNowButton({ campaign }: { campaign: { id: string; name: string } }) {
  const [open, setOpen] = useState(false)
  const [people, setPeople] = useState(false)
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      onDismiss={() => setOpen(false)}
      closeOnClickOutside={!people}
      closeOnEscape={!people}
      position="bottom-end"
      width={380}
      trapFocus
      returnFocus
      shadow="md"
    >
      <Popover.Target>
        <Button onClick={() => setOpen(!open)}>Run now</Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={`Run “${campaign.name}” now`}>
        {open && (
          <Panel>
            <Suspense fallback={<Loading rows={3} />}>
              <RunNow campaign={campaign} onClose={() => setOpen(false)} onPeople={setPeople} />
            </Suspense>
          </Panel>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
