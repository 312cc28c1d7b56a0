import { checkGraph } from '../campaigns/check.ts'
import { catalogue } from '../catalogue/catalogue.ts'
import { references } from '../workflow/compile.ts'
import type { Graph, GraphProblem } from '../workflow/graph.ts'
import { answerSchema, type ReadAnswer, readAnswer } from './answer-schema.ts'
import { AiFailure } from './failure.ts'
import { type Desk, finish, type GenerateEvent, say } from './generate.ts'
import { findInstructions } from './instructions-queries.ts'
import { asData, defaultInstructions, requestPrompt, systemPrompt } from './prompt.ts'
import { isPlaceholder, type Written } from './proposal.ts'
import type { ProviderRow } from './provider-queries.ts'
import { confine } from './scope.ts'
import { openSession } from './session.ts'
import type { KnownThing, Workspace } from './workspace.ts'
import type { Asker } from './write.ts'

/** How often errors of the compiler go back to the model (PRODUCT §6). */
const mostRepairs = 2

/**
 * Lets a model write a proposal: asked with a strict schema, its answer compiled, errors sent back at most twice. Writes nothing but
 * what was used. Ends with `proposal` or `failed`; never throws for what a model does.
 */
export async function* generateByModel(desk: Desk, row: ProviderRow, asker: Asker): AsyncGenerator<GenerateEvent> {
  const { app, workspaceId, campaignId, request, workspace, draft } = desk
  let outcome = 'stopped'
  const about = { actor: asker.actor, campaignId: asker.actor === 'cli' ? null : campaignId, kind: 'workflow' as const }
  let session: Awaited<ReturnType<typeof openSession>> | undefined
  try {
    session = await openSession(app, row, about, asker)
    const instructions = (await findInstructions(app.db, workspaceId))?.body.trim() || defaultInstructions
    const system = systemPrompt(instructions, catalogue)
    const base = request.proposal ?? draft
    const messages: { role: 'user' | 'assistant'; content: string }[] = [
      {
        role: 'user',
        content: requestPrompt(workspace, base, {
          prompt: request.prompt,
          isRevision: request.proposal !== null,
          selection: request.selection ?? null,
        }),
      },
    ]
    const schema = answerSchema(catalogue)
    for (let repairs = 0; ; repairs += 1) {
      yield repairs === 0
        ? say('drafting', `Asking ${row.model}`)
        : say('repairing', `Repairing ${repairs}/${mostRepairs}: the compiler’s errors went back`)
      const text = yield* tellWhileWriting(session.ask({ system, messages, schema, signal: asker.signal }))
      yield say('checking', 'Checking it as the compiler would')
      const read = readAnswer(text, catalogue)
      const judged = await judge(desk, read)
      const isLast = repairs >= mostRepairs
      if (judged.written && (judged.errors.length === 0 || (isLast && judged.errors.every(({ canWait }) => canWait)))) {
        const { summary, notes } = read as Extract<ReadAnswer, { nodes: unknown }>
        outcome = 'ok'
        for await (const event of finish(desk, judged.written, {
          source: 'model',
          summary,
          notes,
          unread: [],
          examples: [],
        })) {
          yield event.event === 'proposal'
            ? { event: 'proposal', data: { ...event.data, usage: { model: row.model, ...session.used() } } }
            : event
        }
        return
      }
      if (isLast) {
        outcome = 'invalid_workflow'
        const first = judged.errors[0]?.text ?? ''
        const message = `I couldn’t make a valid workflow: ${first} Nothing was changed. Try it in other words, or in smaller steps.`
        yield { event: 'failed', data: { code: 'invalid_workflow', message, problems: judged.problems } }
        return
      }
      messages.push(
        { role: 'assistant', content: text.slice(0, 200_000) },
        {
          role: 'user',
          content: `The answer is not a valid workflow. Mend these errors and answer with the whole workflow again.\n\n${asData(
            'errors',
            judged.errors.slice(0, 30).map(({ text: said }) => said),
          )}`,
        },
      )
    }
  } catch (error) {
    if (!(error instanceof AiFailure)) throw error
    outcome = error.code
    const { code, message, retryAfterSeconds } = error
    yield { event: 'failed', data: { code, message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) } }
  } finally {
    await session?.close(outcome)
  }
}

