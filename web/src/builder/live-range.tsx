import { Button, Group, Popover, Select } from '@mantine/core'
import { IconChartBar } from '@tabler/icons-react'
import { Link, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { DayFields } from '../analytics/day-fields.tsx'
import { daysText, type RangeQuery, rangeChoices, rangeOf } from '../analytics/range.ts'
import { useOverlay } from './overlay.ts'
import { type Place, usePlace } from './use-place.ts'

/** Whose numbers the live counts are, as the address says: all of them when it says nothing. */
export function useLiveRange(): RangeQuery {
  const { range, from, to } = useSearch({ strict: false }) as Place
  return useMemo(() => rangeOf({ range, from, to }, 'all'), [range, from, to])
}

/**
 * Chooses it; the names and the address are those of Analytics, and a link leads there with the same range. Shows while live counts do.
 */
export function LiveRange({ campaignId }: { campaignId: string }) {
  const shows = useOverlay((overlay) => overlay.shown.kind)
  const { place, go } = usePlace()
  const [choosing, setChoosing] = useState(false)
  if (shows !== 'live') return null
  const value = rangeChoices.find((one) => one.value === place.range)?.value ?? 'all'
  const days = { from: place.from, to: place.to }
  const choose = (next: string | null) => {
    setChoosing(next === 'custom')
    go({ range: next === 'all' || next === null ? undefined : next, from: undefined, to: undefined })
  }
  return (
    <Group gap={6} wrap="nowrap">
      <Select
        size="xs"
        w={124}
        aria-label="Live counts of those enrolled in"
        title="Counts of those who were enrolled in this time; “here now” is always now"
        data={rangeChoices}
        value={value}
        allowDeselect={false}
        onChange={choose}
      />
      {value === 'custom' && (
        <Popover opened={choosing} onChange={setChoosing} position="bottom-start" trapFocus returnFocus>
          <Popover.Target>
            <Button size="xs" variant="default" onClick={() => setChoosing(!choosing)}>
              {daysText(days)}
            </Button>
          </Popover.Target>
          <Popover.Dropdown aria-label="Enrolled between">
            <Group gap={8} align="start">
              <DayFields {...days} onChange={go} />
            </Group>
          </Popover.Dropdown>
        </Popover>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={<IconChartBar size={14} aria-hidden />}
        renderRoot={(props) => (
          <Link
            {...props}
            to="/campaigns/$id/$tab"
            params={{ id: campaignId, tab: 'analytics' }}
            search={{ view: 'graph', range: value, ...days }}
          />
        )}
      >
        Analytics
      </Button>
    </Group>
  )
}
