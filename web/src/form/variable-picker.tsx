import { ActionIcon, Popover, Text, TextInput } from '@mantine/core'
import { IconBraces, IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { percent } from '../format.ts'
import { useFormContext, type Variable } from './context.ts'

/** A variable to put in, and the part of it that the cursor shall select: the fallback, where not everybody has it. */
export interface Inserted {
  text: string
  select: [from: number, to: number] | null
}

const fallback = 'there'

/** `{{customer.firstName | default: "there"}}` where not everybody has it, else the bare variable. */
function inserted(path: string, coverage: number | undefined): Inserted {
  const always =
    path.startsWith('node.') || path.startsWith('org.') || path.startsWith('run.') || path.startsWith('product.')
  if (always || coverage === 1) return { text: `{{${path}}}`, select: null }
  const head = `{{${path} | default: "`
  return { text: `${head}${fallback}"}}`, select: [head.length, head.length + fallback.length] }
}

/** `{ }`: what a text may name, with its value for the preview customer and how many of the audience have it. */
export function VariablePicker({
  label,
  opened,
  setOpened,
  onPick,
}: {
  label: string
  opened: boolean
  setOpened(opened: boolean): void
  onPick(inserted: Inserted): void
}) {
  // What was picked is where one goes on: in the text, or in the field of its fallback.
  const [picked, setPicked] = useState(false)
  const pick = (said: Inserted) => {
    setPicked(true)
    setOpened(false)
    onPick(said)
  }
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      onOpen={() => setPicked(false)}
      width={340}
      position="bottom-end"
      trapFocus
      returnFocus={!picked}
      shadow="md"
    >
      <Popover.Target>
        <ActionIcon aria-label={`Insert a variable into ${label}`} size={28} onClick={() => setOpened(!opened)}>
          <IconBraces size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        <VariableList onPick={pick} />
      </Popover.Dropdown>
    </Popover>
  )
}

function VariableList({ onPick }: { onPick(inserted: Inserted): void }) {
  const { variables, previewAs, coverageOf } = useFormContext()
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const words = search.trim().toLowerCase()
  const found = variables.filter(({ group, label, path }) => `${group} ${label} ${path}`.toLowerCase().includes(words))
  const current = found[Math.min(at, found.length - 1)]
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  })
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((was) => Math.max(0, Math.min(found.length - 1, was + step)))
    }
    if (event.key === 'Enter' && current) {
      event.preventDefault()
      onPick(inserted(current.path, coverageOf?.(current.path)))
    }
  }
  return (
    <>
      <TextInput
        data-autofocus
        size="xs"
        role="combobox"
        aria-expanded
        aria-controls="variables"
        aria-activedescendant={current ? `variable-${current.path}` : undefined}
        aria-label="Search variables"
        placeholder="Search variables"
        leftSection={<IconSearch size={14} aria-hidden />}
        value={search}
        onChange={(event) => {
          const { value } = event.currentTarget
          // Whoever writes Liquid by hand writes on here, and has said all with the braces.
          if (value.endsWith('}}')) return onPick({ text: `{{${value}`, select: null })
          setSearch(value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="variables" role="listbox" aria-label="Variables" className="tl-variables">
        {found.map((variable, index) => (
          <VariableRow
            key={variable.path}
            variable={variable}
            title={variable.group !== found[index - 1]?.group ? variable.group : null}
            selected={variable === current}
            value={previewAs && variable.path.startsWith('customer.') ? previewAs.valueOf(variable.path) : undefined}
            coverage={coverageOf?.(variable.path)}
            onPick={() => onPick(inserted(variable.path, coverageOf?.(variable.path)))}
          />
        ))}
        {found.length === 0 && (
          <Text size="sm" c="dimmed" p={8}>
            Nothing is called “{search}”.
          </Text>
        )}
      </div>
    </>
  )
}

function VariableRow({
  variable,
  title,
  selected,
  value,
  coverage,
  onPick,
}: {
  variable: Variable
  title: string | null
  selected: boolean
  /** Undefined: there is no preview customer; null: they have none. */
  value: string | null | undefined
  coverage: number | undefined
  onPick(): void
}) {
  return (
    <>
      {title && (
        <Text size="xs" c="dimmed" fw={600} px={8} pt={8} role="presentation">
          {title}
        </Text>
      )}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above owns the keyboard */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: options are reached by aria-activedescendant */}
      <div
        id={`variable-${variable.path}`}
        role="option"
        aria-selected={selected}
        className="tl-variable"
        onClick={onPick}
      >
        <span>
          {variable.label}
          <code>{variable.path}</code>
        </span>
        <span className="tl-variable-value">
          {value === null ? <i>nothing</i> : value}
          {coverage !== undefined && (
            <span className={coverage < 1 ? 'tl-warn' : 'tl-muted'}> {percent(coverage, 1)} have it</span>
          )}
        </span>
      </div>
    </>
  )
}
