import { type Desk, type GenerateEvent, generateByRules } from './generate.ts'

/** Who asks, and when to stop. */
export interface Asker {
  /** As history tables keep it: `member:<id>`, `key:<id>`, `cli`. */
  actor: string
  signal: AbortSignal
}

/** Writes a proposal by whoever can: the workspace's model, else the outline reader. Changes nothing. */
export async function* write(desk: Desk, _asker: Asker): AsyncGenerator<GenerateEvent> {
  yield* generateByRules(desk)
}
