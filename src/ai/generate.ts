import type { App } from '../app.ts'
import { findNamed } from '../campaign-files/queries.ts'
import { resolveFile, wordsOf } from '../campaign-files/resolve.ts'
import { checkGraph } from '../campaigns/check.ts'
import type { Draft } from '../campaigns/workflow-queries.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import { notFound } from '../errors.ts'
import type { Graph, GraphNode, GraphProblem } from '../workflow/graph.ts'
import { exampleFile, searchExamples } from './examples.ts'
import { type Outline, readOutline } from './outline.ts'
import { reviseOutline } from './outline-revise.ts'
import { nothingProposed, type Proposal, propose, settleIds, type Written } from './proposal.ts'
import { confine, graft } from './scope.ts'
import type { Workspace } from './workspace.ts'
import { readWorkspace } from './workspace-queries.ts'

/** What a person asks for. */
export interface GenerateRequest {
  prompt: string
  /** The proposal that is to be changed; absent for a new one. */
  proposal: Graph | null
  /** A ready-made campaign in place of a text. */
  example: string | null
  /** Steps of the draft that alone may change; absent = all. */
  selection?: ReadonlySet<string> | null
}

/** Where a generation stands. The last event is the proposal. */
export type GenerateEvent =
  | {
      event: 'progress'
      data: { stage: Stage; text: string } | { stage: 'step'; nodeId: string; type: string; title: string }
    }
  | { event: 'proposal'; data: Proposal }
  | { event: 'failed'; data: Failure }

/** Why there is no proposal. Nothing was changed. */
export interface Failure {
  /** Permanent, as in `key_refused`. */
  code: string
  message: string
  retryAfterSeconds?: number
  /** What was wrong with the last answer. */
  problems?: GraphProblem[]
}

export type Stage = 'reading' | 'drafting' | 'checking' | 'repairing' | 'placing'

/** What every way of writing a proposal is given. */
export interface Desk {
  app: App
  workspaceId: number
  campaignId: string
  draft: Draft
  request: GenerateRequest
  workspace: Workspace
}

export const say = (stage: Stage, text: string): GenerateEvent => ({ event: 'progress', data: { stage, text } })

/** Tells the steps of a graph one by one. */
export function* tellSteps(graph: Graph): Generator<GenerateEvent> {
  for (const { id, type, title } of graph.nodes) {
    yield { event: 'progress', data: { stage: 'step', nodeId: id, type, title: title || catalogue[type]?.title || id } }
  }
}

/**
 * Writes a proposal for a campaign's draft without a model: by rules from an outline, or from a ready-made campaign. Nothing is changed.
 * @throws Problem `not_found` for an unknown example
 */
export async function* generateByRules(desk: Desk): AsyncGenerator<GenerateEvent> {
  const { request, draft } = desk
  if (request.example !== null) {
    yield* fromExample(desk, request.example)
    return
  }
  yield say('drafting', 'Reading the outline by rules; no model is connected')
  const base = request.proposal
  const outline = base
    ? reviseOutline(base, request.prompt, catalogue, desk.workspace)
    : readOutline(request.prompt, catalogue, desk.workspace)
  const selection = request.selection ?? null
  const drawn = outline.graph && !base && selection ? inSelection(desk, outline, selection) : outline
  const { unread, notes } = drawn
  if (drawn.graph === null) {
    // A ready-made campaign would take the place of more than what is selected.
    const examples = outline.graph === null && !selection ? searchExamples(request.prompt) : []
    const summary = base
      ? 'No change proposed: none of it could be read as a change.'
      : 'No change proposed: no step could be read out of this text.'
    yield {
      event: 'proposal',
      data: nothingProposed(draft.version, { source: 'outline', summary, unread, notes, examples }),
    }
    return
  }
  yield* tellSteps(outline.graph ?? drawn.graph)
  const summary = base
    ? 'The proposal, changed by rules.'
    : 'Read from your outline by rules. Texts that it does not give are yours to write.'
  const more = { source: 'outline' as const, summary, unread, notes, examples: [] }
  yield* finish(desk, { graph: drawn.graph, wanted: drawn.wanted }, more)
}