/** Of each generation its own: it remembers where it stands. */
const startOfStep = () =>
  /"id"\s*:\s*"([^"\\]{1,64})"\s*,\s*"type"\s*:\s*"([a-z-]{1,40})"\s*,\s*"title"\s*:\s*"((?:[^"\\]|\\.){0,200})"/g

/** Tells each step as soon as its title is there, and answers the whole text. */
async function* tellWhileWriting(
  answer: AsyncGenerator<string, { text: string }>,
): AsyncGenerator<GenerateEvent, string> {
  const step = startOfStep()
  let seen = 0
  for (;;) {
    const { value, done } = await answer.next()
    if (done) return value.text
    step.lastIndex = seen
    for (let found = step.exec(value); found; found = step.exec(value)) {
      seen = step.lastIndex
      const [, nodeId = '', type = '', title = ''] = found
      yield {
        event: 'progress',
        data: { stage: 'step', nodeId, type, title: unescaped(title) || catalogue[type]?.title || nodeId },
      }
    }
  }
}

const unescaped = (text: string): string => {
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    return text
  }
}

interface Judged {
  written: Written | null
  /** `canWait`: a person may mend it after all, so it does not spoil the last answer. */
  errors: { text: string; canWait: boolean }[]
  problems: GraphProblem[]
}

async function judge(desk: Desk, read: ReadAnswer): Promise<Judged> {
  if ('faults' in read) {
    return { written: null, problems: [], errors: read.faults.map((text) => ({ text, canWait: false })) }
  }
  const settled = settleReferences({ nodes: read.nodes, edges: read.edges }, desk.workspace)
  const { selection } = desk.request
  // What is beyond the selection is left out before it is judged: a fault there is nobody's to mend.
  const written = selection ? { ...settled, ...confine(desk.draft, settled.graph, selection) } : settled
  const { problems } = await checkGraph(desk.app.db, desk.workspaceId, desk.campaignId, written.graph)
  const errors = problems
    .filter(({ severity }) => severity === 'error')
    .filter((problem) => !(isPlaceholder(written.graph, problem) && isReference(written.graph, problem)))
    // What the campaign lacks, such as a product, no answer can mend.
    .filter(({ code }) => code !== 'no_criterion')
    .map((problem) => {
      const { nodeId, edgeId, field, message, fix } = problem
      const place = [nodeId ?? edgeId, field].filter(Boolean).join('.')
      return {
        text: `${place ? `${place}: ` : ''}${message}${fix ? ` ${fix}` : ''}`,
        canWait: isPlaceholder(written.graph, problem),
      }
    })
  return { written, errors, problems }
}

const isReference = (graph: Graph, { nodeId, field }: GraphProblem): boolean =>
  field !== undefined &&
  references(graph, catalogue).every((each) => each.nodeId !== nodeId || each.field !== field || each.value === null) &&
  !['subject', 'body'].includes(field)

/**
 * Keeps an id only when it is one of the workspace: one that was told, or the id behind a name that was told. Anything else becomes a
 * placeholder for a person to choose.
 */
function settleReferences(graph: Graph, workspace: Workspace): Written {
  const things: Record<string, readonly KnownThing[]> = {
    segment: workspace.segments,
    credential: workspace.credentials,
    template: workspace.templates,
    criterion: workspace.criteria,
    member: workspace.members,
    product: workspace.products,
  }
  const wanted = new Map<string, string>()
  const nodes = new Map(graph.nodes.map((node) => [node.id, { ...node, config: structuredClone(node.config) }]))
  for (const { nodeId, field, ref, value } of references(graph, catalogue)) {
    const node = nodes.get(nodeId)
    if (value === null || !node) continue
    const word = value.trim().toLowerCase()
    const known =
      things[ref]?.find(({ id }) => id.toLowerCase() === word) ??
      things[ref]?.find(({ name }) => name.toLowerCase() === word)
    if (known?.id === value) continue
    put(node.config, field, known?.id)
    if (!known) wanted.set(`${nodeId} ${field.replace(/\.\d+$/, '')}`, value.slice(0, 100))
  }
  for (const node of nodes.values()) node.config = withoutHoles(node.config) as Record<string, unknown>
  return { graph: { nodes: [...nodes.values()], edges: graph.edges }, wanted }
}

/** Sets or empties a field by its dotted path. */
function put(config: Record<string, unknown>, field: string, value: string | undefined): void {
  const path = field.split('.')
  const last = path.pop() ?? ''
  let inner: unknown = config
  for (const name of path) inner = (inner as Record<string, unknown> | undefined)?.[name]
  if (typeof inner === 'object' && inner !== null) (inner as Record<string, unknown>)[last] = value
}

function withoutHoles(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map(withoutHoles)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : [[name, withoutHoles(inner)]])),
  )
}
