import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import { api } from '../api.ts'
import { count, plural } from '../format.ts'
import { queryClient, toast, toastProblem } from '../query.ts'
import { useCan } from '../session.tsx'
import type { ActableCampaign } from './campaign-actions.tsx'
import { Confirm } from './confirm.tsx'

/** Above so many people inside, their number is typed before they are stopped. */
const typedFrom = 500

/** What can be done to the campaigns that were chosen in the list: to each of those whose state allows it, with their number on the button. */
export function CampaignBulkBar({ chosen, clear }: { chosen: readonly ActableCampaign[]; clear(): void }) {
  const can = useCan()
  const [archiving, setArchiving] = useState(false)
  const [busy, setBusy] = useState(false)
  if (chosen.length === 0) return null
  const active = chosen.filter(({ status }) => status === 'active')
  const current = chosen.filter(({ status }) => status !== 'archived')
  const inside = current.reduce((sum, { counts }) => sum + counts.inside, 0)
  /** One after the other; what was refused is said and stays chosen with the rest. */
  const each = async (campaigns: readonly ActableCampaign[], deed: 'pause' | 'archive', done: string) => {
    setBusy(true)
    let n = 0
    try {
      for (const { id } of campaigns) {
        await api(`POST /campaigns/:id/${deed}`, { params: { id } })
        n += 1
      }
      clear()
    } catch (problem) {
      toastProblem(problem)
    }
    if (n > 0) toast(`${plural(n, 'campaign')} ${done}`)
    setArchiving(false)
    setBusy(false)
    void queryClient.invalidateQueries()
  }
  return (
    <div className="tl-bulk" role="toolbar" aria-label="What to do with the chosen campaigns">
      <Text size="sm" fw={600} role="status">
        {plural(chosen.length, 'campaign')} chosen
      </Text>
      {can('campaigns.run') && active.length > 0 && (
        <Button size="compact-sm" variant="default" loading={busy} onClick={() => void each(active, 'pause', 'paused')}>
          Pause {count(active.length)}
        </Button>
      )}
      {can('campaigns.run') && current.length > 0 && (
        <Button size="compact-sm" variant="default" color="red" onClick={() => setArchiving(true)}>
          Archive {count(current.length)}
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" onClick={clear}>
        Clear
      </Button>
      <Confirm
        opened={archiving}
        title={`Archive ${plural(current.length, 'campaign')}?`}
        deed={inside > 0 ? `Archive and stop ${count(inside)}` : `Archive ${plural(current.length, 'campaign')}`}
        danger
        busy={busy}
        typed={inside > typedFrom ? String(inside) : undefined}
        onClose={() => setArchiving(false)}
        onConfirm={() => void each(current, 'archive', 'archived')}
      >
        {inside > 0 && `${plural(inside, 'passage')} of customers ${inside === 1 ? 'stops' : 'stop'} now. `}Analytics
        stay. This can’t be undone; campaigns can be duplicated.
      </Confirm>
    </div>
  )
}
