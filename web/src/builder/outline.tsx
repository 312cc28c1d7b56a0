import { ActionIcon, Group, Text, TextInput } from '@mantine/core'
import { IconDots, IconSearch, IconX } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { GraphNode, GraphProblem, NodeType } from '../../../src/workflow/graph.ts'
import { count, plural } from '../format.ts'
import { StepIcon } from './icons.tsx'
import { useOverlay } from './overlay.ts'
import { cardText, type Names } from './sentence.ts'
import { type OutlineRow, outlineOf } from './shape.ts'
import { useCanvasFacts } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'

/** Everything by which a step is found: its name, what its card says, its config with the names behind the ids, its id. */
function searchText(node: GraphNode, type: NodeType | undefined, card: string, names: Names): string {
  const config = JSON.stringify(node.config)
  const named = Object.values(names).flatMap((all) =>
    [...all].filter(([id]) => config.includes(`"${id}"`)).map(([, name]) => name),
  )
  return [node.title, type?.title, card, config, node.id, ...named].join(' ').toLowerCase()
}

const none: GraphProblem[] = []

/**
 * The workflow as a list in reading order: the phone's view, the screen reader's, and the search for a step. One stop for Tab; the step
 * under the focus is the selected one, so that every key of the canvas acts on it.
 */
export function Outline({ onClose, onOpen }: { onClose?: () => void; onOpen(id: string): void }) {
  const store = useStore()
  const draft = useBuilder((state) => state.draft)
  const selected = useBuilder((state) => state.selected)
  const problemsOf = useBuilder((state) => state.problemsOf)
  const { names } = useCanvasFacts()
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => outlineOf(draft, store.catalogue), [draft, store.catalogue])
  const words = search.trim().toLowerCase()
  const shown = rows
    .map((row) => {
      const node = draft.nodes.get(row.id)
      return { row, node, text: cardText(draft, store.catalogue, row.id, names).text }
    })
    .filter(
      ({ node, text }) =>
        words === '' || (node && searchText(node, store.catalogue[node.type], text, names).includes(words)),
    )
  const current = Math.max(
    0,
    shown.findIndex(({ row }, index) => selected.has(row.id) && (index === at || !row.again)),
  )
  // A step that is deleted under the focus takes the focus with it: it goes to the one that now stands there.
  const hasFocus = useRef(false)
  useEffect(() => {
    if (hasFocus.current && document.activeElement === document.body && draft.nodes.size > 0)
      list.current?.querySelectorAll<HTMLElement>('[role=treeitem]')[Math.max(0, at - 1)]?.focus()
  }, [draft.nodes, at])
  const focusRow = (index: number) => {
    const found = [...(list.current?.querySelectorAll<HTMLElement>('[role=treeitem]') ?? [])]
    found[Math.max(0, Math.min(found.length - 1, index))]?.focus()
  }
  const walk = (event: KeyboardEvent) => {
    const row = shown[at]?.row
    const deeper = shown[at + 1]?.row
    const parent = row && shown.findLastIndex((one, index) => index < at && one.row.depth < row.depth)
    const next = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: shown.length - 1,
      ArrowLeft: parent === undefined || parent < 0 ? at : parent,
      ArrowRight: row && deeper && deeper.depth > row.depth ? at + 1 : at,
    }[event.key]
    if (next === undefined || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    focusRow(next)
  }
  return (
    <section aria-label="Outline" className={onClose ? 'tl-panel' : undefined}>
      <Group px={14} py={6} gap={8} wrap="nowrap" className="tl-panel-top">
        <Text fw={600} size="sm">
          Outline
        </Text>
        <TextInput
          size="xs"
          type="search"
          aria-label="Find a step"
          data-find-step
          placeholder="Find a step by its name, text or settings"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value)
            setAt(-1)
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') {
              event.preventDefault()
              focusRow(0)
            }
            if (event.key !== 'Enter' || shown.length === 0) return
            const next = (at + 1) % shown.length
            setAt(next)
            const found = shown[next]
            if (found) onOpen(found.row.id)
          }}
          style={{ flex: 1, maxWidth: 320 }}
        />
        {words !== '' && (
          <Text size="xs" c="dimmed" role="status" style={{ whiteSpace: 'nowrap' }}>
            {plural(shown.length, 'match', 'matches')}
          </Text>
        )}
        {onClose && (
          <ActionIcon aria-label="Close the outline" onClick={onClose} ml="auto">
            <IconX size={18} />
          </ActionIcon>
        )}
      </Group>
      <div
        ref={list}
        role="tree"
        aria-label={`Workflow, ${plural(draft.nodes.size, 'step')}`}
        onKeyDown={walk}
        onFocus={() => {
          hasFocus.current = true
        }}
        onBlur={() => {
          hasFocus.current = false
        }}
      >
        {shown.map(({ row, node, text }, index) => (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: a step that is reached twice is listed twice
            key={`${row.id} ${index}`}
            row={row}
            type={node && store.catalogue[node.type]}
            title={node?.title || (node && store.catalogue[node.type]?.title) || row.id}
            text={text}
            problems={problemsOf.get(row.id) ?? none}
            isSelected={selected.has(row.id)}
            isStop={index === current}
            onFocus={() => {
              setAt(index)
              if (!selected.has(row.id) || selected.size > 1) store.select([row.id], { look: true })
            }}
            onOpen={() => onOpen(row.id)}
          />
        ))}
        {shown.length === 0 && (
          <Text c="dimmed" px={14} pb={10}>
            No step matches “{search}”.
          </Text>
        )}
      </div>
    </section>
  )
}

