import { ActionIcon, Button, Kbd, TextInput, Tooltip } from '@mantine/core'
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconPlus, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import type { Catalogue, NodeType } from '../../../src/workflow/graph.ts'
import { useCredentials, useStaticSegments } from '../parts/choices.ts'
import { StepIcon } from './icons.tsx'

/** What the palette drags. */
export const dragType = 'application/x-throughline-step'

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

/** What a type needs and the workspace does not have yet, in a sentence; null when nothing is missing. It can be used all the same. */
function useLacking(): (type: NodeType) => string | null {
  const senders = {
    email: useCredentials('email', { real: true }).length,
    telegram: useCredentials('telegram', { real: true }).length,
    linkedin: useCredentials('linkedin', { real: true }).length,
  }
  const segments = useStaticSegments().length
  return (type) => {
    const channel = typeof type.sends === 'string' ? type.sends : null
    if (channel !== null && channel in senders && senders[channel as keyof typeof senders] === 0)
      return 'No sender of your own yet: it sends to the sandbox.'
    const config = type.config as { required?: string[]; properties?: Record<string, { 'x-ref'?: string }> }
    const needs = (config.required ?? []).map((name) => config.properties?.[name]?.['x-ref'])
    return needs.includes('segment') && segments === 0 ? 'No list of people yet: create one in its drawer.' : null
  }
}

/** The list on the left: a click adds after the selected step, dragging puts it where it is dropped. */
export function Palette({
  catalogue,
  onAdd,
  onFold,
  searchRef,
}: {
  catalogue: Catalogue
  onAdd(type: string): void
  onFold(): void
  searchRef: React.RefObject<HTMLInputElement | null>
}) {
  const [search, setSearch] = useState('')
  const lacking = useLacking()
  const found = offered(catalogue, search)
  return (
    <aside className="tl-palette" aria-label="Steps to add">
      <div className="tl-palette-head">
        <TextInput
          ref={searchRef}
          type="search"
          size="xs"
          aria-label="Search steps"
          placeholder="Search steps"
          leftSection={<IconSearch size={14} aria-hidden />}
          rightSection={search === '' && <Kbd size="xs">/</Kbd>}
          rightSectionPointerEvents="none"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            const first = found[0]?.types[0]
            if (event.key !== 'Enter' || !first || search === '') return
            setSearch('')
            onAdd(first.type)
          }}
          style={{ flex: 1 }}
        />
        <Tooltip label="Hide the steps  [">
          <ActionIcon aria-label="Hide the steps to add" onClick={onFold}>
            <IconLayoutSidebarLeftCollapse size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
      {found.map(({ title, types }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          {types.map((type) => {
            const lacks = lacking(type)
            return (
              <Tooltip
                key={type.type}
                label={
                  <>
                    {type.summary}
                    {lacks && <div style={{ opacity: 0.85 }}>{lacks}</div>}
                  </>
                }
                position="right"
                multiline
                maw={280}
                openDelay={250}
                events={{ hover: true, focus: true, touch: false }}
              >
                <button
                  type="button"
                  className="tl-palette-item"
                  data-group={type.group}
                  data-tone={type.tone ?? undefined}
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
              </Tooltip>
            )
          })}
        </section>
      ))}
      {found.length === 0 && <p className="tl-muted">No step matches “{search}”.</p>}
    </aside>
  )
}

/** Stands on the canvas while the palette is folded away. */
export function FoldedPalette({ onAdd, onUnfold }: { onAdd(): void; onUnfold(): void }) {
  return (
    <div className="tl-folded-palette">
      <Tooltip label="Show the steps  [" position="right">
        <ActionIcon variant="default" size={36} aria-label="Show the steps to add" onClick={onUnfold}>
          <IconLayoutSidebarLeftExpand size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Add after the selected step  A" position="right">
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={onAdd}>
          Add
        </Button>
      </Tooltip>
    </div>
  )
}
