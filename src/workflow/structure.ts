import { labelsOf } from './channel.ts'
import type { Drawing, DrawnNode } from './drawing.ts'
import { formatDuration } from './duration.ts'
import type { GraphProblem } from './graph.ts'
import { restMs, windowMs } from './journey.ts'
import { unknownFields } from './schema.ts'

type Report = (problem: GraphProblem) => void

/** Sends closer together than this are warned about, in ms. */
const closeSendsMs = 3_600_000

/** A branch of a node that is split by a config field: its id, its place in that list and whether it takes everybody else. */
export interface Branch {
  id: string
  index: number
  fallback: boolean
}

/** The branches in a config as it was typed: entries without an id are left to the config's own check. */
export function branchesOf(node: DrawnNode, field: string): Branch[] {
  const items = node.raw[field]
  if (!Array.isArray(items)) return []
  return items.flatMap((item: unknown, index) => {
    if (typeof item !== 'object' || item === null || !('id' in item) || typeof item.id !== 'string') return []
    return [{ id: item.id, index, fallback: 'default' in item && item.default === true }]
  })
}

/** All rules on the shape of a workflow (PRODUCT §4, “What makes a graph valid”). */
export function checkStructure(drawing: Drawing, report: Report): void {
  checkStart(drawing, report)
  checkLoops(drawing, report)
  for (const node of drawing.nodes.values()) {
    checkSettings(node, report)
    checkWaysIn(node, report)
    checkWaysOut(node, report)
    checkEndBy(node, report)
    if (node.type.guard) checkGuard(node, drawing, report)
    if (node.type.guardedBy !== null) checkBranches(node, node.type.guardedBy, drawing, report)
    if (drawing.start && !drawing.ways.reached.has(node.id)) {
      const message = `No way from the start leads to ${node.name}.`
      report({ severity: 'error', code: 'unreachable', nodeId: node.id, message, fix: 'Connect it or remove it.' })
    }
  }
  checkCloseSends(drawing, report)
}

function checkStart({ nodes }: Drawing, report: Report): void {
  const starts = [...nodes.values()].filter((node) => node.type.entry === 'start')
  if (starts.length === 0) {
    const message = 'The workflow has no trigger, so nobody can come in.'
    report({ severity: 'error', code: 'no_trigger', message, fix: 'Add a trigger.' })
  }
  for (const node of starts.slice(1)) {
    const message = `${node.name} is a second trigger. A workflow has exactly one.`
    report({ severity: 'error', code: 'second_trigger', nodeId: node.id, message, fix: 'Remove it.' })
  }
}

function checkLoops({ nodes, ways }: Drawing, report: Report): void {
  for (const loop of ways.loops) {
    const names = loop.map((id) => nodes.get(id)?.name ?? id)
    const shown = names.length > 8 ? [...names.slice(0, 4), '…', ...names.slice(-3)] : names
    const [nodeId = ''] = loop
    const back = nodes.get(loop.at(-1) ?? '')?.out.find((edge) => edge.target === nodeId)
    report({
      severity: 'error',
      code: 'loop',
      nodeId,
      ...(back && { edgeId: back.id }),
      message: `A customer would go round and round: ${[...shown, names[0]].join(' → ')}.`,
      fix: 'Remove one of these edges.',
    })
  }
}

function checkSettings(node: DrawnNode, report: Report): void {
  for (const field of unknownFields(node.type.config, node.raw)) {
    const message = `${node.type.title} has no setting “${field.slice(0, 80)}”; it is ignored.`
    report({ severity: 'warning', code: 'unknown_setting', nodeId: node.id, field, message })
  }
}

function checkWaysIn(node: DrawnNode, report: Report): void {
  if (node.type.entry === null) return
  for (const edge of node.into) {
    const message =
      node.type.entry === 'start'
        ? `${node.name} is the start: no edge may lead to it.`
        : `${node.name} listens for an event: no edge may lead to it.`
    report({
      severity: 'error',
      code: 'way_into_start',
      nodeId: node.id,
      edgeId: edge.id,
      message,
      fix: 'Remove the edge.',
    })
  }
}

function checkWaysOut(node: DrawnNode, report: Report): void {
  const { ends } = node.type
  const when = labelsOf(node.type, node.raw)
  const taken = new Set<string>()
  const labels = Array.isArray(when) ? when : branchesOf(node, when.each).map((branch) => branch.id)
  for (const edge of node.out) {
    const error = (code: string, message: string, fix: string) =>
      report({ severity: 'error', code, nodeId: node.id, edgeId: edge.id, message, fix })
    if (ends) {
      error('way_out_of_end', `${node.name} ends the run: no edge may lead out of it.`, 'Remove the edge.')
      continue
    }
    const label = edge.when ?? ''
    if (edge.when === null && !Array.isArray(when)) {
      error(
        'missing_when',
        `An edge from ${node.name} does not say which branch it is.`,
        'Choose the branch it belongs to.',
      )
    } else if (edge.when !== null && !labels.includes(edge.when)) {
      const known = Array.isArray(when) ? ['no label at all', ...labels] : labels
      const fix =
        edge.when === 'default' && Array.isArray(when)
          ? 'The default edge has no label.'
          : `It knows ${known.join(', ')}.`
      error('unknown_when', `${node.name} has no way out called “${edge.when.slice(0, 80)}”.`, fix)
    } else if (taken.has(label)) {
      const which = edge.when === null ? 'without a label' : `for “${edge.when}”`
      error('duplicate_when', `${node.name} has two edges ${which}.`, 'Remove one of them.')
    }
    taken.add(label)
  }
}

