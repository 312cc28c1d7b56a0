import { ActionIcon, SegmentedControl, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useReactFlow } from '@xyflow/react'
import { useEffect } from 'react'
import type { Answer } from '../api.ts'
import { useOverlayStore } from './overlay.ts'
import { useStore } from './store.ts'
import { AudienceTest } from './test-audience.tsx'
import { CustomerTest } from './test-customer.tsx'

/** How far a simulation is, as the stream tells. */
export interface SimulationNews {
  id: string
  done: number
  total: number | null
  state: 'running' | 'ended'
}

/** What every test needs. */
export interface TestProps {
  campaign: Answer<'GET /campaigns/:id'>
  /** Saves first, so that the server tests what is on the screen; false when it could not. */
  save(): Promise<boolean>
}

/**
 * Simulate (PRODUCT §7): the draft on a virtual clock, over the audience or for one customer. Nothing is sent; while it is open the canvas
 * shows what would happen and lets nothing be changed.
 */
export default function TestPanel({
  mode,
  setMode,
  news,
  onClose,
  ...props
}: TestProps & {
  mode: 'customer' | 'audience'
  setMode(mode: 'customer' | 'audience'): void
  news: SimulationNews | null
  onClose(): void
}) {
  const store = useStore()
  const overlay = useOverlayStore()
  const flow = useReactFlow()
  // The canvas has become lower: show all of it once.
  useEffect(() => {
    const timer = setTimeout(() => void flow.fitView({ padding: 0.12, minZoom: 0.5, maxZoom: 1 }), 60)
    return () => clearTimeout(timer)
  }, [flow])
  useEffect(() => {
    store.lock('A test has the canvas. Close it to go on drawing.')
    return () => {
      store.lock(null)
      overlay.setTop(null)
    }
  }, [store, overlay])
  return (
    <section className="tl-panel tl-test" aria-label="Test">
      <div className="tl-panel-head">
        <Text fw={600} size="sm">
          Test
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="What to test with"
          data={[
            { value: 'customer', label: 'One customer' },
            { value: 'audience', label: 'The audience' },
          ]}
          value={mode}
          onChange={(next) => {
            overlay.setTop(null)
            setMode(next as 'customer' | 'audience')
          }}
        />
        <Text size="xs" c="dimmed" className="tl-wide-only">
          The engine’s own decisions on a virtual clock. Nothing is sent, nothing is written.
        </Text>
        <ActionIcon aria-label="Close the test" onClick={onClose} ml="auto">
          <IconX size={18} />
        </ActionIcon>
      </div>
      {mode === 'audience' ? <AudienceTest {...props} news={news} /> : <CustomerTest {...props} />}
    </section>
  )
}
