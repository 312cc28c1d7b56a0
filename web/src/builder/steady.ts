import { useLayoutEffect, useRef, useState } from 'react'

/**
 * The same functions for as long as the component lives, each doing what the newest of its name does. React Flow tells every card and
 * line of each new handler, one after another; with 500 steps that is most of what a change costs.
 */
export function useSteady<Handlers extends object>(handlers: Handlers): Handlers {
  const newest = useRef(handlers)
  useLayoutEffect(() => {
    newest.current = handlers
  })
  const [steady] = useState(() => {
    const names = Object.keys(handlers) as (keyof Handlers)[]
    const call = (name: keyof Handlers) =>
      function passOn(...given: unknown[]): unknown {
        return (newest.current[name] as (...all: unknown[]) => unknown)(...given)
      }
    return Object.fromEntries(names.map((name) => [name, call(name)])) as Handlers
  })
  return steady
}
