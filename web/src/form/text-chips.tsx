import { Popover } from '@mantine/core'
import { useState } from 'react'
import { chipsIn, faultOfPath, readChip } from './chip.ts'
import { ChipFields } from './chip-fields.tsx'
import { useFormContext } from './context.ts'
import './chips.css'

/** Most chips below one field; a long text names the same few again and again. */
const most = 12

/** The variables of a text, below its field: each opens what is said where it is missing; one that does not exist is red and offers what was meant. */
export function TextChips({ text, onChange }: { text: string; onChange(text: string): void }) {
  const { variables, readOnly } = useFormContext()
  const [open, setOpen] = useState<number | null>(null)
  const codes = chipsIn(text).filter((code) => readChip(code) !== null)
  if (codes.length === 0 || readOnly !== null) return null
  return (
    <div className="tl-text-chips">
      {codes.slice(0, most).map((code, index) => {
        const chip = readChip(code)
        if (!chip) return null
        const fault = faultOfPath(chip.path, variables)
        const label = variables.find(({ path }) => path === chip.path)?.label ?? chip.path
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place in the text is what stays while its words change
          <Popover key={index} opened={open === index} onChange={() => setOpen(null)} width={320} trapFocus returnFocus>
            <Popover.Target>
              <button
                type="button"
                data-bad={fault ? '' : undefined}
                aria-label={`${label}${fault ? `: ${fault.why}` : chip.fallback ? `, or ${chip.fallback}` : ''}`}
                onClick={() => setOpen(open === index ? null : index)}
              >
                {label}
                {chip.fallback && <i> or {chip.fallback}</i>}
              </button>
            </Popover.Target>
            <Popover.Dropdown>
              <div className="tl-chip-fields">
                <ChipFields
                  code={code}
                  autoFocus={fault === null}
                  onChange={(next) => onChange(text.replaceAll(code, next))}
                  onDone={() => setOpen(null)}
                />
              </div>
            </Popover.Dropdown>
          </Popover>
        )
      })}
    </div>
  )
}
