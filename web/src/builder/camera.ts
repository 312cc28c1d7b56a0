import { type ReactFlowInstance, useReactFlow, type Viewport } from '@xyflow/react'
import { type RefObject, useEffect, useMemo } from 'react'
import type { Point } from './draft.ts'
import {
  around,
  type Box,
  cardBox,
  cardsOf,
  corners,
  fitted,
  isClear,
  isMapShown,
  lidsOver,
  motionMs,
  rim,
  type Size,
} from './fit.ts'
import { type BuilderStore, useBuilder, useStore } from './store.ts'

/** By how many screen pixels the camera moves so that a box is in view by the shortest way; of one that is too large, the upper left part. */
export function shortestPan(view: Viewport, size: Size, box: Box): Point {
  const { left, top, right, bottom } = corners(view, box)
  const shift = (low: number, high: number, room: number) =>
    low < rim ? rim - low : high > room - rim ? Math.max(room - rim - high, rim - low) : 0
  return { x: shift(left, right, size.width), y: shift(top, bottom, size.height) }
}

/** By how much more, so that a box does not lie under something in the lower right corner of the canvas. */
export function outOfCorner(view: Viewport, size: Size, box: Box, corner: Size): Point {
  const { right, bottom } = corners(view, box)
  const by = { x: size.width - corner.width - right, y: size.height - corner.height - bottom }
  if (by.x >= 0 || by.y >= 0) return { x: 0, y: 0 }
  return by.x > by.y ? { x: by.x, y: 0 } : { x: 0, y: by.y }
}

/** Whether all of a box is on the screen. */
export function isInView(view: Viewport, size: Size, box: Box): boolean {
  const { left, top, right, bottom } = corners(view, box)
  return left >= 0 && top >= 0 && right <= size.width && bottom <= size.height
}

/** Takes the map away, or brings it back: where all is in view anyhow and it would lie over a card. */
export function setMapAside(aside: boolean): void {
  document.querySelector('.tl-flow-box')?.toggleAttribute('data-map-aside', aside)
}

/** A camera on its way is where it goes: what is decided meanwhile must not stop it half-way. */
class Camera {
  readonly #flow: ReactFlowInstance
  readonly #store: BuilderStore
  #goal: { view: Viewport; until: number } | null = null

  constructor(flow: ReactFlowInstance, store: BuilderStore) {
    this.#flow = flow
    this.#store = store
  }

  get view(): Viewport {
    return this.#goal && performance.now() < this.#goal.until ? this.#goal.view : this.#flow.getViewport()
  }

  go(view: Viewport, duration = motionMs(150)): void {
    this.#goal = { view, until: performance.now() + duration }
    void this.#flow.setViewport(view, { duration })
  }

  pan({ x, y }: Point): void {
    if (x !== 0 || y !== 0) this.go({ ...this.view, x: this.view.x + x, y: this.view.y + y })
  }

  /** Brings a card into view by the shortest way; one that is far off comes to the middle. */
  show(size: Size, id: string): void {
    const box = cardBox(this.#store, id)
    if (!box) return
    const by = shortestPan(this.view, size, box)
    if (Math.abs(by.x) < size.width && Math.abs(by.y) < size.height) {
      this.pan(by)
      this.pan(outOfCorner(this.view, size, box, this.#mapSize()))
      return
    }
    const zoom = Math.max(this.view.zoom, 0.6)
    const x = size.width / 2 - (box.x + box.width / 2) * zoom
    this.go({ x, y: size.height / 2 - (box.y + box.height / 2) * zoom, zoom })
  }

  /** The canvas got another place or size: what stands on the screen stays there, and what a panel hides is shown. */
  resized(was: DOMRect, now: DOMRect): void {
    const before = this.view
    setMapAside(false)
    if (now.left !== was.left || now.top !== was.top)
      this.go({ ...before, x: before.x + was.left - now.left, y: before.y + was.top - now.top }, 0)
    if (now.width >= was.width && now.height >= was.height) return
    const cards = cardsOf(this.#store)
    const whole = around(cards)
    if (!whole) return
    const chosen = [...this.#store.state.selected][0]
    if (chosen === undefined) {
      if (this.#isFitted(before, was, cards)) this.go(fitted(cards, now, isMapShown()))
      return
    }
    if (isInView(before, was, whole)) this.#keep(cards, whole, now)
    this.show(now, chosen)
  }

  /** Whether everything is shown as showing everything shows it, give or take what a card's height is off. */
  #isFitted(view: Viewport, size: Size, cards: readonly Box[]): boolean {
    const fit = fitted(cards, size, isMapShown())
    return Math.abs(fit.zoom - view.zoom) < 0.01 && Math.abs(fit.x - view.x) < rim && Math.abs(fit.y - view.y) < rim
  }

  /** Keeps everything in view where it still has room, beside the map or above it rather than below it. */
  #keep(cards: readonly Box[], whole: Box, size: Size): void {
    const map = this.#mapSize()
    const { zoom } = this.view
    const { width, height } = size
    const ways = [
      { width, height },
      { width: width - map.width, height },
      { width, height: height - map.height },
    ]
      .filter((room) => whole.width * zoom <= room.width - 2 * rim && whole.height * zoom <= room.height - 2 * rim)
      .map((room) => shortestPan(this.view, room, whole))
    const lids = lidsOver(size, isMapShown())
    const moved = ({ x, y }: Point) => ({ zoom, x: this.view.x + x, y: this.view.y + y })
    const way = ways.find((by) => isClear(moved(by), cards, lids)) ?? ways[0]
    if (!way) return
    // Nothing is out of view that it could show.
    setMapAside(!isClear(moved(way), cards, lids))
    this.pan(way)
  }

  /** What the map takes of the lower right corner. */
  #mapSize(): Size {
    const map = document.querySelector('.react-flow__minimap')?.getBoundingClientRect()
    return map ? { width: map.width + 2 * rim, height: map.height + 2 * rim } : { width: 0, height: 0 }
  }
}

/**
 * The camera of the canvas in `frame`. It moves by itself for three things only (UX §4.6): a step that was added or jumped to; what a
 * panel hides when it opens on a step (everything, where all was in view and still has room, else the step); and the whole workflow when
 * all of it was shown and a panel opens with nothing selected. What stands on the screen stays there when the palette folds.
 */
export function useCamera(frame: RefObject<HTMLElement | null>): void {
  const flow = useReactFlow()
  const store = useStore()
  const camera = useMemo(() => new Camera(flow, store), [flow, store])
  const look = useBuilder((state) => state.look)
  useEffect(() => {
    const box = frame.current?.getBoundingClientRect()
    if (look && box) camera.show(box, look.id)
  }, [look, camera, frame])
  const opened = useBuilder((state) => (state.drawer ? [...state.selected][0] : undefined))
  useEffect(() => {
    if (opened === undefined) return
    // After the observer below has seen the drawer.
    const timer = setTimeout(() => {
      const box = frame.current?.getBoundingClientRect()
      if (box) camera.show(box, opened)
    }, 40)
    return () => clearTimeout(timer)
  }, [opened, camera, frame])
  useEffect(() => {
    const element = frame.current
    if (!element) return
    let was = element.getBoundingClientRect()
    let screen = `${window.innerWidth} ${window.innerHeight}`
    const observer = new ResizeObserver(() => {
      const now = element.getBoundingClientRect()
      const before = was
      const isWindow = screen !== `${window.innerWidth} ${window.innerHeight}`
      was = now
      screen = `${window.innerWidth} ${window.innerHeight}`
      if (!isWindow && before.width > 0 && now.width > 0) camera.resized(before, now)
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [camera, frame])
}
