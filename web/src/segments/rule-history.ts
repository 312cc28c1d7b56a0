import { useHotkeys } from '@mantine/hooks'
import { useState } from 'react'
import type { SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { changedRule } from './tree.ts'

/** Most steps that can be undone. */
const most = 100

/** Rules that are drawn, with every step back: what is typed into one rule is one step. */
export function useRuleHistory(stored: SegmentRule) {
  const [rules, setRules] = useState(stored)
  const [past, setPast] = useState<{ rules: SegmentRule; typedInto: string | null }[]>([])
  const undo =
    past.length === 0
      ? undefined
      : () => {
          setRules(past.at(-1)?.rules ?? rules)
          setPast(past.slice(0, -1))
        }
  // In a field, the key undoes what was typed there.
  useHotkeys([['mod+Z', () => undo?.()]])
  return {
    rules,
    change(next: SegmentRule) {
      const typedInto = changedRule(rules, next)
      const last = past.at(-1)
      if (typedInto === null || last?.typedInto !== typedInto) setPast([...past, { rules, typedInto }].slice(-most))
      setRules(next)
    },
    /** Takes the last step back; undefined where there is none. */
    undo,
    /** Begins anew with rules that come from elsewhere. */
    begin(anew: SegmentRule) {
      setRules(anew)
      setPast([])
    },
  }
}
