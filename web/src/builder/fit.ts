import { getViewportForBounds, type ReactFlowInstance, type Viewport } from '@xyflow/react'
import type { Point } from './draft.ts'
import { cardHeight, cardWidth } from './edits.ts'
import type { BuilderStore } from './store.ts'

/** How long a movement takes, in ms: none for who asked for less motion. */
export const motionMs = (ms: number): number => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ms)

/** How the whole workflow is shown: with a rim, and never larger than life. */
const fit = { padding: 0.12, maxZoom: 1 }
/** The zooms that the canvas allows. */
export const zoomRange = { min: 0.1, max: 2 }

/** Distance that a shown card keeps from the canvas's edge, in px. */
export const rim = 24

/** Px. */
export interface Size {
  width: number
  height: number
}
/** A rectangle in canvas pixels. */
export interface Box extends Point, Size {}

/** Where a box is on the screen. */
export const corners = ({ x, y, zoom }: Viewport, box: Box) => ({
  left: box.x * zoom + x,
  top: box.y * zoom + y,
  right: (box.x + box.width) * zoom + x,
  bottom: (box.y + box.height) * zoom + y,
})

/** What lies over the canvas in its corners: its buttons, its map, and what stands on the left above. Sizes and their distance from the edge, in px. */
const lid = { map: { width: 200, height: 150 }, buttons: { width: 28, height: 80 }, gap: 15 }

/** The places of a canvas of a size on which a card could not be read. */
export function lidsOver({ width, height }: Size, hasMap: boolean): Box[] {
  const { map, buttons, gap } = lid
  const box = document.querySelector('.tl-flow-box')?.getBoundingClientRect()
  const tools = document.querySelector('.tl-canvas-tools')?.getBoundingClientRect()
  return [
    { ...buttons, x: width - gap - buttons.width, y: gap },
    ...(hasMap ? [{ ...map, x: width - gap - map.width, y: height - gap - map.height }] : []),
    ...(box && tools && tools.width > 0
      ? [{ x: tools.x - box.x, y: tools.y - box.y, width: tools.width, height: tools.height }]
      : []),
  ]
}

/** Whether the map is on the canvas now. */
export const isMapShown = (): boolean => document.querySelector('.react-flow__minimap') !== null

/** Whether no card lies under something. */
export const isClear = (view: Viewport, cards: readonly Box[], lids: readonly Box[]): boolean =>
  cards.every((card) => {
    const { left, top, right, bottom } = corners(view, card)
    return lids.every((one) => right < one.x || left > one.x + one.width || bottom < one.y || top > one.y + one.height)
  })

/**
 * Where the camera stands when it shows cards: as large as can be, and none of them under the map or the buttons. Where they are many
 * enough to be there anyhow, room is left for those on one side.
 */
export function fitted(cards: readonly Box[], size: Size, hasMap: boolean): Viewport {
  const whole = around(cards)
  if (!whole) return { x: 0, y: 0, zoom: 1 }
  const lids = lidsOver(size, hasMap)
  const rimX = Math.floor((size.width - size.width / (1 + fit.padding)) / 2)
  const rimY = Math.floor((size.height - size.height / (1 + fit.padding)) / 2)
  const right = lids.filter((one) => one.x > size.width / 2).map((one) => size.width - one.x)
  const bottom = lids.filter((one) => one.y > size.height / 2).map((one) => size.height - one.y)
  const top = lids.filter((one) => one.x < size.width / 2).map((one) => one.y + one.height)
  const px = (most: number, wanted: number): `${number}px` => `${Math.max(most, wanted === 0 ? 0 : wanted + lid.gap)}px`
  const views = [0, ...right].flatMap((r) =>
    [0, ...bottom].flatMap((b) =>
      [0, ...top].map((t) =>
        getViewportForBounds(whole, size.width, size.height, zoomRange.min, fit.maxZoom, {
          x: `${rimX}px`,
          top: px(rimY, t),
          right: px(rimX, r),
          bottom: px(rimY, b),
        }),
      ),
    ),
  )
  const clear = views.filter((view) => isClear(view, cards, lids)).sort((one, other) => other.zoom - one.zoom)
  return clear[0] ?? views[0] ?? { x: 0, y: 0, zoom: 1 }
}

/** A step's card; null when it has no place. */
export const cardBox = (store: BuilderStore, id: string): Box | null => {
  const at = store.state.draft.layout.get(id)
  return at ? { ...at, width: cardWidth, height: store.scene.heightOf(id) } : null
}

/** The cards of the draft, where they are to be. */
export const cardsOf = (store: BuilderStore): Box[] =>
  [...store.state.draft.nodes.keys()].flatMap((id) => cardBox(store, id) ?? [])

/** What is around some boxes; null around none. */
export function around(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null
  const x = Math.min(...boxes.map((box) => box.x))
  const y = Math.min(...boxes.map((box) => box.y))
  const right = Math.max(...boxes.map((box) => box.x + box.width))
  const bottom = Math.max(...boxes.map((box) => box.y + box.height))
  return { x, y, width: right - x, height: bottom - y }
}

/** The camera that shows the whole workflow in a canvas of a size, which will have the map or not. */
export const wholeView = (store: BuilderStore, size: Size, hasMap: boolean): Viewport =>
  fitted(cardsOf(store), size, hasMap)

/** Below this zoom a card's text is too small to read with ease. */
const readable = 0.6

/**
 * The camera with which the builder opens: the whole workflow where it can be read, else its beginning, large enough. Showing all of it,
 * however small, stays for who asks for it.
 */
export function firstView(store: BuilderStore, size: Size, hasMap: boolean): Viewport {
  const cards = cardsOf(store)
  const whole = fitted(cards, size, hasMap)
  const all = around(cards)
  const [first] = [...cards].sort((one, other) => one.y - other.y || one.x - other.x)
  if (whole.zoom >= readable || !all || !first || size.width === 0) return whole
  const middle = all.width * readable <= size.width - 2 * rim ? all.x + all.width / 2 : first.x + first.width / 2
  return { x: size.width / 2 - middle * readable, y: 2 * rim - first.y * readable, zoom: readable }
}

/** What the canvas that is in front draws, all of it or only some steps: cards and notes, where they are now. */
export const drawnBoxes = (flow: ReactFlowInstance, only?: ReadonlySet<string>): Box[] =>
  flow
    .getNodes()
    .flatMap(({ id, position, measured }) =>
      only?.has(id) === false
        ? []
        : [{ ...position, width: measured?.width ?? cardWidth, height: measured?.height ?? cardHeight }],
    )

/** Has the camera show all of these in the canvas that is in front, in so many ms. */
export function showAll(flow: ReactFlowInstance, cards: readonly Box[], ms = 0): void {
  const size = document.querySelector('.tl-flow-box')?.getBoundingClientRect()
  if (size && cards.length > 0) void flow.setViewport(fitted(cards, size, isMapShown()), { duration: motionMs(ms) })
}
