/**
 * `bench generate`: thirty things that people would ask for, in three languages, terse to long, contradictory and impossible, each with a
 * rubric that a program can check. Runs against the model that AI_BENCH_KIND, AI_BENCH_MODEL, AI_BENCH_BASE_URL and AI_BENCH_KEY name;
 * without them it runs the outline reader, and says so. Each generation goes the whole way: the route's generator, the compiler, repairs.
 */
import { openDesk } from '../src/ai/generate.ts'
import type { OpenProvider } from '../src/ai/model.ts'
import { testProvider } from '../src/ai/probe.ts'
import type { Proposal } from '../src/ai/proposal.ts'
import { getProvider, insertProvider, newProviderId } from '../src/ai/provider-queries.ts'
import { keyPlace } from '../src/ai/session.ts'
import { write } from '../src/ai/write.ts'
import type { App } from '../src/app.ts'
import type { Graph, GraphNode } from '../src/workflow/graph.ts'
import { createWorkspace } from '../src/workspaces/setup-queries.ts'
import { onScratchServer, round } from './workload.ts'

const day = 86_400_000

/** What must be true of the graph. Numbers of things that are not named must be 0: nothing that was not asked for. */
interface Rubric {
  /** Messages to the customer: exactly, or from–to. */
  sends?: number | [number, number]
  /** Waits, or the time that an answer has, in ms: each must be there within a tenth. */
  waits?: number[]
  /** Outcomes or events that are told apart, by an edge or by a listener. */
  outcomes?: string[]
  /** Whoever replies, to whatever message, is handed off. */
  handoffOnReply?: boolean
  /** How many steps of these types there must be. */
  types?: Record<string, number>
  /** It cannot be done: nothing is proposed, or it is said what was left out. */
  impossible?: boolean
}

