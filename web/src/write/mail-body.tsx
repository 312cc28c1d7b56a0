import { SegmentedControl, Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { LiquidWidget } from '../form/liquid-widget.tsx'
import type { WidgetProps } from '../form/widget.ts'

const WriteField = lazy(() => import('./editor.tsx'))

/** What was used last, in this browser. */
const remembered = 'throughline.body-mode'

/** The body of an email: *Write*, as it will look, or *Code*, its HTML and Liquid. Both hold the same text; Write takes only what it can give back. */
export function MailBodyWidget(props: WidgetProps) {
  const [mode, setMode] = useState<'write' | 'code'>(() =>
    localStorage.getItem(remembered) === 'code' ? 'code' : 'write',
  )
  const [why, setWhy] = useState<string | null>(null)
  const choose = (next: 'write' | 'code') => {
    localStorage.setItem(remembered, next)
    setWhy(null)
    setMode(next)
  }
  return (
    <div className="tl-body-modes">
      <SegmentedControl
        size="xs"
        aria-label={`${props.label} as`}
        data={[
          { value: 'write', label: 'Write' },
          { value: 'code', label: 'Code' },
        ]}
        value={mode}
        onChange={(next) => choose(next as 'write' | 'code')}
      />
      {why && (
        <Text size="xs" c="var(--tl-warn)" role="status" mb={4}>
          {why}
        </Text>
      )}
      {mode === 'code' ? (
        <LiquidWidget {...props} />
      ) : (
        <Suspense fallback={<div className="tl-write-wait" aria-busy="true" />}>
          <WriteField
            {...props}
            onRefuse={(reason) => {
              setWhy(reason)
              setMode('code')
            }}
          />
        </Suspense>
      )}
    </div>
  )
}
