import { Select } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'
import { type Range, ranges } from '../analytics/filters.tsx'
import { useOverlay } from './overlay.ts'
import { usePlace } from './use-place.ts'

/** Whose numbers the live counts are, as the address says: all of them when it says nothing. */
export function useLiveRange(): Range {
  const { range } = useSearch({ strict: false }) as { range?: string }
  return ranges.find((one) => one.value === range)?.value ?? 'all'
}

/** Chooses it; the names and the address are those of Analytics. Shows while live counts do. */
export function LiveRange() {
  const shows = useOverlay((overlay) => overlay.shown.kind)
  const range = useLiveRange()
  const { go } = usePlace()
  if (shows !== 'live') return null
  return (
    <Select
      size="xs"
      w={124}
      aria-label="Live counts of those enrolled in"
      title="Counts of those who were enrolled in this time; “here now” is always now"
      data={ranges}
      value={range}
      allowDeselect={false}
      onChange={(next) => go({ range: next === 'all' || next === null ? undefined : next })}
    />
  )
}
