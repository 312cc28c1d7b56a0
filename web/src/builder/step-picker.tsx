import { Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { CanvasPopover } from './canvas-popover.tsx'
import type { Point } from './draft.ts'
import { StepIcon } from './icons.tsx'
import { offered } from './palette.tsx'
import { recentSteps } from './recent-steps.ts'

/** Asks for one step where it will stand: type to search, arrows to choose, Enter to take. What was used last comes first. */
export function StepPicker({
  catalogue,
  title,
  at,
  onPick,
  onClose,
}: {
  catalogue: Catalogue
  title: string
  /** In canvas pixels. */
  at: Point
  onPick(type: string): void
  onClose(): void
}) {
  const [search, setSearch] = useState('')
  const [index, setIndex] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const groups = useMemo(() => {
    const all = offered(catalogue, search)
    if (search.trim() !== '') return all
    const known = new Map(all.flatMap(({ types }) => types).map((type) => [type.type, type]))
    const recent = recentSteps().flatMap((type) => known.get(type) ?? [])
    return recent.length > 0 ? [{ title: 'Used last', types: recent }, ...all] : all
  }, [catalogue, search])
  const flat = groups.flatMap(({ types }) => types)
  const current = Math.min(index, flat.length - 1)
  useEffect(() => {
    list.current?.querySelector(`#${CSS.escape(`${id}-${current}`)}`)?.scrollIntoView({ block: 'nearest' })
  }, [current, id])
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setIndex(Math.max(0, Math.min(flat.length - 1, current + step)))
    }
    const type = flat[current]
    if (event.key === 'Enter' && type) {
      event.preventDefault()
      onPick(type.type)
    }
  }
  let count = 0
  return (
    <CanvasPopover at={at} label={title} width={330} onClose={onClose}>
      <Text fw={600} size="sm" mb={8}>
        {title}
      </Text>
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={flat.length > 0 ? `${id}-${current}` : undefined}
        aria-label="Search steps"
        placeholder="Search steps"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={search}
        onChange={(event) => {
          setSearch(event.currentTarget.value)
          setIndex(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={id} role="listbox" aria-label="Steps" className="tl-picker-list">
        {groups.map(({ title: group, types }) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options inside a listbox
          <div key={group} role="group" aria-label={group}>
            <div className="tl-picker-group" aria-hidden>
              {group}
            </div>
            {types.map((type) => {
              const at = count++
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above owns the keyboard
                // biome-ignore lint/a11y/useFocusableInteractive: options are reached by aria-activedescendant
                <div
                  key={type.type}
                  id={`${id}-${at}`}
                  role="option"
                  aria-selected={at === current}
                  className="tl-palette-item"
                  data-group={type.group}
                  data-tone={type.tone ?? undefined}
                  onPointerMove={() => at !== current && setIndex(at)}
                  onClick={() => onPick(type.type)}
                >
                  <span>
                    <StepIcon name={type.icon} size={16} />
                  </span>
                  <span>
                    {type.title}
                    <span className="tl-muted tl-picker-summary">{type.summary}</span>
                  </span>
                </div>
              )
            })}
          </div>
        ))}
        {flat.length === 0 && <p className="tl-muted">No step matches “{search}”.</p>}
      </div>
    </CanvasPopover>
  )
}
