import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { z } from 'zod'

/** One server-sent event; `data` is written as JSON. */
export interface ServerEvent {
  event: string
  data: unknown
  /** Comes back as `Last-Event-ID` when the browser reconnects. */
  id?: string
}

/** The response schema of a `text/event-stream` route: the handler returns an async iterable that ends with `context.signal`. */
export const serverEvents = z.custom<AsyncIterable<ServerEvent>>()

/** The response schema of a route that answers text or bytes of its `media` type, whole or piece by piece. */
export const content = z.custom<string | Uint8Array | AsyncIterable<string | Uint8Array>>()

/** Proxies cut connections that are silent for 30 to 60 s. */
const heartbeatMs = 15_000

/**
 * Writes events in the format of https://html.spec.whatwg.org/multipage/server-sent-events.html with a comment as heartbeat.
 * A slow reader slows the source. `failed` hears of a source that threw; the stream ends then and the browser reconnects.
 */
export function writeEvents(
  source: AsyncIterable<ServerEvent>,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): PassThrough {
  const out = new PassThrough()
  out.write('retry: 2000\n\n')
  const heartbeat = setInterval(() => out.writableNeedDrain || out.write(':\n\n'), heartbeatMs)
  heartbeat.unref()
  const pump = async () => {
    try {
      for await (const { event, data, id } of source) {
        if (signal.aborted) break
        const head = id === undefined ? '' : `id: ${id}\n`
        if (!out.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
          await once(out, 'drain', { signal })
      }
    } catch (error) {
      if (!signal.aborted) failed(error)
    } finally {
      clearInterval(heartbeat)
      out.end()
    }
  }
  void pump()
  return out
}
