import { ActionIcon, Select, TextInput, Tooltip } from '@mantine/core'
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react'
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react'
import { useEdited } from '../parts/edited.tsx'
import { fieldErrors } from '../query.ts'

/** A value and the version of what it is part of: what an edit begins from. */
export interface Known {
  value: string
  version: number
}

interface Props {
  label: string
  known: Known
  shown?: ReactNode
  /** Choices instead of free text. */
  options?: { value: string; label: string }[]
  locked?: boolean
  /**
   * Saves a text over what the edit began from.
   * @throws what the server refused; a 412 where somebody else changed this very value
   */
  save(text: string, from: Known): Promise<unknown>
  /** What the server has now. */
  latest(): Promise<Known>
}

/**
 * A value that is edited where it stands: a press opens its field, Enter saves, Escape leaves it as it was. What the server refuses is said
 * below the field, and what was typed stays; where somebody else was faster, mine or theirs is a choice.
 */
export function InlineValue(props: Props) {
  const { label, known, shown, locked } = props
  // What the edit began from: the page may hear of a newer one while somebody types.
  const [from, setFrom] = useState<Known | null>(null)
  const opener = useRef<HTMLButtonElement>(null)
  if (from !== null) {
    const close = () => {
      setFrom(null)
      requestAnimationFrame(() => opener.current?.focus())
    }
    return <InlineField {...props} from={from} close={close} />
  }
  const display = shown ?? (known.value === '' ? <span className="tl-muted">—</span> : <bdi>{known.value}</bdi>)
  return (
    <span className="tl-inline">
      {display}
      {!locked && (
        <Tooltip label={`Edit ${label}`}>
          <ActionIcon ref={opener} size={24} aria-label={`Edit ${label}`} onClick={() => setFrom(known)}>
            <IconPencil size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </span>
  )
}

function InlineField({ label, options, save, latest, from, close }: Props & { from: Known; close(): void }) {
  const [text, setText] = useState(from.value)
  const [base, setBase] = useState(from)
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (next: string, over: Known) => {
    if (next.trim() === over.value) return close()
    setBusy(true)
    try {
      await save(next.trim(), over)
      close()
    } catch (problem) {
      if (!edited.refused(problem)) setFault(Object.values(fieldErrors(problem, [])).join(' '))
    } finally {
      setBusy(false)
    }
  }
  const edited = useEdited(from.version, {
    keep: (version) => void submit(text, { ...base, version }),
    take: async () => {
      const theirs = await latest()
      setBase(theirs)
      setText(theirs.value)
      return theirs.version
    },
  })
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      // The drawer around it stays.
      event.stopPropagation()
      close()
    }
    if (event.key === 'Enter' && !options) {
      event.preventDefault()
      void submit(text, base)
    }
  }
  return (
    <span className="tl-inline" style={{ flexWrap: 'wrap' }}>
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
            void submit(next ?? '', base)
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
        <ActionIcon size={24} aria-label={`Save ${label}`} loading={busy} onClick={() => void submit(text, base)}>
          <IconCheck size={14} />
        </ActionIcon>
      )}
      <ActionIcon size={24} aria-label={`Leave ${label} as it was`} onClick={close}>
        <IconX size={14} />
      </ActionIcon>
      {edited.notice && <div style={{ flexBasis: '100%' }}>{edited.notice}</div>}
    </span>
  )
}
