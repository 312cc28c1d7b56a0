import type { GraphEdge, GraphNode } from '../../../src/workflow/graph.ts'
import type { Note, Patch, Point } from './draft.ts'

/** What a tab has that the server does not: the change, what it takes back, and the draft's version that it was made on. */
export interface Unsaved {
  version: number
  change: Patch
  back: Patch
}

/** What a tab keeps on this device until the server has it. */
export interface Journal {
  read(): Promise<Unsaved | null>
  /** Null: the server has everything. */
  write(entry: Unsaved | null): void
  /** Whether everything that was written is kept by now. */
  readonly isKept: boolean
}

type Rows<Value> = [string, Value][]
interface Stored {
  version: number
  change: {
    nodes: Rows<GraphNode | null>
    edges: Rows<GraphEdge | null>
    layout: Rows<Point | null>
    notes: Rows<Note | null>
  }
  back: Stored['change']
}

const rowsOf = (patch: Patch): Stored['change'] => ({
  nodes: [...(patch.nodes ?? [])],
  edges: [...(patch.edges ?? [])],
  layout: [...(patch.layout ?? [])],
  notes: [...(patch.notes ?? [])],
})
const patchOf = (rows: Stored['change']): Patch => ({
  nodes: new Map(rows.nodes),
  edges: new Map(rows.edges),
  layout: new Map(rows.layout),
  notes: new Map(rows.notes),
})

const storeName = 'unsaved'

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('throughline-builder', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(storeName)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

const done = (request: IDBRequest): Promise<unknown> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/**
 * A journal in IndexedDB, one entry a campaign; only what changed is written, so that it costs the same for 5 steps and for 500. A
 * `keepalive` request would not do: it carries 64 KiB at most (Fetch standard). Storage that is full or blocked keeps nothing; saving
 * goes on, and leaving the page then asks.
 */
export function deviceJournal(campaignId: string): Journal {
  const database = openDatabase()
  database.catch(() => undefined)
  let asked = 0
  let kept = 0
  const table = async (mode: IDBTransactionMode) => (await database).transaction(storeName, mode).objectStore(storeName)
  return {
    async read() {
      try {
        const found = (await done((await table('readonly')).get(campaignId))) as Stored | undefined
        return found ? { version: found.version, change: patchOf(found.change), back: patchOf(found.back) } : null
      } catch {
        return null
      }
    },
    write(entry) {
      asked += 1
      const mine = asked
      const stored: Stored | null = entry && {
        version: entry.version,
        change: rowsOf(entry.change),
        back: rowsOf(entry.back),
      }
      table('readwrite')
        .then((rows) => done(stored ? rows.put(stored, campaignId) : rows.delete(campaignId)))
        .then(
          () => {
            kept = Math.max(kept, mine)
          },
          () => undefined,
        )
    },
    get isKept() {
      return kept === asked
    },
  }
}