/** An outline in the place of the selected steps; without a graph where it does not fit there. */
function inSelection({ draft }: Desk, outline: Outline, selection: ReadonlySet<string>): Outline {
  if (outline.graph === null) return outline
  const { graph, ids } = settleIds(outline.graph, draft, selection)
  const renamed = (id: string) => ids.get(id) ?? id
  const isStart = ({ type }: GraphNode) => catalogue[type]?.entry === 'start'
  const open = outline.open.map(({ source, when }) => ({ source: renamed(source), when }))
  const grafted = graft(draft, graph, open, selection, isStart)
  if ('unable' in grafted) return { ...outline, graph: null, notes: [...outline.notes, grafted.unable] }
  return { ...outline, graph: grafted.graph, wanted: renameKeys(outline.wanted, renamed) }
}

/** Names by `nodeId field` under the ids that the steps have now. */
const renameKeys = (wanted: ReadonlyMap<string, string>, renamed: (id: string) => string): Map<string, string> =>
  new Map(
    [...wanted].map(([key, name]) => {
      const [nodeId = '', field = ''] = key.split(' ')
      return [`${renamed(nodeId)} ${field}`, name]
    }),
  )

async function* fromExample(desk: Desk, id: string): AsyncGenerator<GenerateEvent> {
  const { app, workspaceId } = desk
  const file = exampleFile(id)
  if (!file) throw notFound('ready-made campaign')
  yield say('drafting', `Taking “${file.name}” from the ready-made campaigns`)
  const { graph, problems } = resolveFile(file, await findNamed(app.db, workspaceId, wordsOf(file)))
  const wanted = new Map(
    problems.flatMap(({ nodeId, field, message }) =>
      nodeId && field ? [[`${nodeId} ${field}`, /“(.+?)”/.exec(message)?.[1] ?? ''] as const] : [],
    ),
  )
  yield* tellSteps(graph)
  const summary = `The ready-made campaign “${file.name}”. ${file.description}`
  const written = { graph: chooseOnlySender(graph, desk.workspace), wanted }
  yield* finish(desk, written, {
    source: 'example',
    summary,
    unread: [],
    notes: [],
    examples: searchExamples(desk.request.prompt),
  })
}

/** Fills in the sender where the workspace has one alone that fits. */
export function chooseOnlySender(graph: Graph, { credentials }: Workspace): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const type = catalogue[node.type]
      if (!type?.sends || node.config.credentialId) return node
      const channel = typeof node.config.channel === 'string' ? node.config.channel : 'email'
      const fit = credentials.filter(({ channels }) => channels.includes(channel))
      const real = fit.filter(({ channels }) => channels.length === 1)
      const [only, second] = real.length > 0 ? real : fit
      return only && !second ? { ...node, config: { ...node.config, credentialId: only.id } } : node
    }),
  }
}

/** Checks what was written, compares it with the draft, places it, and hands it over for review. */
export async function* finish(
  desk: Desk,
  written: Written,
  more: Pick<Proposal, 'source' | 'summary' | 'unread' | 'notes' | 'examples'>,
): AsyncGenerator<GenerateEvent> {
  const { app, workspaceId, campaignId, draft, request } = desk
  yield say('checking', 'Checking it as the compiler would')
  const selection = request.selection ?? null
  const isPlaced = more.source === 'model' || request.proposal !== null || selection !== null
  const settled = isPlaced ? null : settleIds(written.graph, draft)
  const confined = selection ? confine(draft, written.graph, selection) : { graph: written.graph, ignored: [] }
  const graph = settled?.graph ?? confined.graph
  const wanted = renameKeys(written.wanted, (id) => settled?.ids.get(id) ?? id)
  const after = await checkGraph(app.db, workspaceId, campaignId, graph)
  const before = await checkGraph(app.db, workspaceId, campaignId, draft)
  yield say('placing', 'Laying it out')
  const proposal = propose(
    { graph, wanted },
    draft,
    { after: after.problems, before: before.problems },
    { ...more, notes: [...more.notes, ...(written.ignored ?? []), ...confined.ignored], prompt: request.prompt },
  )
  yield { event: 'proposal', data: proposal }
}

/** Reads what writing a proposal needs. */
export async function openDesk(
  app: App,
  workspaceId: number,
  campaignId: string,
  draft: Draft,
  request: GenerateRequest,
): Promise<Desk> {
  const workspace = await readWorkspace(app.db, workspaceId, campaignId)
  return { app, workspaceId, campaignId, draft, request, workspace }
}
