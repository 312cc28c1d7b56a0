import { type ComponentType, createElement, lazy } from 'react'

const failed = new Set<() => void>()

/** What could not be loaded is loaded again when it is next shown. */
export function loadFailedAgain(): void {
  for (const renew of failed) renew()
  failed.clear()
}

/** A part that is loaded when it is first shown. Unlike React's own `lazy` it can be asked for again after a failure: `loadFailedAgain`. */
export function lazyPart<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) {
  let loaded: ComponentType<Props>
  const renew = () => {
    loaded = lazy(() =>
      load().catch((error: unknown) => {
        failed.add(renew)
        throw error
      }),
    ) as unknown as ComponentType<Props>
  }
  renew()
  return function LazyPart(props: Props) {
    return createElement(loaded, props)
  }
}

/** Whether an error says that a part of the app could not be loaded: the server does not answer, or has another build. */
export const isUnloaded = (error: unknown): boolean =>
  error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)
