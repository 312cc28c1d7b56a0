import { Anchor, Select, Text, TextInput } from '@mantine/core'
import { useRef } from 'react'
import { percent } from '../format.ts'
import { faultOfPath, formats, readChip, writeChip } from './chip.ts'
import { useFormContext } from './context.ts'

/** What can be said about one variable of a text: what stands where somebody lacks it, and how it is written. */
export function ChipFields({
  code,
  autoFocus,
  onChange,
  onDone,
}: {
  code: string
  autoFocus: boolean
  onChange(code: string): void
  /** Enter or Escape in the fallback. */
  onDone(): void
}) {
  const { variables, previewAs, coverageOf } = useFormContext()
  const fallback = useRef<HTMLInputElement>(null)
  const chip = readChip(code)
  if (!chip) {
    return (
      <TextInput
        size="xs"
        label="Liquid"
        value={code}
        onChange={(event) => /^\{\{.+\}\}$/.test(event.currentTarget.value) && onChange(event.currentTarget.value)}
        style={{ flex: '1 1 220px' }}
      />
    )
  }
  const fault = faultOfPath(chip.path, variables)
  const coverage = coverageOf?.(chip.path)
  const value = previewAs && chip.path.startsWith('customer.') ? previewAs.valueOf(chip.path) : undefined
  return (
    <>
      <div style={{ flex: '1 1 160px', minWidth: 0 }}>
        <Text size="xs" fw={600} truncate>
          {chip.path}
        </Text>
        {fault ? (
          <Text size="xs" c="var(--tl-bad)">
            {fault.why}{' '}
            {fault.nearest && (
              <Anchor
                component="button"
                type="button"
                size="xs"
                onClick={() => {
                  onChange(writeChip({ ...chip, path: fault.nearest ?? chip.path }))
                  // This button goes with what was wrong.
                  fallback.current?.focus()
                }}
              >
                Use {fault.nearest}
              </Anchor>
            )}
          </Text>
        ) : (
          <Text size="xs" c="dimmed">
            {value !== undefined && `${previewAs?.name.split(' · ')[0]}: ${value ?? 'nothing'}`}
            {value !== undefined && coverage !== undefined && ' · '}
            {coverage !== undefined && `${percent(coverage, 1)} have it`}
          </Text>
        )}
      </div>
      <TextInput
        ref={fallback}
        size="xs"
        label="Where it is missing"
        placeholder="nothing"
        autoFocus={autoFocus}
        value={chip.fallback ?? ''}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => onChange(writeChip({ ...chip, fallback: event.currentTarget.value || null }))}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return
          event.preventDefault()
          event.stopPropagation()
          onDone()
        }}
        style={{ flex: '1 1 120px' }}
      />
      <Select
        size="xs"
        label="Written"
        w={150}
        data={[...formats]}
        allowDeselect={false}
        value={chip.format}
        onChange={(format) => onChange(writeChip({ ...chip, format: format ?? '' }))}
      />
    </>
  )
}
