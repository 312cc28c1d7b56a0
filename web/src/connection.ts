import { useSyncExternalStore } from 'react'

/**
 * Whether the server can be reached. One for all pages.
 *   up        answers come
 *   failing   a call did not come through, or the answer was a 5xx; the server is asked whether it is ready until it is
 * A 500 is a fault of one call as long as the server says that it is ready: it is told where the call was made, and nothing else stops.
 * `streamsLost` is apart from that: the numbers that are pushed may be late while everything else works.
 */
export interface Connection {
  failingSince: number | null
  /** When the last answer came: what is on the screen is as of then. */
  lastGoodAt: number
  /** When the server is asked again, while failing. */
  nextTryAt: number
  /** Since when a stream of pushed numbers is down. */
  streamLostSince: number | null
}

/** How often a server that does not answer is asked, in milliseconds. */
const askAgainMs = 3_000

let state: Connection = { failingSince: null, lastGoodAt: Date.now(), nextTryAt: 0, streamLostSince: null }
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()
const recovered = new Set<() => void>()
const lost = new Map<unknown, number>()

function to(change: Partial<Connection>): void {
  state = { ...state, ...change }
  for (const listener of listeners) listener()
}

/** Tells how a call ended: with an answer of this status, or with none (0). */
export function heard(status: number): void {
  if (status > 0 && status < 500) {
    state.lastGoodAt = Date.now()
    if (state.failingSince !== null) up()
  } else if (state.failingSince === null) {
    if (status === 500) void doubt()
    else fail()
  }
}

function fail(): void {
  if (state.failingSince !== null) return
  to({ failingSince: Date.now() })
  askLater()
}

const isReady = (): Promise<boolean> =>
  fetch('/ready', { cache: 'no-store' }).then(
    (answer) => answer.status < 500,
    () => false,
  )

let doubting = false
async function doubt(): Promise<void> {
  if (doubting) return
  doubting = true
  const ready = await isReady()
  doubting = false
  if (!ready) fail()
}

function up(): void {
  clearTimeout(timer)
  to({ failingSince: null, lastGoodAt: Date.now() })
  for (const told of recovered) told()
}

function askLater(): void {
  clearTimeout(timer)
  to({ nextTryAt: Date.now() + askAgainMs })
  timer = setTimeout(() => void askNow(), askAgainMs)
}

/** Asks at once whether the server is ready. */
export async function askNow(): Promise<void> {
  clearTimeout(timer)
  const ready = await isReady()
  if (state.failingSince === null) return
  if (ready) up()
  else askLater()
}

/** Calls back whenever the server answers again. */
export function onRecovery(told: () => void): () => void {
  recovered.add(told)
  return () => void recovered.delete(told)
}

/** Notes that a stream is down, or up or closed again. */
export function streamIs(stream: unknown, down: boolean): void {
  if (down === lost.has(stream)) return
  if (down) lost.set(stream, Date.now())
  else lost.delete(stream)
  to({ streamLostSince: lost.size === 0 ? null : Math.min(...lost.values()) })
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** The connection, as it is now. */
export const useConnection = (): Connection => useSyncExternalStore(subscribe, () => state)

globalThis.window?.addEventListener('offline', () => heard(0))
globalThis.window?.addEventListener('online', () => void askNow())
