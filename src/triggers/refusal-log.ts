import type { App } from '../app.ts'
import { type RefusedCalls, recordRefusals } from './receive-sql.ts'

/** How long refusals gather before they are written, in ms. */
const everyMs = 1_000

/** Writes down refused calls, a statement a second at most: whoever knows an address can call it as often as they like. */
export interface RefusalLog {
  note(triggerId: string, refusal: { reason: string; detail: string; webhookId: string | null }): void
  /** Writes what has gathered. */
  flush(): Promise<void>
}

/** Gathers refusals by trigger and reason: there are few of both. */
export function createRefusalLog({ db, log }: Pick<App, 'db' | 'log'>): RefusalLog {
  let gathered = new Map<string, RefusedCalls>()
  let timer: NodeJS.Timeout | undefined
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const calls = [...gathered.values()]
    gathered = new Map()
    if (calls.length === 0) return
    await recordRefusals(db, calls).catch((error) => log.warn({ err: error }, 'Refused webhook calls were not noted'))
  }
  return {
    note(triggerId, { reason, detail, webhookId }) {
      const key = `${triggerId} ${reason}`
      const times = (gathered.get(key)?.times ?? 0) + 1
      gathered.set(key, { triggerId, reason, detail: detail.slice(0, 500), webhookId: storable(webhookId), times })
      timer ??= setTimeout(() => void flush(), everyMs).unref()
    },
    flush,
  }
}

/** A header's text as the database can hold it. */
const storable = (text: string | null): string | null => text?.replace(/[^\x20-\x7e]/g, '?').slice(0, 256) ?? null
