import { SegmentedControl } from '@mantine/core'
import type { Answer } from '../api.ts'
import { RunHistory } from './history-runs.tsx'
import { type VersionActions, VersionHistory } from './history-versions.tsx'
import { SidePanel } from './side-panel.tsx'
import { usePlace } from './use-place.ts'

/** History: who went which way, and what the workflow was before. */
export default function HistoryPanel({
  campaign,
  versions,
  onClose,
}: {
  campaign: Answer<'GET /campaigns/:id'>
  versions: VersionActions
  onClose(): void
}) {
  const { place, go } = usePlace()
  const tab = place.tab === 'versions' ? 'versions' : 'runs'
  return (
    <SidePanel
      title="History"
      onClose={onClose}
      head={
        <SegmentedControl
          fullWidth
          mt={8}
          size="xs"
          aria-label="What to look at"
          data={[
            { value: 'runs', label: 'Runs' },
            { value: 'versions', label: 'Versions' },
          ]}
          value={tab}
          onChange={(next) => go({ tab: next as 'runs' | 'versions', run: undefined })}
        />
      }
    >
      {tab === 'runs' ? <RunHistory campaign={campaign} /> : <VersionHistory campaign={campaign} {...versions} />}
    </SidePanel>
  )
}
