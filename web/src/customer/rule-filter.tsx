import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'
import type { SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { useRulesPreview } from '../segments/preview.ts'
import { RuleBuilder } from '../segments/rule-builder.tsx'
import { asGroup, complete, ruleOf } from '../segments/tree.ts'
import { rulesIn } from './filter.ts'

const blank: SegmentRule = { all: [{ field: '', op: 'equals' }] }

/** The rules by which a list of customers is narrowed, with what a segment's rules are built with; they go into the address. */
export function RuleFilter({
  rules,
  onChange,
}: {
  rules: string | undefined
  onChange(rules: string | undefined): void
}) {
  const given = rulesIn(rules)
  const [drawn, setDrawn] = useState<SegmentRule>(() => (given ? ruleOf(asGroup(given)) : blank))
  const told = useRef(rules)
  const preview = useRulesPreview(drawn)
  const tell = useDebouncedCallback((next: SegmentRule) => {
    const asked = complete(next)
    told.current = asked ? JSON.stringify(asked.rules) : undefined
    onChange(told.current)
  }, 400)
  // A chip that was taken off, or the way back in the browser, changes the address from outside.
  useEffect(() => {
    if (rules === told.current) return
    told.current = rules
    const now = rulesIn(rules)
    setDrawn(now ? ruleOf(asGroup(now)) : blank)
  }, [rules])
  return (
    <div className="tl-card" style={{ padding: 14, marginBottom: 12, maxHeight: '45vh', overflowY: 'auto' }}>
      <RuleBuilder
        rules={drawn}
        preview={preview}
        onChange={(next) => {
          setDrawn(next)
          tell(next)
        }}
      />
    </div>
  )
}