/** A node whose setting makes it end the run is left by no way out. */
function checkEndBy({ id, name, type, raw, out }: DrawnNode, report: Report): void {
  const [edge] = out
  if (type.endsBy === null || raw[type.endsBy] !== true || !edge) return
  report({
    severity: 'warning',
    code: 'unused_way_out',
    nodeId: id,
    edgeId: edge.id,
    field: type.endsBy,
    message: `${name} ends the run, so nobody takes the way out of it.`,
    fix: 'Remove the edge, or let the run go on.',
  })
}

/** A branch's condition stands directly behind its split, with the split's edge as its one way in. */
function checkGuard(node: DrawnNode, { nodes }: Drawing, report: Report): void {
  const error = (code: string, message: string, fix: string, field?: string) =>
    report({ severity: 'error', code, nodeId: node.id, message, fix, ...(field !== undefined && { field }) })
  const sources = node.into.flatMap((edge) => nodes.get(edge.source) ?? [])
  const split = sources.find((source) => source.type.guardedBy !== null)
  if (!split) {
    const message = `${node.name} is the condition of a branch, so it stands directly behind a split.`
    error('path_without_split', message, 'Put it behind a conditional split, or remove it.')
  } else if (node.into.length > 1) {
    error(
      'shared_path',
      `${node.name} has ${node.into.length} ways in; a path has exactly one.`,
      'Give each branch a path of its own.',
    )
  }
  const { rules } = node.type
  if (rules === null || !split) return
  const typed = node.raw[rules]
  const isEmpty = typed === undefined || (Array.isArray(typed) && typed.length === 0)
  const fallbacks = new Set(
    branchesOf(split, split.type.guardedBy ?? '').flatMap((branch) => (branch.fallback ? [branch.id] : [])),
  )
  if (isEmpty && !node.into.some((edge) => edge.when !== null && fallbacks.has(edge.when))) {
    error(
      'empty_rules',
      `${node.name} has no rules, so nobody could say who takes its branch.`,
      'Add a rule, or mark its branch as the default.',
      rules,
    )
  }
}

function checkBranches(node: DrawnNode, field: string, { nodes }: Drawing, report: Report): void {
  const branches = branchesOf(node, field)
  const problem = (severity: 'error' | 'warning', code: string, at: string, message: string, fix: string) =>
    report({ severity, code, nodeId: node.id, field: at, message, fix })
  const seen = new Set<string>()
  let fallback = false
  for (const branch of branches) {
    const at = `${field}.${branch.index}`
    if (seen.has(branch.id)) {
      problem(
        'error',
        'duplicate_branch',
        `${at}.id`,
        `Two branches of ${node.name} have the id “${branch.id}”.`,
        'Give one of them another id.',
      )
      continue
    }
    seen.add(branch.id)
    if (branch.fallback && fallback) {
      problem(
        'error',
        'second_default',
        `${at}.default`,
        `${node.name} has two default branches.`,
        'Leave the mark on one of them.',
      )
    }
    fallback ||= branch.fallback
    const edge = node.out.find((each) => each.when === branch.id)
    if (!edge) {
      problem(
        'error',
        'missing_branch_path',
        at,
        `The branch “${branch.id}” of ${node.name} leads nowhere.`,
        'Connect it to a path.',
      )
    } else if (!nodes.get(edge.target)?.type.guard) {
      const target = nodes.get(edge.target)?.name ?? edge.target
      problem(
        'error',
        'missing_branch_path',
        at,
        `The branch “${branch.id}” of ${node.name} starts with ${target}, not with a path.`,
        'Put a path between them.',
      )
    }
  }
  if (branches.length > 0 && !fallback) {
    const message = `${node.name} has no default branch: a customer for whom no branch holds ends here.`
    problem('warning', 'no_default', field, message, 'Add a default branch.')
  }
}

/** Warns where two messages may follow one another within an hour, on the quickest way between them. */
function checkCloseSends({ nodes, ways }: Drawing, report: Report): void {
  const sinceSend = new Map<string, { ms: number; from: DrawnNode }>()
  for (const id of ways.order ?? []) {
    const node = nodes.get(id)
    if (!node) continue
    const here = sinceSend.get(id)
    if (node.type.sends && here && here.ms < closeSendsMs) {
      const gap = here.ms === 0 ? 'right after' : `${formatDuration(here.ms)} after`
      report({
        severity: 'warning',
        code: 'short_wait',
        nodeId: id,
        message: `${node.name} may go out ${gap} ${here.from.name}.`,
        fix: 'Put a wait of at least an hour between them.',
      })
    }
    const after = node.type.sends
      ? { ms: 0, from: node }
      : here && { ms: here.ms + restMs(node.type, node.raw), from: here.from }
    if (!after) continue
    for (const edge of node.out) {
      const ms =
        node.type.sends && edge.when === null
          ? windowMs(
              node.out.map(({ when }) => when ?? ''),
              node.raw,
            )
          : after.ms
      const known = sinceSend.get(edge.target)
      if (!known || ms < known.ms) sinceSend.set(edge.target, { ms, from: after.from })
    }
  }
}
