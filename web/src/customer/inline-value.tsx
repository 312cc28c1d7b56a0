import { ActionIcon, Select, TextInput, Tooltip } from '@mantine/core'
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react'
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react'
import { fieldErrors } from '../query.ts'

/**
 * A value that is edited where it stands: a press opens its field, Enter saves, Escape leaves it as it was. What the server refuses is said
 * below the field, and what was typed stays.
 */
export function InlineValue({
  label,
  value,
  shown,
  options,
  locked = false,
  save,
}: {
  label: string
  value: string
  shown?: ReactNode
  /** Choices instead of free text. */
  options?: { value: string; label: string }[]
  locked?: boolean
  /** @throws what the server refused */
  save(text: string): Promise<unknown>
}) {
  const [text, setText] = useState<string | null>(null)
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const close = () => {
    setText(null)
    setFault(undefined)
    requestAnimationFrame(() => opener.current?.focus())
  }
  const submit = async (next: string) => {
    if (next.trim() === value) return close()
    setBusy(true)
    try {
      await save(next.trim())
      close()
    } catch (problem) {
      setFault(Object.values(fieldErrors(problem, [])).join(' '))
    } finally {
      setBusy(false)
    }
  }
  const display = shown ?? (value === '' ? <span className="tl-muted">—</span> : <bdi>{value}</bdi>)
  if (text === null) {
    return locked ? (
      <span className="tl-inline">{display}</span>
    ) : (
      <span className="tl-inline">
        {display}
        <Tooltip label={`Edit ${label}`}>
          <ActionIcon ref={opener} size={24} aria-label={`Edit ${label}`} onClick={() => setText(value)}>
            <IconPencil size={14} />
          </ActionIcon>
        </Tooltip>
      </span>
    )
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      // The drawer around it stays.
      event.stopPropagation()
      close()
    }
    if (event.key === 'Enter' && !options) {
      event.preventDefault()
      void submit(text)
    }
  }
  return (
    <span className="tl-inline">
      {options ? (
        <Select
          aria-label={label}
          size="xs"
          data={options}
          value={text}
          searchable
          allowDeselect={false}
          error={fault}
          disabled={busy}
          data-autofocus
          autoFocus
          onKeyDown={keys}
          onChange={(next) => {
            setText(next ?? '')
            void submit(next ?? '')
          }}
          style={{ flex: 1 }}
        />
      ) : (
        <TextInput
          aria-label={label}
          size="xs"
          value={text}
          error={fault}
          autoFocus
          onKeyDown={keys}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: 1 }}
        />
      )}
      {!options && (
        <ActionIcon size={24} aria-label={`Save ${label}`} loading={busy} onClick={() => void submit(text)}>
          <IconCheck size={14} />
        </ActionIcon>
      )}
      <ActionIcon size={24} aria-label={`Leave ${label} as it was`} onClick={close}>
        <IconX size={14} />
      </ActionIcon>
    </span>
  )
}
