import { Modal, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, useState } from 'react'
import type { Catalogue, NodeType } from '../../../src/workflow/graph.ts'
import { dragType } from './canvas.tsx'
import { StepIcon } from './icons.tsx'

const groups = [
  ['messaging', 'Messages'],
  ['builtin', 'Flow'],
  ['contact', 'Customer'],
] as const

/** The types that a person may add, by group, as far as they match. */
export function offered(catalogue: Catalogue, search: string): { title: string; types: NodeType[] }[] {
  const words = search.trim().toLowerCase()
  const all = Object.values(catalogue).filter((type) => type.entry !== 'start' && !type.guard)
  const fits = (type: NodeType) => `${type.title} ${type.summary}`.toLowerCase().includes(words)
  const score = (type: NodeType) => {
    const title = type.title.toLowerCase()
    return words === '' ? 0 : title.startsWith(words) ? 0 : title.includes(words) ? 1 : 2
  }
  const best = (types: NodeType[]) => Math.min(...types.map(score))
  return groups
    .map(([group, title]) => ({
      title,
      types: all.filter((type) => type.group === group && fits(type)).sort((a, b) => score(a) - score(b)),
    }))
    .filter(({ types }) => types.length > 0)
    .sort((a, b) => best(a.types) - best(b.types))
}

/** The list on the left: a click adds after the selected step, dragging puts it where it is dropped. */
export function Palette({
  catalogue,
  onAdd,
  searchRef,
}: {
  catalogue: Catalogue
  onAdd(type: string): void
  searchRef: React.RefObject<HTMLInputElement | null>
}) {
  const [search, setSearch] = useState('')
  const found = offered(catalogue, search)
  return (
    <aside className="tl-palette" aria-label="Steps to add">
      <TextInput
        ref={searchRef}
        type="search"
        size="xs"
        aria-label="Search steps"
        placeholder="Search steps  /"
        leftSection={<IconSearch size={14} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          const first = found[0]?.types[0]
          if (event.key === 'Enter' && first && search !== '') onAdd(first.type)
        }}
      />
      {found.map(({ title, types }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          {types.map((type) => (
            <button
              key={type.type}
              type="button"
              className="tl-palette-item"
              data-group={type.group}
              data-tone={type.tone ?? undefined}
              title={type.summary}
              draggable
              onDragStart={(event) => {
                event.dataTransfer.setData(dragType, type.type)
                event.dataTransfer.effectAllowed = 'copy'
              }}
              onClick={() => onAdd(type.type)}
            >
              <span>
                <StepIcon name={type.icon} size={16} />
              </span>
              <span>{type.title}</span>
            </button>
          ))}
        </section>
      ))}
      {found.length === 0 && <p className="tl-muted">No step matches “{search}”.</p>}
    </aside>
  )
}

/** Asks for one step: type to search, arrows to choose, Enter to take. */
export function StepPicker({
  catalogue,
  title,
  onPick,
  onClose,
}: {
  catalogue: Catalogue
  title: string
  onPick(type: string): void
  onClose(): void
}) {
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(0)
  const groupsFound = offered(catalogue, search)
  const flat = groupsFound.flatMap(({ types }) => types)
  const current = flat[Math.min(at, flat.length - 1)]
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((was) => Math.max(0, Math.min(flat.length - 1, was + step)))
    }
    if (event.key === 'Enter' && current) {
      event.preventDefault()
      onPick(current.type)
    }
  }
  return (
    <Modal opened onClose={onClose} title={title} size="sm" padding="md">
      <TextInput
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls="step-picker"
        aria-activedescendant={current ? `pick-${current.type}` : undefined}
        aria-label="Search steps"
        placeholder="Search steps"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={search}
        onChange={(event) => {
          setSearch(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div
        id="step-picker"
        role="listbox"
        aria-label="Steps"
        style={{ marginTop: 8, maxHeight: 360, overflowY: 'auto' }}
      >
        {groupsFound.map(({ title: group, types }) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options inside a listbox
          <div key={group} role="group" aria-label={group}>
            {types.map((type) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above owns the keyboard
              // biome-ignore lint/a11y/useFocusableInteractive: options are reached by aria-activedescendant
              <div
                key={type.type}
                id={`pick-${type.type}`}
                role="option"
                aria-selected={type === current}
                className="tl-palette-item"
                data-group={type.group}
                data-tone={type.tone ?? undefined}
                style={{
                  cursor: 'pointer',
                  background: type === current ? 'color-mix(in srgb, var(--tl-accent) 10%, transparent)' : undefined,
                }}
                onClick={() => onPick(type.type)}
              >
                <span>
                  <StepIcon name={type.icon} size={16} />
                </span>
                <span>
                  {type.title}
                  <span className="tl-muted" style={{ display: 'block', fontSize: 12, lineHeight: '16px' }}>
                    {type.summary}
                  </span>
                </span>
              </div>
            ))}
          </div>
        ))}
        {flat.length === 0 && <p className="tl-muted">No step matches “{search}”.</p>}
      </div>
    </Modal>
  )
}
