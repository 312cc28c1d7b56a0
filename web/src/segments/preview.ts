import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { api } from '../api.ts'
import { complete, type Place } from './tree.ts'

/** How long nothing is typed before counting begins, in ms. */
const quietMs = 400

/**
 * Counts rules while they are edited: what was asked before is broken off on the server, and its numbers stay, dimmed, until the new
 * ones are there.
 */
export function useRulesPreview(rules: SegmentRule) {
  const asked = useMemo(() => complete(rules), [rules])
  const text = asked === null ? null : JSON.stringify(asked.rules)
  const [settled] = useDebouncedValue(text, quietMs)
  const query = useQuery({
    queryKey: ['segment preview', settled],
    queryFn: ({ signal }) => api('POST /segments/preview', { body: { rules: JSON.parse(settled ?? '') }, signal }),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  })
  const counting = asked !== null && (query.isFetching || text !== settled)
  return {
    data: asked === null ? undefined : query.data,
    error: query.error,
    counting,
    /** What is asked for: the rules that are filled in. */
    rules: asked?.rules ?? null,
    /** Where nobody matches: the part that leaves nobody. */
    blocker: blockerOf(query.data, asked?.rules),
    /** Nothing is filled in yet. */
    empty: asked === null,
    /** The count at a place of the builder; undefined where it is not known. */
    countAt(place: Place): number | undefined {
      const path = asked?.paths.get(place.join('.'))
      if (path === undefined) return undefined
      return path === '' ? query.data?.count : query.data?.counts[path]
    },
    /** The rule or group at a place, as it is asked for; undefined where it is not filled in. */
    ruleAt(place: Place): SegmentRule | undefined {
      const path = asked?.paths.get(place.join('.'))
      if (asked === null || path === undefined) return undefined
      const keys = path === '' ? [] : path.split('.')
      return keys.reduce<unknown>((rule, key) => (rule as Record<string, unknown>)[key], asked.rules) as SegmentRule
    },
    /** Whether the part at a place is the one that leaves nobody. */
    blocksAt: (place: Place): boolean => {
      const path = asked?.paths.get(place.join('.'))
      return path !== undefined && path !== '' && query.data?.blocker === path && query.data.count === 0
    },
  }
}

/** The part of the outermost group that the server names as `all.2`. */
function blockerOf(
  data: { count: number; blocker: string | null } | undefined,
  rules: SegmentRule | undefined,
): SegmentRule | null {
  if (!data?.blocker || data.count > 0 || !rules || !('all' in rules)) return null
  return rules.all[Number(data.blocker.slice('all.'.length))] ?? null
}

export type RulesPreview = ReturnType<typeof useRulesPreview>