const cases: [language: 'en' | 'de' | 'es', prompt: string, rubric: Rubric][] = [
  [
    'en',
    '3-step cold outreach, wait 3 days, if reply at any point → hand off to sales',
    { sends: 3, waits: [3 * day, 3 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['en', 'Send a welcome email', { sends: 1 }],
  [
    'en',
    'welcome mail, 2d later a reminder if they did not reply',
    { sends: 2, waits: [2 * day], outcomes: ['replied'] },
  ],
  [
    'en',
    '1. Email "Hello"\n2. Wait 2 days\n3. Email "Still there?"\n4. Wait 4 days\n5. Email "Last one"\n6. Exit',
    { sends: 3, waits: [2 * day, 4 * day], types: { exit: 1 } },
  ],
  [
    'en',
    'Send an email about pricing. If they click, tag them as interested and hand off to sales. Otherwise send a follow-up after 3 days.',
    { sends: 2, waits: [3 * day], outcomes: ['clicked'], types: { 'add-tag': 1, 'exit-handoff': 1 } },
  ],
  [
    'en',
    'Send three emails 4 days apart about our new product. If they unsubscribe, never contact them again.',
    { sends: 3, waits: [4 * day, 4 * day], outcomes: ['unsubscribed'], types: { 'exit-suppress': 1 } },
  ],
  [
    'en',
    'Split 50/50: A gets an email about price, B gets an email about speed. Wait 1 week, then exit.',
    { sends: 2, waits: [7 * day], types: { 'random-split': 1, exit: 1 } },
  ],
  [
    'en',
    'If country is Vietnam, send the email "Xin chào". Otherwise send the email "Hello". Then tag them as greeted.',
    { sends: 2, types: { 'conditional-split': 1, path: 2, 'add-tag': 1 } },
  ],
  [
    'en',
    'Day 1: email "Intro"\nDay 4: email "Case study"\nDay 10: LinkedIn message\nIf they reply at any time, hand off to sales',
    { sends: 3, waits: [3 * day, 6 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['en', 'Tag everyone as new and add 0.1 to their score', { types: { 'add-tag': 1, 'adjust-score': 1 } }],
  [
    'en',
    'Wait until 9am on weekdays, then send an email about the webinar. Wait 2 hours. If they open it, add 0.2 to the score.',
    { sends: 1, outcomes: ['opened'], types: { 'adjust-score': 1 } },
  ],
  [
    'en',
    'Email "Offer". If order.placed within 5 days, tag buyer. Otherwise send a reminder.',
    { sends: 2, waits: [5 * day], outcomes: ['order.placed'], types: { 'add-tag': 1 } },
  ],
  [
    'en',
    'Send an email. Wait 3 days. If it bounces, never contact them again. If no reply, create a task to call them.',
    { sends: 1, outcomes: ['bounced'], types: { 'create-task': 1, 'exit-suppress': 1 } },
  ],
  [
    'en',
    'Nurture: email about onboarding, a week later email about integrations, another week later email about support. Whoever replies at any point goes to sales.',
    { sends: 3, waits: [7 * day, 7 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['en', 'Send two emails, 1 day apart, and stop.', { sends: 2, waits: [day], types: { exit: 1 } }],
  [
    'de',
    'Schicke eine Willkommensmail. Warte 3 Tage. Wenn keine Antwort, schicke eine Erinnerung. Wenn sie jederzeit antworten, an den Vertrieb übergeben.',
    { sends: 2, waits: [3 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['de', 'Drei Mails im Abstand von 5 Tagen zum Thema Datenschutz', { sends: 3, waits: [5 * day, 5 * day] }],
  [
    'de',
    'Schicke eine E-Mail über das Angebot. Nach 2 Tagen, wenn sie klicken, Tag Interessiert hinzufügen, sonst beenden.',
    { sends: 1, waits: [2 * day], outcomes: ['clicked'], types: { 'add-tag': 1, exit: 1 } },
  ],
  [
    'de',
    'Wenn das Land Deutschland ist, schicke eine Mail "Guten Tag". Sonst schicke eine Mail "Hello".',
    { sends: 2, types: { 'conditional-split': 1, path: 2 } },
  ],
  ['de', 'Warte eine Woche und erstelle dann eine Aufgabe anrufen', { waits: [7 * day], types: { 'create-task': 1 } }],
  [
    'es',
    'Envía un correo de bienvenida, espera 2 días, si no responde envía un recordatorio; si responde en cualquier momento, pasar a ventas',
    { sends: 2, waits: [2 * day], outcomes: ['replied'], handoffOnReply: true },
  ],
  ['es', 'Envía tres correos cada 4 días sobre el nuevo plan', { sends: 3, waits: [4 * day, 4 * day] }],
  [
    'es',
    'Envía un correo. Si hace clic, añade la etiqueta interesado. De lo contrario, termina.',
    { sends: 1, outcomes: ['clicked'], types: { 'add-tag': 1, exit: 1 } },
  ],
  ['es', 'Espera una semana y luego envía un correo "Hola"', { sends: 1, waits: [7 * day] }],
  [
    'es',
    'Si se da de baja en cualquier momento, no contactar nunca más. Envía un correo sobre precios.',
    { sends: 1, outcomes: ['unsubscribed'], types: { 'exit-suppress': 1 } },
  ],
  ['en', 'Send an SMS to everybody', { impossible: true }],
  ['en', 'Read their mind and then mail them what they think', { impossible: true }],
  ['en', 'Win back the customers who left us last year', { sends: [0, 6] }],
  ['en', 'Send an email, but never send any email. Wait 2 days.', { sends: [0, 1], waits: [2 * day] }],
  ['en', 'Newsletter every week forever', { impossible: true }],
]

interface Row {
  index: number
  language: string
  prompt: string
  passed: boolean
  failed: string[]
  ms: number
  tokens: number
}

/** Nothing has this id: a campaign that is not there yet. */
const noCampaign = '00000000-0000-0000-0000-000000000000'

/** Runs the benchmark. */
export default async function benchGenerate({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const { AI_BENCH_KIND: kind, AI_BENCH_MODEL: model } = process.env
  return await onScratchServer(tell, async ({ app }) => {
    const workspaceId = await app.db.transaction().execute(async (tx) => await createWorkspace(tx, 'Bench'))
    if (kind && model) await connect(app, workspaceId, kind as OpenProvider['kind'], model)
    else tell('No model is named (AI_BENCH_KIND, AI_BENCH_MODEL …): the outline reader runs, by rules.')
    const rows: Row[] = []
    for (const [index, [language, prompt, rubric]] of cases.entries()) {
      const startedAt = performance.now()
      const proposal = await propose(app, workspaceId, prompt)
      const ms = round(performance.now() - startedAt)
      const failed = judge(proposal, rubric)
      const tokens = (proposal?.usage?.inputTokens ?? 0) + (proposal?.usage?.outputTokens ?? 0)
      rows.push({ index: index + 1, language, prompt, passed: failed.length === 0, failed, ms, tokens })
      const shown = prompt.replaceAll('\n', ' / ').slice(0, 60)
      tell(
        `${failed.length === 0 ? 'ok  ' : 'FAIL'} ${index + 1} ${language} ${shown}${failed.length > 0 ? `: ${failed.join('; ')}` : ''}`,
      )
    }
    const times = rows.map(({ ms }) => ms).sort((a, b) => a - b)
    const passed = (own: readonly Row[]) => own.filter((row) => row.passed).length
    return {
      writer: kind && model ? `${kind} ${model}` : 'the outline reader: rules, no model',
      prompts: rows.length,
      passed: passed(rows),
      passedByLanguage: Object.fromEntries(
        [...Map.groupBy(rows, (row) => row.language)].map(([language, own]) => [
          language,
          `${passed(own)} of ${own.length}`,
        ]),
      ),
      medianMs: times[Math.floor(times.length / 2)],
      slowestMs: times.at(-1),
      tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0),
      failures: rows.filter((row) => !row.passed).map(({ index, prompt, failed }) => ({ index, prompt, failed })),
    }
  })
}

async function connect(app: App, workspaceId: number, kind: OpenProvider['kind'], model: string): Promise<void> {
  const { AI_BENCH_BASE_URL: baseUrl = null, AI_BENCH_KEY: key, AI_BENCH_REGION: region = null } = process.env
  const url = baseUrl === null ? null : new URL(baseUrl)
  // Whoever runs a benchmark against a server means that server.
  const host = url && `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
  if (host) app.env.allowPrivateHosts = [...app.env.allowPrivateHosts, host]
  const id = await app.db.transaction().execute(async (tx) => {
    const made = await newProviderId(tx)
    const secret = key === undefined ? null : app.keys.encrypt(key, keyPlace(workspaceId, made))
    const values = {
      kind,
      name: 'Bench',
      baseUrl,
      region,
      accessKeyId: null,
      model,
      secret,
      inputPrice: null,
      outputPrice: null,
    }
    await insertProvider(tx, workspaceId, made, values)
    return made
  })
  const row = await getProvider(app.db, workspaceId, id)
  const found = row && (await testProvider(app, row, 'bench'))
  if (!found?.ok) throw new Error(`The model does not answer: ${found?.detail}`)
}

/** Straight from the generator: the limit of requests an hour is the route's. */
async function propose(app: App, workspaceId: number, prompt: string): Promise<Proposal | null> {
  const draft = { nodes: [], edges: [], layout: {}, version: 1, status: 'draft' as const }
  const desk = await openDesk(app, workspaceId, noCampaign, draft, { prompt, proposal: null, example: null })
  for await (const event of write(desk, { actor: 'cli', signal: AbortSignal.timeout(300_000) })) {
    if (event.event === 'proposal') return event.data
  }
  return null
}

function judge(proposal: Proposal | null, rubric: Rubric): string[] {
  const said = proposal !== null && proposal.unread.length + proposal.notes.length > 0
  if (rubric.impossible) return proposal?.graph == null || said ? [] : ['it was not said what cannot be done']
  if (proposal === null) return ['it failed']
  const graph = proposal.graph ?? { nodes: [], edges: [] }
  const failed: string[] = []
  const waiting = new Set(proposal.placeholders.map(({ nodeId, field }) => `${nodeId} ${field}`))
  const invalid = proposal.problems
    .filter(({ severity, nodeId, field }) => severity === 'error' && !waiting.has(`${nodeId} ${field}`))
    .filter(({ code }) => code !== 'no_criterion')
  if (invalid.length > 0) failed.push(`not valid: ${invalid[0]?.message}`)
  const count = (test: (node: GraphNode) => boolean) => graph.nodes.filter(test).length
  const sends = count(({ type }) => type === 'email-send' || type === 'send-step')
  const [least, most] = typeof rubric.sends === 'number' ? [rubric.sends, rubric.sends] : (rubric.sends ?? [0, 0])
  if (sends < least || sends > most)
    failed.push(`${sends} messages, not ${least === most ? least : `${least} to ${most}`}`)
  const times = graph.nodes.flatMap(({ config }) =>
    [config.durationMs, config.replyTimeoutMs, config.timeoutMs].filter((ms): ms is number => typeof ms === 'number'),
  )
  for (const wanted of rubric.waits ?? []) {
    const found = times.findIndex((ms) => Math.abs(ms - wanted) <= wanted / 10)
    if (found < 0) failed.push(`no wait of ${wanted / day} days`)
    else times.splice(found, 1)
  }
  for (const outcome of rubric.outcomes ?? []) if (!tells(graph, outcome)) failed.push(`“${outcome}” is not told apart`)
  if (rubric.handoffOnReply && !handsOffReplies(graph)) failed.push('not every reply is handed off')
  for (const [type, wanted] of Object.entries(rubric.types ?? {})) {
    const found = count((node) => node.type === type)
    if (found !== wanted) failed.push(`${found} × ${type}, not ${wanted}`)
  }
  const asked = new Set([
    ...Object.keys(rubric.types ?? {}),
    'trigger',
    'wait',
    'email-send',
    'send-step',
    'at-any-point',
    'wait-for-event',
    'exit',
    ...(rubric.handoffOnReply ? ['exit-handoff'] : []),
  ])
  for (const { type, title } of graph.nodes) if (!asked.has(type)) failed.push(`“${title}” (${type}) was not asked for`)
  return failed
}

const tells = ({ nodes, edges }: Graph, outcome: string): boolean =>
  edges.some(({ when }) => when === outcome) ||
  nodes.some(({ config }) => config.event === outcome || config.event === `message.${outcome}`)

function handsOffReplies({ nodes, edges }: Graph): boolean {
  const handoffs = new Set(nodes.filter(({ type }) => type === 'exit-handoff').map(({ id }) => id))
  const reaches = (from: string, seen = new Set<string>()): boolean => {
    if (handoffs.has(from)) return true
    if (seen.has(from)) return false
    seen.add(from)
    return edges.some(({ source, target }) => source === from && reaches(target, seen))
  }
  const listener = nodes.find(
    ({ type, config }) => type === 'at-any-point' && /(^|\.)replied$/.test(String(config.event)),
  )
  const own = edges.filter(({ when }) => when === 'replied')
  const ownAll = own.every(({ target }) => reaches(target))
  if (listener) return reaches(listener.id) && ownAll
  const messages = nodes.filter(({ type }) => type === 'email-send' || type === 'send-step')
  return ownAll && messages.every(({ id }) => own.some(({ source }) => source === id))
}
