import { type RefObject, useLayoutEffect, useRef } from 'react'
import { motionMs } from './fit.ts'
import { useBuilder } from './store.ts'

/** How long the stylesheet lets cards glide (builder.css, data-gliding), and how long drawing them anew may take before, in ms. */
const glideMs = { glide: 200, draw: 300 }

/**
 * When the whole workflow is placed anew, or that is taken back, cards glide to their places instead of jumping (UX §4.6), and the lines
 * come back there. It is all the stylesheet's: the browser moves what it has drawn, no script runs for it. A press ends it.
 */
export function useGlide(frame: RefObject<HTMLElement | null>): void {
  const glide = useBuilder((state) => state.glide)
  const seen = useRef(glide)
  useLayoutEffect(() => {
    const element = frame.current
    if (seen.current === glide || !element || motionMs(glideMs.glide) === 0) return
    seen.current = glide
    element.dataset.gliding = ''
    const end = () => {
      clearTimeout(timer)
      removeEventListener('pointerdown', end, true)
      delete element.dataset.gliding
    }
    const timer = setTimeout(end, glideMs.glide + glideMs.draw)
    addEventListener('pointerdown', end, true)
    return end
  }, [glide, frame])
}
