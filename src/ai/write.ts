import { type Desk, type GenerateEvent, generateByRules } from './generate.ts'
import { generateByModel } from './generate-by-model.ts'
import { chatProvider } from './provider-queries.ts'

/** Who asks, and when to stop. */
export interface Asker {
  /** As history tables keep it: `member:<id>`, `key:<id>`, `cli`. */
  actor: string
  signal: AbortSignal
  /** How long a model may be silent, in ms; a minute unless said. */
  stallMs?: number
}

/** Writes a proposal by whoever can: the workspace's model, else the outline reader. Changes nothing. */
export async function* write(desk: Desk, asker: Asker): AsyncGenerator<GenerateEvent> {
  const provider = desk.request.example === null ? await chatProvider(desk.app.db, desk.workspaceId) : undefined
  if (provider) yield* generateByModel(desk, provider, asker)
  else yield* generateByRules(desk)
}
