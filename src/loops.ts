import type { App } from './app.ts'
import { createAdvance } from './engine/advance.ts'
import { createHousekeeping } from './engine/keep-house.ts'
import type { Loop } from './engine/scheduler.ts'
import { nodes } from './nodes/index.ts'

/** The loops of a worker (docs/architecture.md, "Loops"), and the one question that wakes them all when an announcement was lost. */
export function createLoops({ db, log }: App): { loops: Loop[]; anythingDue(): Promise<boolean> } {
  const advance = createAdvance({ db, log, nodes })
  return { loops: [advance, createHousekeeping({ db, log })], anythingDue: advance.anythingDue }
}
