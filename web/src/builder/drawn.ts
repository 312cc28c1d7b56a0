import { type Edge, type Node, type NodeHandle, Position, useStoreApi } from '@xyflow/react'
import { useState } from 'react'
import type { Catalogue, GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import type { Draft, Point } from './draft.ts'
import { cardWidth } from './edits.ts'
import { drawnPorts } from './shape.ts'
import type { EdgeData } from './step-edge.tsx'

/** Half of a handle, in canvas pixels. */
const half = 5
/** Where a card's inside begins: handles are placed within its border, which is thick on the left (builder.css, .tl-step). */
const border = { left: 4, right: 1, bottom: 1 }

/**
 * Where lines meet a card, worked out instead of measured: the canvas can draw at once, and so can cards that are too small to have
 * handles of their own.
 */
function handlesOf(catalogue: Catalogue, node: GraphNode, height: number): NodeHandle[] {
  const type = catalogue[node.type]
  const size = { width: 2 * half, height: 2 * half }
  const inside = cardWidth - border.left - border.right
  const at = (share: number) => border.left + inside * share - half
  const ports = drawnPorts(type, node)
  const into: NodeHandle[] = type?.entry
    ? []
    : [{ ...size, id: null, type: 'target', position: Position.Top, x: at(0.5), y: -half }]
  return [
    ...into,
    ...ports.map(
      (port, index): NodeHandle => ({
        ...size,
        id: port.when ?? 'default',
        type: 'source',
        position: Position.Bottom,
        x: at((index + 0.5) / ports.length),
        y: height - border.bottom - half,
      }),
    ),
  ]
}

/** What one card was made from, and came out as: the same objects as long as nothing of it changed. */
interface Made {
  node: GraphNode
  height: number
  drawn: Node
}

/** Makes the canvas's nodes and edges out of a draft; what did not change stays the same object, so that it is not drawn again. */
export class Drawn {
  readonly #catalogue: Catalogue
  #nodes = new Map<string, Made>()
  #edges = new Map<string, { edge: GraphEdge; drawn: Edge }>()
  #edgeList: Edge[] = []

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** The cards and notes. `before` holds where a drag has them, `isDragging` that it goes on. */
  nodes(
    draft: Draft,
    selected: ReadonlySet<string>,
    heightOf: (id: string) => number,
    before: readonly Node[],
    isDragging: boolean,
  ): Node[] {
    const known = new Map(before.map((node) => [node.id, node]))
    const steps = [...draft.nodes.values()].map((node) =>
      this.#card(node, draft.layout.get(node.id) ?? { x: 0, y: 0 }, selected.has(node.id), heightOf(node.id), {
        drawn: known.get(node.id),
        isDragging,
      }),
    )
    for (const id of this.#nodes.keys()) if (!draft.nodes.has(id)) this.#nodes.delete(id)
    const notes = [...draft.notes].map(([id, { x, y }]): Node => {
      const drawn = known.get(id)
      if (!drawn) return { id, type: 'note', position: { x, y }, data: {}, selectable: false }
      const moved = !isDragging && (drawn.position.x !== x || drawn.position.y !== y)
      return moved ? { ...drawn, position: { x, y } } : drawn
    })
    return [...steps, ...notes]
  }

  #card(
    node: GraphNode,
    at: Point,
    selected: boolean,
    height: number,
    { drawn, isDragging }: { drawn: Node | undefined; isDragging: boolean },
  ): Node {
    const made = this.#nodes.get(node.id)
    const position = drawn && isDragging ? drawn.position : at
    const sameCard = made?.node === node && made.height === height
    if (
      drawn &&
      sameCard &&
      drawn.selected === selected &&
      drawn.position.x === position.x &&
      drawn.position.y === position.y
    )
      return drawn
    const fresh: Node = {
      ...(drawn ?? { id: node.id, type: 'step', data: {} }),
      position,
      selected,
      measured: { width: cardWidth, height },
      handles: sameCard ? (made.drawn.handles ?? []) : handlesOf(this.#catalogue, node, height),
    }
    this.#nodes.set(node.id, { node, height, drawn: fresh })
    return fresh
  }

  /** The connections between steps that exist. */
  edges({ edges, nodes }: Draft, selected: string | null, data: EdgeData): Edge[] {
    const list: Edge[] = []
    for (const edge of edges.values()) {
      if (!nodes.has(edge.source) || !nodes.has(edge.target)) continue
      const made = this.#edges.get(edge.id)
      const isSelected = edge.id === selected
      if (made?.edge === edge && made.drawn.selected === isSelected && made.drawn.data === data) {
        list.push(made.drawn)
        continue
      }
      const drawn: Edge = {
        id: edge.id,
        source: edge.source,
        target: edge.target,
        sourceHandle: edge.when ?? 'default',
        ariaRole: 'group',
        type: 'step',
        selected: isSelected,
        data,
      }
      this.#edges.set(edge.id, { edge, drawn })
      list.push(drawn)
    }
    for (const id of this.#edges.keys()) if (!edges.has(id)) this.#edges.delete(id)
    const same = list.length === this.#edgeList.length && list.every((edge, index) => edge === this.#edgeList[index])
    if (!same) this.#edgeList = list
    return this.#edgeList
  }
}

/**
 * Keeps React Flow from reading the handles of each card off the screen as it appears, 500 of them one after another: they are known. It
 * does so from an observer of sizes; what it hears of cards whose size is as expected goes no further. (12.12: the store's
 * `updateNodeInternals` is the one way in, and it is forced for each card that is new on the screen.)
 */
export function useKnownHandles(): void {
  const flow = useStoreApi()
  useState(() => {
    const { updateNodeInternals } = flow.getState()
    const isNews = (id: string, element: HTMLElement) => {
      const node = flow.getState().nodeLookup.get(id)
      return (
        node?.handles === undefined ||
        node.measured.width !== element.offsetWidth ||
        node.measured.height !== element.offsetHeight
      )
    }
    flow.setState({
      updateNodeInternals: (updates, params) => {
        const news = [...updates].filter(([id, { nodeElement }]) => isNews(id, nodeElement))
        if (news.length > 0) updateNodeInternals(new Map(news), params)
      },
    })
    return null
  })
}
