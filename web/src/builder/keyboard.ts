import type { KeyboardEvent } from 'react'

/** What the builder's keys do (UX §4.14). */
export interface BuilderKeys {
  add(): void
  remove(heal: boolean): void
  undo(): void
  redo(): void
  walk(to: 'up' | 'down' | 'left' | 'right'): void
  nudge(x: number, y: number): void
  open(): void
  escape(): void
  searchPalette(): void
  palette(): void
  outline(): void
  test(): void
  find(): void
  live(): void
  map(): void
  note(): void
  connect(): void
  selectBelow(): void
  beside(step: 1 | -1): void
  save(): void
  tidy(): void
  zoom(how: 'fit' | 'selection' | 'one' | 'in' | 'out'): void
  nextProblem(step: 1 | -1): void
  rename(): void
  selectAll(): void
  copy(cut: boolean): void
  paste(): void
  duplicate(): void
  help(): void
  menu(): void
}

const arrows = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' } as const

/** Whether an element takes text, so that keys belong to it. */
const takesText = (target: EventTarget): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select') !== null)

/**
 * One listener on the builder's root. In fields only saving and Esc work, so that undo there stays the browser's; single letters act
 * only while the canvas or the outline has the focus (WCAG 2.1.4).
 */
export function handleKey(event: KeyboardEvent, keys: BuilderKeys): void {
  const target = event.target as HTMLElement
  const inDialog = target.closest('[role=dialog], [role=menu], [role=listbox]') !== null
  if (inDialog) return
  const command = event.ctrlKey || event.metaKey
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const run = actionOf(event, { key, command, keys, typing: takesText(target) })
  if (!run) return
  event.preventDefault()
  run()
}

/** Fields in which Alt with an arrow may mean something else. */
const typingLines = (target: EventTarget): boolean => target instanceof HTMLSelectElement

interface Press {
  key: string
  command: boolean
  typing: boolean
  keys: BuilderKeys
}

/** What a key press means where it happened; null when it is not the builder's. */
function actionOf(event: KeyboardEvent, { key, command, keys, typing }: Press): (() => void) | null {
  if (command && key === 's') return keys.save
  if (key === 'Escape') return keys.escape
  if (event.altKey && (key === 'ArrowUp' || key === 'ArrowDown') && !typingLines(event.target))
    return () => keys.beside(key === 'ArrowUp' ? -1 : 1)
  if (command && key === 'f') return keys.find
  if (key === 'ContextMenu' || (event.shiftKey && key === 'F10'))
    return event.target instanceof HTMLElement && event.target.closest('.tl-stage') && !typing ? keys.menu : null
  if (key === 'F8') return () => keys.nextProblem(event.shiftKey ? -1 : 1)
  if (typing) return null
  if (command && key === 'z') return event.shiftKey ? keys.redo : keys.undo
  if (command && key === 'y') return keys.redo
  const target = event.target as HTMLElement
  if (target.closest('.tl-stage') === null) return null
  if (command && event.shiftKey && key === 'ArrowDown') return keys.selectBelow
  if (command) return withCommand[key]?.(keys) ?? null
  if (event.altKey) return null
  const inOutline = target.closest('[role=tree]') !== null
  const arrow = arrows[key as keyof typeof arrows]
  if (arrow && !inOutline) {
    const [x, y] = nudges[arrow]
    return () => (event.shiftKey ? keys.nudge(x, y) : keys.walk(arrow))
  }
  if (key === 'Delete' || key === 'Backspace') return () => keys.remove(!event.shiftKey)
  if (key === 'Enter') return inOutline || target.closest('button, a') ? null : keys.open
  if (key === 't') return event.shiftKey ? keys.tidy : keys.test
  return plain[key]?.(keys) ?? null
}

const nudges = { up: [0, -20], down: [0, 20], left: [-20, 0], right: [20, 0] } as const

const withCommand: Record<string, (keys: BuilderKeys) => () => void> = {
  a: (keys) => keys.selectAll,
  c: (keys) => () => keys.copy(false),
  x: (keys) => () => keys.copy(true),
  v: (keys) => keys.paste,
  d: (keys) => keys.duplicate,
}

const plain: Record<string, (keys: BuilderKeys) => () => void> = {
  F2: (keys) => keys.rename,
  a: (keys) => keys.add,
  '+': (keys) => keys.add,
  '/': (keys) => keys.searchPalette,
  '[': (keys) => keys.palette,
  o: (keys) => keys.outline,
  l: (keys) => keys.live,
  m: (keys) => keys.map,
  n: (keys) => keys.note,
  c: (keys) => keys.connect,
  '1': (keys) => () => keys.zoom('fit'),
  '2': (keys) => () => keys.zoom('selection'),
  '0': (keys) => () => keys.zoom('one'),
  '=': (keys) => () => keys.zoom('in'),
  '-': (keys) => () => keys.zoom('out'),
  '?': (keys) => keys.help,
}

/** The sheet that `?` shows. */
export const keySheet: [keys: string, does: string][] = [
  ['Tab, then arrows', 'Walk from step to step'],
  ['Enter', 'Open the step or the connection'],
  ['Esc', 'Close what is open, then deselect'],
  ['Alt ↑ · Alt ↓', 'The step before · after, with its drawer'],
  ['A or +', 'Add a step after this one'],
  ['C', 'Connect to…'],
  ['Del or Backspace', 'Delete and join; with Shift do not join'],
  ['Ctrl Z · Ctrl Y', 'Undo · redo'],
  ['Ctrl C · X · V · D', 'Copy · cut · paste · duplicate'],
  ['Ctrl A', 'Select all'],
  ['Ctrl Shift ↓', 'Select everything below'],
  ['Shift arrows', 'Move 20 pixels'],
  ['F2', 'Rename'],
  ['Shift F10', 'The menu of the step: move, copy the branch, and the rest'],
  ['F8 · Shift F8', 'Next · previous problem'],
  ['Ctrl K', 'Go anywhere, or do something; @ a step, > an action'],
  ['/ · [', 'Search the steps to add · fold them away'],
  ['Ctrl F', 'Find a step'],
  ['O', 'Outline'],
  ['N', 'Note'],
  ['L · M', 'Live counts · map, on and off'],
  ['Shift T', 'Tidy up'],
  ['T', 'Test: one customer, or the audience'],
  ['1 · 2 · 0 · = · -', 'Fit all · fit the selection · 100 % · in · out'],
  ['B', 'Before and after, in a proposal'],
  ['Ctrl S', 'Save now'],
  ['Shift drag · Space drag', 'Select with a box · move the canvas'],
  ['?', 'These keys'],
]
