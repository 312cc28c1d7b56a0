import type { GraphDiff } from '../../../src/workflow/diff.ts'
import type { GraphProblem } from '../../../src/workflow/graph.ts'
import { ApiProblem } from '../api.ts'
import type { WireWorkflow } from './draft.ts'

/** One thing that a proposal would do, in a sentence. */
export interface Change {
  key: string
  kind: 'added' | 'changed' | 'removed'
  nodeId: string
  text: string
}

/** Something that only a person can choose or write. */
export interface Placeholder {
  nodeId: string
  field: string
  ref: string | null
  label: string
  wanted: string | null
}

/** What the server proposes; `graph` is null when there is nothing to propose. */
export interface Proposal {
  source: 'outline' | 'example' | 'model'
  graph: (WireWorkflow & { layout: Record<string, { x: number; y: number }> }) | null
  diff: GraphDiff | null
  changes: Change[]
  problems: (GraphProblem & { cause: 'proposal' | 'before' })[]
  placeholders: Placeholder[]
  replaces: number
  version: number
  summary: string
  unread: { line: number; text: string; reason: string | null }[]
  notes: string[]
  review: { nodeId: string; field: string; text: string }[]
  examples: { id: string; name: string; description: string; steps: number }[]
  usage?:
    | { model: string; inputTokens: number; outputTokens: number; costUsd: number | null; calls: number }
    | undefined
}

/** Progress while a proposal is written. */
export type Progress =
  | { stage: 'step'; nodeId: string; type: string; title: string }
  | { stage: 'reading' | 'drafting' | 'checking' | 'repairing' | 'placing'; text: string }

interface Asked {
  prompt?: string
  proposal?: Pick<WireWorkflow, 'nodes' | 'edges'>
  /** Steps that alone may change. */
  selection?: string[]
  example?: string
}

/** Asks for a proposal and tells its progress. Aborting the signal stops it and nothing is kept. @throws ApiProblem */
export async function askForProposal(
  campaignId: string,
  body: Asked,
  options: { signal: AbortSignal; onProgress(progress: Progress): void },
): Promise<Proposal> {
  const answer = await fetch(`/api/v1/campaigns/${campaignId}/workflow/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(body),
    credentials: 'same-origin',
    signal: options.signal,
  }).catch((cause: unknown) => {
    if (options.signal.aborted) throw cause
    throw new ApiProblem(0, 'offline', 'The server did not answer. Nothing was changed.')
  })
  if (!answer.ok || !answer.body) {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string; code?: ApiProblem['code'] }
    throw new ApiProblem(
      answer.status,
      problem.code ?? 'internal',
      problem.detail ?? `The server answered ${answer.status}.`,
    )
  }
  for await (const { event, data } of eventsOf(answer.body)) {
    if (event === 'progress') options.onProgress(data as Progress)
    else if (event === 'proposal') return data as Proposal
    else if (event === 'failed') throw new ApiProblem(503, 'ai_failed', (data as { message: string }).message)
  }
  throw new ApiProblem(0, 'offline', 'The connection ended before the proposal was there. Nothing was changed.')
}

/** The events of a stream, in the format of server-sent events. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    text += value
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      const event = /^event: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (event && data) yield { event, data: JSON.parse(data) }
    }
  }
}
