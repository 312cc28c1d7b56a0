import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core'
import { IconSearch, IconX } from '@tabler/icons-react'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import type { GraphProblem } from '../../../src/workflow/graph.ts'
import { count } from '../format.ts'
import { tell } from './drawer.tsx'
import { StepIcon } from './icons.tsx'
import { useOverlay } from './overlay.ts'
import { quickFixFor } from './quick-fixes.ts'
import { cardText } from './sentence.ts'
import { outlineOf } from './shape.ts'
import { useCanvasFacts } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'

/** What is wrong, one line each; a click leads to the step and its field. */
export function ProblemsPanel({ onClose }: { onClose(): void }) {
  const store = useStore()
  const problems = useBuilder((state) => state.problems)
  const draft = useBuilder((state) => state.draft)
  const show = (problem: GraphProblem) => {
    if (problem.nodeId && draft.nodes.has(problem.nodeId))
      store.select([problem.nodeId], { open: true, field: problem.field ?? null, look: true })
    else if (problem.edgeId && draft.edges.has(problem.edgeId)) store.selectEdge(problem.edgeId, true)
  }
  const sorted = [...problems].sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'))
  return (
    <section className="tl-panel" aria-label="Problems">
      <Group justify="space-between" px={14} py={6}>
        <Text fw={600} size="sm">
          {problems.length === 0 ? `No problems · ${draft.nodes.size} steps checked` : `Problems (${problems.length})`}
        </Text>
        <ActionIcon aria-label="Close problems" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      {sorted.map((problem, index) => {
        const node = problem.nodeId ? draft.nodes.get(problem.nodeId) : undefined
        const name = node && (node.title || store.catalogue[node.type]?.title)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be the same in all members
          <div key={index} className="tl-problem">
            <button type="button" className="tl-row" onClick={() => show(problem)}>
              <span style={{ color: problem.severity === 'error' ? 'var(--tl-bad)' : 'var(--tl-warn)' }}>
                {problem.severity === 'error' ? '✖' : '⚠'}
                <span className="tl-quiet">{problem.severity}</span>
              </span>
              <span style={{ flex: 1 }}>
                {name && <b>{name}: </b>}
                {problem.message} <span className="tl-muted">{problem.fix}</span>
              </span>
            </button>
            <FixButton problem={problem} />
          </div>
        )
      })}
    </section>
  )
}

/** What the builder can do about a problem itself. */
function FixButton({ problem }: { problem: GraphProblem }) {
  const store = useStore()
  const { names } = useCanvasFacts()
  const readOnly = useBuilder((state) => state.readOnly) !== null
  const fix = readOnly ? null : quickFixFor(store, problem, names)
  if (!fix) return null
  return (
    <Button size="compact-xs" variant="default" onClick={() => tell(fix.run())}>
      {fix.label}
    </Button>
  )
}

/** The workflow as a list in reading order: the phone's view, the screen reader's, and the search for a step. */
export function Outline({ onClose, onOpen }: { onClose?: () => void; onOpen(id: string): void }) {
  const store = useStore()
  const draft = useBuilder((state) => state.draft)
  const selected = useBuilder((state) => state.selected)
  const problemsOf = useBuilder((state) => state.problemsOf)
  const { names } = useCanvasFacts()
  const marks = useOverlay((overlay) => overlay.shown.nodes)
  const [search, setSearch] = useState('')
  const list = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => outlineOf(draft, store.catalogue), [draft, store.catalogue])
  const shown = rows
    .map((row) => {
      const node = draft.nodes.get(row.id)
      const type = node && store.catalogue[node.type]
      return {
        row,
        type,
        title: node?.title || type?.title || row.id,
        text: cardText(draft, store.catalogue, row.id, names).text,
      }
    })
    .filter(({ title, text, row }) => `${title} ${text} ${row.id}`.toLowerCase().includes(search.trim().toLowerCase()))
  const walk = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    event.stopPropagation()
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>('[role=treeitem]') ?? [])]
    buttons[buttons.indexOf(document.activeElement as HTMLElement) + step]?.focus()
  }
  return (
    <section aria-label="Outline" className={onClose ? 'tl-panel' : undefined}>
      <Group px={14} py={6} gap={8} wrap="nowrap">
        <Text fw={600} size="sm">
          Outline
        </Text>
        <TextInput
          size="xs"
          type="search"
          aria-label="Find a step"
          data-find-step
          placeholder="Find a step"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            const first = shown[0]
            if (event.key === 'Enter' && first) onOpen(first.row.id)
          }}
          style={{ flex: 1, maxWidth: 280 }}
        />
        {onClose && (
          <ActionIcon aria-label="Close the outline" onClick={onClose} ml="auto">
            <IconX size={18} />
          </ActionIcon>
        )}
      </Group>
      <div ref={list} role="tree" aria-label={`Workflow, ${draft.nodes.size} steps`} onKeyDown={walk} tabIndex={-1}>
        {shown.map(({ row, type, title, text }, index) => {
          const problems = problemsOf.get(row.id) ?? []
          return (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: a step that is reached twice is listed twice
              key={`${row.id} ${index}`}
              type="button"
              role="treeitem"
              aria-level={row.depth + 1}
              aria-selected={selected.has(row.id)}
              className="tl-row"
              style={{ paddingLeft: 14 + row.depth * 20 }}
              data-group={type?.entry === 'start' ? 'start' : type?.group}
              data-tone={type?.tone ?? undefined}
              onClick={() => onOpen(row.id)}
            >
              <span className="tl-step-icon">
                <StepIcon name={type?.icon} size={15} />
              </span>
              <span style={{ flex: 1, minWidth: 0 }}>
                {row.via && <span className="tl-muted">{row.via} → </span>}
                <b>{title}</b>{' '}
                <span className="tl-muted">{row.again ? 'continues as above' : text === title ? '' : text}</span>
              </span>
              {row.lost && <span className="tl-muted">not reached</span>}
              {(marks.get(row.id)?.figures ?? []).slice(0, 3).map((figure) => (
                <span key={figure.key} className="tl-number tl-muted">
                  {count(figure.value)} {figure.label}
                </span>
              ))}
              {problems.length > 0 && (
                <span
                  style={{
                    color: problems.some((problem) => problem.severity === 'error')
                      ? 'var(--tl-bad)'
                      : 'var(--tl-warn)',
                  }}
                >
                  {problems.some((problem) => problem.severity === 'error') ? '✖' : '⚠'}
                  <span className="tl-quiet">{problems.map((problem) => problem.message).join(' ')}</span>
                </span>
              )}
            </button>
          )
        })}
        {shown.length === 0 && (
          <Text c="dimmed" px={14} pb={10}>
            No step matches “{search}”.
          </Text>
        )}
      </div>
    </section>
  )
}