function Row({
  row,
  type,
  title,
  text,
  problems,
  isSelected,
  isStop,
  onFocus,
  onOpen,
}: {
  row: OutlineRow
  type: NodeType | undefined
  title: string
  text: string
  problems: readonly GraphProblem[]
  isSelected: boolean
  /** Tab stops here. */
  isStop: boolean
  onFocus(): void
  onOpen(): void
}) {
  const marks = useOverlay((overlay) => overlay.shown.nodes.get(row.id))
  const { onMenu } = useCanvasFacts()
  const isError = problems.some((problem) => problem.severity === 'error')
  return (
    <div
      role="treeitem"
      tabIndex={isStop ? 0 : -1}
      aria-level={row.depth + 1}
      aria-selected={isSelected}
      className="tl-row tl-outline-row"
      style={{ paddingLeft: 14 + row.depth * 20 }}
      data-group={type?.entry === 'start' ? 'start' : type?.group}
      data-tone={type?.tone ?? undefined}
      onFocus={(event) => event.target === event.currentTarget && onFocus()}
      onClick={onOpen}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.target !== event.currentTarget) return
        event.preventDefault()
        onOpen()
      }}
      onContextMenu={(event) => {
        event.preventDefault()
        onFocus()
        onMenu(row.id, { x: event.clientX, y: event.clientY })
      }}
    >
      <span className="tl-step-icon">
        <StepIcon name={type?.icon} size={15} />
      </span>
      <span style={{ flex: 1, minWidth: 0 }}>
        {row.via && <span className="tl-muted">{row.via} → </span>}
        <b>{title}</b> <span className="tl-muted">{row.again ? 'continues as above' : text === title ? '' : text}</span>
      </span>
      {row.lost && <span className="tl-muted">not reached</span>}
      {marks?.note && <span className="tl-muted">{marks.note}</span>}
      {marks && marks.figures.length > 0 && (
        <span className="tl-outline-figures">
          {marks.figures.slice(0, 3).map((figure) => (
            <span key={figure.key} className="tl-number tl-muted">
              {count(figure.value)} {figure.label}
            </span>
          ))}
        </span>
      )}
      {problems.length > 0 && (
        <span
          title={problems.map((problem) => problem.message).join('\n')}
          style={{ color: isError ? 'var(--tl-bad)' : 'var(--tl-warn)' }}
        >
          {isError ? '✖' : '⚠'}
          <span className="tl-quiet">{problems.map((problem) => problem.message).join(' ')}</span>
        </span>
      )}
      <ActionIcon
        className="tl-outline-more"
        size={26}
        tabIndex={-1}
        aria-label={`Actions for ${title}`}
        onClick={(event) => {
          event.stopPropagation()
          const box = event.currentTarget.getBoundingClientRect()
          onMenu(row.id, { x: box.left, y: box.bottom })
        }}
      >
        <IconDots size={16} />
      </ActionIcon>
    </div>
  )
}
