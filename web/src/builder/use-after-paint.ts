import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/**
 * Whether something that is slow to draw may be drawn now: once what else changed when `wanted` became true has been painted, so that the
 * answer to a press is on screen first. A key that is pressed before that finds it there: it is what the key is meant for.
 */
export function useAfterPaint(wanted: boolean): boolean {
  const [isPainted, setPainted] = useState(wanted)
  useEffect(() => {
    if (wanted === isPainted) return
    if (!wanted) {
      setPainted(false)
      return
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => setPainted(true), 0)
    })
    const now = () => flushSync(() => setPainted(true))
    window.addEventListener('keydown', now, { capture: true })
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      window.removeEventListener('keydown', now, { capture: true })
    }
  }, [wanted, isPainted])
  return wanted && isPainted
}
